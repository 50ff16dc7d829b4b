"""What a set of characters covers: ranges, scripts, and the script a font is made for."""

import re
from collections.abc import Collection, Iterable, Mapping

import numpy as np
from fontTools.unicodedata import Scripts, script_name

Ranges = tuple[tuple[int, int], ...]
"""Runs of code points, first and last included, ascending."""

_STARTS = np.array(Scripts.RANGES)
_CODES = sorted(set(Scripts.VALUES))
_CODE_OF_RUN = np.array([_CODES.index(code) for code in Scripts.VALUES])
_SIZES = dict(
    zip(
        _CODES,
        np.bincount(_CODE_OF_RUN, weights=np.diff(_STARTS, append=0x110000)).astype(int).tolist(),
        strict=True,
    )
)

_SHARED = frozenset({"Zyyy", "Zinh", "Zzzz"})
"""Common, inherited, unknown: characters of no script."""
_COMPANIONS = frozenset({"Latn", "Grek", "Cyrl", "Brai"})
"""What fonts for other scripts, and symbol fonts, carry beside their own."""


def to_ranges(codepoints: Collection[int]) -> Ranges:
    """The code points as ascending runs."""
    if not codepoints:
        return ()
    points = np.unique(np.fromiter(codepoints, np.int64, len(codepoints)))
    breaks = np.flatnonzero(np.diff(points) > 1)
    firsts = points[np.concatenate(([0], breaks + 1))]
    lasts = points[np.concatenate((breaks, [-1]))]
    return tuple(zip(firsts.tolist(), lasts.tolist(), strict=True))


def from_ranges(ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    """The code points of runs."""
    return frozenset(point for first, last in ranges for point in range(first, last + 1))


def scripts_of(codepoints: Collection[int]) -> dict[str, int]:
    """Characters by script (ISO 15924), largest first; those of no script only when there are no others."""
    points = np.fromiter(codepoints, np.int64, len(codepoints))
    runs = np.searchsorted(_STARTS, points, side="right") - 1
    counts = np.bincount(_CODE_OF_RUN[runs], minlength=len(_CODES)).tolist()
    found = {code: count for code, count in zip(_CODES, counts, strict=True) if count}
    own = {code: count for code, count in found.items() if code not in _SHARED}
    return dict(sorted((own or found).items(), key=lambda item: (-item[1], item[0])))


def main_script(scripts: Mapping[str, int], family: str, characters: int) -> str:
    """The script a font of so many characters is made for; Zyyy for symbols.

    A script named in the family comes first, if a tenth of it is there. Then, unless Latin is covered so
    widely (two fifths) that the font is a general one, a script that is nearly complete (seven tenths): the
    Latin letters beside it are company, however many. Symbol fonts hold few letters of any script. What is
    left is made for its largest script.
    """
    if not scripts:
        return "Zyyy"
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", family)]
    phrases = {"".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words))}
    for code, count in scripts.items():
        if script_name(code).replace(" ", "").lower() in phrases and count >= 0.1 * _SIZES[code]:
            return code
    latin = scripts.get("Latn", 0)
    if latin < 0.4 * _SIZES["Latn"]:
        for code, count in scripts.items():
            if code not in _COMPANIONS | _SHARED and count >= 0.7 * _SIZES[code]:
                return code
    if latin < 150 and 4 * sum(scripts.values()) < characters:
        return "Zyyy"
    return next(iter(scripts))
