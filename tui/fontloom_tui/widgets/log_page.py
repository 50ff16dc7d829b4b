"""The lines of a log that are at hand, and the rows they fill on the screen."""

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from fontloom_tui.widgets.log_line import LogLine

_DATE_WIDTH = 98
"""From this width on the date is shown with the time."""


class LogPage:
    """Consecutive lines by number. Rows are made when they are first seen."""

    def __init__(self, style: Callable[[str], Style]) -> None:
        """`style` gives the style of a part of a line."""
        self._style = style
        self._lines: list[LogLine] = []
        self._strips: dict[int, list[Strip]] = {}
        self._width = 1
        self._wrapped = False
        self.numbers = range(0)
        """Numbers of the lines at hand."""
        self.changes = 0
        """Counts what changes the rows."""

    def put(self, first: int, lines: list[LogLine]) -> None:
        """Other lines are at hand; a line that was there before is the same."""
        self._lines = lines
        self.numbers = range(first, first + len(lines))
        self._strips = {n: strips for n, strips in self._strips.items() if n in self.numbers}
        self.changes += 1

    def forget(self) -> None:
        """Nothing is at hand."""
        self.put(0, [])

    def repaint(self) -> None:
        """Rows are made anew."""
        self._strips.clear()
        self.changes += 1

    def fit(self, width: int, *, wrapped: bool) -> None:
        """Rows are to be so wide; with `wrapped`, long lines are folded."""
        if (width, wrapped) != (self._width, self._wrapped):
            self._width, self._wrapped = max(1, width), wrapped
            self.repaint()

    def line(self, number: int) -> LogLine | None:
        """A line, if it is at hand."""
        return self._lines[number - self.numbers.start] if number in self.numbers else None

    def height(self, number: int) -> int:
        """Rows of a line; one if it is not at hand."""
        return len(self.rows(number)) if self._wrapped else 1

    def rows(self, number: int) -> list[Strip]:
        """The rows of a line; a blank one if it is not at hand."""
        strips = self._strips.get(number)
        if strips is not None:
            return strips
        line = self.line(number)
        if line is None:
            return [Strip.blank(0)]
        parts = line.columns(date=self._width >= _DATE_WIDTH)
        whole = Strip(Segment(text, self._style(part)) for text, part in parts)
        strips = [whole]
        if self._wrapped and whole.cell_length > self._width:
            cuts = [*range(self._width, whole.cell_length, self._width), whole.cell_length]
            strips = list(whole.divide(cuts))
        self._strips[number] = strips
        return strips
