"""Versions of all that decides the bytes of an image."""

from importlib.metadata import version

import isal
import uharfbuzz

from fontloom import __version__

RENDERER = 1
"""Raised when the same settings would draw other pixels."""


def rendering_versions() -> dict[str, str]:
    """Name and version of each library that has a part in the bytes."""
    return {
        "fontloom renderer": str(RENDERER),
        "fontloom": __version__,
        "harfbuzz": uharfbuzz.version_string(),
        "numpy": version("numpy"),
        "opencv": version("opencv-python-headless"),
        "isa-l": isal.ISAL_VERSION,
        "orjson": version("orjson"),
    }


def changed_versions(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """What differs, in words. The version of fontloom itself is for information: its renderer counts."""
    return [
        f"{name} was {then.get(name, 'absent')}, is {now.get(name, 'absent')}"
        for name in sorted(then.keys() | now.keys())
        if name != "fontloom" and then.get(name) != now.get(name)
    ]
