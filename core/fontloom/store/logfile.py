"""Any line of a log of any size, while it grows; and the lines that match."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import orjson

from fontloom.store.growing import FileChangedError, GrowingFile

LONGEST_LINE = 2**14
"""So many bytes of a line are shown."""

_LONGEST_SEARCHED = 2**20
_BLOCK = 2**16
_PIECE = 2**20


class LogFile:
    """Random access to the complete lines of a log. Calls from several threads are put in order.

    The index is the number of newlines before each block of 64 KiB: 128 KB for a log of 1 GB, whatever
    its lines. It is built in steps by `index_more`, which also notices growth and a new file in the
    place of the old; `generation` tells a viewer to forget what it knew. An absent log is empty.
    """

    def __init__(self, path: Path) -> None:
        self._file = GrowingFile(path)
        self._lock = Lock()
        self._start_over()

    def _start_over(self) -> None:
        self.generation = self._file.generation
        self.count = 0
        """Lines indexed so far. What is behind the last newline is not yet a line."""
        self.indexed_bytes = 0
        self._before = array("Q", [0])
        self._found: tuple[int, int, npt.NDArray[np.intp]] = (-1, 0, np.empty(0, np.intp))

    @property
    def size(self) -> int:
        """Bytes of the log when last looked at."""
        return self._file.size

    def index_more(self, budget_bytes: int = 8 * _PIECE) -> bool:
        """Goes on with the index for so many bytes. Returns whether there is more. Raises OSError."""
        with self._lock:
            self._look()
        while budget_bytes > 0:
            with self._lock:
                done = self._index_piece(min(budget_bytes, _PIECE))
            if not done:
                break
            budget_bytes -= done
        return self.indexed_bytes < self._file.size

    def _look(self) -> None:
        self._file.look()
        if self._file.generation != self.generation:
            self._start_over()

    def _index_piece(self, limit: int) -> int:
        try:
            data = self._file.read(self.indexed_bytes, limit)
        except FileChangedError:
            self._look()
            return 0
        place = 0
        while place < len(data):
            end = min(place + _BLOCK - self.indexed_bytes % _BLOCK, len(data))
            self.count += data.count(b"\n", place, end)
            self.indexed_bytes += end - place
            if self.indexed_bytes % _BLOCK == 0:
                self._before.append(self.count)
            place = end
        return len(data)

    def lines(self, first: int, count: int) -> tuple[str, ...]:
        """Lines from number `first` (from 0) on, as far as they are indexed, long ones cut. Raises OSError.

        None when the file is another by now; the next `index_more` sees to that.
        """
        with self._lock:
            last = min(first + count, self.count)
            if first >= last:
                return ()
            try:
                starts = [self._start(number) for number in range(first, last + 1)]
                return tuple(self._line(start, end - 1) for start, end in pairwise(starts))
            except FileChangedError:
                return ()

    def _start(self, number: int) -> int:
        """The offset of a line, which is behind as many newlines."""
        if number == 0:
            return 0
        block = bisect_left(self._before, number) - 1
        return int(self._newlines(block)[number - self._before[block] - 1]) + 1

    def _newlines(self, block: int) -> npt.NDArray[np.intp]:
        """Offsets of the newlines in a block, as far as it is indexed."""
        start = block * _BLOCK
        end = min(start + _BLOCK, self.indexed_bytes)
        if self._found[:2] != (start, end):
            data = np.frombuffer(self._file.read(start, end - start), np.uint8)
            found = np.flatnonzero(data == ord("\n")) + start
            if len(found) != self._newlines_until(block + 1) - self._before[block]:
                raise FileChangedError  # it was written over in place
            self._found = (start, end, found)
        return self._found[2]

    def _newlines_until(self, block: int) -> int:
        return self._before[block] if block < len(self._before) else self.count

    def _line(self, start: int, end: int) -> str:
        text = self._file.read(start, min(end - start, LONGEST_LINE)).decode(errors="replace")
        return text + _mark(end - start)

    def tail(self, limit_bytes: int = _BLOCK) -> tuple[str, ...]:
        """The complete lines in the last bytes, indexed or not; a longer one in part. Raises OSError."""
        with self._lock:
            self._look()
            # From one byte earlier, to see whether a line begins right there.
            start = max(0, self._file.size - limit_bytes - 1)
            try:
                data = self._file.read(start, limit_bytes + 1)
            except FileChangedError:
                return ()
        *lines, _ = data.split(b"\n")
        if self._file.size > limit_bytes and len(lines) > 1:
            lines = lines[1:]
        return tuple(line[:LONGEST_LINE].decode(errors="replace") + _mark(len(line)) for line in lines)

    def matching(self, text: str = "", levels: Collection[str] = ()) -> "LogMatches":
        """The lines that hold a text, in any case, and are of one of these levels; to be looked for."""
        return LogMatches(self, text, levels)

    def read_lines(self, first: int, limit_bytes: int) -> tuple[bytes, int]:
        """About so many bytes of whole indexed lines, without the last newline, and the line after them.

        At least one line; of one that is longer than all limits only the start. Raises FileChangedError,
        OSError.
        """
        with self._lock:
            if first >= self.count:
                return b"", first
            start = self._start(first)
            after = max(first + 1, self._newlines_until((start + limit_bytes) // _BLOCK))
            end = self._start(after) - 1
            return self._file.read(start, min(end - start, max(limit_bytes, _LONGEST_SEARCHED))), after


class LogMatches:
    """Numbers of the lines that match, found in steps behind the index. For one thread."""

    def __init__(self, log: LogFile, text: str, levels: Collection[str]) -> None:
        self._log = log
        self._levels = frozenset(level.lower() for level in levels)
        # Without a text the name of a level is looked for: few lines are then parsed in vain.
        words = [text.casefold()] if text else [f'"{level}"' for level in self._levels]
        self._candidate = re.compile("|".join(map(re.escape, words)))
        self._start_over()

    def _start_over(self) -> None:
        self._generation = self._log.generation
        self.numbers = array("Q")
        """Found so far, in order."""
        self.searched = 0
        """Lines looked at so far."""

    def step(self, budget_bytes: int = _PIECE) -> bool:
        """Looks through so many bytes. Returns whether more indexed lines wait. Raises OSError."""
        if self._generation != self._log.generation:
            self._start_over()
        try:
            data, after = self._log.read_lines(self.searched, budget_bytes)
        except FileChangedError:
            return False
        if after > self.searched:
            self.numbers.extend(self._found(data))
            self.searched = after
        return self.searched < self._log.count

    def _found(self, data: bytes) -> Iterator[int]:
        folded = data.decode(errors="replace").casefold()
        raw = data.split(b"\n") if self._levels else []
        number = place = 0
        while hit := self._candidate.search(folded, place):
            number += folded.count("\n", place, hit.start())
            if not self._levels or _level(raw[number]) in self._levels:
                yield self.searched + number
            place = folded.find("\n", hit.start()) + 1
            number += 1
            if not place:
                return


def _level(line: bytes) -> str:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ""
    return str(value.get("level", "")).lower() if isinstance(value, dict) else ""


def _mark(length: int) -> str:
    return f" … ({length - LONGEST_LINE:,} bytes more)" if length > LONGEST_LINE else ""
