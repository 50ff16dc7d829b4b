"""The app: what it opens with, sizes that are too small, help, and leaving."""

import asyncio
from pathlib import Path

import pytest
from tui_world import FONT_FILES, FakeEngine, FakeServices, Picture, a_project, until

from fontloom.cli.face import Opening
from fontloom.control.launcher import Launched, LaunchRequest
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.scouting import FontScan, ScanProgress
from fontloom_tui import app as app_module
from fontloom_tui.app import FontloomApp
from fontloom_tui.dialogs.help import HelpDialog
from fontloom_tui.dialogs.problem import ProblemDialog
from fontloom_tui.dialogs.quit import QuitDialog
from fontloom_tui.dialogs.starting import StartingDialog
from fontloom_tui.dialogs.too_small import TooSmall
from fontloom_tui.screens.configure import ConfigureScreen
from fontloom_tui.screens.run import RunScreen
from fontloom_tui.screens.sessions import SessionsScreen

PROJECT = Path("/data/sets/letters")


@pytest.fixture
def config(tmp_path: Path) -> ExportSessionConfig:
    return ExportSessionConfig(fonts=tuple(FONT_FILES), output_path=tmp_path, project_name="letters")


class NoScout:
    """Looks at no fonts."""

    async def scan(self, fonts: object, text: object, engine: object) -> FontScan:
        raise FontloomError(ErrorCode.NO_FONTS)

    async def scan_progress(self) -> ScanProgress:
        return ScanProgress()


@pytest.fixture(autouse=True)
def no_scout(services: FakeServices) -> None:
    services.scouts = [NoScout()]


@pytest.fixture
def slow(services: FakeServices) -> asyncio.Event:
    """Engines start when this is set."""
    start, launch = asyncio.Event(), services.launch

    async def launch_slowly(request: LaunchRequest) -> Launched:
        await start.wait()
        return await launch(request)

    services.launch = launch_slowly
    return start


async def test_a_start_shows_the_run(services: FakeServices, config: ExportSessionConfig) -> None:
    app = FontloomApp(services, Opening(config=config, start=True))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert services.launched == [LaunchRequest(config=config)]
        assert app.last_project == config.output_path / "letters"


async def test_an_interrupted_project_does_not_come_before_what_was_asked_for(
    services: FakeServices, config: ExportSessionConfig, slow: asyncio.Event
) -> None:
    services.listed = [a_project("broken", "interrupted")]
    app = FontloomApp(services, Opening(config=config, start=True))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, StartingDialog))
        slow.set()
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_a_start_that_is_refused_can_be_corrected(
    services: FakeServices, config: ExportSessionConfig
) -> None:
    services.refusal = FontloomError(ErrorCode.PROJECT_EXISTS, str(PROJECT))
    app = FontloomApp(services, Opening(config=config, start=True))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, ProblemDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConfigureScreen))


async def test_settings_are_shown_in_the_form(services: FakeServices, config: ExportSessionConfig) -> None:
    app = FontloomApp(services, Opening(config=config))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConfigureScreen))
        assert services.launched == []


async def test_resuming_takes_what_was_given_along(services: FakeServices) -> None:
    engine = EngineConfig(workers=3)
    app = FontloomApp(services, Opening(project=PROJECT, resume=True, accept_versions=True, engine=engine))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert services.launched == [LaunchRequest(project_path=PROJECT, accept_versions=True, engine=engine)]


async def test_without_anything_the_sessions_are_shown(services: FakeServices) -> None:
    services.listed = [a_project("letters", "paused")]
    app = FontloomApp(services)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        await pilot.press("q")
        await until(pilot, lambda: app._exit)
    assert app.return_code == 0
    assert services.closed


async def test_a_start_that_is_stopped_ends_the_engine_and_shows_the_form(
    services: FakeServices, config: ExportSessionConfig, slow: asyncio.Event
) -> None:
    app = FontloomApp(services, Opening(config=config, start=True))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, StartingDialog) and app.screen._starting)
        starting = app.screen._starting
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(app.screen, ConfigureScreen))
        assert starting.cancelled()
        assert not app._exit


async def test_a_start_that_is_done_while_help_is_read_shows_the_run_after_it(
    services: FakeServices, config: ExportSessionConfig, slow: asyncio.Event
) -> None:
    app = FontloomApp(services, Opening(config=config, start=True))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, StartingDialog) and app.screen._starting)
        dialog = app.screen
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpDialog))
        slow.set()
        await until(pilot, lambda: dialog._outcome)
        assert isinstance(app.screen, HelpDialog)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_a_terminal_that_is_too_small_says_so(services: FakeServices, picture: Picture) -> None:
    services.engines[PROJECT] = FakeEngine(PROJECT)
    app = FontloomApp(services, Opening(project=PROJECT))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await pilot.resize_terminal(50, 12)
        await until(pilot, lambda: isinstance(app.screen, TooSmall))
        await pilot.pause()
        await picture(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_a_small_terminal_that_grows_under_a_dialog(services: FakeServices) -> None:
    services.engines[PROJECT] = FakeEngine(PROJECT)
    app = FontloomApp(services, Opening(project=PROJECT))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.session and app.session.snapshot)
        await pilot.resize_terminal(50, 12)
        await until(pilot, lambda: isinstance(app.screen, TooSmall))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        await pilot.resize_terminal(52, 12)
        await pilot.resize_terminal(80, 24)
        assert sum(isinstance(screen, TooSmall) for screen in app.screen_stack) == 1
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_shows_the_keys_that_apply(services: FakeServices, key: str) -> None:
    services.engines[PROJECT] = FakeEngine(PROJECT)
    app = FontloomApp(services, Opening(project=PROJECT))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.session and app.session.snapshot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, HelpDialog))
        assert "Quit" in [words for _, words in app.screen._keys]
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_leaving_with_a_status_ends_with_it(services: FakeServices) -> None:
    services.listed = [a_project("letters", "paused")]
    app = FontloomApp(services)
    async with app.run_test() as pilot:
        app.leave(143)
        await until(pilot, lambda: app._exit)
    assert app.return_code == 143


async def test_control_z_where_no_shell_could_continue_us(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "can_stop", lambda: False)
    monkeypatch.setattr("os.kill", lambda *_: pytest.fail("stopped"))
    services.listed = [a_project("letters", "paused")]
    app = FontloomApp(services)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app._notifications)
        assert "No shell" in next(iter(app._notifications)).message
