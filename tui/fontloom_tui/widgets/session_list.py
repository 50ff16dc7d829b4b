"""The projects in groups, with a cursor that stays where it is when they change."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from fontloom.model.result import ProjectProblem
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.project_words import MUTED, NEEDS_ATTENTION, Project, State, state_of
from fontloom_tui.widgets.session_row import Columns, head, row

_BESIDE = 3
"""Cells of a line that padding and the scrollbar take."""
_EVER = datetime.min.replace(tzinfo=UTC)


class Group(NamedTuple):
    """Projects under one title."""

    title: str
    projects: tuple[Project, ...]


def grouped(projects: Sequence[Project]) -> list[Group]:
    """What needs attention, what runs, and the rest; the newest first in each. No empty groups."""
    order = list(State)
    newest = sorted(projects, key=_saved, reverse=True)
    attention = [p for p in newest if state_of(p) in NEEDS_ATTENTION]
    attention.sort(key=lambda project: order.index(state_of(project)))
    running = [p for p in newest if state_of(p) is State.RUNNING]
    rest = [p for p in newest if state_of(p) in (State.DONE, State.CANCELLED)]
    groups = (("Needs attention", attention), ("Running", running), ("Finished", rest))
    return [Group(title, tuple(members)) for title, members in groups if members]


def _saved(project: Project) -> datetime:
    return _EVER if isinstance(project, ProjectProblem) else project.updated_at


class _Lines(OptionList):
    HELP = """
### The list of sessions
Arrows, **page up**, **page down**, **home** and **end** move. **enter** does the natural thing:
it shows a run or a finished dataset, and says of an interrupted or paused one how to go on.
"""
    BINDINGS = [Binding("enter", "select", "Open", tooltip="Show the session, or how to go on with it")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "select" or self.highlighted is not None


class SessionList(Vertical):
    """One line for each project under the title of its group."""

    DEFAULT_CSS = style_of(__file__)

    class Chosen(Message):
        """The cursor is on another project, or the project on it has changed."""

        def __init__(self, project: Project | None) -> None:
            super().__init__()
            self.project = project

    class Opened(Message):
        """A project is to be opened."""

        def __init__(self, project: Project) -> None:
            super().__init__()
            self.project = project

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._projects: dict[str, Project] = {}
        self._groups: list[Group] = []
        self._now = _EVER
        self._shown: list[tuple[str | None, Content]] = []

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield _Lines(markup=False)

    @property
    def _lines(self) -> _Lines:
        return self.query_one(_Lines)

    @property
    def chosen(self) -> Project | None:
        """The project under the cursor."""
        option = self._lines.highlighted_option
        return self._projects.get(option.id or "") if option else None

    def focus_lines(self) -> None:
        """Gives the keyboard to the list."""
        self._lines.focus()

    def show(self, projects: Sequence[Project], now: datetime) -> None:
        """Shows these, seen at this time, with the cursor on the project it was on."""
        before = self.chosen
        self._groups = grouped(projects)
        self._projects = {str(p.project_path): p for p in projects}
        self._now = now
        self._draw()
        if self.chosen != before:
            self.post_message(self.Chosen(self.chosen))

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        lines = self._lines
        columns = Columns.fit(self.size.width - _BESIDE, self._projects.values())
        self.query_one("#head", Static).update(head(columns))
        drawn: list[tuple[str | None, Content]] = []
        for title, projects in self._groups:
            drawn.append((None, Content.styled(f"{title} ({len(projects):,})", f"bold {MUTED}")))
            drawn += [(str(p.project_path), row(p, columns, self._now)) for p in projects]
        if [path for path, _ in drawn] == [path for path, _ in self._shown]:
            for index, (line, earlier) in enumerate(zip(drawn, self._shown, strict=True)):
                if not line[1].is_same(earlier[1]):
                    lines.replace_option_prompt_at_index(index, line[1])
        else:
            self._fill(lines, drawn)
        self._shown = drawn

    def _fill(self, lines: _Lines, drawn: list[tuple[str | None, Content]]) -> None:
        option = lines.highlighted_option
        chosen, index, scrolled = option and option.id, lines.highlighted or 1, lines.scroll_y
        with self.prevent(OptionList.OptionHighlighted):
            lines.set_options(Option(text, id=path, disabled=path is None) for path, text in drawn)
            paths = [path for path, _ in drawn]
            if paths:
                index = paths.index(chosen) if chosen in self._projects else min(index, len(paths) - 1)
                lines.highlighted = index + (paths[index] is None)
                lines.scroll_to(y=scrolled, animate=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Chosen(self.chosen))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Opened(self._projects[event.option_id]))
