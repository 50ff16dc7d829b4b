from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fontloom.model.config import TextConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.render.font import RenderFont
from fontloom.render.text import FileText, TextSource, open_text

MakeFont = Callable[..., RenderFont]


def _open(path: Path, data: bytes, kind: str = "lines", line_length: int = 32) -> FileText:
    path.write_bytes(data)
    source = open_text(TextConfig(source=f"{kind}:{path}", line_length=line_length))
    assert isinstance(source, FileText)
    return source


def _entries(source: FileText) -> list[str]:
    return [source.entry(index) for index in range(len(source))]


def _picked(source: TextSource, font: RenderFont, count: int = 300) -> set[str]:
    return {source.pick(font, np.random.default_rng(n)) for n in range(count)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "text.txt"


@pytest.mark.parametrize(
    "data", [b"one two\nthree\n", b"one two\r\n\r\nthree", b"\n\n one \t two \rthree\n\n"]
)
def test_lines(path: Path, data: bytes) -> None:
    assert _entries(_open(path, data)) == ["one two", "three"]


@pytest.mark.parametrize("data", [b"one two\nthree", b"\r\n one\t\ttwo  \n\nthree \n"])
def test_words(path: Path, data: bytes) -> None:
    assert _entries(_open(path, data, "words")) == ["one", "two", "three"]


def test_utf8_and_the_mark_at_its_beginning(path: Path) -> None:
    text = "żółw ångström\nשלום\n"
    assert _entries(_open(path, text.encode())) == text.splitlines()
    assert _entries(_open(path, text.encode("utf-8-sig"))) == text.splitlines()


def test_undecodable_lines_are_never_chosen(path: Path, caladea: RenderFont) -> None:
    source = _open(path, b"good\nb\xffd\n\xc3\nfine\n")
    assert _entries(source) == ["good", "", "", "fine"]
    assert _picked(source, caladea) == {"good", "fine"}


def test_all_lines_are_chosen(path: Path, caladea: RenderFont) -> None:
    lines = {f"line {n}" for n in range(20)}
    assert _picked(_open(path, "\n".join(lines).encode()), caladea, 600) == lines


def test_only_what_the_font_can_write(path: Path, make_font: MakeFont) -> None:
    font = make_font("abc", empty=" ")
    source = _open(path, "ab\nabd\na c\nשa\nc\n".encode())
    assert _picked(source, font) == {"ab", "a c", "c"}


def test_a_font_without_space_gets_lines_without_space(path: Path, make_font: MakeFont) -> None:
    assert _picked(_open(path, b"a b\nab\nb a\n"), make_font("ab")) == {"ab"}


def test_nothing_that_the_font_can_write(path: Path, make_font: MakeFont) -> None:
    source = _open(path, b"xyz\nzy\n")
    with pytest.raises(FontloomError) as caught:
        source.pick(make_font("abc"), np.random.default_rng(1))
    assert caught.value.error.code is ErrorCode.MISSING_CHARACTERS


@pytest.mark.parametrize("kind", ["lines", "words"])
@pytest.mark.parametrize("data", [b"", b" ", b"\n\n\r\n", b" \t\n  \r\n\t"])
def test_files_without_text(path: Path, kind: str, data: bytes) -> None:
    with pytest.raises(FontloomError) as caught:
        _open(path, data, kind)
    assert caught.value.error.code is ErrorCode.TEXT_SOURCE
    assert str(path) in caught.value.error.detail


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(FontloomError) as caught:
            open_text(TextConfig(source=f"lines:{path}"))
        assert caught.value.error.code is ErrorCode.TEXT_SOURCE
        assert str(path) in caught.value.error.detail


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=60),
    limit=st.integers(12, 60),
    seed=st.integers(0, 2**32 - 1),
)
def test_long_lines_are_cut_at_words(
    path: Path, caladea: RenderFont, words: list[str], limit: int, seed: int
) -> None:
    line = " ".join(words)
    text = _open(path, line.encode(), line_length=limit).pick(caladea, np.random.default_rng(seed))
    assert f" {text} " in f" {line} "
    assert len(text) <= limit
    assert len(text) >= min(len(line), limit // 2 - 12)


def test_a_word_longer_than_the_limit_is_cut(path: Path, caladea: RenderFont) -> None:
    assert _picked(_open(path, b"x" * 100, line_length=10), caladea) == {"x" * 10}


def test_words_are_never_cut(path: Path, caladea: RenderFont) -> None:
    assert _picked(_open(path, b"x" * 100, "words", line_length=10), caladea) == {"x" * 100}


@pytest.mark.parametrize("letter", ["é", "€"])
@pytest.mark.parametrize("before", ["", "a", "aa"])
def test_one_huge_line(path: Path, caladea: RenderFont, letter: str, before: str) -> None:
    line = before + f"{letter * 7} " * 40_000
    texts = _picked(_open(path, line.encode()), caladea)
    assert all(set(text) <= {letter, " ", "a"} and len(text) <= 32 for text in texts)


def test_lines_across_the_blocks_of_the_search(path: Path) -> None:
    block = 1 << 24
    source = _open(path, b"a" * (block - 2) + b"\n" + b"bc\n" + b"d" * block + b"\ne")
    assert len(source) == 4
    assert source.entry(1) == "bc"
    assert source.entry(3) == "e"
    assert len(_open(path, b"a" * block + b"b\nc")) == 2
