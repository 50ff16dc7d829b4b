"""The errors of a session, in groups."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from fontloom.model.errors import TABLE, ErrorCode, ExportError
from fontloom.report.errorlog import KEPT, ErrorLog, export

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def line(code: ErrorCode, font: str | None, minute: int = 0, **more: object) -> bytes:
    """A line as the engine writes it."""
    error = ExportError.of(code, f"detail {minute}", font_name=font)
    time = NOON.replace(minute=minute).isoformat().replace("+00:00", "Z")
    known = error.model_dump(mode="json", exclude_none=True)
    return orjson.dumps(known | {"level": "error", "event": code, "time": time} | more) + b"\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "errors.log"


def read(path: Path, budget: int = 2**20) -> ErrorLog:
    log = ErrorLog(path)
    while log.read_more(budget):
        pass
    return log


def test_a_log_that_is_absent_has_no_errors(path: Path) -> None:
    log = read(path)
    assert (log.groups, log.errors, log.malformed) == ((), 0, 0)
    assert log.entries("bug", "") == ()


@pytest.mark.parametrize("budget", [600, 2**20])
def test_errors_are_grouped_by_code_and_font(path: Path, budget: int) -> None:
    path.write_bytes(
        line(ErrorCode.FONT_CORRUPT, None, 1, file="Broken.ttf")
        + line(ErrorCode.BLANK_IMAGE, "A", 2, samples=[4, 5])
        + line(ErrorCode.BLANK_IMAGE, "B", 3, sample=7, attempt=2)
        + line(ErrorCode.BLANK_IMAGE, "A", 4, sample=9, samples=[])
        + line(ErrorCode.BUG, None, 5, traceback="Traceback:\n  x")
    )
    log = read(path, budget)
    assert (log.errors, log.malformed) == (5, 0)
    blank, bug, corrupt = log.groups
    assert blank[:4] == ("blank_image", *TABLE[ErrorCode.BLANK_IMAGE])
    assert (blank.errors, blank.first, blank.last) == (3, NOON.replace(minute=2), NOON.replace(minute=4))
    assert [font[:2] for font in blank.fonts] == [("A", 2), ("B", 1)]
    assert blank.fonts[0].last_detail == "detail 4"
    assert [font.font for font in corrupt.fonts] == ["Broken.ttf"]
    assert [font.font for font in bug.fonts] == [""]
    assert [(entry.samples, entry.detail) for entry in log.entries("blank_image", "A")] == [
        ((4, 5), "detail 2"),
        ((9,), "detail 4"),
    ]
    (entry,) = log.entries("blank_image", "B")
    assert entry == (NOON.replace(minute=3), (7,), 2, "detail 3", None)
    assert log.entries("bug", "")[0].traceback == "Traceback:\n  x"
    assert log.entries("blank_image", "C") == ()


def test_of_many_errors_the_last_can_be_looked_at_and_all_are_counted(path: Path) -> None:
    path.write_bytes(b"".join(line(ErrorCode.BLANK_IMAGE, "A", sample=n) for n in range(3 * KEPT)))
    log = read(path, 5000)
    assert log.groups[0].errors == 3 * KEPT
    entries = log.entries("blank_image", "A")
    assert [entry.samples for entry in entries] == [(n,) for n in range(2 * KEPT, 3 * KEPT)]


def test_it_grows(path: Path) -> None:
    log = read(path)
    first, second = line(ErrorCode.BUG, "A"), line(ErrorCode.BUG, "B")
    path.write_bytes(first + second[:20])
    assert not log.read_more()
    assert log.errors == 1
    with path.open("ab") as file:
        file.write(second[20:])
    assert not log.read_more()
    assert [font.font for font in log.groups[0].fonts] == ["A", "B"]
    assert log.malformed == 0


def test_lines_that_are_no_errors_are_counted(path: Path) -> None:
    long = line(ErrorCode.BUG, "long", detail="x" * 5000)
    good = line(ErrorCode.BUG, "good")
    bad = [
        b"",
        b"{",
        b"[]",
        b'"code"',
        b'{"code":1}',
        b"{}",
        b"\xff",
        b'{"code":"bug","sample":"x"}',
        good[:9],
    ]
    path.write_bytes(b"".join(part + b"\n" for part in bad) + long + good)
    log = read(path, 1000)
    assert (log.errors, log.malformed) == (1, len(bad) + 1)
    log = read(path)
    assert (log.errors, log.malformed) == (2, len(bad))
    assert len(log.entries("bug", "long")[0].detail) == 5000


def test_a_code_of_a_newer_fontloom_has_the_words_of_the_log(path: Path) -> None:
    path.write_bytes(orjson.dumps({"code": "new", "message": "New.", "suggested_action": "Look."}) + b"\n")
    (group,) = read(path).groups
    assert group[:4] == ("new", "", "New.", "Look.")
    assert (group.first, group.last) == (None, None)


def test_another_log_is_counted_anew(path: Path) -> None:
    path.write_bytes(line(ErrorCode.BUG, "A") * 3)
    log = read(path)
    path.write_bytes(line(ErrorCode.BUG, "B"))
    assert log.entries("bug", "A") == ()
    assert not log.read_more()
    assert (log.errors, [font.font for font in log.groups[0].fonts]) == (1, ["B"])


def test_the_report_is_a_table(path: Path, tmp_path: Path) -> None:
    path.write_bytes(
        line(ErrorCode.BUG, "A", 1, detail="two\nlines\tand \x1b[2J") * 2
        + line(ErrorCode.FONT_CORRUPT, "B", 2)
    )
    target = tmp_path / "report.tsv"
    export(read(path).groups, target)
    head, bug, corrupt = (row.split("\t") for row in target.read_text().splitlines())
    assert len(head) == len(bug) == len(corrupt)
    found = dict(zip(head, bug, strict=True))
    assert (found["code"], found["font"], found["errors"]) == ("bug", "A", "2")
    assert found["first"] == "2026-01-02 12:01:00+00:00"
    assert found["last detail"] == "two lines and \N{REPLACEMENT CHARACTER}[2J"
    assert corrupt[0] == "font_corrupt"
