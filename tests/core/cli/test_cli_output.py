"""What the command says, and that names never steer the terminal."""

import io
import json
import sys
from pathlib import Path

import pytest

from fontloom.cli.output import put, put_model, put_table, say, say_error
from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.result import PathValidation

MARK = "\N{REPLACEMENT CHARACTER}"


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
