"""The recovery dialog: when it comes, what it says, and where its ways lead."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sessions_app import Recorder, opened, settle
from textual.pilot import Pilot
from textual.widgets import Static
from tui_world import NOW, SIZES, FakeServices, Picture, a_project, until

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.result import ProjectStatus
from fontloom.store.lock import ProjectLock
from fontloom.store.paths import ProjectPaths
from fontloom_tui import messages
from fontloom_tui.app import FontloomApp
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.dialogs.problem import ProblemDialog
from fontloom_tui.dialogs.session_recovery import SessionRecoveryDialog
from fontloom_tui.dialogs.verify import VerifyDialog
from fontloom_tui.preferences import Preferences, save_preferences

DISK = "The disk is full. Free space on the output disk, then resume."


def broken(*names: str) -> list[Any]:
    """Interrupted projects, the newest first."""
    return [
        a_project(name, "interrupted", updated_at=NOW - timedelta(minutes=4 + n))
        for n, name in enumerate(names)
    ]


async def recovery(app: Recorder, pilot: Pilot[int]) -> SessionRecoveryDialog:
    await until(pilot, lambda: isinstance(app.screen, SessionRecoveryDialog))
    assert isinstance(app.screen, SessionRecoveryDialog)
    return app.screen


def words(dialog: SessionRecoveryDialog) -> str:
    shown = (static for static in dialog.query(Static) if static.display)
    return "\n".join([str(dialog.query_one(".dialog").border_title), *(str(s.visual) for s in shown)])


@pytest.mark.parametrize("size", SIZES)
async def test_it_comes_by_itself_for_the_newest(
    services: FakeServices, picture: Picture, size: tuple[int, int]
) -> None:
    services.listed = [*broken("receipts-latin", "older", "oldest"), a_project("letters", "completed")]
    async with opened(services, size) as (app, pilot):
        said = words(await recovery(app, pilot))
        assert "Interrupted: receipts-latin" in said
        assert "2 other sessions were interrupted too" in said
        await settle(app, pilot)
        await picture(app)


async def test_it_comes_once_a_start(services: FakeServices) -> None:
    services.listed = broken("a", "b")
    async with opened(services) as (app, pilot):
        await recovery(app, pilot)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.sessions)
        services.listed = broken("c", "a", "b")
        await pilot.press("f5")
        await until(pilot, lambda: len(app.lines.options) == 4)
        assert app.screen is app.sessions
        assert not app.asked


async def test_it_does_not_come_for_what_was_paused(services: FakeServices) -> None:
    services.listed = [a_project("a", "paused")]
    async with opened(services) as (app, pilot):
        await pilot.pause()
        assert app.screen is app.sessions


@pytest.mark.parametrize(
    ("project", "title", "why"),
    [
        (a_project("a", "paused"), "Paused: a", "its engine has left"),
        (a_project("a", "paused", reason=DISK), "Waiting for you: a", DISK),
        (a_project("a", "failed", reason=DISK), "Stopped by an error: a", DISK),
    ],
)
async def test_opening_what_is_not_done(
    services: FakeServices, project: ProjectStatus, title: str, why: str
) -> None:
    services.listed = [project]
    async with opened(services) as (app, pilot):
        await pilot.press("enter")
        said = words(await recovery(app, pilot))
        assert title in said
        assert why in said
        assert "118,320 of 382,400" in said
        assert "1,912 fonts, 3 left out" in said


async def test_resume_is_the_first_choice(services: FakeServices) -> None:
    services.listed = broken("a")
    async with opened(services) as (app, pilot):
        await recovery(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.asked)
        assert isinstance(app.asked[0], messages.ResumeProject)
        assert app.asked[0].project == Path("/data/sets/a")


async def test_look_shows_the_project(services: FakeServices) -> None:
    services.listed = broken("a")
    async with opened(services) as (app, pilot):
        await recovery(app, pilot)
        await pilot.press("l")
        await until(pilot, lambda: app.asked)
        assert isinstance(app.asked[0], messages.OpenProject)


async def test_verify_first_comes_back(services: FakeServices) -> None:
    services.listed = broken("a")
    async with opened(services) as (app, pilot):
        first = await recovery(app, pilot)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, VerifyDialog))
        await pilot.press("escape")
        again = await recovery(app, pilot)
        assert again is not first
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.sessions)
        assert not app.asked


async def test_anew_takes_the_settings_along(services: FakeServices, project: Path) -> None:
    services.listed = [a_project("letters", "interrupted", project_path=project)]
    async with opened(services) as (app, pilot):
        await recovery(app, pilot)
        await pilot.press("n")
        await until(pilot, lambda: app.asked)
        config = app.asked[0].config
        assert isinstance(app.asked[0], messages.Configure)
        assert (config.project_name, config.num_samples) == ("letters-2", 4)


async def test_anew_without_settings_says_why(services: FakeServices) -> None:
    services.listed = broken("a")
    async with opened(services) as (app, pilot):
        await recovery(app, pilot)
        await pilot.press("n")
        await until(pilot, lambda: app._notifications)
        assert "not a fontloom project" in next(iter(app._notifications)).message
        assert not app.asked


async def test_who_held_it(services: FakeServices, project: Path) -> None:
    paths = ProjectPaths(project)
    lock = ProjectLock(paths)
    lock.acquire("me")
    record = paths.owner.read_bytes()
    lock.release()
    paths.owner.write_bytes(record)  # as a process that is killed leaves it
    services.listed = [a_project("letters", "interrupted", project_path=project)]
    async with opened(services, (120, 40)) as (app, pilot):
        dialog = await recovery(app, pilot)
        await until(pilot, lambda: "it is gone" in words(dialog))


# Refusals, in the app


class Refused(FontloomApp):
    CSS_PATH = Recorder.CSS_PATH

    def _show(self, project: Path) -> None:
        """No other screen comes."""


async def test_other_versions_are_shown_and_can_be_accepted(services: FakeServices, picture: Picture) -> None:
    services.refusal = FontloomError(
        ErrorCode.VERSIONS_CHANGED, "harfbuzz was 10.1.0, is 11.2.1; numpy was 2.2.0, is 2.3.1"
    )
    save_preferences(services.documents, Preferences(onboarded=True))
    app = Refused(services)
    async with app.run_test(size=(80, 24)) as pilot:
        app.post_message(messages.ResumeProject(Path("/data/sets/a")))
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await settle(app, pilot)
        await picture(app)
        services.refusal = FontloomError(ErrorCode.LOCKED, "Held by process 1.")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ProblemDialog))
        assert not services.launched
        await pilot.press("escape")
        services.refusal = FontloomError(ErrorCode.VERSIONS_CHANGED, "numpy was 2.2.0, is 2.3.1")
        app.post_message(messages.ResumeProject(Path("/data/sets/a")))
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        services.refusal = None
        await pilot.press("y")
        await until(pilot, lambda: services.launched)
        assert services.launched[0].accept_versions
        assert services.launched[0].project_path == Path("/data/sets/a")


async def test_other_versions_can_be_left_alone(services: FakeServices) -> None:
    services.refusal = FontloomError(ErrorCode.VERSIONS_CHANGED, "numpy was 2.2.0, is 2.3.1")
    save_preferences(services.documents, Preferences(onboarded=True))
    app = Refused(services)
    async with app.run_test(size=(80, 24)) as pilot:
        app.post_message(messages.ResumeProject(Path("/data/sets/a")))
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ConfirmDialog))
        assert not services.launched


async def test_a_changed_plan_is_explained(services: FakeServices) -> None:
    services.refusal = FontloomError(ErrorCode.PLAN_CHANGED, "/fonts/A.ttf: has other content")
    save_preferences(services.documents, Preferences(onboarded=True))
    app = Refused(services)
    async with app.run_test(size=(80, 24)) as pilot:
        app.post_message(messages.ResumeProject(Path("/data/sets/a")))
        await until(pilot, lambda: isinstance(app.screen, ProblemDialog))
        await until(pilot, lambda: len(app.screen.query(Static)) >= 3)
        said = "\n".join(str(static.visual) for static in app.screen.query(Static))
        assert "/fonts/A.ttf" in said
        assert "Restore what is named" in said
