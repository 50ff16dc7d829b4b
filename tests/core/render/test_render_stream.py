import pytest
from numpy.testing import assert_array_equal

from fontloom.render.stream import Streams

KEY = (7, "font", 3)


def _numbers(seed: int, identity: str, sample: int, purpose: str = "text") -> list[float]:
    return Streams(seed, identity, sample).start(purpose).random(8).tolist()


def test_the_same_key_gives_the_same_numbers() -> None:
    assert _numbers(*KEY) == _numbers(*KEY)


@pytest.mark.parametrize(
    "other",
    [
        (8, "font", 3, "text"),
        (7, "font2", 3, "text"),
        (7, "font", 4, "text"),
        (7, "font", 3, "style"),
        # The parts are kept apart.
        (73, "font", 3, "text"),
        (7, "font3", 3, "text"),
        (7, "font", 33, "text"),
    ],
)
def test_another_key_gives_other_numbers(other: tuple[int, str, int, str]) -> None:
    assert not set(_numbers(*KEY)) & set(_numbers(*other))


def test_many_keys_give_many_streams() -> None:
    keys = [(s, i, n, p) for s in range(5) for i in "ab" for n in range(50) for p in ("text", "style")]
    assert len({_numbers(*key)[0] for key in keys}) == len(keys)


def test_a_purpose_does_not_depend_on_what_others_drew() -> None:
    streams = Streams(*KEY)
    style = streams.start("style")
    style.random(5)
    style.integers(10, dtype="uint32")  # leaves half a draw behind
    style.standard_normal(3)
    assert streams.start("text").random(8).tolist() == _numbers(*KEY)


def test_starting_again_begins_again() -> None:
    streams = Streams(*KEY)
    first = streams.start("noise").integers(0, 2**31, 9, dtype="int32")
    assert_array_equal(first, streams.start("noise").integers(0, 2**31, 9, dtype="int32"))


def test_the_numbers_never_change() -> None:
    assert Streams(0, "font", 1).start("text").integers(0, 2**63, 3).tolist() == [
        2749683629555367409,
        8161052450461650947,
        930001096506113281,
    ]


def test_the_numbers_are_even() -> None:
    first = [Streams(0, "font", n).start("text").random() for n in range(4000)]
    assert abs(sum(first) / len(first) - 0.5) < 0.02
    assert abs(sum(x < 0.1 for x in first) / len(first) - 0.1) < 0.02
