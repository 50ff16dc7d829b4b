"""A session that did not come to its end: what is there of it, and how to go on."""

import asyncio
from datetime import datetime
from enum import Enum

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from fontloom.model.result import ProjectStatus
from fontloom.model.words import clean, count, size
from fontloom.store.lock import read_owner
from fontloom.store.paths import ProjectPaths
from fontloom_tui.dialogs.scrolled import ScrolledDialog
from fontloom_tui.widgets.facts import Facts
from fontloom_tui.widgets.project_words import (
    State,
    bar,
    colour,
    fonts,
    images,
    part_done,
    percent,
    reason,
    saved,
    short_name,
    state_of,
)

_BAR = 20
_CHECKS = (
    "Resuming checks first that no other run holds it, that its state files and journal are good, that its "
    "fonts and text are those it began with, and that the same library versions draw. Then it removes images "
    "that were written but never counted, and goes on after the last saved one."
)


class Recovery(Enum):
    """What becomes of the session."""

    RESUME = "resume"
    VERIFY = "verify"
    ANEW = "anew"
    LOOK = "look"


class SessionRecoveryDialog(ScrolledDialog[Recovery | None]):
    """Answers with the way that was chosen, or with nothing when the session is to be left as it is."""

    HELP = """
### A session that is not done
Everything that was counted as saved is there. **Resume** goes on after it and makes the same images as
if nothing had happened. **Verify first** reads what is there and says whether it is whole. **Start anew**
opens the settings of this session under another project name. **Look** shows its fonts and errors.
"""
    BINDINGS = [
        Binding("r", "choose('resume')", "Resume"),
        Binding("v", "choose('verify')", "Verify first"),
        Binding("n", "choose('anew')", "Start anew"),
        Binding("l", "choose('look')", "Look at it"),
        Binding("escape", "dismiss", "Leave it"),
    ]
    CSS_PATH = "session_recovery.tcss"

    def __init__(self, project: ProjectStatus, now: datetime, *, others: int = 0) -> None:
        super().__init__()
        self._project = project
        self._now = now
        self._others = others

    def compose(self) -> ComposeResult:
        project, state = self._project, state_of(self._project)
        with Vertical(classes=f"dialog {state}") as box:
            box.border_title = Content(f"{_HEADS[state]}: {clean(short_name(project.project_path))}")
            with VerticalScroll(can_focus=False):
                yield Static(clean(reason(project)), markup=False, id="what")
                yield Facts("path", "saved", "by", "done", "images", "fonts")
                if self._others:
                    others = count(self._others, "other session was", "other sessions were")
                    yield Static(f"{others} interrupted too; the list has them.", classes="warn")
                yield Static(_CHECKS, markup=False, classes="muted", id="checks")
            with Horizontal(classes="buttons"):
                yield Button("Resume [b]R[/]", variant="primary", id="resume")
                yield Button("Verify first [b]V[/]", id="verify")
                yield Button("Anew [b]N[/]", id="anew")
                yield Button("Look [b]L[/]", id="look")
                yield Button("Leave", id="leave")

    def on_mount(self) -> None:
        self._tell("")
        self.query_one("#resume").focus()
        self._look_who()

    def _tell(self, owner: str) -> None:
        project = self._project
        state, part = state_of(project), part_done(project)
        self.query_one(Facts).tell(
            {
                "path": clean(str(project.project_path)),
                "saved": saved(project, (self._now - project.updated_at).total_seconds()),
                "by": clean(owner),
                "done": Content.assemble(bar(part, _BAR, colour(state)), f" {percent(part)}"),
                "images": f"{images(project)}, {size(project.bytes_written)}",
                "fonts": fonts(project),
            }
        )

    @work
    async def _look_who(self) -> None:
        """The record of a holder stays when it dies, and says who it was."""
        owner = await asyncio.to_thread(read_owner, ProjectPaths(self._project.project_path))
        if owner is not None:
            self._tell(f"{owner}; it is gone")

    def action_choose(self, way: str) -> None:
        """Answers by key."""
        self.dismiss(Recovery(way))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(None if event.button.id == "leave" else Recovery(event.button.id))


_HEADS = {
    State.INTERRUPTED: "Interrupted",
    State.PAUSED: "Paused",
    State.WAITING: "Waiting for you",
    State.FAILED: "Stopped by an error",
    State.CANCELLED: "Cancelled",
}
