"""The sessions screen: what it lists in which order, its keys, the first steps, and cleaning up."""

from datetime import timedelta
from pathlib import Path

import pytest
from sessions_app import Recorder, opened, settle
from textual.widgets import Input
from tui_world import NOW, SIZES, FakeServices, Picture, a_project, until

from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.result import ProjectProblem, ProjectStatus
from fontloom.store.lock import ProjectLock
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import SessionStateManager
from fontloom_tui import messages
from fontloom_tui.beginnings import anew, first_export
from fontloom_tui.dialogs.cleanup import CleanupDialog
from fontloom_tui.dialogs.onboarding import OnboardingDialog
from fontloom_tui.dialogs.path import PathDialog
from fontloom_tui.dialogs.problem import ProblemDialog
from fontloom_tui.dialogs.verify import VerifyDialog
from fontloom_tui.preferences import load_preferences
from fontloom_tui.widgets.project_detail import ProjectDetail
from fontloom_tui.widgets.project_words import percent
from fontloom_tui.widgets.session_filter import SessionFilter
from fontloom_tui.widgets.session_row import Columns, head, row

DISK = "The disk is full. Free space on the output disk, then resume."
UNREADABLE = ProjectProblem(
    project_path=Path("/data/sets/old-one"),
    error=ExportError.of(ErrorCode.STATE_UNREADABLE, "session.json: it ends in the middle"),
)


def mixed() -> list[ProjectStatus | ProjectProblem]:
    """One of each state, but no interrupted one, for which a dialog comes by itself."""
    done = {"total_images": 300, "exported_images": 300, "fonts": 3, "fonts_left_out": 0}
    return [
        a_project("letters", "completed", bytes_written=1_540_000, **done),
        UNREADABLE,
        a_project("signs", "running", fonts=240, total_images=48_000, exported_images=31_000),
        a_project("greek-lines", "paused", reason=DISK, updated_at=NOW - timedelta(hours=3)),
        a_project("hands-with-a-name-longer-than-there-is-room-for", "paused", exported_images=0),
        a_project("try-out", "cancelled", exported_images=20_000, updated_at=NOW - timedelta(days=9)),
        a_project("old-disk", "failed", reason=DISK, updated_at=NOW - timedelta(days=2)),
    ]


def listed(app: Recorder) -> list[str]:
    """The lines of the list: the titles, and the names of the projects."""
    return [
        Path(option.id).name if option.id else str(option.prompt).partition(" (")[0]
        for option in app.lines.options
    ]


# What is listed


async def test_attention_first_then_running_then_finished(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services) as (app, _):
        assert listed(app) == [
            "Needs attention",
            "greek-lines",
            "old-disk",
            "hands-with-a-name-longer-than-there-is-room-for",
            "old-one",
            "Running",
            "signs",
            "Finished",
            "letters",
            "try-out",
        ]
        assert app.lines.highlighted == 1


@pytest.mark.parametrize("width", [57, 77, 97, 117, 141, 197])
def test_columns_stand_under_their_titles_and_fit(width: int) -> None:
    projects = [p for p in mixed() if isinstance(p, ProjectStatus)]
    columns = Columns.fit(width, projects)
    lines = [row(project, columns, NOW).plain for project in projects]
    titles = head(columns).plain
    images, saved = (titles.find(title) + len(title) for title in ("images", "saved"))
    for project, line in zip(projects, lines, strict=True):
        assert len(line) <= width
        assert line[:saved].endswith(("ago", "now"))
        assert line[titles.index("project") :].startswith(project.project_path.name[:10])
        assert "images" not in titles or line[:images].endswith(f"{project.total_images:,}")


def test_percent_is_whole_only_at_the_end() -> None:
    assert [percent(part) for part in (0, 0.009, 0.9999, 1)] == ["0%", "0%", "99%", "100%"]


@pytest.mark.parametrize("size", SIZES)
async def test_mixed_list(services: FakeServices, picture: Picture, size: tuple[int, int]) -> None:
    services.listed = mixed()
    async with opened(services, size) as (app, pilot):
        await settle(app, pilot)
        await picture(app)


async def test_three_hundred_projects(services: FakeServices, picture: Picture) -> None:
    services.listed = [
        a_project(f"set-{n:03d}", "completed", exported_images=382_400, updated_at=NOW - timedelta(hours=n))
        for n in range(300)
    ]
    async with opened(services, (120, 40)) as (app, pilot):
        await pilot.press("pagedown", "pagedown", "down")
        chosen = app.list.chosen
        services.listed = services.listed[5:]
        await pilot.press("f5")
        await until(pilot, lambda: len(app.lines.options) == 296)
        assert app.list.chosen == chosen
        await settle(app, pilot)
        await picture(app)


