"""A line cut into runs of one direction and one script, in the order in which they stand from left to right.

Directions by the Unicode Bidirectional Algorithm, https://www.unicode.org/reports/tr9/.
"""

from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from unicodedata import bidirectional

from bidi import algorithm as bidi
from fontTools import unicodedata

_NO_SCRIPT = frozenset({"Zyyy", "Zinh", "Zzzz"})
_TURNING = frozenset({"R", "AL", "AN"})
CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Explicit embeddings, overrides and isolates, for str.translate. Where they stand they change nothing."""


class Run(NamedTuple):
    """Consecutive characters of one direction and script: text[start:end]."""

    start: int
    end: int
    right_to_left: bool
    script: str | None
    """ISO 15924 code; None where no character has a script of its own."""


class Items(NamedTuple):
    """The runs of a line from left to right, and its own direction."""

    runs: tuple[Run, ...]
    right_to_left: bool


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return str(unicodedata.script(character))


def itemize(text: str) -> Items:
    """Cuts a line into runs."""
    if text.isascii():
        return Items((Run(0, len(text), False, None),), False)
    base, levels = _levels(text)
    runs = []
    start = 0
    for (level, script), group in groupby(zip(levels, _scripts(text), strict=True)):
        end = start + len(list(group))
        runs.append((level, Run(start, end, bool(level % 2), script)))
        start = end
    return Items(tuple(_reorder(runs)), bool(base))


def _levels(text: str) -> tuple[int, list[int]]:
    """The embedding level of the line, and of each character."""
    if not any(bidirectional(character) in _TURNING for character in text):
        return 0, [0] * len(text)
    plain = text.translate(CONTROLS)
    base = bidi.get_base_level(plain)
    storage = bidi.get_empty_storage()
    storage["base_level"] = base
    storage["base_dir"] = "LR"[base]
    bidi.get_embedding_levels(plain, storage)
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    resolved = iter([character["level"] for character in storage["chars"]])
    levels: list[int] = []
    for character in text:
        control = ord(character) in CONTROLS or bidirectional(character) in bidi.X9_REMOVED
        levels.append((levels[-1] if levels else base) if control else next(resolved))
    return base, levels


def _scripts(text: str) -> list[str | None]:
    """The script of each character; signs and marks take that of the letter before, or else after them."""
    scripts: list[str | None] = []
    current: str | None = None
    for character in text:
        own = _script(character)
        if own not in _NO_SCRIPT:
            if current is None:
                scripts = [own] * len(scripts)
            current = own
        scripts.append(current)
    return scripts


def _reorder(runs: list[tuple[int, Run]]) -> list[Run]:
    """Rule L2: from the highest level down, every stretch at or above it is reversed."""
    for threshold in range(max(level for level, _ in runs), 0, -1):
        start = 0
        while start < len(runs):
            end = start
            while end < len(runs) and runs[end][0] >= threshold:
                end += 1
            runs[start:end] = reversed(runs[start:end])
            start = end + 1
    return [run for _, run in runs]
