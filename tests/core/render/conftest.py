"""Fonts to draw with: the starter fonts, and fonts made to order."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from fontloom.fonts.discovery import starter_font_files
from fontloom.render.font import RenderFont

MakeFont = Callable[..., RenderFont]


def _box(width: int, height: int) -> object:
    pen = TTGlyphPen(None)
    if width:
        pen.moveTo((40, 0))
        pen.lineTo((40, height))
        pen.lineTo((40 + width, height))
        pen.lineTo((40 + width, 0))
        pen.closePath()
    return pen.glyph()


def _build(
    characters: str,
    *,
    empty: str = "",
    features: str = "",
    extra: tuple[str, ...] = (),
    script: str = "Latn",
    identity: str = "made",
) -> RenderFont:
    """A font of boxes of different widths. `empty` characters have glyphs without ink; `features` is
    OpenType feature code, in which glyphs are named u0041; `extra` glyphs are wider boxes."""
    names = [f"u{ord(c):04X}" for c in characters + empty]
    order = [".notdef", *names, *extra]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({int(name[1:], 16): name for name in names})
    inked = {f"u{ord(c):04X}": 200 + ord(c) * 37 % 300 for c in characters} | dict.fromkeys(extra, 900)
    builder.setupGlyf({name: _box(inked.get(name, 0), 700) for name in order})
    builder.setupHorizontalMetrics({name: (1000 if name in extra else 600, 40) for name in order})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupNameTable({"familyName": "Made", "styleName": "Regular"})
    builder.setupPost()
    if features:
        builder.addOpenTypeFeatures(features)
    file = BytesIO()
    builder.save(file)
    return RenderFont(file.getvalue(), identity=identity, main_script=script)


@pytest.fixture(scope="session")
def make_font() -> MakeFont:
    return _build


@pytest.fixture(scope="session")
def starter_files() -> dict[str, Path]:
    return {path.stem: path for path in starter_font_files()}


@pytest.fixture(scope="session")
def caladea(starter_files: dict[str, Path]) -> RenderFont:
    return RenderFont(starter_files["Caladea-Regular"].read_bytes(), identity="caladea")


@pytest.fixture(scope="session")
def amatic(starter_files: dict[str, Path]) -> RenderFont:
    return RenderFont(starter_files["AmaticSC-Regular"].read_bytes(), identity="amatic")


@pytest.fixture(scope="session")
def hanken(starter_files: dict[str, Path]) -> RenderFont:
    return RenderFont(starter_files["HankenGrotesk-Regular"].read_bytes(), identity="hanken")


@pytest.fixture(scope="session")
def hebrew(make_font: MakeFont) -> RenderFont:
    return make_font("אבגדהוזחט", script="Hebr", identity="hebrew")
