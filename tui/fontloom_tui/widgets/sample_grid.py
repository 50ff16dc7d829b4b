"""Images that were made, in the terminal, with their text below: as many as there is room for."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from fontloom.model.words import clean
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.half_block import fit

_GAP = 2
_WIDTH = 56
"""Columns from which an image is large enough to stand beside others."""


class Picture(NamedTuple):
    """A sample as it is shown: rows of cells, or what is wrong in place of them."""

    number: int
    label: str
    rows: Sequence[Strip]
    problem: str = ""


class Places(NamedTuple):
    """Pictures beside and below each other, and the cells that each may take."""

    across: int
    down: int
    columns: int
    rows: int


class SampleGrid(Widget):
    """Shows pictures that fit `places`, or a sentence."""

    DEFAULT_CSS = style_of(__file__)
    COMPONENT_CLASSES: ClassVar[set[str]] = {"sample-grid--label", "sample-grid--bad"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pictures: Sequence[Picture] = ()
        self._across = 1
        self._columns = 1
        self._said = ""
        self._lines: list[Strip] | None = None
        """All lines from the top; None until they are asked for."""

    def places(self, image_width: int, image_height: int) -> Places:
        """Where images of so many pixels find room at present."""
        width, height = self.content_size
        across = max(1, (width + _GAP) // (min(image_width, _WIDTH) + _GAP))
        columns = max(1, (width - _GAP * (across - 1)) // across)
        columns, rows = fit(image_width, image_height, columns, max(1, height - 1))
        return Places(across, max(1, (height + 1) // (rows + 2)), columns, rows)

    def show(self, pictures: Sequence[Picture], places: Places) -> None:
        """Shows these, line by line."""
        self._pictures, self._across, self._columns, self._said = pictures, places.across, places.columns, ""
        self._forget()

    def say(self, words: str) -> None:
        """Shows words, as there are no pictures."""
        self._pictures, self._said = (), words
        self._forget()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._forget()

    def _forget(self) -> None:
        self._lines = None
        self.refresh()

    def _draw(self) -> list[Strip]:
        lines: list[Strip] = []
        for start in range(0, len(self._pictures), self._across):
            if lines:
                lines.append(Strip([]))
            beside = [self._block(picture) for picture in self._pictures[start : start + self._across]]
            height = max(len(block) for block in beside)
            padded = [[Strip([])] * (height - len(block)) + block for block in beside]
            lines += [self._join(parts) for parts in zip_longest(*padded, fillvalue=Strip([]))]
        return lines

    def _block(self, picture: Picture) -> list[Strip]:
        rows = list(picture.rows)
        if picture.problem:
            words = clean(picture.problem)[: self._columns]
            rows = [Strip([Segment(words, self.get_component_rich_style("sample-grid--bad"))])]
        muted = self.get_component_rich_style("sample-grid--label")
        text = clean(picture.label).replace("\n", " ")
        return [*rows, Strip([Segment(f"{picture.number:,} ", muted), Segment(text, self.rich_style)])]

    def _join(self, parts: Sequence[Strip]) -> Strip:
        cells = [part.adjust_cell_length(self._columns + _GAP, self.rich_style) for part in parts]
        return Strip.join(cells)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if self._said:
            words = clean(self._said) if y == 0 else ""
            line = Strip([Segment(words, self.get_component_rich_style("sample-grid--label"))])
        else:
            if self._lines is None:
                self._lines = self._draw()
            line = self._lines[y] if y < len(self._lines) else Strip([])
        return line.adjust_cell_length(width, self.rich_style)
