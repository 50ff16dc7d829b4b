"""What a setting is typed or chosen with. Each holds a text, as the form does."""

from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from fontloom.model.form import PATHS_SEPARATOR, holds_paths, is_number, stepped
from fontloom.model.schema import Setting
from fontloom.model.words import clean
from fontloom_tui.widgets.choice_values import ChoiceValue, Edited, TogglesValue
from fontloom_tui.widgets.path_selector import Check, PathSelector

_MOST_PATHS = 5
"""More are shown as a number: they come from a command or a choice, not from typing."""


class SettingValue(Protocol):
    """Where one setting is typed or chosen."""

    @property
    def text(self) -> str:
        """As the form keeps it."""
        ...

    def put(self, text: str) -> None:
        """Shows this."""
        ...


class TextValue(Input):
    """Anything that is typed."""

    def __init__(self, text: str, *, placeholder: str = "") -> None:
        super().__init__(text, compact=True, select_on_focus=False, placeholder=placeholder)

    @property
    def text(self) -> str:
        """As typed."""
        return self.value

    def put(self, text: str) -> None:
        """Shows this."""
        if text != self.value:
            self.value = text


class SourceValue(TextValue):
    """A text that can name a file."""

    BINDINGS: ClassVar = [Binding("ctrl+o", "pick", "Pick a file")]

    class PickAsked(Message):
        """A file is to be picked; answer with `take`."""

        def __init__(self, value: "SourceValue") -> None:
            super().__init__()
            self.value = value

    @property
    def path(self) -> str:
        """The file that is named."""
        return self.value.partition(":")[2]

    def take(self, path: str) -> None:
        """Names another file; of words when no kind was named."""
        kind, colon, _ = self.value.partition(":")
        self.value = f"{kind if colon else 'words'}:{path}"

    def action_pick(self) -> None:
        """Asks for a file."""
        self.post_message(self.PickAsked(self))


class NumberValue(TextValue):
    """A number, typed or stepped."""

    BINDINGS: ClassVar = [
        Binding("up", "step(1)", "Step", key_display="↑↓"),
        Binding("down", "step(-1)", "Step", show=False),
        Binding("shift+up,ctrl+up", "step(10)", "Ten steps up", show=False),
        Binding("shift+down,ctrl+down", "step(-10)", "Ten steps down", show=False),
    ]

    def __init__(self, setting: Setting, text: str) -> None:
        super().__init__(text)
        self._setting = setting

    def action_step(self, steps: int) -> None:
        """More or less."""
        self.value = stepped(self._setting, self.value, steps)
        self.cursor_position = len(self.value)


class PathValue(PathSelector):
    """One path."""

    @property
    def text(self) -> str:
        """As typed."""
        return self.value

    def put(self, text: str) -> None:
        """Shows this."""
        if text != self.value:
            self.value = text


class PathsValue(Vertical):
    """Several paths, a line each, and a free line below them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        yield from self._lines()

    @property
    def _paths(self) -> list[str]:
        return [path for path in self.text.split(PATHS_SEPARATOR) if path]

    def _lines(self) -> list[Widget]:
        paths = self._paths
        if len(paths) > _MOST_PATHS:
            return [ManyPaths(paths)]
        hint = "another file or folder" if paths else "files and folders; none: the starter fonts"
        texts = [*paths, *([] if len(paths) == _MOST_PATHS else [""])]
        return [PathSelector(text, kind="any", placeholder=hint) for text in texts]

    def put(self, text: str) -> None:
        """Shows these."""
        if text != self.text:
            self.text = text
            self._renew()

    def _renew(self) -> None:
        focused = self.has_focus_within
        with self.app.batch_update():
            self.remove_children()
            self.mount(*self._lines())
        if focused:
            self.call_after_refresh(self.focus_first)

    def focus_first(self) -> None:
        """Goes to the first line."""
        for line in self.query("Input, ManyPaths"):
            line.focus()
            break

    def on_path_selector_changed(self, event: PathSelector.Changed) -> None:
        event.stop()
        lines = list(self.query(PathSelector))
        text = PATHS_SEPARATOR.join(line.value for line in lines if line.value)
        if text == self.text:
            return
        self.text = text
        if lines[-1].value and len(lines) < _MOST_PATHS:
            self.mount(PathSelector(kind="any", placeholder="another file or folder"))
        self.post_message(Edited())


class ManyPaths(Widget, can_focus=True):
    """So many paths that they are told by their number."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__()
        self._paths = paths

    def render(self) -> Content:
        return Content(f"{len(self._paths):,} files and folders, the first {clean(self._paths[0])}")


def value_of(setting: Setting, text: str, check: Check | None) -> Widget:
    """What a setting is typed or chosen with: a SettingValue."""
    if setting.is_switch:
        return ChoiceValue(("yes", "no"), text)
    if setting.choices:
        return (TogglesValue if setting.is_list else ChoiceValue)(setting.choices, text)
    if holds_paths(setting):
        return PathsValue(text) if setting.is_list else PathValue(text, kind="folder", check=check)
    if is_number(setting):
        return NumberValue(setting, text)
    return SourceValue(text) if setting.key == "text.source" else TextValue(text)
