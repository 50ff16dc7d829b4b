"""Reads errors.log for the screen, while it grows."""

from pathlib import Path
from typing import NamedTuple

from fontloom.model.error_groups import ErrorGroup
from fontloom.report.errorlog import ErrorLog
from fontloom_tui.widgets.error_filter import matching
from fontloom_tui.widgets.error_groups import Entries


class Wanted(NamedTuple):
    """Which errors are to be shown."""

    text: str = ""
    font_name: str | None = None
    opened: tuple[tuple[str, str], ...] = ()
    """Codes and fonts whose errors are to be read one by one."""


class SeenErrors(NamedTuple):
    """What the log holds."""

    groups: tuple[ErrorGroup, ...] = ()
    """Those that match."""
    entries: Entries = {}
    """Of the fonts whose errors are open."""
    total: int = 0
    malformed: int = 0
    problem: str = ""
    reading: bool = True


class ErrorReader:
    """One log for one screen. `look` is called in a thread, one call at a time."""

    def __init__(self, path: Path) -> None:
        self._log = ErrorLog(path)
        self._last: tuple[object, ...] | None = None

    def look(self, wanted: Wanted) -> SeenErrors | None:
        """Reads on. None when nothing is new."""
        log = self._log
        try:
            more = log.read_more()
            state = (log.errors, log.malformed, more, wanted)
            if state == self._last and not more:
                return None
            entries = {place: log.entries(*place) for place in wanted.opened}
        except OSError as error:
            self._last = None
            return SeenErrors(problem=f"errors.log cannot be read: {error}", reading=False)
        self._last = state
        groups = matching(log.groups, wanted.text, wanted.font_name)
        return SeenErrors(groups, entries, log.errors, log.malformed, reading=more)
