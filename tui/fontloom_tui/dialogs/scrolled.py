"""Dialogs that say more than a small terminal shows."""

from typing import Generic, TypeVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from fontloom_tui.widgets import style_of

Answer = TypeVar("Answer")

_KEYS = ("up", "down", "pageup", "pagedown", "home", "end")


class ScrolledDialog(ModalScreen[Answer], Generic[Answer]):
    """Its text, the one VerticalScroll, is scrolled wherever the focus is; its buttons stay below."""

    DEFAULT_CSS = style_of(__file__)
    BINDINGS = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        *(Binding(key, f"scroll_text('{key}')", show=False) for key in _KEYS),
    ]

    @property
    def text(self) -> VerticalScroll:
        """What is scrolled."""
        return self.query_one(VerticalScroll)

    def action_scroll_text(self, key: str) -> None:
        """Shows what did not fit."""
        match key:
            case "up":
                self.text.scroll_up(animate=False)
            case "down":
                self.text.scroll_down(animate=False)
            case "pageup":
                self.text.scroll_page_up(animate=False)
            case "pagedown":
                self.text.scroll_page_down(animate=False)
            case "home":
                self.text.scroll_home(animate=False)
            case "end":
                self.text.scroll_end(animate=False)
