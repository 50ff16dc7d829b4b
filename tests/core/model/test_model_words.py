"""Words for people, and that names never steer the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fontloom.model.words import age, clean, count, duration, size

MARK = "\N{REPLACEMENT CHARACTER}"
STEERING = (
    *map(chr, range(0x80, 0xA0)),  # C1
    *map(chr, range(0x202A, 0x202F)),  # embeddings and overrides of direction
    *map(chr, range(0x2066, 0x206A)),  # isolates
    *map(chr, (0xD800, 0xDBFF, 0xDC00, 0xDFFF)),  # lone surrogates
)


@pytest.mark.parametrize(
    "character",
    [
        "\x1b",
        "\x07",
        "\x00",
        "\r",
        "\t",
        "\x7f",
        "\x9b",
        "\x85",
        "\u200f",
        "\u2028",
        "\udcff",
    ],
)
def test_characters_that_steer_are_replaced(character: str) -> None:
    assert clean(f"a{character}b") == f"a{MARK}b"


@pytest.mark.parametrize("text", ["plain", "Größe 字体 نص", "two\nlines", "e\u0301", "😀", "a b"])
def test_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@given(st.text())
def test_cleaned_text_is_printable_and_as_long(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.replace("\n", "").isprintable()
    assert len(cleaned) == len(text)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("character", STEERING, ids=lambda c: f"U+{ord(c):04X}")
def test_controls_directions_and_surrogates_are_replaced(character: str) -> None:
    assert clean(f"a{character}b") == f"a{MARK}b"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (1_500_000, "1.5 MB"),
        (2_000_000_000, "2.0 GB"),
        (3_210_000_000_000, "3.2 TB"),
        (3_210_000_000_000_000, "3210.0 TB"),
    ],
)
def test_sizes(count: float, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "?"),
        (0, "0:00"),
        (59.9, "0:59"),
        (61, "1:01"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (90_061, "25:01:01"),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5.0, "just now"),
        (0, "just now"),
        (59.9, "just now"),
        (60, "1 min ago"),
        (299.9, "4 min ago"),
        (3599.9, "59 min ago"),
        (3600, "1 h ago"),
        (86_399.9, "23 h ago"),
        (86_400, "1 day ago"),
        (2.9 * 86_400, "2 days ago"),
        (4000 * 86_400, "4,000 days ago"),
    ],
)
def test_ages(seconds: float, words: str) -> None:
    assert age(seconds) == words


def test_what_is_counted_is_one_or_many() -> None:
    assert [count(n, "font") for n in (0, 1, 2, 1200)] == ["0 fonts", "1 font", "2 fonts", "1,200 fonts"]
    assert [count(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]
