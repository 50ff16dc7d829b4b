"""The disk is full, and the rest of the session is made in another folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from tui_world import FakeEngine, FakeServices, until

from fontloom.cli.face import Opening
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.progress import FontCommit, FontStatus
from fontloom.report.offline import offline_snapshot
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint, load_session, save_checkpoint
from fontloom_tui.app import FontloomApp
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.dialogs.path import PathDialog
from fontloom_tui.screens.run import RunScreen

BEGUN = "Caladea-Bold"


@pytest.fixture
def waiting(services: FakeServices, project: Path) -> FakeEngine:
    """An engine that waits for room, with one font unfinished."""
    paths = ProjectPaths(project)
    checkpoint, _ = load_checkpoint(paths, load_session(paths))
    begun = FontCommit(status=FontStatus.PROCESSING, last_image_index=1, completed_images=2)
    fonts = checkpoint.fonts | {BEGUN: begun}
    save_checkpoint(paths, checkpoint.model_copy(update={"fonts": fonts}), durable=False)
    engine = services.engines[project] = FakeEngine(project, list(offline_snapshot(project).fonts))
    engine.phase = "waiting"
    engine.reason = ExportError.of(ErrorCode.DISK_FULL, "12 MiB free, 256 MiB are kept free")
    return engine


@asynccontextmanager
async def asked(services: FakeServices, project: Path) -> AsyncIterator[tuple[FontloomApp, Pilot[int]]]:
    """The app on that project, with the question for another folder before it."""
    app = FontloomApp(services, Opening(project=project))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.session and app.session.fonts and isinstance(app.screen, RunScreen))
        await until(pilot, lambda: app.focused is not None and app.focused.id != "table")
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, PathDialog) and app.focused is not None)
        yield app, pilot


async def type_path(app: FontloomApp, pilot: Pilot[int], path: Path) -> None:
    field = app.screen.query_one("PathSelector Input")
    field.focus()
    await pilot.press("end", "ctrl+u", *str(path), "enter")


async def test_the_unfinished_fonts_go_on_there(
    services: FakeServices, project: Path, waiting: FakeEngine, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    async with asked(services, project) as (app, pilot):
        await type_path(app, pilot, other)
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: services.launched)
    config = services.launched[0].config
    assert config is not None
    assert config.output_path == other
    assert [path.stem for path in config.fonts] == [BEGUN]
    assert waiting.told == [("pause", True)]


async def test_nothing_is_done_without_consent(
    services: FakeServices, project: Path, waiting: FakeEngine, tmp_path: Path
) -> None:
    async with asked(services, project) as (app, pilot):
        await type_path(app, pilot, tmp_path / "other")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
    assert services.launched == []
    assert waiting.told == []


async def test_what_the_other_folder_lacks_is_said(
    services: FakeServices, project: Path, waiting: FakeEngine, tmp_path: Path
) -> None:
    services.refusal = FontloomError(ErrorCode.PERMISSION_DENIED, "output_path: /other cannot be written to.")
    async with asked(services, project) as (app, pilot):
        await type_path(app, pilot, tmp_path / "other")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: type(app.screen).__name__ == "ProblemDialog")
        words = " ".join(str(part.visual) for part in app.screen.query("Static"))
        assert "/other cannot be written to." in words
