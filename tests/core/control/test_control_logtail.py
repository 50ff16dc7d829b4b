from pathlib import Path

import pytest

from fontloom.control.logtail import read_tail
from fontloom.control.protocol import LogTail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "export.log"
    path.write_bytes(b"one\ntwo\nthree\n")
    return path


def test_an_absent_log_is_empty(tmp_path: Path) -> None:
    assert read_tail(tmp_path / "none.log", None, 100) == LogTail(lines=(), offset=0)
    assert read_tail(tmp_path / "none.log", 50, 100) == LogTail(lines=(), offset=0)


def test_from_an_offset(log: Path) -> None:
    assert read_tail(log, 0, 100) == LogTail(lines=("one", "two", "three"), offset=14)
    assert read_tail(log, 4, 100) == LogTail(lines=("two", "three"), offset=14)
    assert read_tail(log, 14, 100) == LogTail(lines=(), offset=14)


def test_a_limit_ends_at_a_whole_line(log: Path) -> None:
    assert read_tail(log, 0, 10) == LogTail(lines=("one", "two"), offset=8)
    assert read_tail(log, 8, 10) == LogTail(lines=("three",), offset=14)


def test_without_an_offset_the_end(log: Path) -> None:
    assert read_tail(log, None, 14) == LogTail(lines=("one", "two", "three"), offset=14)
    assert read_tail(log, None, 13) == LogTail(lines=("two", "three"), offset=14)
    assert read_tail(log, None, 10) == LogTail(lines=("two", "three"), offset=14)
    assert read_tail(log, None, 9) == LogTail(lines=("three",), offset=14)
    assert read_tail(log, None, 6) == LogTail(lines=("three",), offset=14)


def test_a_line_that_is_not_finished_waits(log: Path) -> None:
    with log.open("ab") as file:
        file.write(b"fo")
    tail = read_tail(log, None, 100)
    assert tail == LogTail(lines=("one", "two", "three"), offset=14)
    with log.open("ab") as file:
        file.write(b"ur\n")
    assert read_tail(log, tail.offset, 100) == LogTail(lines=("four",), offset=19)


def test_a_line_longer_than_the_limit_comes_in_pieces_and_reading_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "export.log"
    text = "x" * 25 + "\nend\n"
    log.write_text(text)
    pieces, offset = [], 0
    while offset < len(text):
        tail = read_tail(log, offset, 10)
        assert tail.offset > offset
        pieces += tail.lines
        offset = tail.offset
    assert "".join(pieces) == "x" * 25 + "end"


def test_an_empty_line_is_a_line(tmp_path: Path) -> None:
    log = tmp_path / "export.log"
    log.write_bytes(b"\n\na\r\n")
    assert read_tail(log, 0, 100) == LogTail(lines=("", "", "a\r"), offset=5)


def test_a_log_that_was_replaced_is_read_from_its_start(log: Path) -> None:
    assert read_tail(log, 1000, 100) == LogTail(lines=("one", "two", "three"), offset=14)


def test_bytes_that_are_no_text_are_replaced(tmp_path: Path) -> None:
    log = tmp_path / "export.log"
    log.write_bytes(b"a\xffb\n")
    assert read_tail(log, 0, 100).lines == ("a\N{REPLACEMENT CHARACTER}b",)
