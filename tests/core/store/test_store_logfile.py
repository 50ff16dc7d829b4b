"""Any line of a growing log, and the lines that match."""

import os
import random
from pathlib import Path

import orjson
import pytest

from fontloom.store import logfile
from fontloom.store.logfile import LONGEST_LINE, LogFile, LogMatches


def indexed(path: Path, budget: int = 2**20) -> LogFile:
    log = LogFile(path)
    while log.index_more(budget):
        pass
    return log


def searched(log: LogFile, text: str = "", levels: tuple[str, ...] = (), budget: int = 2**20) -> LogMatches:
    matches = log.matching(text, levels)
    while matches.step(budget):
        pass
    return matches


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.log"


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and pieces of a few bytes, so that lines lie across many of them."""
    monkeypatch.setattr(logfile, "_BLOCK", 16)
    monkeypatch.setattr(logfile, "_PIECE", 40)


def test_a_log_that_is_absent_or_empty_has_no_lines(path: Path) -> None:
    for _ in range(2):
        log = indexed(path)
        assert (log.count, log.size, log.lines(0, 10), log.tail()) == (0, 0, (), ())
        assert list(searched(log, "x").numbers) == []
        path.touch()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("budget", [1, 7, 16, 1000])
def test_every_line_is_found_wherever_it_lies(path: Path, budget: int) -> None:
    chance = random.Random(1)
    wanted = ["x" * chance.choice([0, 0, 1, 5, 15, 16, 17, 40, 100]) + str(n) * (n % 3) for n in range(300)]
    path.write_text("".join(f"{line}\n" for line in wanted))
    log = indexed(path, budget)
    assert log.count == len(wanted)
    assert log.indexed_bytes == log.size == path.stat().st_size
    assert list(log.lines(0, 1000)) == wanted
    for first in range(0, 300, 7):
        assert list(log.lines(first, 10)) == wanted[first : first + 10]
    assert log.lines(300, 1) == ()


def test_what_is_indexed_can_be_read_before_the_rest(path: Path) -> None:
    path.write_text("one\ntwo\nthree\n")
    log = LogFile(path)
    assert log.index_more(9)
    assert (log.count, log.indexed_bytes, log.lines(0, 10)) == (2, 9, ("one", "two"))
    assert not log.index_more()
    assert log.lines(2, 10) == ("three",)


@pytest.mark.usefixtures("small_blocks")
def test_it_grows(path: Path) -> None:
    log = LogFile(path)
    assert not log.index_more()
    wanted: list[str] = []
    for number in range(50):
        with path.open("a") as file:
            file.write(f"line {number}\nbegun ")
        wanted.append(f"{'begun ' if number else ''}line {number}")
        assert not log.index_more()
        assert list(log.lines(0, 100)) == wanted, "what is behind the last newline is not yet a line"
    assert log.generation == 0


def test_a_log_that_is_emptied_begins_anew(path: Path) -> None:
    path.write_text("one\ntwo\n")
    log = indexed(path)
    path.write_text("new\n")
    assert log.lines(0, 1) == ()
    assert not log.index_more()
    assert (log.generation, log.lines(0, 9)) == (1, ("new",))


def test_a_log_that_is_emptied_and_grew_past_its_size_begins_anew(path: Path) -> None:
    path.write_text("one\ntwo\n")
    log = indexed(path)
    inode = path.stat().st_ino
    path.write_text("other\n" * 10)
    assert path.stat().st_ino == inode
    assert not log.index_more()
    assert (log.generation, log.lines(0, 2), log.count) == (1, ("other", "other"), 10)


def test_another_file_in_its_place_begins_anew(path: Path) -> None:
    path.write_text("one\ntwo\n")
    log = indexed(path)
    new = path.with_suffix(".new")
    new.write_text("one\ntwo\n")
    os.replace(new, path)
    assert log.lines(0, 1) == (), "it is not the file that was indexed"
    assert not log.index_more()
    assert (log.generation, log.lines(0, 9)) == (1, ("one", "two"))


def test_a_log_that_is_removed_is_empty_until_it_is_back(path: Path) -> None:
    path.write_text("one\n")
    log = indexed(path)
    path.unlink()
    assert log.lines(0, 1) == ()
    assert log.tail() == ()
    assert not log.index_more()
    assert (log.generation, log.count, log.lines(0, 1)) == (1, 0, ())
    path.write_text("two\n")
    assert not log.index_more()
    assert (log.generation, log.lines(0, 1)) == (1, ("two",))


def test_long_lines_are_cut_and_marked(path: Path) -> None:
    path.write_text("a" * LONGEST_LINE + "\n" + "b" * (LONGEST_LINE + 1234) + "\nc\n")
    log = indexed(path)
    whole, cut, last = log.lines(0, 3)
    assert whole == "a" * LONGEST_LINE
    assert cut == "b" * LONGEST_LINE + " … (1,234 bytes more)"
    assert last == "c"
    assert log.tail(100_000) == (whole, cut, last)


def test_bytes_that_are_no_text_are_replaced(path: Path) -> None:
    path.write_bytes(b"a\xffb\n\0\n")
    assert indexed(path).lines(0, 2) == ("a\N{REPLACEMENT CHARACTER}b", "\0")


def test_a_folder_in_its_place_is_an_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        LogFile(path).index_more()


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [
        (100, ("one", "two", "three")),
        (14, ("one", "two", "three")),
        (13, ("two", "three")),
        (9, ("three",)),
        (6, ("three",)),
        (3, ("hree"[-3:],)),
    ],
)
def test_the_tail_needs_no_index(path: Path, limit: int, wanted: tuple[str, ...]) -> None:
    path.write_text("one\ntwo\nthree\n")
    assert LogFile(path).tail(limit) == wanted


LINES = [
    {"level": "info", "event": "session created"},
    {"level": "error", "event": "Größe", "detail": 'says "level":"info"'},
    {"level": "ERROR", "event": "other", "style": {"level": "info"}},
    {"event": "no level, and an error"},
    {"level": "warning", "event": "GRÖSSE info"},
]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("budget", [1, 50, 10_000])
@pytest.mark.parametrize(
    ("text", "levels", "wanted"),
    [
        ("", (), [0, 1, 2, 3, 4, 5, 6]),
        ("session", (), [0]),
        ("SESSION", (), [0]),
        ("größe", (), [1, 4]),
        ("", ("info",), [0]),
        ("", ("error",), [1, 2]),
        ("", ("Error", "warning"), [1, 2, 4]),
        ("info", ("error",), [1, 2]),
        ("info", ("warning",), [4]),
        ("absent", (), []),
        ("", ("critical",), []),
        ("plain", (), [5]),
        ("(", (), [6]),
    ],
)
def test_lines_that_match(
    path: Path, text: str, levels: tuple[str, ...], wanted: list[int], budget: int
) -> None:
    path.write_bytes(
        b"".join(orjson.dumps(line) + b"\n" for line in LINES) + b'plain text, "error\n[("info")]\n'
    )
    matches = searched(indexed(path), text, levels, budget)
    assert list(matches.numbers) == wanted
    assert matches.searched == 7


@pytest.mark.usefixtures("small_blocks")
def test_empty_lines_do_not_put_the_numbers_out(path: Path) -> None:
    path.write_text("\n\nx\n\n\nx\n\n")
    assert list(searched(indexed(path), "x").numbers) == [2, 5]
    assert list(searched(indexed(path), "x", budget=1).numbers) == [2, 5]


def test_matches_go_on_as_the_log_grows_and_start_over_with_a_new_one(path: Path) -> None:
    path.write_text("x 1\ny\n")
    log = indexed(path)
    matches = searched(log, "x")
    with path.open("a") as file:
        file.write("y\nx 2\n")
    assert not matches.step()
    assert list(matches.numbers) == [0], "the index comes first"
    log.index_more()
    assert not matches.step()
    assert list(matches.numbers) == [0, 3]
    path.write_text("y\nx\n")
    assert not matches.step()
    log.index_more()
    assert not matches.step()
    assert (list(matches.numbers), matches.searched) == ([1], 2)
