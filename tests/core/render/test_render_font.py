from collections.abc import Callable
from pathlib import Path

import pytest

from fontloom.render.font import RenderFont

MakeFont = Callable[..., RenderFont]


def test_boxes_in_font_units(make_font: MakeFont) -> None:
    font = make_font("a", empty="b")
    assert font.units_per_em == 1000
    assert font.glyph_box(1) == (40, 0, 40 + 200 + ord("a") * 37 % 300, 700)
    assert font.glyph_box(2) is None
    assert font.glyph_box(0) is None
    assert font.glyph_box(1) == font.glyph_box(1)


def test_a_character_draws_when_its_own_glyph_has_ink(make_font: MakeFont) -> None:
    font = make_font("a", empty="b")
    assert font.characters == {ord("a"), ord("b")}
    assert [font.draws(ord(c)) for c in "abc"] == [True, False, False]


@pytest.mark.parametrize("name", ["Caladea-Bold", "AmaticSC-Bold", "HankenGrotesk-Light"])
def test_the_starter_fonts_write_latin(starter_files: dict[str, Path], name: str) -> None:
    font = RenderFont(starter_files[name].read_bytes(), identity=name)
    assert all(font.draws(ord(c)) for c in "AZaz09")
    assert not font.draws(ord(" "))
