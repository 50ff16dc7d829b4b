"""A question before something that cannot be taken back."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class ConfirmDialog(ModalScreen[bool]):
    """Asks yes or no. The harmless answer is focused."""

    BINDINGS = [
        ("y", "answer(True)", "Yes"),
        ("n,escape", "answer(False)", "No"),
        ("left,up", "app.focus_previous", ""),
        ("right,down", "app.focus_next", ""),
    ]
    CSS_PATH = "confirm.tcss"

    def __init__(self, title: str, question: str, *, yes: str, no: str = "Keep it as it is") -> None:
        super().__init__()
        self._texts = title, question, yes, no

    def compose(self) -> ComposeResult:
        title, question, yes, no = self._texts
        with Vertical(classes="dialog") as box:
            box.border_title = title
            yield Static(question, markup=False)
            with Horizontal(classes="buttons"):
                yield Button(no, id="no")
                yield Button(yes, variant="warning", id="yes")

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    def action_answer(self, yes: bool) -> None:
        """Answers by key."""
        self.dismiss(yes)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
