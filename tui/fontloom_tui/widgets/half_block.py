"""Images in a terminal: two pixels a cell, the upper as the colour of `▀`, the lower as what is behind it."""

from functools import lru_cache
from itertools import groupby

import numpy as np
from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

_Pair = tuple[tuple[int, int, int], tuple[int, int, int]]


def fit(width: int, height: int, columns: int, rows: int | None = None) -> tuple[int, int]:
    """Columns and rows of cells that an image of so many pixels takes at most. It is never enlarged."""
    scale = min(1.0, columns / width)
    if rows is not None:
        scale = min(scale, 2 * rows / height)
    return max(1, round(width * scale)), max(1, round(height * scale / 2))


def half_block(image: Image.Image, columns: int, rows: int | None = None) -> list[Strip]:
    """One strip a row of cells, all as wide, in the image's proportions within `columns` and `rows`."""
    across, down = fit(image.width, image.height, columns, rows)
    small = image.convert("RGB").resize((across, 2 * down), Image.Resampling.HAMMING)
    pixels = np.asarray(small).reshape(down, 2, across, 3).transpose(0, 2, 1, 3).tolist()
    return [Strip(_segments(line), across) for line in pixels]


def _segments(line: list[list[list[int]]]) -> list[Segment]:
    pairs: list[_Pair] = [((u[0], u[1], u[2]), (v[0], v[1], v[2])) for u, v in line]
    return [Segment("▀" * len(list(same)), _style(pair)) for pair, same in groupby(pairs)]


@lru_cache(4096)
def _style(pair: _Pair) -> Style:
    upper, lower = pair
    return Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
