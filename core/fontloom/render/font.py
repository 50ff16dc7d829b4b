"""A font ready to be shaped and drawn."""

from collections.abc import Mapping

import uharfbuzz as hb


class RenderFont:
    """One face at its axis positions, in font units, y upwards.

    `identity` names the font in the random streams. `data` is an sfnt (ttf, otf or a collection).
    """

    def __init__(
        self,
        data: bytes,
        *,
        face_index: int = 0,
        axes: Mapping[str, float] | None = None,
        identity: str,
        main_script: str = "Latn",
    ) -> None:
        self.face = hb.Face(hb.Blob(data), face_index)
        self.hb_font = hb.Font(self.face)
        if axes:
            self.hb_font.set_variations(dict(axes))
        self.units_per_em = int(self.face.upem)
        self.identity = identity
        self.main_script = main_script
        self.characters: frozenset[int] = frozenset(self.face.unicodes)
        self._boxes: dict[int, tuple[int, int, int, int] | None] = {}

    def glyph_box(self, glyph: int) -> tuple[int, int, int, int] | None:
        """Ink box (left, bottom, right, top) of a glyph in font units, None when it has no ink."""
        try:
            return self._boxes[glyph]
        except KeyError:
            extents = self.hb_font.get_glyph_extents(glyph)
            box = None
            if extents is not None and extents.width and extents.height:
                box = (
                    extents.x_bearing,
                    extents.y_bearing + extents.height,
                    extents.x_bearing + extents.width,
                    extents.y_bearing,
                )
            self._boxes[glyph] = box
            return box

    def draws(self, character: int) -> bool:
        """Whether the character has a glyph of its own, with ink."""
        glyph = self.hb_font.get_nominal_glyph(character)
        return bool(glyph) and self.glyph_box(glyph) is not None
