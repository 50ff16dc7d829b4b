from collections.abc import Callable
from string import ascii_letters, digits, punctuation

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fontloom.model.config import Charset, TextConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.render.font import RenderFont
from fontloom.render.text import RandomStrings, open_text

MakeFont = Callable[..., RenderFont]
ARABIC = "ابتثجحخد"


def _strings(config: TextConfig, font: RenderFont, count: int = 200) -> list[str]:
    source = RandomStrings(config)
    return [source.pick(font, np.random.default_rng(n)) for n in range(count)]


def _used(config: TextConfig, font: RenderFont) -> set[str]:
    return set("".join(_strings(config, font)))


@settings(deadline=None, max_examples=100)
@given(low=st.integers(1, 40), more=st.integers(0, 40), seed=st.integers(0, 2**32 - 1))
def test_lengths_are_within_bounds(caladea: RenderFont, low: int, more: int, seed: int) -> None:
    config = TextConfig(min_length=low, max_length=low + more)
    text = RandomStrings(config).pick(caladea, np.random.default_rng(seed))
    assert low <= len(text) <= low + more
    assert all(caladea.draws(ord(c)) for c in text)


def test_both_bounds_are_reached(caladea: RenderFont) -> None:
    lengths = {len(text) for text in _strings(TextConfig(min_length=2, max_length=4), caladea)}
    assert lengths == {2, 3, 4}


def test_only_characters_with_ink(make_font: MakeFont) -> None:
    font = make_font("aXz", empty="bcdefghijk")
    assert _used(TextConfig(), font) == set("aXz")


@pytest.mark.parametrize(
    ("charset", "expected"),
    [
        (Charset.DIGITS, digits),
        (Charset.LETTERS, ascii_letters),
        (Charset.ALPHANUMERIC, ascii_letters + digits),
        (Charset.ASCII, ascii_letters + digits + punctuation),
    ],
)
def test_the_set_is_honoured(caladea: RenderFont, charset: Charset, expected: str) -> None:
    assert _used(TextConfig(charset=charset), caladea) == set(expected)


def test_sets_beyond_ascii(caladea: RenderFont, make_font: MakeFont) -> None:
    latin = _used(TextConfig(charset=Charset.LATIN), caladea)
    assert {"é", "ß", "a"} <= latin
    assert not latin & {"×", "÷", "1"}
    mixed = make_font("aαωЖя7")
    assert _used(TextConfig(charset=Charset.GREEK), mixed) == set("αω")
    assert _used(TextConfig(charset=Charset.CYRILLIC), mixed) == set("Жя")


def test_explicit_characters_override_the_set(caladea: RenderFont) -> None:
    config = TextConfig(charset=Charset.DIGITS, characters="x y\nאz")
    assert _used(config, caladea) == set("xyz")


def test_auto_of_a_latin_font(caladea: RenderFont) -> None:
    assert _used(TextConfig(), caladea) == set(ascii_letters + digits)


def test_auto_of_an_arabic_font_is_its_letters_alone(make_font: MakeFont) -> None:
    font = make_font(ARABIC + "12٣.A", script="Arab")
    assert _used(TextConfig(), font) == set(ARABIC)


def test_auto_of_greek_and_cyrillic_fonts(make_font: MakeFont) -> None:
    characters = "abαβЖЯ12"
    assert _used(TextConfig(), make_font(characters, script="Grek")) == set("αβ12")
    assert _used(TextConfig(), make_font(characters, script="Cyrl")) == set("ЖЯ12")


def test_auto_of_a_font_of_symbols(make_font: MakeFont) -> None:
    font = make_font("→★☎", empty=" ", script="Zyyy")
    assert _used(TextConfig(), font) == set("→★☎")


def test_none_of_the_set(make_font: MakeFont) -> None:
    with pytest.raises(FontloomError) as caught:
        _strings(TextConfig(charset=Charset.DIGITS), make_font("abc"))
    assert caught.value.error.code is ErrorCode.MISSING_CHARACTERS


def test_a_font_with_no_characters(make_font: MakeFont) -> None:
    with pytest.raises(FontloomError) as caught:
        _strings(TextConfig(), make_font(""))
    assert caught.value.error.code is ErrorCode.MISSING_CHARACTERS


def test_no_ink_at_all(make_font: MakeFont) -> None:
    with pytest.raises(FontloomError) as caught:
        _strings(TextConfig(), make_font("", empty="abc"))
    assert caught.value.error.code is ErrorCode.FONT_NO_OUTLINES


def test_one_source_serves_fonts_in_turns(caladea: RenderFont, hebrew: RenderFont) -> None:
    source = open_text(TextConfig())
    assert isinstance(source, RandomStrings)
    for _ in range(3):
        assert set(source.pick(caladea, np.random.default_rng(1))) <= set(ascii_letters + digits)
        assert set(source.pick(hebrew, np.random.default_rng(1))) <= set("אבגדהוזחט")
