"""What a person has to do before an export can go on, and the keys for it."""

from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import PerformanceMetrics, Snapshot
from fontloom.model.words import clean, size
from fontloom_tui.widgets import style_of

_HEADS = {"waiting": "Waiting for you", "paused": "Paused", "failed": "Stopped"}


class _Way(NamedTuple):
    """How a person gets over an error."""

    resume: str = "Resume"
    other_output: bool = True
    needed: str | None = None
    """Replaces the words of the table."""
    stop_first: bool = False


_WAYS = {
    ErrorCode.DISK_FULL: _Way("Space is free: resume"),
    ErrorCode.NO_INODES: _Way("Files are removed: resume"),
    ErrorCode.QUOTA_EXCEEDED: _Way("Within the quota: resume"),
    ErrorCode.READ_ONLY: _Way("Disk is writable: resume"),
    ErrorCode.PERMISSION_DENIED: _Way("Corrected: resume"),
    ErrorCode.OUTPUT_GONE: _Way("Folder is back: resume"),
    ErrorCode.TOO_MANY_OPEN_FILES: _Way(
        "Limit is raised: resume",
        other_output=False,
        needed="Stop, raise the limit (ulimit -n), and resume from that shell.",
        stop_first=True,
    ),
    ErrorCode.IO_ERROR: _Way("Disk is checked: resume", stop_first=True),
    ErrorCode.SYNC_FAILED: _Way("Disk is checked: resume", stop_first=True),
}
_ELSE = _Way(other_output=False)


class ErrorNotification(Widget):
    """A box that is there only while something needs a person. It tells; the screen acts."""

    HELP = """\
### What is needed

The export cannot go on by itself. The box says what happened, where, and what to do about it.

`R` goes on once that is done: all committed images are there and none is made twice.
`O` makes a new export in another place. `S` saves and ends the engine; resume whenever you like.
"""
    DEFAULT_CSS = style_of(__file__)
    BINDINGS: ClassVar = [
        Binding("r,R", "tell('resume')", "Resume", key_display="R", show=False),
        Binding("o,O", "tell('output')", "Other output", key_display="O", show=False),
        Binding("s,S", "tell('stop')", "Stop", key_display="S", show=False),
        Binding("left,up", "app.focus_previous", "", show=False),
        Binding("right,down", "app.focus_next", "", show=False),
    ]

    class Resume(Message):
        """What was needed is done: go on."""

    class ChooseOutput(Message):
        """Export to another place."""

    class Stop(Message):
        """Save and end the engine."""

    _TELLS: ClassVar[dict[str, type[Message]]] = {"resume": Resume, "output": ChooseOutput, "stop": Stop}

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.display = False
        self._shown: tuple[str, ExportError, bool] | None = None
        self._before: Widget | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="head"):
            yield Static(id="what", markup=False)
            yield Static(id="room", markup=False)
        yield Static(id="where", markup=False)
        yield Static(id="needed", markup=False)
        with Horizontal(id="ways"):
            yield Button("", id="resume")
            yield Button("Other output [b]O[/]", id="output")
            yield Button("Stop [b]S[/]", id="stop")

    def show(self, snapshot: Snapshot, *, engine: bool = True) -> None:
        """Shows what the snapshot says is needed, or nothing. Without an engine there is nothing to stop."""
        if snapshot.reason is None or snapshot.phase not in _HEADS:
            self._hide()
            return
        self.query_one("#room", Static).update(_room(snapshot.reason.code, snapshot.metrics))
        engine = engine and snapshot.phase != "failed"
        shown = (snapshot.phase, snapshot.reason, engine)
        if shown == self._shown:
            return
        appeared = self._shown is None
        self._shown = shown
        self._tell_of(*shown)
        self.display = True
        self.refresh_bindings()
        if appeared:
            self._take_focus()

    def _tell_of(self, phase: str, reason: ExportError, engine: bool) -> None:
        way = _WAYS.get(reason.code, _ELSE)
        self.query_one("#what", Static).update(f"{_HEADS[phase]}: {clean(reason.message)}")
        detail = self.query_one("#where", Static)
        detail.update(" ".join(clean(reason.detail).split()))
        detail.display = bool(reason.detail.strip())
        self.query_one("#needed", Static).update(way.needed or clean(reason.suggested_action))
        self.query_one("#resume", Button).label = f"{way.resume} [b]R[/]"
        self.query_one("#output").display = way.other_output
        self.query_one("#stop").display = engine

    def _hide(self) -> None:
        if self._shown is None:
            return
        if self.has_focus_within:
            before = self._before
            self.screen.set_focus(before if before is not None and before.is_attached else None)
        self._shown = self._before = None
        self.display = False

    def _take_focus(self) -> None:
        focused = self.screen.focused
        if isinstance(focused, Input | TextArea):
            return
        self._before = focused
        way = _WAYS.get(self._shown[1].code, _ELSE) if self._shown else _ELSE
        stop = self.query_one("#stop")
        (stop if way.stop_first and stop.display else self.query_one("#resume")).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "tell" or (self.display and self.query_one(f"#{parameters[0]}").display)

    def action_tell(self, way: str) -> None:
        """Tells the screen what was chosen. A screen may bind keys of its own to this."""
        if self.check_action("tell", (way,)):
            self.post_message(self._TELLS[way]())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_tell(event.button.id or "")


def _room(code: ErrorCode, metrics: PerformanceMetrics | None) -> str:
    if metrics is None:
        return ""
    if code is ErrorCode.NO_INODES and metrics.disk_free_inodes is not None:
        return f"{metrics.disk_free_inodes:,} inodes free"
    return f"{size(metrics.disk_free_bytes)} free"