async def test_the_cursor_stays_on_its_project(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        await pilot.press("down", "down")
        before = app.list.chosen
        assert before is not None
        assert before.project_path.name.startswith("hands")
        services.listed = [a_project("new", "failed", reason=DISK), *mixed()[1:]]
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "new" in listed(app))
        assert app.list.chosen == before
        services.listed = [p for p in services.listed if p != before]
        await pilot.press("ctrl+r")
        await until(pilot, lambda: app.list.chosen != before)
        assert app.list.chosen is not None


async def test_news_of_a_project_is_shown_where_it_stands(services: FakeServices) -> None:
    services.listed = [a_project("signs", "running", exported_images=10)]
    async with opened(services) as (app, pilot):
        services.listed = [a_project("signs", "running", exported_images=382_399)]
        await pilot.press("f5")
        await until(pilot, lambda: "99%" in str(app.lines.options[1].prompt))


async def test_a_list_that_cannot_be_read_again_stays(services: FakeServices) -> None:
    services.listed = mixed()

    async def refused(output: Path | None = None) -> tuple[ProjectStatus | ProjectProblem, ...]:
        raise FontloomError(ErrorCode.IO_ERROR, "Input/output error")

    async with opened(services) as (app, pilot):
        services.projects = refused  # type: ignore[method-assign]
        await pilot.press("f5")
        await until(pilot, lambda: "input/output error" in app.said("#where"))
        assert "greek-lines" in listed(app)


async def test_a_hidden_screen_does_not_read(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        reading = app.sessions._reading
        assert reading is not None
        await pilot.press("d")
        await until(pilot, lambda: reading.is_finished)
        await pilot.press("escape")
        await until(pilot, lambda: app.sessions._reading is not reading)
        again = app.sessions._reading
        assert again is not None
        assert again.is_running


# Keys


async def test_enter_does_the_natural_thing(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        await pilot.press("end", "enter")  # cancelled
        await pilot.press("up", "enter")  # done
        await pilot.press("up", "enter")  # running
        await until(pilot, lambda: len(app.asked) == 3)
        assert all(isinstance(message, messages.OpenProject) for message in app.asked)
        assert [message.project.name for message in app.asked] == ["try-out", "letters", "signs"]


async def test_enter_explains_what_cannot_be_read(services: FakeServices) -> None:
    services.listed = [UNREADABLE]
    async with opened(services) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProblemDialog))
        assert not app.asked


async def test_a_paused_project_with_an_engine_is_attached_to(services: FakeServices) -> None:
    services.listed = [a_project("held", "paused", owner="process 1 on here")]
    async with opened(services) as (app, pilot):
        await pilot.press("r", "enter")
        await until(pilot, lambda: app.asked)
        assert [type(message) for message in app.asked] == [messages.OpenProject]


async def test_new_and_resume(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        await pilot.press("n", "r")
        await until(pilot, lambda: len(app.asked) == 2)
        configure, resume = app.asked
        assert configure.config is None
        assert resume.project.name == "greek-lines"
        assert not resume.accept_versions


async def test_keys_that_do_nothing_are_not_shown(services: FakeServices) -> None:
    services.listed = mixed()

    def shown() -> set[str]:
        return {key for key, active in app.screen.active_bindings.items() if active.enabled}

    async with opened(services) as (app, pilot):
        assert {"r", "v", "d", "enter"} <= shown()
        assert not {"escape", "w"} & shown()
        await pilot.press("end")
        await pilot.press("up", "up")
        assert app.list.chosen is not None
        assert app.list.chosen.project_path.name == "signs"
        assert "r" not in shown()
        await pilot.press("up")
        assert "v" not in shown()


async def test_copying_the_path(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        await pilot.press("y")
        assert app.copied == "/data/sets/greek-lines"


async def test_a_folder_is_looked_into_and_left_again(services: FakeServices, tmp_path: Path) -> None:
    services.listed = mixed()
    looked: list[Path | None] = []

    async def projects(output: Path | None = None) -> tuple[ProjectStatus | ProjectProblem, ...]:
        looked.append(output)
        if output == tmp_path:
            return (a_project("here", "completed"),)
        if output is not None:
            raise FontloomError(ErrorCode.PERMISSION_DENIED, str(output))
        return tuple(services.listed)

    services.projects = projects  # type: ignore[method-assign]
    async with opened(services) as (app, pilot):
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        app.screen.dismiss(tmp_path)
        await until(pilot, lambda: listed(app) == ["Finished", "here"])
        assert str(tmp_path) in app.said("#where")
        app.sessions._look_in(Path("/closed"))
        await until(pilot, lambda: "Permission" in app.said("#instead"))
        await pilot.press("escape")
        await until(pilot, lambda: "greek-lines" in listed(app))
        assert looked[-1] is None


async def test_filter_by_name_and_state(services: FakeServices, picture: Picture) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        await pilot.press("slash", *"paus")
        await until(pilot, lambda: len(listed(app)) == 2)
        await pilot.press("down")
        assert app.focused is app.lines
        await settle(app, pilot)
        await picture(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(listed(app)) == 10)
        assert not app.sessions.query_one(SessionFilter).display
        await pilot.press("slash", *"greek", "enter", "r")
        await until(pilot, lambda: app.asked)
        assert app.asked[0].project.name == "greek-lines"


async def test_nothing_matches(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        await pilot.press("slash", *"zzz")
        await until(pilot, lambda: "matches" in app.said("#instead"))


async def test_names_are_shown_as_plain_text(services: FakeServices) -> None:
    services.listed = [a_project("[red]x\x1b[2J", "completed")]
    async with opened(services, (120, 40)) as (app, pilot):
        await pilot.pause()
        assert "[red]x�[2J" in str(app.lines.options[1].prompt)
        assert "[red]x�[2J" in str(app.sessions.query_one(ProjectDetail).border_title)


# The first start


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_made_yet(services: FakeServices, picture: Picture, size: tuple[int, int]) -> None:
    async with opened(services, size) as (app, pilot):
        await settle(app, pilot)
        await picture(app)


async def test_the_first_steps_lead_to_a_first_export(
    services: FakeServices, picture: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(services, onboarded=False) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, OnboardingDialog))
        await settle(app, pilot)
        await picture(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.asked)
        config = app.asked[0].config
        assert isinstance(app.asked[0], messages.StartExport)
        assert config.output_path == tmp_path / "fontloom-output"
        assert (config.project_name, config.num_samples, config.fonts) == ("first", 50, ())


async def test_closing_the_first_steps_is_remembered(services: FakeServices) -> None:
    async with opened(services, onboarded=False) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, OnboardingDialog))
        await pilot.press("escape")
        await until(pilot, lambda: load_preferences(services.documents).onboarded)
        assert not app.asked
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, OnboardingDialog))
        await pilot.press("c")
        await until(pilot, lambda: app.asked)
        assert isinstance(app.asked[0], messages.Configure)


