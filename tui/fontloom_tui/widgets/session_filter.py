"""A line to type a part of what is looked for. It is there only while it is wanted."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Input, Static

from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.project_words import Project, state_of


class _Line(Input):
    HELP = """
### The filter
Only sessions with this in their path or their state are shown. **enter** or **↓** leads to the list,
**escape** takes the filter off.
"""
    BINDINGS = [Binding("enter,down", "submit", "To the list")]


class SessionFilter(Horizontal):
    """Posts Input.Changed and Input.Submitted."""

    DEFAULT_CSS = style_of(__file__)

    def compose(self) -> ComposeResult:
        yield Static("filter")
        yield _Line(placeholder="part of a name, a path or a state", compact=True)

    def begin(self) -> None:
        """Is there, and takes the keyboard."""
        self.display = True
        self.query_one(_Line).focus()

    def settle(self) -> None:
        """Stays only if something is typed."""
        self.display = bool(self.query_one(_Line).value)

    def end(self) -> None:
        """Lets everything through, and goes."""
        self.query_one(_Line).value = ""
        self.display = False

    def lets_through(self, project: Project) -> bool:
        """Whether what is typed is part of the project's path or state."""
        wanted = self.query_one(_Line).value.casefold().strip()
        return wanted in f"{project.project_path} {state_of(project)}".casefold()
