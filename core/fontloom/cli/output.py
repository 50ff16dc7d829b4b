"""What the command says: data on stdout, words for people on stderr. The only module that writes stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from pydantic import BaseModel

from fontloom.model.errors import ExportError
from fontloom.model.words import clean


def say(*lines: str) -> None:
    """Words for a person."""
    with suppress(OSError):  # the person may have gone, with the terminal
        for line in lines:
            print(clean(line), file=sys.stderr, flush=True)


def say_error(error: ExportError) -> None:
    """An error: what, where, and what to do."""
    lines = error.detail.splitlines()
    detail = f" {lines[0]}" if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)
    say(f"fontloom: {error.message}{detail}")
    say(f"  {error.suggested_action}")


def put(line: str) -> None:
    """One line of data: exact for a program, clean for a terminal."""
    print(clean(line) if sys.stdout.isatty() else line, flush=True)


def put_model(model: BaseModel) -> None:
    """One JSON object on one line. In ASCII, which also holds file names that are not UTF-8."""
    put(json.dumps(model.model_dump(mode="json"), separators=(",", ":")))


def put_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows in columns; the last column is as long as it is."""
    rows = [[clean(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        put("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
