"""`errors.log` in groups: what went wrong, with which fonts, how often, and what can be done."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from fontloom.model.error_groups import ErrorEntry, ErrorGroup, FontErrors
from fontloom.model.errors import TABLE, ErrorCode, ErrorKind
from fontloom.model.words import clean
from fontloom.store.atomic import write_atomic
from fontloom.store.growing import FileChangedError, GrowingFile

KEPT = 100
"""Entries that can be asked for of each font in a group: the last ones. All are counted."""

_STEP = 2**20
_FIRST_READ = 2**12


class _Line(BaseModel):
    """What is read of a line; keys it does not know are left."""

    code: str
    category: str = ""
    message: str = ""
    suggested_action: str = ""
    detail: str = ""
    font_name: str | None = None
    file: str | None = None
    sample: int | None = None
    samples: tuple[int, ...] = ()
    attempt: int = 1
    traceback: str | None = None
    time: datetime | None = None


class _Tally:
    """Counts and times of something that grows."""

    __slots__ = ("count", "first", "last")

    def __init__(self) -> None:
        self.count = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, time: datetime | None) -> None:
        self.count += 1
        self.first = self.first or time
        self.last = time or self.last


class _Font(_Tally):
    __slots__ = ("last_detail", "offsets")

    def __init__(self) -> None:
        super().__init__()
        self.last_detail = ""
        self.offsets: deque[int] = deque(maxlen=KEPT)


class _Group(_Tally):
    __slots__ = ("fonts", "kind")

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self.kind = _kind(line)
        self.fonts: dict[str, _Font] = {}


class ErrorLog:
    """Reads an errors.log in steps, while it grows. A log that is absent has no errors. For one thread.

    Kept are counts, and where the last lines of each font are: a log of 10^6 errors takes some megabytes.
    """

    def __init__(self, path: Path) -> None:
        self._file = GrowingFile(path)
        self._start_over()

    def _start_over(self) -> None:
        self._generation = self._file.generation
        self._offset = 0
        self._in_long_line = False
        self._groups: dict[str, _Group] = {}
        self.errors = 0
        """Errors read so far."""
        self.malformed = 0
        """Lines that are no errors as fontloom writes them."""

    def read_more(self, budget_bytes: int = _STEP) -> bool:
        """Reads up to so many bytes of new lines. Returns whether there are more. Raises OSError.

        Lines longer than the budget are malformed. When another log is found in the place of the one
        read before, all is counted anew.
        """
        size = self._file.look()
        if self._file.generation != self._generation:
            self._start_over()
        try:
            data = self._file.read(self._offset, budget_bytes)
        except FileChangedError:
            return True
        end = data.rfind(b"\n") + 1
        if end:
            offset = self._offset
            for line in data[: end - 1].split(b"\n"):
                if self._in_long_line:
                    self._in_long_line = False
                    self.malformed += 1
                else:
                    self._add(line, offset)
                offset += len(line) + 1
        elif len(data) == budget_bytes:
            self._in_long_line = True
            end = len(data)
        more = self._offset + len(data) < size
        self._offset += end
        return more

    def _add(self, data: bytes, offset: int) -> None:
        line = _parse(data)
        if line is None:
            self.malformed += 1
            return
        self.errors += 1
        group = self._groups.get(line.code) or self._groups.setdefault(line.code, _Group(line))
        group.add(line.time)
        name = line.font_name or line.file or ""
        font = group.fonts.get(name) or group.fonts.setdefault(name, _Font())
        font.add(line.time)
        font.last_detail = line.detail
        font.offsets.append(offset)

    def entries(self, code: str, font: str) -> tuple[ErrorEntry, ...]:
        """The last errors of a code with a font, oldest first, read from the log. Raises OSError.

        None when the log is another by now; the next `read_more` sees to that.
        """
        group = self._groups.get(code)
        if group is None or font not in group.fonts:
            return ()
        try:
            lines = [_parse(self._line(offset)) for offset in group.fonts[font].offsets]
        except FileChangedError:
            return ()
        return tuple(_entry(line) for line in lines if line is not None)

    def _line(self, offset: int) -> bytes:
        size = _FIRST_READ
        while True:
            data = self._file.read(offset, size)
            line, newline, _ = data.partition(b"\n")
            if newline or len(data) < size:
                return line
            size *= 16

    @property
    def groups(self) -> tuple[ErrorGroup, ...]:
        """What was read so far, the most frequent first."""
        found = sorted(self._groups.items(), key=lambda item: (-item[1].count, item[0]))
        return tuple(
            ErrorGroup(code, *group.kind, group.count, group.first, group.last, _fonts(group))
            for code, group in found
        )


def _parse(data: bytes) -> _Line | None:
    try:
        return _Line.model_validate_json(data)
    except ValidationError:
        return None


def _entry(line: _Line) -> ErrorEntry:
    samples = line.samples or (() if line.sample is None else (line.sample,))
    return ErrorEntry(line.time, samples, line.attempt, line.detail, line.traceback)


def _kind(line: _Line) -> ErrorKind | tuple[str, str, str]:
    try:
        return TABLE[ErrorCode(line.code)]
    except ValueError:  # of a newer fontloom
        return (line.category, line.message, line.suggested_action)


def _fonts(group: _Group) -> tuple[FontErrors, ...]:
    found = sorted(group.fonts.items(), key=lambda item: (-item[1].count, item[0]))
    return tuple(
        FontErrors(name, font.count, font.first, font.last, font.last_detail) for name, font in found
    )


def export(groups: Iterable[ErrorGroup], path: Path) -> None:
    """Writes a table of tab-separated values, one row for each font in a group. Raises OSError."""
    rows = [("code", "category", "font", "errors", "first", "last", "message", "what to do", "last detail")]
    rows += [
        (
            group.code,
            group.category,
            font.font,
            str(font.errors),
            _moment(font.first),
            _moment(font.last),
            group.message,
            group.suggested_action,
            font.last_detail,
        )
        for group in groups
        for font in group.fonts
    ]
    lines = ["\t".join(clean(" ".join(cell.split())) for cell in row) for row in rows]
    write_atomic(path, "".join(f"{line}\n" for line in lines).encode(), durable=False)


def _moment(time: datetime | None) -> str:
    return "" if time is None else time.isoformat(sep=" ", timespec="seconds")
