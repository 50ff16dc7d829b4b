"""How a sample looks: size, colours, spacing, alignment, rotation."""

from typing import NamedTuple

import numpy as np

from fontloom.model.config import Alignment, ExportSessionConfig

Color = tuple[int, int, int]

_LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in lightness (ITU-R BT.601)."""
_INVERTED = 0.15
"""Part of the samples with light ink on dark paper."""
_ALIGN = {Alignment.LEFT: 0.0, Alignment.CENTER: 0.5, Alignment.RIGHT: 1.0}


class Style(NamedTuple):
    """The style of one sample."""

    size: float
    """Part of the largest size that fits."""
    ink: Color
    paper: Color
    spacing: float
    """Extra space between letters in em."""
    alignment: Alignment
    align: float
    """Part of the free width left of the text."""
    rise: float
    """Part of the free height above the text."""
    rotation: float
    """Degrees against the clock."""


PLAIN = Style(1.0, (0, 0, 0), (255, 255, 255), 0.0, Alignment.CENTER, 0.5, 0.5, 0.0)
"""The style without variations: black on white, centred, as large as fits."""


def choose_style(config: ExportSessionConfig, rng: np.random.Generator) -> Style:
    """The style of a sample, from its stream."""
    if not config.style_variations:
        return PLAIN
    ranges = config.style
    size, spacing, rotation, rise, light, dark, inverted, spaced = rng.random(8).tolist()
    alignment = ranges.alignments[int(rng.integers(len(ranges.alignments)))]
    paper_light = 255 - light * (255 - ranges.min_contrast) * 0.6
    ink_light = dark * (paper_light - ranges.min_contrast)
    paper, ink = _tint(paper_light, rng), _tint(ink_light, rng)
    if inverted < _INVERTED:
        paper, ink = ink, paper
    return Style(
        size=ranges.size_min + size * (1 - ranges.size_min),
        ink=ink,
        paper=paper,
        spacing=round(spacing * ranges.spacing_max, 4) if spaced < 0.5 else 0.0,
        alignment=alignment,
        align=_ALIGN[alignment],
        rise=rise,
        rotation=round((2 * rotation - 1) * ranges.rotation_max, 3),
    )


def _tint(lightness: float, rng: np.random.Generator) -> Color:
    """A colour of this lightness (0 to 255): the tint never changes it, so contrast is kept."""
    hue = rng.random(3)
    room = min(lightness, 255 - lightness, 70.0)
    red, green, blue = np.rint(lightness + room * (hue - hue @ _LUMA)).astype(int).tolist()
    return red, green, blue
