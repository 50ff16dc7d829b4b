"""Run screen: a session as it goes, and what can be done with it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer, Static

from fontloom.model.errors import ExportError, FontloomError, classify
from fontloom.model.progress import Snapshot
from fontloom.model.result import SessionSummary
from fontloom.model.words import clean, count
from fontloom.store.atomic import read_state
from fontloom.store.paths import ProjectPaths
from fontloom_tui import messages
from fontloom_tui.client import Link, SessionWatch
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.widgets import progress_words
from fontloom_tui.widgets.error_notification import ErrorNotification
from fontloom_tui.widgets.export_progress_panel import ExportProgressPanel
from fontloom_tui.widgets.font_progress_display import FontProgressDisplay
from fontloom_tui.widgets.font_table import FontTable
from fontloom_tui.widgets.session_control_panel import Offer, SessionControlPanel
from fontloom_tui.widgets.session_ending import SessionEnding


class RunScreen(Screen[None]):
    """One session: live with an engine, and as its files have it without one."""

    HELP = """
### Run
Images are **durable** once they survive a power cut; those *drawn and not yet safe* follow in a moment. The
engine is a process of its own: leaving this screen, or losing the connection, does not stop it.

**/** filters the fonts (`status:failed`, `errors`, or a part of the name), **s** orders them by something
else, **S** turns the order round, **f** keeps the active ones in view. **+** and **-** look at the engine
more or less often.
"""
    CSS_PATH = "run.tcss"
    AUTO_FOCUS = "FontTable"
    BINDINGS = [
        Binding("space", "ask('pause')", "Pause", show=False),
        Binding("space", "ask('resume')", "Resume", show=False),
        Binding("c", "ask('cancel')", "Cancel", show=False, tooltip="End the session; what was made stays"),
        Binding("r", "ask('retry')", "Retry failed", show=False, tooltip="Do again what failed"),
        Binding("left_square_bracket", "ask('fewer')", "Fewer workers", show=False, key_display="["),
        Binding("right_square_bracket", "ask('more')", "More workers", show=False, key_display="]"),
        Binding("e", "ask('errors')", "Errors", show=False),
        Binding("l", "ask('logs')", "Logs", show=False),
        Binding("slash", "filter", "Filter", key_display="/", tooltip="Show only some fonts"),
        Binding("s", "sort", "Sort", tooltip="Order the fonts by something else"),
        Binding("S", "turn", "Turn order", show=False),
        Binding("f", "follow", "Follow", tooltip="Keep the active fonts in view, or no longer"),
        Binding("y", "copy_path", "Copy path", show=False),
        Binding("escape", "all_fonts", "All fonts", key_display="esc"),
        Binding("escape", "home", "Sessions", key_display="esc"),
    ]

    def __init__(self, session: SessionWatch) -> None:
        super().__init__()
        self._session = session
        self._offer = Offer()
        self._applies: tuple[object, ...] = ()
        self._wanted_workers: int | None = None
        self._summary: SessionSummary | ExportError | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="head"):
            yield Static(clean(self._session.project.name), id="where", markup=False)
            yield Static(clean(str(self._session.project)), id="path", markup=False)
        yield Static("", id="problem", markup=False)
        yield ExportProgressPanel()
        yield SessionEnding()
        yield ErrorNotification()
        yield SessionControlPanel()
        yield FontProgressDisplay()
        yield Footer(compact=True, show_command_palette=False)

    @property
    def _table(self) -> FontTable:
        return self.query_one(FontTable)

    # Showing

    def on_screen_resume(self) -> None:
        self._show()

    def on_watched(self) -> None:
        self._show()

    def _show(self) -> None:
        session, snapshot = self._session, self._session.snapshot
        if session.problem is not None:
            self._show_problem(session.problem.error)
        elif snapshot is not None:
            busy = session.link is Link.BUSY
            self.query_one(ExportProgressPanel).show(snapshot, session.rates, live=session.live, busy=busy)
            self.query_one(ErrorNotification).show(snapshot, engine=session.live)
            self._show_ending(snapshot)
            at_work = session.live and progress_words.at_work(snapshot)
            self.query_one(FontProgressDisplay).show(session.fonts, at_work=at_work)
            self._offer = Offer.of(snapshot, live=session.live)
            if self._wanted_workers == snapshot.stats.workers:
                self._wanted_workers = None
            self.query_one(SessionControlPanel).show(self._offer)
        self._refresh_keys()

    def _show_problem(self, error: ExportError) -> None:
        self._offer = Offer()
        self.add_class("-unreadable")
        said = [error.message, error.detail, error.suggested_action, "esc goes back to the sessions."]
        self.query_one("#problem", Static).update("\n".join(clean(words) for words in said if words))

    def _show_ending(self, snapshot: Snapshot) -> None:
        ending = self.query_one(SessionEnding)
        if snapshot.phase != "done":
            self._summary = None
            if self._session.live or snapshot.reason is not None:
                ending.hide()
            else:
                ending.show_next(snapshot)
        elif self._summary is None:
            self._summarise()

    @work(group="summary", exclusive=True)
    async def _summarise(self) -> None:
        project = self._session.project
        try:
            summary = await asyncio.to_thread(read_state, ProjectPaths(project).summary, SessionSummary)
        except (FontloomError, OSError) as error:
            self._summary = (
                error.error
                if isinstance(error, FontloomError)
                else ExportError.of(classify(error), str(error))
            )
            self.query_one(SessionEnding).show_problem(self._summary)
        else:
            self._summary = summary
            self.query_one(SessionEnding).show_summary(summary, project)

    def _refresh_keys(self) -> None:
        filtering = self.query_one(FontProgressDisplay).filtering
        applies = (self._offer, filtering, self._session.problem is None, self._table.cursor is None)
        if applies != self._applies:
            self._applies = applies
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        offer = self._offer
        if action == "ask":
            return {
                "pause": offer.pause,
                "resume": offer.go_on,
                "cancel": offer.cancel,
                "retry": offer.retry > 0,
                "fewer": offer.workers > 1,
                "more": offer.workers > 0,
                "errors": self._session.snapshot is not None,
                "logs": self._session.snapshot is not None,
            }[str(parameters[0])]
        if action in ("all_fonts", "home") and self.is_mounted:
            return self.query_one(FontProgressDisplay).filtering is (action == "all_fonts")
        if action in ("filter", "sort", "turn", "follow"):
            return self._session.problem is None
        return True

    # The fonts

    def action_filter(self) -> None:
        """Lets a filter be typed."""
        self.query_one(FontProgressDisplay).open_filter()
        self._refresh_keys()

    def action_all_fonts(self) -> None:
        """Shows all fonts again."""
        self.query_one(FontProgressDisplay).close_filter()
        self._refresh_keys()

    def action_sort(self) -> None:
        """Orders by what comes next."""
        self._table.next_order()

    def action_turn(self) -> None:
        """Turns the order round."""
        self._table.turn()

    def action_follow(self) -> None:
        """Keeps the active fonts in view, or no longer."""
        self._table.set_follow(not self._table.follow)

    def on_font_table_steered(self) -> None:
        self._refresh_keys()

    # The session

    def on_session_control_panel_asked(self, message: SessionControlPanel.Asked) -> None:
        self.action_ask(message.what)

    def on_error_notification_resume(self) -> None:
        self.action_ask("resume")

    def on_error_notification_stop(self) -> None:
        self._steer(partial(self._session.pause, leave=True))

    def on_error_notification_choose_output(self) -> None:
        self.post_message(messages.ChooseOutput())

    def action_ask(self, what: str) -> None:
        """Does what a control stands for."""
        session = self._session
        if what == "errors":
            self.post_message(messages.OpenErrors())
        elif what == "logs":
            self.post_message(messages.OpenLogs())
        elif what == "cancel":
            self._ask_cancel()
        elif what in ("fewer", "more"):
            self._change_workers(1 if what == "more" else -1)
        elif what == "pause":
            self._steer(session.pause)
        elif what == "resume":
            self._steer(session.resume) if self._session.live else self._start_engine()
        elif self._session.live:
            self._steer(self._retry)
        else:
            self._start_engine(retry=())

    def _start_engine(self, retry: tuple[str, ...] | None = None) -> None:
        self.post_message(messages.ResumeProject(self._session.project, retry=retry))

    def _ask_cancel(self) -> None:
        made = self._session.snapshot.overall.exported_images if self._session.snapshot else 0
        question = (
            f"{count(made, 'image')} are safe and stay. What is being drawn now is dropped, "
            "and the engine ends."
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self._steer(self._session.cancel)

        self.app.push_screen(
            ConfirmDialog("Cancel the export?", question, yes="Cancel the export", no="Go on"), answered
        )

    async def _retry(self) -> None:
        again = await self._session.retry()
        self.notify(f"{count(again, 'font')} begin again.", timeout=3)

    def _change_workers(self, more: int) -> None:
        # Keys come faster than snapshots: what was asked for last counts.
        self._wanted_workers = max(1, (self._wanted_workers or self._offer.workers) + more)
        self._steer(partial(self._session.set_workers, self._wanted_workers))

    @work(group="steering")
    async def _steer(self, ask: Callable[[], Awaitable[None]]) -> None:
        try:
            await ask()
        except (FontloomError, TimeoutError) as error:
            self._wanted_workers = None
            self.post_message(messages.SayProblem(error))

    # Leaving

    def action_copy_path(self) -> None:
        """Copies the path of the project."""
        self.app.copy_to_clipboard(str(self._session.project.absolute()))
        self.notify("The path is on the clipboard.", timeout=3)

    def action_home(self) -> None:
        """Shows the sessions; the engine goes on."""
        self.post_message(messages.GoHome())
