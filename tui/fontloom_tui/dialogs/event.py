"""One event of a log, whole."""

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static


class EventDialog(ModalScreen[None]):
    """Shows a text of many lines."""

    BINDINGS = [
        ("escape,enter,q", "dismiss", "Close"),
        ("y,c", "copy", "Copy"),
    ]
    CSS_PATH = "event.tcss"
    HELP = "### Event\n\nAll fields of one event, with its traceback if it has one."

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "y copies, esc closes"
            with VerticalScroll():
                yield Static(self._text, markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_copy(self) -> None:
        """Copies the text as it is shown."""
        self.app.copy_to_clipboard(self._text)
        self.notify("Copied to the clipboard.", timeout=2)
