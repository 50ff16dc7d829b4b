"""Which errors are shown: those of one font, or those that hold a text."""

from collections.abc import Iterable

from fontloom.model.error_groups import ErrorGroup


def matching(groups: Iterable[ErrorGroup], text: str, font_name: str | None = None) -> tuple[ErrorGroup, ...]:
    """The groups with the fonts that match: by code or message, by name, or by the last detail."""
    text = text.casefold()
    found = []
    for group in groups:
        fonts = tuple(font for font in group.fonts if font_name in (None, font.font))
        if text and not _holds(text, group.code, group.message):
            fonts = tuple(font for font in fonts if _holds(text, font.font, font.last_detail))
        if fonts == group.fonts:
            found.append(group)
        elif fonts:
            found.append(group._replace(fonts=fonts, errors=sum(font.errors for font in fonts)))
    return tuple(found)


def _holds(text: str, *where: str) -> bool:
    return any(text in part.casefold() for part in where)
