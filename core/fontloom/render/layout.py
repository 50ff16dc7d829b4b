"""Text to placed glyphs: shaping, and the size at which they fit the image."""

from math import ceil, cos, floor, radians, sin
from typing import NamedTuple

import numpy as np
import uharfbuzz as hb
from numpy.typing import NDArray

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.render.font import RenderFont
from fontloom.render.itemize import Run, itemize

_CONNECTED = frozenset(
    {"Adlm", "Arab", "Aran", "Beng", "Deva", "Dogr", "Gong", "Guru", "Mand", "Mani", "Modi", "Mong"}
    | {"Nkoo", "Phag", "Phlp", "Rohg", "Sogd", "Sogo", "Syrc", "Tirh"}
)
"""Scripts whose letters join, where space between letters would break the words."""

Box = tuple[float, float, float, float]


class Glyph(NamedTuple):
    """One glyph and the place of its origin, in font units."""

    glyph: int
    x: float
    y: float


class Line(NamedTuple):
    """A shaped line, in font units, the origin of the first glyph at (0, 0), y upwards."""

    glyphs: tuple[Glyph, ...]
    clusters: tuple[str, ...]
    """Pieces of the text that have ink, in the order of the text. Letters that merge stay together."""
    boxes: tuple[Box, ...]
    """Ink of each cluster: left, bottom, right, top."""
    box: Box
    """Ink of the whole line."""
    direction: str


def shape(font: RenderFont, text: str, spacing: float = 0.0) -> Line:
    """Shapes one line, run by run. `spacing` is extra space between letters in em.

    Raises FontloomError: MISSING_CHARACTERS when shaping leaves a glyph missing, BLANK_IMAGE when
    nothing has ink.
    """
    items = itemize(text)
    glyphs: list[Glyph] = []
    ink: dict[int, Box] = {}
    starts: set[int] = set()
    x = y = 0.0
    last = -1
    for run in items.runs:
        buffer = _shape_run(font, text, run, spaced=spacing > 0)
        extra = 0.0 if buffer.script in _CONNECTED else spacing * font.units_per_em
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            if info.codepoint == 0:
                raise FontloomError(ErrorCode.MISSING_CHARACTERS, f"no glyph in {text!r}")
            starts.add(info.cluster)
            if extra and last not in (-1, info.cluster):
                x += extra
            last = info.cluster
            at_x, at_y = x + position.x_offset, y + position.y_offset
            box = font.glyph_box(info.codepoint)
            if box is not None:
                glyphs.append(Glyph(info.codepoint, at_x, at_y))
                placed = (box[0] + at_x, box[1] + at_y, box[2] + at_x, box[3] + at_y)
                known = ink.get(info.cluster)
                ink[info.cluster] = placed if known is None else _union(known, placed)
            x += position.x_advance
            y += position.y_advance
    if not ink:
        raise FontloomError(ErrorCode.BLANK_IMAGE, repr(text))
    ends = dict(zip(sorted(starts), [*sorted(starts)[1:], len(text)], strict=True))
    order = sorted(ink)
    whole = ink[order[0]]
    for start in order[1:]:
        whole = _union(whole, ink[start])
    return Line(
        tuple(glyphs),
        tuple(text[start : ends[start]] for start in order),
        tuple(ink[start] for start in order),
        whole,
        "rtl" if items.right_to_left else "ltr",
    )


def _shape_run(font: RenderFont, text: str, run: Run, *, spaced: bool) -> hb.Buffer:
    buffer = hb.Buffer()
    buffer.add_str(text, run.start, run.end - run.start)
    buffer.direction = "rtl" if run.right_to_left else "ltr"
    if run.script is not None:
        buffer.script = run.script
    buffer.language = "und"  # the guess is the locale of the process, which would choose localized forms
    buffer.guess_segment_properties()
    # Letters that are set apart do not merge either.
    features = {"liga": False, "clig": False} if spaced and buffer.script not in _CONNECTED else {}
    hb.shape(font.hb_font, buffer, features)
    return buffer


def _union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


