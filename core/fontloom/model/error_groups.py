"""Errors of a session in groups: by what went wrong, then by font."""

from datetime import datetime
from typing import NamedTuple


class ErrorEntry(NamedTuple):
    """One line of the log."""

    time: datetime | None
    samples: tuple[int, ...]
    attempt: int
    detail: str
    traceback: str | None


class FontErrors(NamedTuple):
    """The errors of one code with one font: its name, that of its file, or nothing for the session's own."""

    font: str
    errors: int
    first: datetime | None
    last: datetime | None
    last_detail: str


class ErrorGroup(NamedTuple):
    """The errors of one code, in the words of the table; of an unknown code, in those of the log."""

    code: str
    category: str
    message: str
    suggested_action: str
    errors: int
    first: datetime | None
    last: datetime | None
    fonts: tuple[FontErrors, ...]
    """Those with most errors first."""
