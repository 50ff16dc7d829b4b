"""What a row of the font table says, and how its columns use the width there is."""

from enum import Enum
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from fontloom.model.progress import FINISHED, FontProgress, FontStatus
from fontloom.model.words import clean, duration, size
from fontloom_tui.widgets.font_rows import BEGUN, STATUS_WORDS, SortBy, has_errors

_GLYPHS = {
    FontStatus.PENDING: "·",
    FontStatus.PROCESSING: "▶",
    FontStatus.COMPLETED: "✓",
    FontStatus.FAILED: "✗",
    FontStatus.SKIPPED: "–",
}
_LOOKS = {
    FontStatus.PENDING: "muted",
    FontStatus.PROCESSING: "warn",
    FontStatus.COMPLETED: "good",
    FontStatus.FAILED: "bad",
    FontStatus.SKIPPED: "muted",
}
_LEAST_NAME, _MOST_NAME = 24, 60
_MOST_BAR = 40


class Kind(Enum):
    """The columns there are."""

    STATUS = "status"
    NAME = "font"
    BAR = "progress"
    IMAGES = "images"
    RATE = "img/s"
    ERRORS = "errors"
    LEFT = "left"
    SIZE = "size"
    LAST_ERROR = "last error"


_SORTED_BY = {
    SortBy.ACTIVE: Kind.STATUS,
    SortBy.STATUS: Kind.STATUS,
    SortBy.NAME: Kind.NAME,
    SortBy.PROGRESS: Kind.BAR,
    SortBy.RATE: Kind.RATE,
    SortBy.ERRORS: Kind.ERRORS,
}
SORT_OF = {kind: sort for sort, kind in reversed(_SORTED_BY.items())}
"""What a click on a column's title sorts by."""

_RIGHT = frozenset({Kind.IMAGES, Kind.RATE, Kind.ERRORS, Kind.LEFT, Kind.SIZE})
_FORGONE = (Kind.RATE, Kind.BAR)
"""Left out, in this order, where there is no room."""
_FROM_WIDTH = ((Kind.LEFT, 95), (Kind.SIZE, 110), (Kind.LAST_ERROR, 140))


class Column(NamedTuple):
    """One column; `x` is where it begins."""

    kind: Kind
    x: int
    width: int


class Piece(NamedTuple):
    """Text with the name of its look: good, bad, warn, muted, bar, rest, or none."""

    text: str
    look: str = ""


def columns(width: int, *, longest_name: int, most_images: int) -> tuple[Column, ...]:
    """The columns that fit, filling the width. `most_images` is the largest total of a font."""
    wanted = [Kind.STATUS, Kind.NAME, Kind.BAR, Kind.IMAGES, Kind.RATE, Kind.ERRORS]
    wanted += [kind for kind, least in _FROM_WIDTH if width >= least]
    widths = {
        Kind.STATUS: 9,
        Kind.NAME: _LEAST_NAME,
        Kind.BAR: 10,
        Kind.IMAGES: max(9, 2 * len(f"{most_images:,}") + 1),
        Kind.RATE: 7,
        Kind.ERRORS: 7,
        Kind.LEFT: 8,
        Kind.SIZE: 9,
        Kind.LAST_ERROR: 0,
    }

    def room() -> int:
        return width - 1 - sum(widths[kind] + 1 for kind in wanted)

    for kind in _FORGONE:
        if room() < 0:
            wanted.remove(kind)
    widths[Kind.NAME] += min(0, room())
    spare = max(0, room())
    for kind, most in (
        (Kind.NAME, max(_LEAST_NAME, min(longest_name, _MOST_NAME))),
        (Kind.BAR, 20),
        (Kind.LAST_ERROR, 30 if Kind.LAST_ERROR in wanted else 0),
        (Kind.BAR, _MOST_BAR),
    ):
        more = max(0, min(spare, most - widths[kind]))
        widths[kind] += more
        spare -= more
    widths[Kind.LAST_ERROR if Kind.LAST_ERROR in wanted else Kind.NAME] += max(0, spare)
    found, x = [], 1
    for kind in wanted:
        found.append(Column(kind, x, widths[kind]))
        x += widths[kind] + 1
    return tuple(found)


