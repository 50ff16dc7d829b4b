"""What the command says, and that names never steer the terminal."""

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fontloom.cli.output import clean, duration, put, put_model, put_table, say, say_error, size
from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.result import PathValidation

MARK = "\N{REPLACEMENT CHARACTER}"


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
        "\u202e",
        "\u2066",
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


def test_words_go_to_stderr_clean_and_data_to_stdout_exact(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\x1b[2J", "two")
    put("data\x1b")
    out, err = capsys.readouterr()
    assert err == f"one{MARK}[2J\ntwo\n"
    assert out == "data\x1b\n"


def test_data_on_a_terminal_are_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    put("data\x1b[2J")
    assert terminal.getvalue() == f"data{MARK}[2J\n"


def test_json_holds_any_path_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("/a\nb\x1b\udcff字")
    put_model(PathValidation(path=path, valid=True, exists=True, writable=True))
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.isascii()
    assert json.loads(out)["path"] == str(path)


def test_an_error_is_what_where_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    say_error(ExportError.of(ErrorCode.NO_FONTS, "/fonts"))
    assert capsys.readouterr().err.splitlines() == [
        "fontloom: No usable font was found. /fonts",
        "  Name a folder or file with ttf, otf, ttc, otc, woff or woff2 fonts.",
    ]
    say_error(ExportError.of(ErrorCode.CONFIG_INVALID, "first\nsecond"))
    assert capsys.readouterr().err.splitlines() == [
        "fontloom: The configuration is not valid.",
        "  first",
        "  second",
        "  Correct the named setting.",
    ]
    say_error(ExportError.of(ErrorCode.NO_FONTS))
    assert capsys.readouterr().err.splitlines()[0] == "fontloom: No usable font was found."


def test_a_table_is_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    put_table(("a", "name"), [("12345", "x"), ("1", "long\x1b")])
    assert capsys.readouterr().out.splitlines() == ["a      name", "12345  x", f"1      long{MARK}"]
    put_table(("a", "b"), [])
    assert capsys.readouterr().out == "a  b\n"


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
