"""What one line of the errors is about."""

from typing import NamedTuple

from fontloom.model.error_groups import ErrorEntry, ErrorGroup, FontErrors
from fontloom_tui.widgets.error_words import tell_entry, tell_font, tell_group

NodeKey = tuple[str, str | None, int | None]
"""What a row is, however the rows move: code, font, and the number of the error of that font."""


class ErrorNode(NamedTuple):
    """A row: a group, a font in it, or an error of that font."""

    group: ErrorGroup
    font: FontErrors | None = None
    entry: ErrorEntry | None = None
    number: int | None = None

    @property
    def key(self) -> NodeKey:
        """Stays with the row while others come and go."""
        return self.group.code, self.font and self.font.font, self.number

    @property
    def fonts(self) -> tuple[str, ...]:
        """The fonts that the row is about."""
        fonts = self.group.fonts if self.font is None else (self.font,)
        return tuple(font.font for font in fonts if font.font)

    def tell(self) -> str:
        """All that is known, in words."""
        if self.font is None:
            return tell_group(self.group)
        if self.entry is None:
            return tell_font(self.group, self.font)
        return tell_entry(self.group, self.font, self.entry)
