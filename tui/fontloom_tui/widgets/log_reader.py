"""What a view of a log asks the disk for, and the answers: index, search and lines, a slice at a time."""

from collections.abc import Callable, Collection, Sequence
from time import monotonic
from typing import NamedTuple, Protocol

from fontloom_tui.widgets.log_line import LogLine, read_line

_SLICE_SECONDS = 0.1
"""Work on index or search between two paints, unless something else is wanted meanwhile."""
_INDEX_BYTES = 2**20
_SEARCH_BYTES = 2**18


class Matches(Protocol):
    """Numbers of the lines that match, found in steps."""

    searched: int

    @property
    def numbers(self) -> Sequence[int]: ...
    def step(self, budget_bytes: int = ...) -> bool: ...


class Log(Protocol):
    """The lines of a growing file; `store.logfile.LogFile` is one."""

    generation: int
    count: int
    indexed_bytes: int

    @property
    def size(self) -> int: ...
    def index_more(self, budget_bytes: int = ...) -> bool: ...
    def lines(self, first: int, count: int) -> tuple[str, ...]: ...
    def tail(self, limit_bytes: int = ...) -> tuple[str, ...]: ...
    def matching(self, text: str = ..., levels: Collection[str] = ...) -> Matches: ...


class Want(NamedTuple):
    """What is to be seen."""

    top: int
    height: int
    following: bool
    loaded: range
    """Rows that need not be read again."""
    matches: Matches | None
    tail: int | None
    """Rows of the tail that stands for the whole until the log is indexed."""
    generation: int


class Found(NamedTuple):
    """What the disk has."""

    rows: int
    """Lines that can be shown."""
    provisional: bool
    """Only the end of the log is known yet: the rows are those of the tail."""
    first: int
    lines: list[LogLine] | None
    """None when what is loaded will do."""
    more: bool
    """Whether index or search are to go on."""
    generation: int
    shift: int = 0
    """By how much numbers of rows grow: the tail became the end of the whole."""


class LogReader:
    """Reads for one view. `look` is called in a thread, one call at a time."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known = False
        """Whether the index reached the end of the log once."""

    def look(self, want: Want, hurry: Callable[[], bool]) -> Found:
        """Goes on with index and search, and reads what is to be seen and a page around it.

        With `hurry` only one step is gone on. Raises OSError.
        """
        log, matches = self._log, want.matches
        until = monotonic() + _SLICE_SECONDS
        while (more := log.index_more(_INDEX_BYTES)) and monotonic() < until and not hurry():
            pass
        renewed = log.generation != want.generation
        self._known = not more or (self._known and not renewed)
        if matches is not None:
            while matches.step(_SEARCH_BYTES) and monotonic() < until and not hurry():
                pass
            more = more or matches.searched < log.count
        elif not self._known:
            return self._tail(want, renewed)
        rows = log.count if matches is None else len(matches.numbers)
        shift = 0 if want.tail is None or renewed else max(0, rows - want.tail)
        end = max(0, rows - want.height)
        top = end if want.following or renewed else min(want.top + shift, end)
        loaded = range(0) if renewed or want.tail is not None else want.loaded
        if loaded.start <= top and min(rows, top + want.height) <= loaded.stop and (loaded or not rows):
            return Found(rows, False, loaded.start, None, more, log.generation, shift)
        around = 0 if more and want.following else want.height
        first = max(0, top - around)
        texts = self._read(first, min(top + want.height + around, rows) - first, matches)
        lines = [read_line(text) for text in texts]
        return Found(rows, False, first, lines, more, log.generation, shift)

    def _tail(self, want: Want, renewed: bool) -> Found:
        if want.tail and not want.following and not renewed:
            return Found(want.tail, True, 0, None, True, self._log.generation)
        lines = [read_line(text) for text in self._log.tail()]
        return Found(len(lines), True, 0, lines, True, self._log.generation)

    def _read(self, first: int, count: int, matches: Matches | None) -> tuple[str, ...]:
        if matches is None:
            return self._log.lines(first, count)
        numbers = matches.numbers[first : first + count]
        return tuple(text for number in numbers for text in self._log.lines(number, 1))
