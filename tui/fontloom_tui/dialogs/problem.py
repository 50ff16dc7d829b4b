"""Something did not work: what, where, and what to do."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from fontloom.model.errors import ExportError
from fontloom.model.words import clean


class ProblemDialog(ModalScreen[None]):
    """Shows one error of the table until it is dismissed."""

    BINDINGS = [("escape,enter", "dismiss", "Close")]
    CSS_PATH = "problem.tcss"

    def __init__(self, error: ExportError) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "This did not work"
            yield Static(clean(self._error.message), markup=False)
            if self._error.detail:
                with VerticalScroll(can_focus=False):
                    yield Static(clean(self._error.detail), markup=False, classes="muted")
            yield Static(clean(self._error.suggested_action), markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Close", variant="primary", id="close")

    def on_button_pressed(self) -> None:
        self.dismiss()
