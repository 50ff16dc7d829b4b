"""What can be done with the session, as a line of buttons with their keys."""

from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Static

from fontloom.model.progress import Snapshot
from fontloom_tui.widgets import style_of

_WORKING = frozenset({"starting", "running"})
_HELD = frozenset({"pausing", "paused", "waiting"})
MOST_WORKERS = 1024


class Offer(NamedTuple):
    """What applies to a session now."""

    pause: bool = False
    go_on: bool = False
    """Resume a held engine, or start one that goes on."""
    cancel: bool = False
    retry: int = 0
    """Fonts and images that failed; 0 when they cannot be retried."""
    workers: int = 0
    """How many draw; 0 when that cannot be changed."""
    errors: int = 0

    @classmethod
    def of(cls, snapshot: Snapshot | None, *, live: bool) -> "Offer":
        """What applies, with an engine (`live`) or without one."""
        if snapshot is None:
            return cls()
        phase, overall = snapshot.phase, snapshot.overall
        failed = overall.fonts_failed + overall.fonts_skipped or overall.failed_images
        if not live:
            over = phase in ("done", "running")
            return cls(go_on=not over, retry=0 if phase == "running" else failed, errors=snapshot.error_count)
        steered = phase in _WORKING or phase in _HELD
        return cls(
            pause=phase in _WORKING,
            go_on=phase in _HELD,
            cancel=steered,
            retry=failed if steered else 0,
            workers=snapshot.stats.workers if steered else 0,
            errors=snapshot.error_count,
        )


class SessionControlPanel(Widget):
    """The controls. Those that do nothing now are disabled."""

    HELP = """
### Controls
**space** pauses (what is in flight is finished and saved) and resumes, **c** cancels, **r** does again what
failed, **[** and **]** take fewer or more processes for drawing, **e** shows the errors and **l** the logs.
"""
    DEFAULT_CSS = style_of(__file__)
    BINDINGS: ClassVar = [
        Binding("left", "app.focus_previous", "", show=False),
        Binding("right", "app.focus_next", "", show=False),
    ]

    class Asked(Message):
        """A control was used: pause, resume, cancel, retry, fewer, more, errors or logs."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: Offer | None = None

    def compose(self) -> ComposeResult:
        yield Button("", id="hold")
        yield Button(_label("Cancel"), id="cancel")
        yield Button("", id="retry")
        yield Button(Content("["), id="fewer")
        yield Static("", id="number", markup=False)
        yield Button("]", id="more")
        yield Button("", id="errors")
        yield Button(_label("Logs"), id="logs")

    def on_mount(self) -> None:
        self.show(Offer())

    def show(self, offer: Offer) -> None:
        """Shows what applies now."""
        if offer == self._shown:
            return
        self._shown = offer
        hold = self.query_one("#hold", Button)
        hold.label = Content.assemble("Resume " if offer.go_on else "Pause ", ("space", "bold"))
        hold.variant = "success" if offer.go_on else "default"
        retry = f"Retry {offer.retry:,}" if offer.retry else "Retry"
        self.query_one("#retry", Button).label = _label(retry)
        errors = self.query_one("#errors", Button)
        errors.label = _label(f"Errors {offer.errors:,}" if offer.errors else "Errors")
        errors.variant = "error" if offer.errors else "default"
        self.query_one("#number", Static).update(f"{offer.workers} workers")
        for part in ("fewer", "number", "more"):
            self.query_one(f"#{part}").display = offer.workers > 0
        enabled = {
            "hold": offer.pause or offer.go_on,
            "cancel": offer.cancel,
            "retry": offer.retry > 0,
            "fewer": offer.workers > 1,
            "more": offer.workers < MOST_WORKERS,
        }
        for name, applies in enabled.items():
            self.query_one(f"#{name}", Button).disabled = not applies

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        what = event.button.id or ""
        if what == "hold":
            what = "resume" if self._shown is not None and self._shown.go_on else "pause"
        self.post_message(self.Asked(what))


def _label(words: str) -> Content:
    """The first letter is the key."""
    return Content.assemble((words[0], "bold underline"), words[1:])