class Placement(NamedTuple):
    """Affine map from font units (y up) to pixels (y down): X = a x + c y + e, Y = b x + d y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float
    size: float
    """Pixels an em."""


def place(
    line: Line,
    units_per_em: int,
    width: int,
    height: int,
    *,
    margin: float,
    size: float,
    rotation: float,
    align: float,
    rise: float,
) -> Placement:
    """Fits a line into an image.

    `margin` in parts of the height, `size` a part of the largest that fits, `rotation` in degrees against
    the clock, `align` and `rise` the parts of the free room left of and above the text.
    """
    left, bottom, right, top = line.box
    # A line of low letters is not blown up to the height of the image.
    ink_height = max(top - bottom, 0.7 * units_per_em)
    turn, slant = cos(radians(rotation)), sin(radians(rotation))
    wide = (right - left) * turn + ink_height * abs(slant)
    high = (right - left) * abs(slant) + ink_height * turn
    edge = min(margin * height, 0.45 * width)
    scale = size * min((width - 2 * edge) / wide, (height - 2 * edge) / high)
    a, b, c, d = scale * turn, -scale * slant, -scale * slant, -scale * turn
    corners = [(a * x + c * y, b * x + d * y) for x in (left, right) for y in (bottom, top)]
    x_low, x_high = min(p[0] for p in corners), max(p[0] for p in corners)
    y_low, y_high = min(p[1] for p in corners), max(p[1] for p in corners)
    free_x = width - 2 * edge - (x_high - x_low)
    free_y = height - 2 * edge - (y_high - y_low)
    return Placement(
        a, b, c, d, edge + align * free_x - x_low, edge + rise * free_y - y_low, scale * units_per_em
    )


def draw(font: RenderFont, line: Line, placement: Placement, width: int, height: int) -> NDArray[np.uint8]:
    """Coverage of each pixel by ink: shape (height, width), 0 to 255, drawn by HarfBuzz's rasterizer."""
    raster = hb.RasterDraw()
    raster.extents = hb.RasterExtents(0, 0, width, height, width)
    a, b, c, d, e, f, _ = placement
    for glyph, x, y in line.glyphs:
        raster.transform = (a, b, c, d, a * x + c * y + e, b * x + d * y + f)
        if not raster.draw_glyph_or_fail(font.hb_font, glyph):
            raise FontloomError(ErrorCode.FONT_NO_OUTLINES, f"glyph {glyph} cannot be drawn")
    image = raster.render()
    if image is None:
        raise FontloomError(ErrorCode.RENDER_MEMORY, "the rasterizer had no memory")
    return np.frombuffer(image.buffer, np.uint8).reshape(height, image.extents.stride)[:, :width]


def pixel_boxes(
    line: Line, placement: Placement, homography: NDArray[np.float64] | None, width: int, height: int
) -> list[tuple[int, int, int, int]]:
    """Boxes of the clusters in the image: left, top, right, bottom, in whole pixels around all the ink."""
    a, b, c, d, e, f, _ = placement
    boxes = []
    for left, bottom, right, top in line.boxes:
        points = [(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)]
        if homography is not None:
            # Ink fills whole pixels of the drawing, and interpolation carries it half a pixel further.
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            points = [
                _through(homography, x, y)
                for x in (floor(min(xs)) - 0.5, ceil(max(xs)) + 0.5)
                for y in (floor(min(ys)) - 0.5, ceil(max(ys)) + 0.5)
            ]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        boxes.append(
            (
                min(max(floor(min(xs)), 0), width),
                min(max(floor(min(ys)), 0), height),
                max(min(ceil(max(xs)), width), 0),
                max(min(ceil(max(ys)), height), 0),
            )
        )
    return boxes


def _through(h: NDArray[np.float64], x: float, y: float) -> tuple[float, float]:
    """A point seen through a homography."""
    depth = h[2, 0] * x + h[2, 1] * y + h[2, 2]
    return (h[0, 0] * x + h[0, 1] * y + h[0, 2]) / depth, (h[1, 0] * x + h[1, 1] * y + h[1, 2]) / depth
