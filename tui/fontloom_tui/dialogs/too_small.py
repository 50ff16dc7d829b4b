"""The terminal is too small for any screen."""

from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static


class TooSmall(ModalScreen[None]):
    """Covers everything with one sentence until there is room."""

    CSS_PATH = "too_small.tcss"

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._least = width, height

    def fits(self, size: Size) -> bool:
        """Whether a terminal of this size has room for the screens."""
        return size.width >= self._least[0] and size.height >= self._least[1]

    def compose(self) -> ComposeResult:
        width, height = self._least
        yield Static(
            f"fontloom needs {width} columns and {height} lines.\nEnlarge the terminal; the run goes on.",
            markup=False,
        )

    def on_resize(self) -> None:
        self._go_when_there_is_room()

    def on_screen_resume(self) -> None:
        self._go_when_there_is_room()

    def _go_when_there_is_room(self) -> None:
        if self.is_active and self.fits(self.app.size):
            self.dismiss()
