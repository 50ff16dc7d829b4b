"""Leaving while an engine is there: every answer, what the engine is told, and the exit status."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static
from tui_world import SIZES, FakeEngine, FakeServices, Picture, until
from watched_app import settled

from fontloom.cli.face import Opening
from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import Snapshot
from fontloom.model.session import SessionStatus
from fontloom_tui.app import FontloomApp
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.dialogs.help import HelpDialog
from fontloom_tui.dialogs.quit import QuitDialog
from fontloom_tui.screens.run import RunScreen

PROJECT = Path("/data/sets/letters")


@pytest.fixture
def engine(services: FakeServices) -> FakeEngine:
    """An engine; once absent, the files tell the last that it showed."""
    engine = FakeEngine(PROJECT)
    services.engines[PROJECT] = engine

    async def offline(project: Path) -> Snapshot:
        engine.absent = False
        last = await engine.snapshot()
        engine.absent = True
        return last

    services.offline = offline
    return engine


@pytest.fixture
def app(services: FakeServices, engine: FakeEngine) -> FontloomApp:
    return FontloomApp(services, Opening(project=PROJECT))


async def asked(app: FontloomApp, pilot: Pilot[int]) -> QuitDialog:
    """The dialog, after q on a session that is shown."""
    await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.session and app.session.snapshot)
    await pilot.press("q")
    await until(
        pilot, lambda: isinstance(app.screen, QuitDialog) and app.screen.query_one(OptionList).has_focus
    )
    assert isinstance(app.screen, QuitDialog)
    return app.screen


def look(app: FontloomApp) -> None:
    """The next look at the engine happens now."""
    assert app.session is not None
    app.session._wake.set()


async def ended(app: FontloomApp, pilot: Pilot[int]) -> int | None:
    await until(pilot, lambda: app._exit)
    return app.return_code


@pytest.mark.parametrize("size", SIZES)
async def test_it_says_what_happens_to_the_run(
    app: FontloomApp, size: tuple[int, int], picture: Picture
) -> None:
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.session and app.session.snapshot)
        assert app._watching is not None
        app._watching.cancel()  # each look adds to the curve of speeds
        await settled(app, pilot)
        await asked(app, pilot)
        await settled(app, pilot)
        await picture(app)


@pytest.mark.parametrize("keys", [["d"], ["enter"], ["down", "up", "enter"], ["ctrl+c"]])
async def test_detach_leaves_the_engine_alone(app: FontloomApp, engine: FakeEngine, keys: list[str]) -> None:
    async with app.run_test() as pilot:
        await asked(app, pilot)
        await pilot.press(*keys)
        assert await ended(app, pilot) == 0
    assert engine.told == []


@pytest.mark.parametrize("keys", [["escape"], ["s"], ["up", "enter"]])
async def test_staying_changes_nothing(app: FontloomApp, engine: FakeEngine, keys: list[str]) -> None:
    async with app.run_test() as pilot:
        await asked(app, pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert not app._exit
    assert engine.told == []


async def test_pause_and_quit_waits_until_the_engine_has_saved(app: FontloomApp, engine: FakeEngine) -> None:
    async with app.run_test(size=SIZES[0]) as pilot:
        dialog = await asked(app, pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: engine.told)
        assert engine.told == [("pause", True)]
        engine.phase = "pausing"
        look(app)
        await until(pilot, lambda: "pausing" in str(dialog.query_one("#state", Static).content))
        assert not app._exit
        assert "esc leaves now" in str(dialog.query_one("#doing", Static).content)
        engine.phase = "paused"
        engine.absent = True
        look(app)
        assert await ended(app, pilot) == 4


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_whoever_waits_can_stop_waiting(app: FontloomApp, engine: FakeEngine, key: str) -> None:
    async with app.run_test() as pilot:
        await asked(app, pilot)
        await pilot.press("p")
        await until(pilot, lambda: engine.told)
        await pilot.press("p", "c", key)
        assert await ended(app, pilot) == 4
    assert engine.told == [("pause", True)]


async def test_the_end_that_comes_under_the_help_is_answered_after_it(
    app: FontloomApp, engine: FakeEngine
) -> None:
    async with app.run_test() as pilot:
        await asked(app, pilot)
        await pilot.press("p")
        await until(pilot, lambda: engine.told)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpDialog))
        engine.absent = True
        look(app)
        await until(pilot, lambda: app.session and app.session.finished)
        assert not app._exit
        await pilot.press("escape")
        assert await ended(app, pilot) == 4


async def test_cancelling_asks_again(app: FontloomApp, engine: FakeEngine) -> None:
    async with app.run_test() as pilot:
        await asked(app, pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        assert engine.told == []
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: engine.told)
        assert engine.told == ["cancel"]
        engine.absent = True
        look(app)
        assert await ended(app, pilot) == 4


async def test_an_engine_that_does_not_answer_is_told_of(app: FontloomApp, engine: FakeEngine) -> None:
    async with app.run_test() as pilot:
        dialog = await asked(app, pilot)
        engine.busy = True
        await pilot.press("p")
        await until(pilot, lambda: dialog.waiting is None and app._notifications)
        assert "did not answer" in next(iter(app._notifications)).message
        await pilot.press("d")
        assert await ended(app, pilot) == 0


async def test_a_held_engine_waits(app: FontloomApp, engine: FakeEngine) -> None:
    engine.phase, engine.status = "paused", SessionStatus.PAUSED
    async with app.run_test() as pilot:
        dialog = await asked(app, pilot)
        assert "The engine stays and waits." in str(dialog.query_one(OptionList).get_option("detach").prompt)


@pytest.mark.parametrize(
    ("status", "reason", "exit_status"),
    [
        (SessionStatus.PAUSED, None, 4),
        (SessionStatus.CANCELLED, None, 4),
        (SessionStatus.ACTIVE, None, 4),
        (SessionStatus.PAUSED, ErrorCode.DISK_FULL, 5),
        (SessionStatus.FAILED, ErrorCode.BUG, 1),
    ],
)
async def test_nothing_is_asked_when_nothing_runs(
    app: FontloomApp, engine: FakeEngine, status: SessionStatus, reason: ErrorCode | None, exit_status: int
) -> None:
    engine.absent, engine.status = True, status
    engine.reason = None if reason is None else ExportError.of(reason)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.session and app.session.finished)
        await pilot.press("q")
        assert await ended(app, pilot) == exit_status


async def test_an_engine_that_is_about_to_end_is_not_asked_about(
    app: FontloomApp, engine: FakeEngine
) -> None:
    engine.phase, engine.status = "done", SessionStatus.COMPLETED
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.session and app.session.snapshot)
        await pilot.press("q")
        assert await ended(app, pilot) == 0


async def test_a_finished_session_ends_as_its_engine_did(services: FakeServices, project: Path) -> None:
    app = FontloomApp(services, Opening(project=project))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.session and app.session.finished)
        await pilot.press("q")
        assert await ended(app, pilot) == 3


async def test_a_project_that_cannot_be_read_ends_as_its_error_says(
    services: FakeServices, tmp_path: Path
) -> None:
    app = FontloomApp(services, Opening(project=tmp_path))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.session and app.session.problem)
        await pilot.press("q")
        assert await ended(app, pilot) == 2
