"""The run screen: a session in every state, by keyboard, at three sizes."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Footer, Static
from tui_world import SIZES, FakeEngine, FakeServices, Picture, a_font, until
from watched_app import WatchedApp, an_engine, settled

from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import FontStatus, PerformanceMetrics
from fontloom.model.result import SessionSummary
from fontloom.model.session import SessionStatus
from fontloom.store.atomic import read_state
from fontloom.store.paths import ProjectPaths
from fontloom_tui import messages
from fontloom_tui.client import Link
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.screens.run import RunScreen
from fontloom_tui.widgets import progress_words
from fontloom_tui.widgets.error_notification import ErrorNotification
from fontloom_tui.widgets.export_progress_panel import ExportProgressPanel
from fontloom_tui.widgets.font_progress_display import FontProgressDisplay
from fontloom_tui.widgets.font_table import FontTable
from fontloom_tui.widgets.session_control_panel import Offer
from fontloom_tui.widgets.session_ending import SessionEnding

PROJECT = Path("/data/sets/letters")


@pytest.fixture
def engine(services: FakeServices) -> FakeEngine:
    """An engine with sixty fonts of every state."""
    found = an_engine(services, PROJECT)
    states = {
        3: FontStatus.PROCESSING,
        4: FontStatus.PROCESSING,
        20: FontStatus.FAILED,
        21: FontStatus.SKIPPED,
    }
    for n in range(60):
        status = states.get(n, FontStatus.COMPLETED if n >= 40 else FontStatus.PENDING)
        done = {FontStatus.COMPLETED: 200, FontStatus.PROCESSING: 30 + n}.get(status, 0)
        troubled = {"error_count": 3, "last_error": "Drawing failed. bad glyf table"} if n in (20, 41) else {}
        found.change(a_font(n, done, status, **troubled))
    found.error_count = 12
    return found


def an_app(services: FakeServices, project: Path = PROJECT) -> WatchedApp:
    return WatchedApp(project, services, RunScreen)


async def shown(app: WatchedApp, pilot: Pilot[None]) -> None:
    """Looks once, and waits until that is on the screen."""
    await pilot.pause()
    await app.look()
    await pilot.pause()


def panel(app: WatchedApp) -> str:
    return str(app.screen.query_one(ExportProgressPanel).render())


def keys(app: WatchedApp) -> set[str]:
    """The keys that apply now."""
    return {key for key, active in app.screen.active_bindings.items() if active.enabled}


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
async def test_running(
    services: FakeServices, engine: FakeEngine, size: tuple[int, int], picture: Picture
) -> None:
    app = an_app(services)
    async with app.run_test(size=size) as pilot:
        await shown(app, pilot)
        app.session.rates.extend([0, 100, 300, 500, 800, 790, 812, 600, 640, 700, 812, 850] * 5)
        await shown(app, pilot)
        table = app.screen.query_one(FontTable)
        assert table.size.height >= 11, "the titles and ten rows"
        assert app.screen.query_one(ExportProgressPanel).size.height <= 8
        assert app.screen.query_one(Footer).region.bottom == size[1]
        buttons = list(app.screen.query(Button))
        assert all(button.region.right <= size[0] for button in buttons if button.is_on_screen)
        await settled(app, pilot)
        await picture(app)


async def test_the_panel_says_what_is_safe_and_what_is_left(
    services: FakeServices, engine: FakeEngine
) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "Connecting" in panel(app)
        await shown(app, pilot)
        said = panel(app)
        for words in (
            "running",
            "4,067 of 12,000 images",
            "33.8 %",
            "4,067 durable, 96 drawn and not yet safe",
            "812 images/s now · 790 on average",
            "12:34 elapsed · 1:02:05 left",
            "Fonts: 20 of 60 done, 2 active, 1 failed, 1 skipped",
            "CPU 188 %",
            "48.0 GB left on disk",
        ):
            assert words in said
        assert all(len(line) <= 78 for line in said.split("\n"))


def test_little_room_on_the_disk_is_a_warning() -> None:
    metrics = PerformanceMetrics(
        cpu_percent=1, memory_bytes=1, engine_memory_bytes=1, disk_free_bytes=10**9, disk_free_inodes=500
    )
    low = [saying for saying in progress_words.machine(metrics, 2) if "warning" in saying.style]
    assert [saying.text for saying in low] == ["1.0 GB left on disk: low", "500 inodes: low"]


def test_the_sparkline_is_as_wide_as_its_room() -> None:
    assert progress_words.sparkline([], 4) == "    "
    assert progress_words.sparkline([0, 1, 8], 5) == "   ▁█"
    assert progress_words.sparkline([1, 2, 4, 8], 2) == "▄█"


async def test_pause_and_resume_by_keyboard(services: FakeServices, engine: FakeEngine) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        await pilot.press("space")
        await until(pilot, lambda: ("pause", False) in engine.told)
        await shown(app, pilot)
        assert "paused" in panel(app)
        assert str(app.screen.query_one("#hold", Button).label) == "Resume space"
        await pilot.press("space")
        await until(pilot, lambda: "resume" in engine.told)
        await shown(app, pilot)
        assert "running" in panel(app)


async def test_cancel_asks_first(services: FakeServices, engine: FakeEngine) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: not app.screen.is_modal)
        assert engine.told == []
        await pilot.press("c", "y")
        await until(pilot, lambda: "cancel" in engine.told)


async def test_workers_follow_keys_that_come_faster_than_snapshots(
    services: FakeServices, engine: FakeEngine
) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        await pilot.press("right_square_bracket", "right_square_bracket", "left_square_bracket")
        await until(pilot, lambda: len(engine.told) == 3)
        assert engine.told == [("workers", 3), ("workers", 4), ("workers", 3)]
        await shown(app, pilot)
        assert str(app.screen.query_one("#number", Static).content) == "3 workers"
        engine.workers = 1
        await shown(app, pilot)
        assert "left_square_bracket" not in keys(app)
        await pilot.press("left_square_bracket")
        assert len(engine.told) == 3


async def test_retry_errors_logs_fonts_and_the_way_back(services: FakeServices, engine: FakeEngine) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        await pilot.press("r")
        await until(pilot, lambda: ("retry", ()) in engine.told)
        await pilot.press("e", "l", "enter", "y", "escape")
        await until(pilot, lambda: app.last(messages.GoHome))
        kinds = [type(message) for message in app.asked]
        assert kinds == [messages.OpenErrors, messages.OpenLogs, messages.OpenFont, messages.GoHome]
        opened = app.last(messages.OpenFont)
        assert isinstance(opened, messages.OpenFont) and opened.font_name == "Font-0003"
        assert app.copied == str(PROJECT)


async def test_buttons_do_what_their_keys_do(services: FakeServices, engine: FakeEngine) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        for name in ("hold", "retry", "more", "errors", "logs"):
            await pilot.click(f"#{name}")
        await until(pilot, lambda: len(engine.told) == 3 and len(app.asked) == 2)
        assert set(engine.told) == {("pause", False), ("retry", ()), ("workers", 3)}
        await pilot.press("slash")
        assert app.screen.query_one(FontProgressDisplay).filtering, "keys work when a button is focused"


async def test_what_goes_wrong_while_steering_is_said(services: FakeServices, engine: FakeEngine) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        engine.busy = True
        await pilot.press("space")
        await until(pilot, lambda: app.problems)
        assert "did not answer" in app.problems[0]


async def test_a_busy_engine_is_a_quiet_mark(services: FakeServices, engine: FakeEngine) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        engine.busy = True
        await shown(app, pilot)
        assert app.session.link is Link.BUSY
        assert "running · engine busy" in panel(app)
        engine.busy = False
        await shown(app, pilot)
        assert "busy" not in panel(app)


async def test_the_filter_by_keyboard(services: FakeServices, engine: FakeEngine, picture: Picture) -> None:
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        table = app.screen.query_one(FontTable)
        await pilot.press("slash", *"errors", "enter")
        await until(pilot, lambda: len(table.names) == 2)
        await settled(app, pilot)
        await picture(app)
        await pilot.press("s", "S", "f")
        assert table.filter == "errors" and not table.follow
        await pilot.press("escape")
        await until(pilot, lambda: len(table.names) == 60)
        assert app.asked == []


async def test_waiting_for_a_person(services: FakeServices, engine: FakeEngine, picture: Picture) -> None:
    engine.phase, engine.status = "waiting", SessionStatus.PAUSED
    engine.reason = ExportError.of(ErrorCode.DISK_FULL, "/data: 12 MB left, 256 MB are wanted")
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        assert "waiting for disk space" in panel(app)
        notification = app.screen.query_one(ErrorNotification)
        assert notification.display
        await until(pilot, lambda: app.focused is notification.query_one("#resume"))
        assert app.screen.query_one(FontTable).size.height >= 8
        await settled(app, pilot)
        await picture(app)
        notification.post_message(ErrorNotification.Resume())
        await until(pilot, lambda: "resume" in engine.told)
        notification.post_message(ErrorNotification.Stop())
        await until(pilot, lambda: ("pause", True) in engine.told)
        notification.post_message(ErrorNotification.ChooseOutput())
        await until(pilot, lambda: app.last(messages.ChooseOutput))


async def test_the_screen_goes_on_by_the_files_when_the_engine_is_gone(
    services: FakeServices, project: Path
) -> None:
    engine = an_engine(services, project)
    app = an_app(services, project)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        assert "running" in panel(app)
        engine.absent = True
        await shown(app, pilot)
        assert app.session.link is Link.OFFLINE
        assert "done" in panel(app)


async def test_done(
    services: FakeServices, project: Path, monkeypatch: pytest.MonkeyPatch, picture: Picture
) -> None:
    monkeypatch.chdir(project.parent.parent)
    app = an_app(services, Path("sets/letters"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        ending = app.screen.query_one(SessionEnding)
        await until(pilot, lambda: ending.display)
        said = str(ending.content)
        assert "24 images of 3 fonts" in said and "Left out: 1 font" in said
        assert "fontloom verify --deep sets/letters" in said
        assert "space" not in keys(app) and "c" not in keys(app)
        summary = read_state(ProjectPaths(project).summary, SessionSummary)
        measured = {
            "bytes_written": 622_500,
            "elapsed_seconds": 1.0,
            "images_per_second": 24.0,
            "digest": "0123456789abcdef" * 4,
        }  # these differ from machine to machine
        ending.show_summary(summary.model_copy(update=measured), Path("sets/letters"))
        await pilot.pause()
        await settled(app, pilot)
        await picture(app)


async def test_a_summary_that_cannot_be_read_is_said(services: FakeServices, project: Path) -> None:
    ProjectPaths(project).summary.write_bytes(b"\0" * 200)
    app = an_app(services, project)
    async with app.run_test(size=(120, 40)) as pilot:
        await shown(app, pilot)
        ending = app.screen.query_one(SessionEnding)
        await until(pilot, lambda: ending.display)
        assert "only zeros" in str(ending.content)


async def test_a_project_that_cannot_be_read(services: FakeServices, tmp_path: Path) -> None:
    app = an_app(services, tmp_path / "nothing")
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        said = str(app.screen.query_one("#problem", Static).content)
        assert "This is not a fontloom project." in said and "esc" in said
        assert not app.screen.query_one(FontProgressDisplay).display
        await pilot.press("space", "slash", "s", "escape")
        await until(pilot, lambda: app.last(messages.GoHome))
        assert len(app.asked) == 1


@pytest.mark.parametrize(
    ("phase", "resumes"), [("interrupted", True), ("paused", True), ("cancelled", True), ("running", False)]
)
async def test_without_an_engine(
    services: FakeServices, engine: FakeEngine, phase: str, resumes: bool, picture: Picture
) -> None:
    engine.phase = phase
    app = an_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        snapshot = await engine.snapshot()
        app.session.link, app.session.snapshot = Link.OFFLINE, snapshot.model_copy(update={"metrics": None})
        app.session.fonts = dict(engine.fonts)
        app.screen.post_message(messages.Watched(snapshot))
        await until(pilot, lambda: app.screen.query_one(SessionEnding).display)
        assert f"{phase} · no engine" in panel(app)
        assert {"c", "left_square_bracket"}.isdisjoint(keys(app))
        await pilot.press("space")
        await pilot.press("r")
        await pilot.pause()
        asked = [m for m in app.asked if isinstance(m, messages.ResumeProject)]
        assert [m.retry for m in asked] == ([None, ()] if resumes else [])
        if phase == "interrupted":
            await settled(app, pilot)
            await picture(app)


async def test_what_is_offered(engine: FakeEngine) -> None:
    assert Offer.of(None, live=True) == Offer()
    for phase, pauses, goes_on, steered in (
        ("starting", True, False, True),
        ("running", True, False, True),
        ("pausing", False, True, True),
        ("paused", False, True, True),
        ("waiting", False, True, True),
        ("finishing", False, False, False),
        ("done", False, False, False),
        ("failed", False, False, False),
    ):
        engine.phase = phase
        offer = Offer.of(await engine.snapshot(), live=True)
        assert (offer.pause, offer.go_on, offer.cancel) == (pauses, goes_on, steered)
        assert (offer.retry, offer.workers) == ((2, 2) if steered else (0, 0))
        assert offer.errors == 12
