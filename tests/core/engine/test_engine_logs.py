"""The three logs: JSON Lines, each line with its time, level and event."""

import json
from pathlib import Path

import pytest

from fontloom.engine.logs import SessionLogs
from fontloom.model.errors import TABLE, ErrorCategory, ErrorCode, ExportError
from fontloom.store.paths import ProjectPaths


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("code", ErrorCode)
def test_an_error_that_the_export_survives_is_a_warning(tmp_path: Path, code: ErrorCode) -> None:
    paths = ProjectPaths(tmp_path)
    logs = SessionLogs(paths)
    logs.error(ExportError.of(code, "why", font_name="A"), samples=[3])
    logs.close()
    (line,) = lines(paths.log("errors"))
    survived = TABLE[code].category in (ErrorCategory.TRANSIENT, ErrorCategory.INPUT)
    assert line["level"] == ("warning" if survived else "error")
    assert (line["event"], line["code"], line["font_name"]) == (code, code, "A")
    assert line["samples"] == [3]
    assert line["time"]


def test_what_happens_is_information_and_what_it_takes_is_for_the_curious(tmp_path: Path) -> None:
    paths = ProjectPaths(tmp_path)
    logs = SessionLogs(paths)
    logs.export("session created", fonts=2)
    logs.performance("commit", images=7)
    logs.close()
    assert [(line["event"], line["level"]) for line in lines(paths.log("export"))] == [
        ("session created", "info")
    ]
    assert [(line["event"], line["level"]) for line in lines(paths.log("performance"))] == [
        ("commit", "debug")
    ]
