import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fontloom.fonts.naming import MAX_BYTES, folder_name, plain_line, unique_folder_names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("NotoSans-Regular", "NotoSans-Regular"),
        ("Noto Sans Regular", "Noto-Sans-Regular"),
        ("snake_case 2.0", "snake_case-2-0"),
        ("Ünïcödé", "Unicode"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\\b:c\0d\n", "a-b-c-d"),
        (".hidden. ", "hidden"),
        ("-rf", "rf"),
        ("evil\u202egpj.exe", "evil-gpj-exe"),
        ("con", "con_"),
        ("LPT¹", "LPT1_"),
        ("CONSOLE", "CONSOLE"),
    ],
)
def test_known_texts_become_these_folders(text: str, name: str) -> None:
    assert folder_name(text) == name


def test_texts_that_lose_everything_stay_apart() -> None:
    names = {folder_name(text) for text in ("", "..", "源ノ角", "游ゴシック", "\ud800")}
    assert len(names) == 5
    assert all(len(name) == 12 and name.isalnum() for name in names)


@given(st.text(st.characters(), max_size=300))
def test_any_text_becomes_one_safe_component(text: str) -> None:
    name = folder_name(text)
    assert 0 < len(name.encode("ascii")) <= MAX_BYTES
    assert all(c.isalnum() or c in "-_" for c in name)
    assert name[0] != "-"
    assert name.lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
    assert folder_name(name) == name


def test_names_that_do_not_collide_are_left_alone() -> None:
    assert unique_folder_names([("A B", "1"), ("C", "2")]) == ["A-B", "C"]


def test_all_that_collide_are_marked_whatever_their_order() -> None:
    pairs = [("Foo", "1"), ("FOO", "2"), ("foo", "3"), ("Bar", "4")]
    expected = dict(zip(pairs, unique_folder_names(pairs), strict=True))
    assert expected["Bar", "4"] == "Bar"
    assert all(len(expected[pair]) == len("Foo-") + 8 for pair in pairs[:3])
    for order in itertools.permutations(pairs):
        assert dict(zip(order, unique_folder_names(order), strict=True)) == expected


def test_a_name_that_equals_a_marked_one_is_marked_too() -> None:
    first = unique_folder_names([("Foo", "1"), ("Foo", "2")])
    names = unique_folder_names([("Foo", "1"), ("Foo", "2"), (first[0].upper(), "3")])
    assert len({name.lower() for name in names}) == 3
    assert first[0].lower() not in {name.lower() for name in names}
    assert names[1] == first[1]


@given(st.lists(st.sampled_from(["x" * 90, "x" * 80, "X" * 85, "", "con", "y"]), max_size=12))
def test_names_are_unique_and_bounded(texts: list[str]) -> None:
    names = unique_folder_names([(text, str(i)) for i, text in enumerate(texts)])
    assert len({name.lower() for name in names}) == len(texts)
    assert all(len(name) <= MAX_BYTES for name in names)


def test_equal_identities_are_refused() -> None:
    with pytest.raises(ValueError, match="identities"):
        unique_folder_names([("a", "1"), ("b", "1")])


def test_a_plain_line_is_one_line_that_can_be_shown_and_encoded() -> None:
    assert plain_line("a\tb\r\n\x1b[31mc\u202e\ud800 d\0") == "a b [31mc d"
    assert plain_line("x" * 300, 10) == "x" * 9 + "…"
