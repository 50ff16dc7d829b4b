"""Fonts made to order, and places to put them."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from fontloom.fonts.discovery import starter_font_files

MakeFont = Callable[..., Path]


def _box(size: int) -> object:
    pen = TTGlyphPen(None)
    if size:
        pen.moveTo((0, 0))
        pen.lineTo((0, size))
        pen.lineTo((size, size))
        pen.lineTo((size, 0))
        pen.closePath()
    return pen.glyph()


def _build(
    path: Path,
    *,
    family: str = "Box",
    style: str = "Regular",
    characters: Iterable[int] = range(0x41, 0x5B),
    size: int = 500,
    colour: bool = False,
    axes: Sequence[tuple[str, float, float, float, str]] = (),
    instances: Sequence[tuple[str, dict[str, float]]] = (),
    drop: Sequence[str] = (),
) -> Path:
    """A font whose glyphs are boxes; with `colour`, glyphs are empty and the boxes are in colour layers."""
    order = [".notdef", "layer", *(f"u{c:04X}" for c in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({int(name[1:], 16): name for name in order[2:]})
    builder.setupGlyf({name: _box(500 if name == "layer" else 0 if colour else size) for name in order})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    names = {"familyName": family, "styleName": style}
    builder.setupNameTable({**names, "fullName": f"{family} {style}", "psName": f"{family}-{style}"})
    builder.setupPost()
    if colour:
        builder.setupCOLR({name: [("layer", 0)] for name in order[2:]})
        builder.setupCPAL([[(1.0, 0.0, 0.0, 1.0)]])
    if axes:
        builder.setupFvar(list(axes), [{"stylename": n, "location": at} for n, at in instances])
        builder.setupGvar({name: [] for name in order})
    for tag in drop:
        del builder.font[tag]
    builder.save(path)
    return path


@pytest.fixture
def make_font() -> MakeFont:
    return _build


@pytest.fixture(scope="session")
def starter() -> dict[str, Path]:
    return {path.stem: path for path in starter_font_files()}
