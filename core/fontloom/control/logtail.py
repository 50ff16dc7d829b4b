"""The end of a log that is still written."""

import os
from pathlib import Path

from fontloom.control.protocol import LogTail


def read_tail(path: Path, offset: int | None, limit: int) -> LogTail:
    """Whole lines from a byte offset on, or those in the last `limit` bytes.

    What is behind the last newline is left for the next time. A line longer than `limit` comes in
    pieces. An offset behind the end is of another file: reading starts over. A log that is absent is
    empty. Raises OSError.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return LogTail(lines=(), offset=0)
    with file:
        size = os.fstat(file.fileno()).st_size
        if offset is None:
            # From one byte earlier, to see whether a line begins right there.
            start = max(0, size - limit - 1)
            file.seek(start)
            data = file.read(limit + 1)
            inside = data.find(b"\n") + 1 if size > limit else 0
            start, data = start + inside, data[inside:]
        else:
            start = offset if offset <= size else 0
            file.seek(start)
            data = file.read(limit)
    end = data.rfind(b"\n") + 1
    if not end and len(data) >= limit:
        end = len(data)
    lines = data[:end].removesuffix(b"\n").split(b"\n") if end else []
    return LogTail(lines=tuple(line.decode(errors="replace") for line in lines), offset=start + end)
