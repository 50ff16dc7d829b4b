"""How to leave while an engine is there."""

from enum import Enum
from typing import cast

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from fontloom.model.errors import FontloomError
from fontloom.model.words import clean
from fontloom_tui.client import SessionWatch
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.messages import SayProblem, Watched


class Leaving(Enum):
    """What becomes of the run."""

    DETACH = "detach"
    PAUSE = "pause"
    CANCEL = "cancel"


_GOES_ON = "The run goes on without this terminal. Back: fontloom attach"
_WAITS = "The engine stays and waits. Back: fontloom attach"
_CHOICES = (
    ("d", "detach", "Detach", _GOES_ON),
    (
        "p",
        "pause",
        "Pause and quit",
        "What is in flight is saved. To go on: fontloom resume",
    ),
    ("c", "cancel", "Cancel the session", "The run ends now, and what is saved stays. Asks again first."),
    ("esc", "stay", "Stay", "Back to the screen. Nothing changes."),
)
_BUSY = {
    Leaving.PAUSE: "Pausing: what is in flight is finished and saved …",
    Leaving.CANCEL: "Cancelling …",
}


class QuitDialog(ModalScreen[Leaving | None]):
    """Asks what becomes of the run. Answers once that has come about, or its user has stopped waiting."""

    HELP = """
An engine of its own does the work: leaving these screens need not stop it.

- **Detach** leaves it running, also when you log out.
- **Pause and quit** finishes the images in flight, saves, and ends the engine. Nothing is lost.
- **Cancel** ends the run for good as far as you are concerned; `fontloom resume` still could go on with it.
"""
    BINDINGS = [
        ("d", "choose('detach')", "Detach"),
        ("p", "choose('pause')", "Pause and quit"),
        ("c", "choose('cancel')", "Cancel the session"),
        ("escape,s", "choose('stay')", "Stay"),
    ]
    CSS_PATH = "quit.tcss"

    def __init__(self, session: SessionWatch) -> None:
        super().__init__()
        self._session = session
        self.waiting: Leaving | None = None
        """What the engine was asked for."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Leave"
            yield Static("", id="state", markup=False)
            yield OptionList(id="choices")
            yield Static("", id="doing", markup=False)

    def on_mount(self) -> None:
        self.query_one("#state", Static).update(clean(f"{self._session.project.name}: {self._state()}"))
        held = self._session.snapshot is not None and self._session.snapshot.phase in ("paused", "waiting")
        choices = self.query_one(OptionList)
        for key, name, title, usual in _CHOICES:
            words = _WAITS if held and usual is _GOES_ON else usual
            line = Content.assemble((f"{key:>3}  ", "$text-accent"), (title, "bold"), f"\n     {words}")
            choices.add_option(Option(line, id=name))
        choices.highlighted = 0
        choices.focus()

    def _state(self) -> str:
        snapshot = self._session.snapshot
        if snapshot is None:
            return "not seen yet"
        overall = snapshot.overall
        return f"{snapshot.phase}, {overall.exported_images:,} of {overall.total_images:,} images are saved."

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.action_choose(cast(str, event.option.id))

    def action_choose(self, name: str) -> None:
        """Goes the chosen way. While waiting: detach and stay stop the waiting."""
        if self.waiting is not None:
            if name in ("detach", "stay"):
                self.dismiss(self.waiting)
            return
        match name:
            case "stay":
                self.dismiss(None)
            case "detach":
                self.dismiss(Leaving.DETACH)
            case "pause":
                self._ask(Leaving.PAUSE)
            case "cancel":
                self._confirm()

    def _confirm(self) -> None:
        question = "The run ends now, and images in flight are dropped.\nWhat is saved stays."

        def answered(yes: bool | None) -> None:
            if yes:
                self._ask(Leaving.CANCEL)

        dialog = ConfirmDialog("Cancel the session?", question, yes="Cancel the session", no="Let it go on")
        self.app.push_screen(dialog, answered)

    def _ask(self, leaving: Leaving) -> None:
        self.waiting = leaving
        self.query_one("#choices").display = False
        doing = self.query_one("#doing", Static)
        doing.update(f"{_BUSY[leaving]}\n\nesc leaves now; the engine does this without us.")
        doing.display = True
        self._tell_engine(leaving)

    @work
    async def _tell_engine(self, leaving: Leaving) -> None:
        try:
            if leaving is Leaving.PAUSE:
                await self._session.pause(leave=True)
            else:
                await self._session.cancel()
        except (FontloomError, TimeoutError) as error:
            if self._session.finished:
                self._settle()
                return
            self.waiting = None
            self.query_one("#choices").display = True
            self.query_one("#doing").display = False
            self.query_one("#choices").focus()
            self.post_message(SayProblem(error))

    def on_watched(self, _: Watched) -> None:
        self.query_one("#state", Static).update(clean(f"{self._session.project.name}: {self._state()}"))
        self._settle()

    def on_screen_resume(self) -> None:
        self._settle()

    def _settle(self) -> None:
        if self.waiting is not None and self._session.finished and self.is_active:
            self.dismiss(self.waiting)
