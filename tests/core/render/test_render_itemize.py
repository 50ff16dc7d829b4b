"""Lines in several directions and scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fontloom.render.itemize import itemize


@pytest.mark.parametrize(
    ("text", "right_to_left", "runs"),
    [
        ("abc 12", False, ["abc 12"]),
        ("été", False, ["été"]),
        ("שלום", True, ["שלום"]),
        ("سعر 250 ريال", True, [" ريال", "250", "سعر "]),
        ("3.14 שקל", True, [" שקל", "3.14"]),
        ("hello שלום 34 world", False, ["hello ", "34", "שלום ", " ", "world"]),
        ("नमस्ते world", False, ["नमस्ते ", "world"]),
        ("漢字かな", False, ["漢字", "かな"]),
        ("123", False, ["123"]),
        ("«»", False, ["«»"]),
    ],
)
def test_runs_stand_from_left_to_right(text: str, right_to_left: bool, runs: list[str]) -> None:
    items = itemize(text)
    assert items.right_to_left == right_to_left
    assert [text[run.start : run.end] for run in items.runs] == runs


def test_a_run_knows_its_direction_and_script() -> None:
    number, word = itemize("שקל 12").runs
    assert (number.right_to_left, number.script) == (False, "Hebr")
    assert (word.right_to_left, word.script) == (True, "Hebr")


@given(
    st.text(
        st.sampled_from("ab1 .שלםعرب٣(नम漢か\u200d\u00ad\u202e\u2067\u2069\u200f"), min_size=1, max_size=30
    )
)
def test_every_character_is_in_one_run(text: str) -> None:
    places = sorted(place for run in itemize(text).runs for place in range(run.start, run.end))
    assert places == list(range(len(text)))
