import itertools
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from fontTools.unicodedata import script
from hypothesis import given
from hypothesis import strategies as st

from fontloom.fonts.coverage import from_ranges, main_script, scripts_of, to_ranges
from fontloom.fonts.inspection import inspect_file

ASCII = set(range(0x20, 0x7F))
LATIN_CORE = ASCII | set(range(0xA0, 0x17F)) | set(range(0x1E00, 0x1EFF))
GENERAL_PUNCTUATION = set(range(0x2010, 0x2060))
MATH = set(range(0x2190, 0x2C00)) | set(range(0x1D400, 0x1D7FF))


def everything_of(*codes: str) -> set[int]:
    return {c for c in range(0x20000) if script(chr(c)) in codes}


def main_of(characters: set[int], family: str = "") -> str:
    return main_script(scripts_of(characters), family, len(characters))


code_points = st.sets(st.integers(0, 0x10FFFF), max_size=200)


@given(code_points)
def test_ranges_hold_the_same_characters(points: set[int]) -> None:
    ranges = to_ranges(points)
    assert from_ranges(ranges) == points
    assert all(first <= last for first, last in ranges)
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(ranges))


@given(code_points)
def test_scripts_are_those_of_each_character(points: set[int]) -> None:
    every = Counter(script(chr(c)) for c in points)
    own = {code: n for code, n in every.items() if code not in ("Zyyy", "Zinh", "Zzzz")}
    counted = scripts_of(points)
    assert counted == (own or every)
    assert list(counted) == sorted(counted, key=lambda code: (-counted[code], code))


def test_punctuation_and_digits_do_not_count_beside_letters() -> None:
    assert scripts_of({ord(c) for c in "Ab1, α"}) == {"Latn": 2, "Grek": 1}
    assert scripts_of({ord(c) for c in "12, "}) == {"Zyyy": 4}
    assert scripts_of(set()) == {}


@pytest.mark.parametrize(
    ("code", "rest"),
    [("Deva", LATIN_CORE), ("Adlm", LATIN_CORE), ("Armn", LATIN_CORE), ("Thai", LATIN_CORE), ("Arab", ASCII)],
)
def test_latin_company_does_not_hide_the_script_a_font_is_for(code: str, rest: set[int]) -> None:
    assert main_of(everything_of(code) | rest) == code


def test_a_general_font_is_latin_however_many_scripts_it_completes() -> None:
    wide = everything_of("Latn", "Grek", "Cyrl")
    assert main_of(wide) == "Latn"
    assert main_of(wide | everything_of("Deva", "Armn", "Brai", "Lisu")) == "Latn"


def test_a_latin_font_with_some_letters_of_another_script_stays_latin(starter: dict[str, Path]) -> None:
    # Amatic SC has Hebrew too, but not all of it.
    for stem in ("AmaticSC-Regular", "Caladea-Regular", "HankenGrotesk-Regular"):
        assert inspect_file(starter[stem]).faces[0].main_script == "Latn"


def test_the_family_name_decides_where_the_numbers_do_not() -> None:
    some_arabic = {c for c in range(0x600, 0x700) if unicodedata.category(chr(c)) == "Lo"} | LATIN_CORE
    assert main_of(some_arabic, "Sans") == "Latn"
    assert main_of(some_arabic, "Kufi Arabic") == "Arab"
    assert main_of(some_arabic, "KufiArabic") == "Arab"
    assert main_of(everything_of("Cans") | LATIN_CORE, "Canadian Aboriginal Sans") == "Cans"


def test_a_family_name_without_the_characters_decides_nothing() -> None:
    assert main_of(LATIN_CORE, "Century Gothic") == "Latn"
    assert main_of(LATIN_CORE, "Thailand") == "Latn"


def test_symbol_fonts_are_made_for_no_script() -> None:
    assert main_of(MATH | ASCII, "Math") == "Zyyy"
    assert main_of(MATH) == "Zyyy"
    assert main_of(MATH | everything_of("Brai")) == "Zyyy"
    assert main_of(set(range(0xE000, 0xF000)) | ASCII) == "Zyyy"
    assert main_of(set()) == "Zyyy"


def test_many_symbols_do_not_hide_the_letters() -> None:
    assert main_of(LATIN_CORE | MATH | set(range(0xE000, 0xF8FF))) == "Latn"


def test_east_asian_fonts_are_for_their_largest_script() -> None:
    kana = set(range(0x3041, 0x3097)) | set(range(0x30A1, 0x30FB))
    han = set(range(0x4E00, 0x6000))
    assert main_of(kana | han | LATIN_CORE) == "Hani"
    assert main_of(kana | ASCII) in ("Hira", "Kana")
    assert main_of(set(range(0xAC00, 0xD7A4)) | han | LATIN_CORE) == "Hang"


def test_a_basic_font_is_latin() -> None:
    assert main_of(ASCII | GENERAL_PUNCTUATION) == "Latn"
