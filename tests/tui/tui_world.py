"""The world of the screens' tests: engines that do nothing, projects that are listed, documents in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import font_amatic_sc
import font_caladea
from textual.app import App
from textual.pilot import Pilot

from fontloom.control.launcher import Launched, LaunchRequest
from fontloom.control.protocol import Fonts, Status
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.progress import (
    FontProgress,
    FontStatus,
    OverallProgress,
    PerformanceMetrics,
    ProcessingStats,
    Snapshot,
)
from fontloom.model.result import PathValidation, ProjectProblem, ProjectStatus, SpaceCheck, ValidationResult
from fontloom.model.scouting import ScannedFontInfo
from fontloom.model.session import FontInfo, SessionStatus
from fontloom.report.offline import offline_snapshot

Picture = Callable[[App[Any]], Awaitable[None]]
"""Compares the screen with the one that was accepted."""

SIZES = [(80, 24), (120, 40), (200, 50)]
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
FONT_FILES = [
    Path(font_caladea.__file__).parent / "files" / "Caladea-Regular.ttf",
    Path(font_caladea.__file__).parent / "files" / "Caladea-Bold.ttf",
    Path(font_amatic_sc.__file__).parent / "files" / "AmaticSC-Regular.ttf",
]


class Memory:
    """Documents that are forgotten with the test. `broken` makes writing fail."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.broken: OSError | None = None

    def save(self, key: str, data: bytes) -> None:
        if self.broken:
            raise self.broken
        self.kept[key] = data

    def load(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def exists(self, key: str) -> bool:
        return key in self.kept

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def list(self) -> list[str]:
        return sorted(self.kept)


def a_font(
    number: int, done: int = 40, status: FontStatus = FontStatus.PROCESSING, **changes: Any
) -> FontProgress:
    """A font of 200 images."""
    values = {
        "font_name": f"Font-{number:04d}",
        "status": status,
        "total_images": 200,
        "completed_images": done,
        "failed_images": 0,
        "last_image_index": done // 2,
        "bytes_written": done * 5_000,
        "processing_rate": 25.0 if done else 0.0,
        "estimated_time_remaining": (200 - done) / 25 if done else None,
    }
    return FontProgress(**(values | changes))


def a_face(name: str, **changes: Any) -> ScannedFontInfo:
    """A font as a scan finds it."""
    values = {
        "font_name": name,
        "path": Path(f"/fonts/{name}.ttf"),
        "family": name.partition("-")[0],
        "style": name.partition("-")[2] or "Regular",
        "full_name": name,
        "format": "ttf",
        "file_size": 100_000,
        "content_hash": name,
        "units_per_em": 1000,
        "glyph_count": 400,
        "character_count": 350,
        "scripts": {"Latn": 300, "Grek": 50},
        "main_script": "Latn",
    }
    lacking = changes.pop("lacking", None)
    return ScannedFontInfo(info=FontInfo(**(values | changes)), lacking=lacking)


class FakeEngine:
    """An engine that does nothing. Tests set what it shows; `told` is what it was asked to do."""

    def __init__(self, project: Path, fonts: list[FontProgress] | None = None) -> None:
        self.project = project
        self.told: list[object] = []
        self.phase = "running"
        self.status = SessionStatus.ACTIVE
        self.reason: ExportError | None = None
        self.workers = 2
        self.rate = 812.0
        self.error_count = 0
        self.absent = False
        self.busy = False
        self.cursor = 1
        self.closed = False
        self._changed: dict[str, int] = {}
        self.fonts: dict[str, FontProgress] = {}
        default = [
            a_font(n, min(200, n * 40), FontStatus.COMPLETED if n > 4 else FontStatus.PROCESSING)
            for n in range(8)
        ]
        self.change(*(default if fonts is None else fonts))

    def change(self, *fonts: FontProgress) -> None:
        """Fonts as they are from now on."""
        self.cursor += 1
        for font in fonts:
            self.fonts[font.font_name] = font
            self._changed[font.font_name] = self.cursor

    def _answer(self, told: object | None = None) -> None:
        if self.absent:
            raise FontloomError(ErrorCode.ENGINE_ABSENT, "The engine closed the connection.")
        if self.busy:
            raise TimeoutError("The engine did not answer within 10 s.")
        if told is not None:
            self.told.append(told)

    async def snapshot(self, cursor: int = 0) -> Snapshot:
        self._answer()
        fonts = self.fonts.values()
        done = sum(font.completed_images for font in fonts)
        by = [font.status for font in fonts]
        return Snapshot(
            session_id="fake",
            project_path=str(self.project),
            status=self.status,
            phase=self.phase,
            reason=self.reason,
            cursor=self.cursor,
            overall=OverallProgress(
                total_images=sum(font.total_images for font in fonts),
                exported_images=done,
                rendered_images=done + 96,
                failed_images=sum(font.failed_images for font in fonts),
                bytes_written=sum(font.bytes_written for font in fonts),
                fonts_total=len(by),
                fonts_completed=by.count(FontStatus.COMPLETED),
                fonts_failed=by.count(FontStatus.FAILED),
                fonts_skipped=by.count(FontStatus.SKIPPED),
                fonts_processing=by.count(FontStatus.PROCESSING),
            ),
            stats=ProcessingStats(
                images_per_second=self.rate,
                average_images_per_second=790.5,
                bytes_per_second=self.rate * 5_000,
                elapsed_seconds=754.0,
                estimated_time_remaining=3_725.0,
                workers=self.workers,
                batch_samples=64,
                commits=31,
            ),
            metrics=PerformanceMetrics(
                cpu_percent=187.5,
                memory_bytes=310 * 2**20,
                engine_memory_bytes=97 * 2**20,
                disk_free_bytes=48 * 10**9,
                disk_free_inodes=2_400_000,
            ),
            fonts=tuple(font for font in fonts if self._changed[font.font_name] > cursor),
            error_count=self.error_count,
        )

    async def pause(self, *, leave: bool) -> Status:
        self._answer(("pause", leave))
        self.phase, self.status = "paused", SessionStatus.PAUSED
        return Status(status=self.phase)

    async def resume(self) -> Status:
        self._answer("resume")
        self.phase, self.status, self.reason = "running", SessionStatus.ACTIVE, None
        return Status(status=self.phase)

    async def cancel(self) -> Status:
        self._answer("cancel")
        self.phase, self.status = "cancelled", SessionStatus.CANCELLED
        return Status(status=self.phase)

    async def retry(self, fonts: tuple[str, ...] = ()) -> Fonts:
        self._answer(("retry", fonts))
        return Fonts(
            count=len(fonts) or sum(font.status is FontStatus.FAILED for font in self.fonts.values())
        )

    async def skip(self, fonts: tuple[str, ...]) -> Fonts:
        self._answer(("skip", fonts))
        return Fonts(count=len(fonts))

    async def set_workers(self, count: int) -> Status:
        self._answer(("workers", count))
        self.workers = count
        return Status(status=self.phase)

    async def close(self) -> None:
        self.closed = True


def a_project(name: str, state: str, **changes: Any) -> ProjectStatus:
    """A project as the list of sessions shows it."""
    values = {
        "project_path": Path("/data/sets") / name,
        "session_id": name,
        "state": state,
        "owner": "process 4711 on trainer, since 2026-05-04 09:12:00 UTC" if state == "running" else None,
        "created_at": NOW - timedelta(days=2),
        "updated_at": NOW - timedelta(minutes=4),
        "fonts": 1_912,
        "fonts_left_out": 3,
        "total_images": 382_400,
        "exported_images": 382_400 if state == "completed" else 118_320,
        "failed_images": 0,
        "bytes_written": 1_930_000_000,
        "elapsed_seconds": 812.0,
        "reason": None,
    }
    return ProjectStatus(**(values | changes))


class FakeServices:
    """The world of a test."""

    def __init__(self) -> None:
        self.documents = Memory()
        self.engines: dict[Path, FakeEngine] = {}
        self.listed: list[ProjectStatus | ProjectProblem] = []
        self.launched: list[LaunchRequest] = []
        self.refusal: FontloomError | None = None
        self.verified: list[tuple[Path, bool]] = []
        self.verdict: ValidationResult | FontloomError | None = None
        self.scouts: list[Any] = []
        self.closed = False

    def now(self) -> datetime:
        return NOW

    async def connect(self, project: Path) -> FakeEngine:
        engine = self.engines.get(project)
        if engine is None or engine.absent:
            raise FontloomError(ErrorCode.ENGINE_ABSENT, str(project))
        return engine

    async def offline(self, project: Path) -> Snapshot:
        return offline_snapshot(project)

    async def launch(self, request: LaunchRequest) -> Launched:
        if self.refusal is not None:
            raise self.refusal
        self.launched.append(request)
        config = request.config
        project = config.output_path / config.project_name if config else request.project_path
        assert project is not None
        self.engines.setdefault(project, FakeEngine(project))
        return Launched(pid=1, socket=Path("/nowhere"), session_id="fake", project_path=project)

    async def projects(self, output: Path | None = None) -> tuple[ProjectStatus | ProjectProblem, ...]:
        return tuple(self.listed)

    async def room(
        self, path: Path, needed_bytes: int, needed_inodes: int
    ) -> tuple[PathValidation, SpaceCheck | None]:
        free = SpaceCheck(
            path=path,
            sufficient=needed_bytes <= 48 * 10**9 and needed_inodes <= 2_400_000,
            free_bytes=48 * 10**9,
            needed_bytes=needed_bytes,
            free_inodes=2_400_000,
            needed_inodes=needed_inodes,
        )
        return PathValidation(path=path, valid=True, exists=True, writable=True), free

    async def verify(self, project: Path, *, deep: bool) -> ValidationResult:
        self.verified.append((project, deep))
        if isinstance(self.verdict, FontloomError):
            raise self.verdict
        assert self.verdict is not None
        return self.verdict

    async def scout(self) -> Any:
        return self.scouts[0]

    async def close(self) -> None:
        self.closed = True


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Lets the app work until the condition holds; fails when it never does."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)
    if not pilot.app._exit:
        await pilot.pause()


async def at_rest(app: App[Any]) -> str:
    """The screen as SVG, once it has not changed for a while."""
    async with asyncio.timeout(20):
        before, now = "", app.export_screenshot(title="fontloom")
        while before != now:
            await asyncio.sleep(0.1)
            before, now = now, app.export_screenshot(title="fontloom")
    return now
