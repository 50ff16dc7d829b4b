"""Logs screen: the three logs of a project, as they grow."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, ContentSwitcher, Footer, Input, Static

from fontloom.model.words import clean
from fontloom.model.words import count as counted
from fontloom.store.logfile import LogFile
from fontloom.store.paths import ProjectPaths
from fontloom_tui import messages
from fontloom_tui.client import SessionWatch
from fontloom_tui.dialogs.event import EventDialog
from fontloom_tui.widgets.log_line import LEVELS
from fontloom_tui.widgets.log_view import LogStatus, LogView

_KINDS = ("export", "errors", "performance")


class LogsScreen(Screen[None]):
    """What the session did, what went wrong, and what it took."""

    HELP = """\
### Logs

`1` what the session did, `2` what went wrong, `3` what it took. The files are in `logs/` of the project.
"""
    CSS_PATH = "logs.tcss"
    BINDINGS = [
        *(Binding(str(n), f"kind('{kind}')", f"Log: {kind}", show=False) for n, kind in enumerate(_KINDS, 1)),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("v", "level", "Level"),
        Binding("escape", "back", "Back", key_display="esc"),
    ]

    def __init__(self, session: SessionWatch) -> None:
        super().__init__()
        self._session = session
        self._paths = ProjectPaths(session.project)

    def compose(self) -> ComposeResult:
        with Horizontal(id="head"):
            for number, kind in enumerate(_KINDS, 1):
                tab = Button(Content.from_markup(f"[dim]{number}[/] {kind}"), id=f"tab-{kind}")
                tab.can_focus = False
                yield tab
            yield Static(clean(self._session.project.name), id="project", markup=False)
        with ContentSwitcher(initial=_KINDS[0]):
            for kind in _KINDS:
                yield LogView(LogFile(self._paths.log(kind)), id=kind)
        yield Input(placeholder="Only lines that hold …", id="filter", compact=True, select_on_focus=False)
        yield Static(id="status", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    @property
    def _view(self) -> LogView:
        return self.query_one(f"#{self.query_one(ContentSwitcher).current}", LogView)

    def on_mount(self) -> None:
        self.action_kind(_KINDS[0])

    def on_screen_suspend(self) -> None:
        self._view.leave_log()

    def on_screen_resume(self) -> None:
        self._view.watch_log()

    def action_kind(self, kind: str) -> None:
        """Shows one of the logs."""
        self._view.leave_log()
        self.query_one(ContentSwitcher).current = kind
        for tab in self.query("#head Button"):
            tab.set_class(tab.id == f"tab-{kind}", "-shown")
        view = self._view
        self.query_one("#filter", Input).value = view.text
        self.query_one("#filter").display = bool(view.text)
        view.focus()
        view.watch_log()
        self._say(view)

    @on(Button.Pressed)
    def _tab_pressed(self, event: Button.Pressed) -> None:
        self.action_kind((event.button.id or "").removeprefix("tab-"))

    # Filter

    def action_filter(self) -> None:
        """Asks for a text that lines have to hold."""
        self.query_one("#filter").display = True
        self.query_one("#filter").focus()

    def action_level(self) -> None:
        """Shows lines of the next level and worse."""
        view = self._view
        view.filter(view.text, LEVELS[(LEVELS.index(view.level) + 1) % len(LEVELS)])
        self._say(view)

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._view.filter(event.value, self._view.level)
        self._say(self._view)

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.query_one("#filter").display = bool(self._view.text)
        self._view.focus()

    def action_back(self) -> None:
        """Shows all lines again, or leaves."""
        if self._view.text or self.query_one("#filter").has_focus:
            self.query_one("#filter", Input).value = ""
            self._filter_done()
        else:
            self.post_message(messages.GoBack())

    def on_log_view_opened(self, message: LogView.Opened) -> None:
        title = clean(str(message.line.fields.get("event", "Line"))).replace("\n", " ")
        self.app.push_screen(EventDialog(title, message.line.pretty()))

    def on_log_view_copied(self, message: LogView.Copied) -> None:
        self.app.copy_to_clipboard(clean(message.line.text))
        self.notify("The line was copied to the clipboard.", timeout=2)

    # Status

    def on_log_view_changed(self, message: LogView.Changed) -> None:
        if message.view is self._view:
            self._say(message.view)

    def _say(self, view: LogView) -> None:
        status = self.query_one("#status", Static)
        status.update("  ·  ".join(_words(view.status, view)), layout=False)
        status.set_class(bool(view.status.problem), "bad")


def _words(status: LogStatus, view: LogView) -> list[str]:
    if status.problem:
        return [clean(status.problem)]
    words = []
    if status.matches is not None:
        words.append(f"{status.matches:,} of {counted(status.lines, 'line')}")
        if view.level != LEVELS[0]:
            words.append(view.level if view.level == LEVELS[-1] else f"{view.level} and worse")
    else:
        words.append(counted(status.lines, "line"))
    if status.progress < 1:
        words.append(f"{'reading' if status.matches is None else 'searching'} {status.progress:.0%}")
    if status.following:
        words.append("following the end")
    elif status.missed:
        words.append(f"{counted(status.missed, 'new line')} below: end follows")
    else:
        words.append("not following: end does")
    if view.wrapped:
        words.append("wrapped")
    return words
