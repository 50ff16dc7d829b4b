"""An engine that only notes what it is told, and the short folders that sockets need."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from fontloom.control.client import ControlClient
from fontloom.control.server import ControlServer
from fontloom.model.errors import ErrorCode, ExitCode, ExportError, FontloomError
from fontloom.model.progress import FontProgress, FontStatus, OverallProgress, ProcessingStats, Snapshot
from fontloom.model.session import SessionStatus


def _font(number: int) -> FontProgress:
    return FontProgress(
        font_name=f"Font-{number}",
        status=FontStatus.PROCESSING,
        total_images=100,
        completed_images=10,
        failed_images=0,
        last_image_index=5,
        bytes_written=1000,
    )


class FakeEngine:
    """Steerable and Runnable. Font number n changed at cursor n."""

    session_id = "fake-session"

    def __init__(self, project_path: Path) -> None:
        self.project_path = project_path
        self.fonts = 3
        self.told: list[str] = []
        self.asked = 0
        self.phase = "running"
        self.broken: BaseException | None = None
        self.exit_code = ExitCode.PARTIAL
        self.known = tuple(ExportError.of(ErrorCode.FONT_CORRUPT, f"number {n}") for n in range(5))

    def snapshot(self, cursor: int) -> Snapshot:
        self.asked += 1
        if self.broken is not None:
            raise self.broken
        return Snapshot(
            session_id=self.session_id,
            project_path=str(self.project_path),
            status=SessionStatus.ACTIVE,
            phase=self.phase,
            cursor=self.fonts,
            overall=OverallProgress(
                total_images=300,
                exported_images=30,
                rendered_images=40,
                failed_images=0,
                bytes_written=3000,
                fonts_total=self.fonts,
                fonts_completed=0,
                fonts_failed=0,
                fonts_skipped=0,
                fonts_processing=self.fonts,
            ),
            stats=ProcessingStats(
                images_per_second=1.5,
                average_images_per_second=1.0,
                bytes_per_second=100.0,
                elapsed_seconds=2.0,
                estimated_time_remaining=None,
                workers=2,
                batch_samples=10,
                commits=1,
            ),
            fonts=tuple(_font(number) for number in range(cursor + 1, self.fonts + 1)),
        )

    def pause(self, *, leave: bool) -> None:
        self.told.append("leave" if leave else "hold")
        self.phase = "pausing"

    def resume(self) -> None:
        self.told.append("resume")
        self.phase = "running"

    def cancel(self) -> None:
        if self.phase == "done":
            raise FontloomError(ErrorCode.PROJECT_FINISHED, "nothing to cancel")
        self.told.append("cancel")
        self.phase = "cancelled"

    def set_workers(self, count: int) -> None:
        if count > 1024:
            raise FontloomError(ErrorCode.CONFIG_INVALID, f"workers: {count}")
        self.told.append(f"workers {count}")

    def retry(self, fonts: tuple[str, ...]) -> int:
        self.told.append(f"retry {' '.join(fonts)}")
        return len(fonts) or self.fonts

    def skip(self, fonts: tuple[str, ...]) -> int:
        self.told.append(f"skip {' '.join(fonts)}")
        return len(fonts)

    def errors(self, after: int, limit: int) -> tuple[tuple[ExportError, ...], int]:
        found = self.known[after : after + limit]
        return found, after + len(found)

    async def run(self) -> SessionStatus:
        self.told.append("run")
        return SessionStatus.COMPLETED


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder that is runtime folder and temporary folder."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    (folder / "run").mkdir(mode=0o700)
    (folder / "tmp").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def served(engine: FakeEngine, short: Path) -> AsyncIterator[Path]:
    """The socket of the fake engine, with a server behind it."""
    path = short / "engine.sock"
    async with ControlServer(engine, path):
        yield path


@pytest.fixture
async def client(served: Path) -> AsyncIterator[ControlClient]:
    async with await ControlClient.connect(served, timeout=60) as client:
        yield client