def header(shown: tuple[Column, ...], sort: SortBy, fonts: str, *, descending: bool) -> tuple[Piece, ...]:
    """The titles; that of the order is marked. `fonts` is the title of the names."""
    pieces = [Piece(" ", "header")]
    arrow = "▼" if descending else "▲"
    for kind, _, width in shown:
        title = fonts if kind is Kind.NAME else kind.value
        sorted_by = _SORTED_BY[sort] is kind
        if sorted_by:
            title = arrow + ("active" if sort is SortBy.ACTIVE else title)
        words = _fit(title, width, right=kind in _RIGHT)
        pieces += [Piece(words, "sorted" if sorted_by else "header"), Piece(" ", "header")]
    return tuple(pieces)


def row(font: FontProgress, shown: tuple[Column, ...], *, at_work: bool = True) -> tuple[Piece, ...]:
    """A font in the table; neighbours of one look are one piece. `at_work`: images are being drawn."""
    pieces = [Piece(" ")]
    for kind, _, width in shown:
        pieces += _status(font, width, at_work) if kind is Kind.STATUS else _cell(kind, font, width)
        pieces.append(Piece(" "))
    joined = [pieces[0]]
    for piece in pieces[1:]:
        last = joined[-1]
        if piece.look == last.look or piece.text == " ":
            joined[-1] = Piece(last.text + piece.text, last.look)
        else:
            joined.append(piece)
    return tuple(joined)


def _status(font: FontProgress, width: int, at_work: bool) -> list[Piece]:
    status = font.status
    glyph, word = _GLYPHS[status], STATUS_WORDS[status]
    if status is FontStatus.PROCESSING and not at_work:
        glyph, word = "▷", BEGUN
    return [Piece(f"{glyph} {word}".ljust(width), _LOOKS[status])]


def _cell(kind: Kind, font: FontProgress, width: int) -> list[Piece]:
    status = font.status
    quiet = "muted" if status in (FontStatus.PENDING, FontStatus.SKIPPED) else ""
    if kind is Kind.BAR:
        return _bar(font, width)
    if kind is Kind.ERRORS:
        words = f"{font.error_count:,}" if font.error_count else ("!" if has_errors(font) else "")
        return [Piece(words.rjust(width), "bad" if words else quiet)]
    if kind is Kind.LAST_ERROR:
        return [Piece(_fit(clean(font.last_error or "").replace("\n", " "), width), "bad")]
    return [Piece(_fit(_words(kind, font, width), width, right=kind in _RIGHT), quiet)]


def _words(kind: Kind, font: FontProgress, width: int) -> str:
    if kind is Kind.NAME:
        return _middle(clean(font.font_name), width)
    if kind is Kind.IMAGES:
        return f"{font.completed_images:,}/{font.total_images:,}"
    if kind is Kind.RATE:
        rate = font.processing_rate
        return "" if not rate else f"{rate:.1f}" if rate < 100 else f"{rate:,.0f}"
    if kind is Kind.SIZE:
        return size(font.bytes_written) if font.bytes_written else ""
    left = font.estimated_time_remaining
    return "" if left is None or font.status in FINISHED else duration(left)


def _bar(font: FontProgress, width: int) -> list[Piece]:
    halves = 2 * width * min(font.completed_images, font.total_images) // max(font.total_images, 1)
    done = "━" * (halves // 2) + "╸" * (halves % 2)
    look = {FontStatus.COMPLETED: "good", FontStatus.FAILED: "bad"}.get(font.status, "bar")
    parts = [Piece(done, look), Piece("─" * (width - len(done)), "rest")]
    return [part for part in parts if part.text]


def _middle(text: str, width: int) -> str:
    """Shortened in the middle: a name's end tells its style."""
    if cell_len(text) <= width:
        return text
    if width < 3:
        return set_cell_size(text, max(0, width))
    tail = text[-(width // 3) :]
    while cell_len(tail) > width // 2:
        tail = tail[1:]
    return set_cell_size(text, width - 1 - cell_len(tail)) + "…" + tail


def _fit(text: str, width: int, *, right: bool = False) -> str:
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
    padding = " " * (width - length)
    return padding + text if right else text + padding
