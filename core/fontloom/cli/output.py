"""What the command says: data on stdout, words for people on stderr. The only module that writes stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from pydantic import BaseModel

from fontloom.model.errors import ExportError


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


def clean(text: str) -> str:
    """The text without control characters: names of fonts and files never steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def size(count: float) -> str:
    """Bytes for a person."""
    for unit in ("B", "KB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float | None) -> str:
    """Time for a person."""
    if seconds is None:
        return "?"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
