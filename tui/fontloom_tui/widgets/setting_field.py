"""One setting of the form: its title, its value, its unit, and what is wrong with it."""

from typing import ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from fontloom.model.form import default_text
from fontloom.model.schema import Setting
from fontloom.model.words import clean
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.choice_values import Edited
from fontloom_tui.widgets.path_selector import Check, PathSelector
from fontloom_tui.widgets.setting_values import SettingValue, value_of


class SettingField(Widget):
    """A line of the form; a second one says what is wrong. A value that is not the default is marked."""

    HELP = """
### A setting
**enter** and **tab** go to the next. Numbers: **↑ ↓** step, with **shift** ten steps.
Choices: **← →**. Several: **← →** move, **space** turns on and off.
**ctrl+d** brings the default back; a **•** marks what differs from it.
"""
    DEFAULT_CSS = style_of(__file__)
    BINDINGS: ClassVar = [
        Binding("up", "app.focus_previous", "Previous", show=False),
        Binding("down,enter", "app.focus_next", "Next", show=False),
        # Before the input's own key, which delete has as well.
        Binding("ctrl+d", "default", "Default", priority=True),
    ]

    class Changed(Message):
        """Another text stands in the field."""

        def __init__(self, key: str, text: str) -> None:
            super().__init__()
            self.key = key
            self.text = text

    class Entered(Message):
        """The focus came to the field."""

        def __init__(self, setting: Setting) -> None:
            super().__init__()
            self.setting = setting

    def __init__(self, setting: Setting, text: str, check: Check | None = None) -> None:
        super().__init__()
        self.setting = setting
        self._default = default_text(setting)
        self._shown = text
        self._said: tuple[str, bool] | None = None
        self._value = value_of(setting, text, check)

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(id="title", markup=False)
            yield self._value
            if self.setting.unit:
                yield Static(self.setting.unit, id="unit", markup=False)
        yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        self.say("")
        self._mark()

    @property
    def value(self) -> SettingValue:
        """Where it is typed or chosen."""
        return cast(SettingValue, self._value)

    def put(self, text: str) -> None:
        """Shows another text; nothing is told."""
        self._shown = text
        self.value.put(text)
        self._mark()

    def say(self, wrong: str, *, unused: bool = False) -> None:
        """What is wrong, if anything, and whether the setting is used at all."""
        if self._said == (wrong, unused):
            return
        self._said = wrong, unused
        line = self.query_one("#wrong", Static)
        line.update(clean(wrong))
        line.display = bool(wrong)
        self.set_class(bool(wrong), "-wrong")
        self.set_class(unused, "-unused")

    def enter(self) -> None:
        """Takes the focus."""
        for part in self.query("Input, ChoiceValue, TogglesValue, ManyPaths"):
            part.focus()
            break

    def _mark(self) -> None:
        changed = self._shown != self._default
        self.query_one("#title", Static).update(f"{'•' if changed else ' '} {self.setting.field.title}")
        self.set_class(changed, "-changed")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is a default to go back to only when the value is another."""
        return action != "default" or self._shown != self._default

    def action_default(self) -> None:
        """Brings the default back."""
        self.put(self._default)
        self._tell()

    def _look_again(self) -> None:
        text = self.value.text
        if text != self._shown:
            self._shown = text
            self._mark()
            self._tell()

    def _tell(self) -> None:
        self.refresh_bindings()
        self.post_message(self.Changed(self.setting.key, self._shown))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._look_again()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()

    def on_path_selector_changed(self, event: PathSelector.Changed) -> None:
        event.stop()
        self._look_again()

    def on_edited(self, event: Edited) -> None:
        event.stop()
        self._look_again()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.post_message(self.Entered(self.setting))
