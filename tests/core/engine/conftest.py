"""Small real runs of the engine in this process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import font_amatic_sc
import font_caladea
import pytest

from fontloom.engine.manager import PersistentExportManager
from fontloom.engine.plan import Plan
from fontloom.engine.worker import Batch
from fontloom.model.config import ColorMode, EngineConfig, ExportSessionConfig
from fontloom.report.verify import verify_project

FONTS = (
    Path(font_caladea.__file__).parent / "files" / "Caladea-Regular.ttf",
    Path(font_amatic_sc.__file__).parent / "files" / "AmaticSC-Regular.ttf",
)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """State and cache folders of the user, away from the real ones."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))


def small_config(output: Path, project: str = "project") -> ExportSessionConfig:
    return ExportSessionConfig(
        project_name=project,
        output_path=output,
        fonts=FONTS,
        num_samples=60,
        image_width=64,
        image_height=24,
        color_mode=ColorMode.L,
        engine=EngineConfig(workers=2, batch_seconds=0.05, min_free_mb=0, min_free_inodes=0),
    )


@pytest.fixture
def config(tmp_path: Path) -> ExportSessionConfig:
    return small_config(tmp_path)


@pytest.fixture
async def new_manager(handed_out: object) -> AsyncIterator[Callable[..., PersistentExportManager]]:
    """Makes managers that are closed with the test."""
    made: list[PersistentExportManager] = []

    def make(*, stay: bool = False) -> PersistentExportManager:
        made.append(PersistentExportManager(stay=stay))
        return made[-1]

    yield make
    for manager in made:
        await manager.close()


@pytest.fixture
def handed_out(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Tasks are of eight samples, however quick the machine is.

    What is returned takes a function to call with the ninth task from then on: then one font is wholly
    handed out, and the other in part.
    """
    real = Plan.next_task
    acts: list[Callable[[], None]] = []
    tasks = 0

    def next_task(self: Plan) -> tuple[Batch, ...]:
        nonlocal tasks
        tasks += 1
        if tasks == 9 and acts:
            acts.pop()()
        return real(self)

    def arrange(act: Callable[[], None]) -> None:
        nonlocal tasks
        tasks = 0
        acts.append(act)

    monkeypatch.setattr(Plan, "next_task", next_task)
    monkeypatch.setattr(Plan, "task_samples", 8)
    return arrange


Interrupt = Callable[[ExportSessionConfig], Awaitable[Path]]


@pytest.fixture
def interrupted(
    new_manager: Callable[..., PersistentExportManager],
    handed_out: Callable[[Callable[[], None]], None],
) -> Interrupt:
    """Runs a session until one font is done and another begun, and leaves. Returns the project."""

    async def run(config: ExportSessionConfig) -> Path:
        manager = new_manager()
        await manager.create_session(config)
        handed_out(lambda: manager.pause(leave=True))
        await manager.run()
        await manager.close()
        overall = manager.snapshot(0).overall
        assert (overall.exported_images, overall.total_images) == (2 * 72, 240)
        return manager.project_path

    return run


@pytest.fixture
def whole_digest() -> Callable[[Path], str]:
    """The digest of a project that a deep verification finds good and complete."""

    def of(project: Path) -> str:
        result = verify_project(project, deep=True)
        assert result.valid, result
        assert result.complete
        return result.digest

    return of


@pytest.fixture
async def reference(
    tmp_path_factory: pytest.TempPathFactory,
    new_manager: Callable[..., PersistentExportManager],
    whole_digest: Callable[[Path], str],
) -> str:
    """The digest of an undisturbed run."""
    manager = new_manager()
    await manager.create_session(small_config(tmp_path_factory.mktemp("reference")))
    await manager.run()
    await manager.close()
    return whole_digest(manager.project_path)
