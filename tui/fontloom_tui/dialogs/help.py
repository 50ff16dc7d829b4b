"""Help: what is focused, and which keys apply."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Markdown, Static


class HelpDialog(ModalScreen[None]):
    """Shows the HELP of the focused widget and of what it is part of, and the keys that apply there."""

    BINDINGS = [("escape,q,question_mark,f1,enter", "dismiss", "Close")]
    CSS_PATH = "help.tcss"

    def __init__(self, texts: list[str], keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._texts = texts
        self._keys = keys

    @classmethod
    def of(cls, screen: Screen[object]) -> "HelpDialog":
        """The help for where the focus is."""
        nodes = screen.focused.ancestors_with_self if screen.focused else [screen]
        texts = [node.HELP for node in nodes if node.HELP]
        keys: dict[str, tuple[list[str], str]] = {}
        for active in screen.active_bindings.values():
            if active.enabled and active.binding.description and not active.binding.system:
                shown, _ = keys.setdefault(active.binding.action, ([], active.binding.description))
                display = screen.app.get_key_display(active.binding)
                if display not in shown:
                    shown.append(display)
        return cls(texts, [(" ".join(shown), words) for shown, words in keys.values()])

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            with VerticalScroll():
                for text in self._texts:
                    yield Markdown(text)
                table = Text()
                for shown, words in self._keys:
                    table.append(f"{shown:>12}  ", "bold")
                    table.append(f"{words}\n")
                yield Static(table)
