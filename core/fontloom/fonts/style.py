"""What a face says of itself: names, weight, width, slope; and what a named instance changes."""

import struct
from typing import Any, NamedTuple

from fontTools.ttLib import TTFont

from fontloom.fonts.naming import compact, plain_line

_WIDTH_PERCENT = (50.0, 62.5, 75.0, 87.5, 100.0, 112.5, 125.0, 150.0, 200.0)
"""Widths of the classes 1 to 9 (OpenType, OS/2 usWidthClass)."""


class Style(NamedTuple):
    """The look of a face or an instance, in words and numbers."""

    family: str
    style: str
    full_name: str
    postscript_name: str
    weight: int
    width_class: int
    italic: bool


def face_style(font: TTFont, stem: str) -> Style:
    """The style of an opened face; `stem` of the file stands in for a missing family name."""
    family = _name(font, 16, 1) or plain_line(stem) or "Unnamed"
    style = _name(font, 17, 2) or "Regular"
    mac_style = font["head"].macStyle
    weight, width_class, italic = 700 if mac_style & 1 else 400, 5, bool(mac_style & 2)
    if "OS/2" in font:
        table = font["OS/2"]
        weight = table.usWeightClass
        width_class = table.usWidthClass
        italic = italic or bool(table.fsSelection & 0b10_0000_0001)  # italic, oblique
    if "post" in font:
        # Only the angle: decoding the whole table would read every glyph name.
        italic = italic or struct.unpack(">i", font.reader["post"][4:8])[0] != 0
    return Style(
        family=family,
        style=style,
        full_name=_name(font, 4) or f"{family} {style}",
        postscript_name=_name(font, 6),
        weight=min(max(weight, 1), 1000),
        width_class=min(max(width_class, 1), 9),
        italic=italic,
    )


def instance_style(font: TTFont, face: Style, number: int) -> Style:
    """The style of a named instance of a variable font."""
    instance = font["fvar"].instances[number]
    style = _name(font, instance.subfamilyNameID) or f"Instance {number}"
    postscript_name = _name(font, getattr(instance, "postscriptNameID", 0xFFFF))
    if not postscript_name:
        prefix, suffix = compact(_name(font, 25) or face.family), compact(style)
        postscript_name = f"{prefix}-{suffix}" if prefix and suffix else ""
    axes: dict[str, float] = instance.coordinates
    return Style(
        family=face.family,
        style=style,
        full_name=f"{face.family} {style}",
        postscript_name=postscript_name,
        weight=min(max(round(axes.get("wght", face.weight)), 1), 1000),
        width_class=_width_class(axes["wdth"]) if "wdth" in axes else face.width_class,
        italic=face.italic or axes.get("ital", 0) >= 0.5 or axes.get("slnt", 0) != 0,
    )


def _width_class(percent: float) -> int:
    return 1 + min(range(9), key=lambda i: abs(_WIDTH_PERCENT[i] - percent))


def _name(font: TTFont, *numbers: int) -> str:
    """The first of these entries of the name table that is there and not blank, in English if it can be."""
    if "name" not in font:
        return ""
    table: Any = font["name"]
    return next((line for n in numbers if (line := plain_line(table.getDebugName(n) or ""))), "")