async def test_no_first_steps_where_there_are_projects(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services, onboarded=False) as (app, pilot):
        await pilot.pause()
        assert app.screen is app.sessions


def test_a_first_export_gets_a_free_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("first", "first-2"):
        (tmp_path / "fontloom-output" / name).mkdir(parents=True)
    assert first_export().project_name == "first-3"


def test_the_same_settings_anew(project: Path) -> None:
    config = anew(project)
    assert (config.project_name, config.output_path) == ("letters-2", project.parent)
    assert config.num_samples == 4


# Cleaning up


async def test_forgetting_keeps_the_files(services: FakeServices, project: Path) -> None:
    services.listed = [a_project("letters", "completed", project_path=project)]
    manager = SessionStateManager(services.documents)
    manager.remember(project)
    async with opened(services) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, CleanupDialog))
        await pilot.press("f")
        await until(pilot, lambda: app.screen is app.sessions)
        assert manager.recent_projects() == []
        assert (project / "session.json").exists()


async def test_deleting_asks_for_the_name(services: FakeServices, picture: Picture) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, CleanupDialog))
        await pilot.press("d")
        app.screen.query_one(Input).cursor_blink = False
        await pilot.press(*"greek-line", "enter")
        await settle(app, pilot)
        assert app.screen.query_one("#sure").disabled
        await picture(app)
        await pilot.press("s")
        await until(pilot, lambda: not app.screen.query_one("#sure").disabled)


async def test_deleting_names_what_it_left(services: FakeServices, project: Path) -> None:
    (project / "notes.txt").write_text("mine")
    services.listed = [a_project("letters", "completed", project_path=project)]
    manager = SessionStateManager(services.documents)
    manager.remember(project)
    async with opened(services) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, CleanupDialog))
        await pilot.press("d", *"letters", "enter")
        await until(pilot, lambda: "notes.txt" in app.said("#outcome"))
        assert [path.name for path in project.iterdir()] == ["notes.txt"]
        services.listed = []
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.sessions and not app.lines.options)


async def test_a_held_project_is_not_deleted(services: FakeServices, project: Path) -> None:
    services.listed = [a_project("letters", "completed", project_path=project)]
    lock = ProjectLock(ProjectPaths(project))
    lock.acquire("another")
    try:
        async with opened(services) as (app, pilot):
            await pilot.press("d")
            await until(pilot, lambda: isinstance(app.screen, CleanupDialog))
            await pilot.press("d", *"letters", "enter")
            await until(pilot, lambda: "Another run holds" in app.said("#outcome"))
            assert "Nothing was deleted" in app.said("#outcome")
    finally:
        lock.release()
    assert (project / "session.json").exists()


async def test_deleting_a_running_project_is_not_offered(services: FakeServices) -> None:
    services.listed = [a_project("signs", "running")]
    async with opened(services) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, CleanupDialog))
        assert app.screen.query_one("#delete").disabled
        await pilot.press("d")
        assert app.screen.query_one("ContentSwitcher").current == "asking"  # type: ignore[attr-defined]


async def test_verify_opens_for_the_marked_project(services: FakeServices) -> None:
    services.listed = mixed()
    async with opened(services) as (app, pilot):
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, VerifyDialog))
