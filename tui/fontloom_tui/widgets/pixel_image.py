"""Images in a terminal as pixels, drawn by textual-image: cells of text that stand for parts of them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import NamedTuple

from PIL import Image
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from fontloom_tui.pixels import CellSize

_MOST_CELLS = 256
"""In a row or column: the protocol numbers no more than 297."""


class PixelImage(NamedTuple):
    """An image that the terminal keeps. Its strips show it between `keep` and `drop`."""

    strips: list[Strip]
    keep: str
    """What is written to the terminal before it is shown."""
    drop: str
    """What is written when it is not shown any more."""


def fit(width: int, height: int, columns: int, cell: CellSize) -> tuple[int, int]:
    """Pixels of an image within `columns` of cells, in its proportions. It is never enlarged."""
    scale = min(1.0, min(columns, _MOST_CELLS) * cell.width / width, _MOST_CELLS * cell.height / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def cells(width: int, height: int, cell: CellSize) -> tuple[int, int]:
    """Columns and rows that so many pixels take."""
    return -(-width // cell.width), -(-height // cell.height)


def pixel_image(image: Image.Image, size: tuple[int, int], cell: CellSize) -> PixelImage:
    """An image of so many pixels; what they leave of their last cells is transparent."""
    across, down = cells(*size, cell)
    # In whole cells, because the library stretches images to them.
    whole = Image.new("RGBA", (across * cell.width, down * cell.height))
    whole.paste(image if size == image.size else image.resize(size, Image.Resampling.HAMMING))
    with _in_place_of_the_terminal() as written:
        from textual_image._terminal import get_cell_size  # noqa: PLC0415 - optional, and asks the terminal
        from textual_image.renderable import TGPImage  # noqa: PLC0415

        # The library looks once, and text may be enlarged at any time.
        get_cell_size._result = cell
        drawing = TGPImage(whole, across, down)
        lines = list(Segment.split_lines(Console(file=StringIO(), width=across).render(drawing)))
    # The library's own way to drop an image does not name it so that the terminal finds it.
    drop = f"\x1b_Ga=d,d=I,i={drawing.terminal_image_id},q=2\x1b\\"
    return PixelImage([Strip(line, across) for line in lines], written.getvalue(), drop)


@contextmanager
def _in_place_of_the_terminal() -> Iterator[StringIO]:
    """The library writes to the terminal as it draws, past Textual's queue, and asks it as it is imported.

    What is written here can go the way of all else, in order; and what is no terminal is asked nothing.
    """
    terminal, written = sys.__stdout__, StringIO()
    setattr(sys, "__stdout__", written)  # noqa: B010 - final to type checkers
    try:
        yield written
    finally:
        setattr(sys, "__stdout__", terminal)  # noqa: B010
