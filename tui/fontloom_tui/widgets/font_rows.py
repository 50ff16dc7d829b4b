"""Which fonts are shown and in which order. Nothing of the terminal is known here."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple

from fontloom.model.progress import FontProgress, FontStatus

STATUS_WORDS = {
    FontStatus.PENDING: "pending",
    FontStatus.PROCESSING: "active",
    FontStatus.COMPLETED: "done",
    FontStatus.FAILED: "failed",
    FontStatus.SKIPPED: "skipped",
}
BEGUN = "begun"
"""The word for an active font while nothing is drawn."""

_CALM_SECONDS = 3.0
"""An order by values that always change is renewed no more often than this."""


class SortBy(StrEnum):
    """Orders of the table, as the header names them. Within equals fonts go by name."""

    ACTIVE = "active first"
    NAME = "name"
    STATUS = "status"
    PROGRESS = "progress"
    RATE = "rate"
    ERRORS = "errors"


_ACTIVE = {
    FontStatus.PROCESSING: 0,
    FontStatus.PENDING: 1,
    FontStatus.FAILED: 2,
    FontStatus.COMPLETED: 3,
    FontStatus.SKIPPED: 4,
}
_STATUS = {
    FontStatus.FAILED: 0,
    FontStatus.SKIPPED: 1,
    FontStatus.PROCESSING: 2,
    FontStatus.PENDING: 3,
    FontStatus.COMPLETED: 4,
}


class _Order(NamedTuple):
    value: Callable[[FontProgress], float]
    depends: Callable[[FontProgress], Any]
    """What the value follows from: read for each change of each font, so nothing is computed."""
    descending: bool = False
    calm: bool = False


_STATUS_OF = attrgetter("status")
_ORDERS = {
    SortBy.ACTIVE: _Order(lambda font: _ACTIVE[font.status], _STATUS_OF),
    SortBy.NAME: _Order(lambda _: 0, attrgetter("font_name")),
    SortBy.STATUS: _Order(lambda font: _STATUS[font.status], _STATUS_OF),
    SortBy.PROGRESS: _Order(
        lambda font: font.completed_images / max(font.total_images, 1),
        attrgetter("completed_images"),
        descending=True,
        calm=True,
    ),
    SortBy.RATE: _Order(
        attrgetter("processing_rate"), attrgetter("processing_rate"), descending=True, calm=True
    ),
    SortBy.ERRORS: _Order(attrgetter("error_count"), attrgetter("error_count"), descending=True),
}


def has_errors(font: FontProgress) -> bool:
    """Whether anything of the font went wrong."""
    return font.error_count > 0 or font.last_error is not None


def matcher(words: str) -> Callable[[FontProgress], bool]:
    """What a filter lets through: each word is `errors`, `status:…`, or a part of the name."""
    tests = [_test(word) for word in words.casefold().split()]
    return lambda font: all(test(font) for test in tests)


def _test(word: str) -> Callable[[FontProgress], bool]:
    if word == "errors":
        return has_errors
    if word.startswith("status:"):
        start = word.removeprefix("status:")
        wanted = {s for s in FontStatus if any(w.startswith(start) for w in (s, STATUS_WORDS[s]))}
        if BEGUN.startswith(start):
            wanted.add(FontStatus.PROCESSING)
        return lambda font: font.status in wanted
    return lambda font: word in font.font_name.casefold()


class FontRows:
    """The fonts of a session, of which some are shown, in an order that changes no more than it must."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.fonts: dict[str, FontProgress] = {}
        self.names: list[str] = []
        """Those shown, from top to bottom."""
        self.sort = SortBy.ACTIVE
        self.reverse = False
        self.filter = ""
        self._clock = clock
        self._by_name: list[str] = []
        self._matches: Callable[[FontProgress], bool] | None = None
        self._row_of: dict[str, int] | None = None
        self._stale = False
        self._sorted_at = clock()

    def update(self, fonts: Mapping[str, FontProgress]) -> bool:
        """Takes the fonts as they are now. True when rows came, went or moved."""
        known = self.fonts
        if fonts.keys() != known.keys():
            self.fonts = dict(fonts)
            self._by_name = sorted(fonts, key=lambda name: (name.casefold(), name))
            return self.arrange()
        changed = [(old, font) for name, font in fonts.items() if (old := known[name]) is not font]
        if changed:
            self.fonts = dict(fonts)
            self._stale = self._stale or self._concerns_order(changed)
        calm = _ORDERS[self.sort].calm and self._clock() - self._sorted_at < _CALM_SECONDS
        return self._stale and not calm and self.arrange()

    def _concerns_order(self, changed: list[tuple[FontProgress, FontProgress]]) -> bool:
        depends, matches = _ORDERS[self.sort].depends, self._matches
        return any(depends(old) != depends(new) for old, new in changed) or (
            matches is not None and any(matches(old) is not matches(new) for old, new in changed)
        )

    def arrange(self) -> bool:
        """Filters and sorts anew. True when rows came, went or moved."""
        fonts, matches = self.fonts, self._matches
        names = [name for name in self._by_name if matches is None or matches(fonts[name])]
        if self.sort is SortBy.NAME:
            if self.reverse:
                names.reverse()
        else:
            value = _ORDERS[self.sort].value
            names.sort(key=lambda name: value(fonts[name]), reverse=self.descending)
        self._stale, self._sorted_at = False, self._clock()
        if names == self.names:
            return False
        self.names, self._row_of = names, None
        return True

    def choose(self, sort: SortBy, *, reverse: bool = False) -> None:
        """Orders by something else."""
        self.sort, self.reverse = sort, reverse
        self.arrange()

    def narrow(self, words: str) -> None:
        """Shows only what matches these words; all fonts when there are none."""
        self.filter = words.strip()
        self._matches = matcher(words) if self.filter else None
        self.arrange()

    def row_of(self, name: str | None) -> int | None:
        """Where a font is shown, or None."""
        if name is None:
            return None
        if self._row_of is None:
            self._row_of = {name: row for row, name in enumerate(self.names)}
        return self._row_of.get(name)

    def first_active(self) -> int | None:
        """The first row of a font that is being drawn, or None."""
        fonts = self.fonts
        active = (r for r, name in enumerate(self.names) if fonts[name].status is FontStatus.PROCESSING)
        return next(active, None)

    @property
    def descending(self) -> bool:
        """Whether the largest stands first."""
        return _ORDERS[self.sort].descending is not self.reverse
