"""How far each font is: the live table, and the line that narrows it down."""

from collections.abc import Callable, Mapping
from time import monotonic

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from fontloom.model.progress import FontProgress
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.font_table import FontTable


class _Filter(Input):
    """The words that fonts must match."""

    HELP = """
### Filter
Fonts whose name holds the words are shown. `status:failed` (pending, active, done, failed, skipped) and
`errors` ask for more than the name. **enter** goes to the table, **esc** shows all fonts again.
"""
    BINDINGS = [Binding("down", "submit", "To the table", show=False)]


class FontProgressDisplay(Widget):
    """All fonts live, up to ten thousand. Posts OpenFont when one is chosen."""

    DEFAULT_CSS = style_of(__file__)

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table = FontTable(clock=clock)

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("/")
            yield _Filter(placeholder="part of a name, status:failed, errors", compact=True)
        yield self.table

    def show(self, fonts: Mapping[str, FontProgress], *, at_work: bool = True) -> None:
        """Shows the fonts as they are now. An entry that is the same object has not changed."""
        self.table.show(fonts, at_work=at_work)

    @property
    def filtering(self) -> bool:
        """Whether a filter is there, be it still empty."""
        return self.has_class("-filtering")

    def open_filter(self, words: str | None = None) -> None:
        """Lets the filter be typed, or sets it."""
        self.add_class("-filtering")
        line = self.query_one(_Filter)
        if words is None:
            line.focus()
        else:
            line.value = words
            self.table.focus()

    def close_filter(self) -> None:
        """Shows all fonts again."""
        self.query_one(_Filter).value = ""
        self.remove_class("-filtering")
        self.table.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.table.narrow(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.table.focus()
        if not event.value.strip():
            self.close_filter()
