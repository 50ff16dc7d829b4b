"""One sample: its text, its images, and the truth about them."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fontloom.model.config import ColorMode, ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.render import effects as fx
from fontloom.render.font import RenderFont
from fontloom.render.layout import draw, pixel_boxes, place, shape
from fontloom.render.stream import Streams
from fontloom.render.style import choose_style
from fontloom.render.text import TextSource

_FAINT = 48
"""A sample whose darkest coverage is below this shows nothing."""


# An effect that does not apply has a label of the same type, of no strength: readers of the manifest take the
# type of a column from its first lines, and a null there would not tell it.
_NO_CORNERS = (0.0,) * 8
_NO_SHADOW = fx.Shadow(0.0, 0.0, 0.0, 0.0)
_NO_BLUR: dict[str, Any] = {"kind": "none", "strength": 0.0, "angle": 0.0}


class Sample(NamedTuple):
    """What one sample is: images by variant, all of the same size, and their common labels."""

    text: str
    direction: str
    """ltr or rtl: that of the line, in which runs of the other may lie."""
    clusters: tuple[str, ...]
    boxes: list[tuple[int, int, int, int]]
    """Left, top, right, bottom of each cluster in pixels."""
    style: dict[str, Any]
    effects: dict[str, Any]
    images: tuple[tuple[str, NDArray[np.uint8], dict[str, Any]], ...]
    """Variant, pixels, and the blur that makes it, of kind `none` for none."""


def render_sample(config: ExportSessionConfig, font: RenderFont, source: TextSource, sample: int) -> Sample:
    """Draws sample number `sample` (from 1). The same arguments give the same pixels.

    Raises FontloomError (MISSING_CHARACTERS, FONT_NO_OUTLINES, BLANK_IMAGE) when there is nothing to show.
    """
    width, height = config.image_width, config.image_height
    streams = Streams(config.seed, font.identity, sample)
    text = source.pick(font, streams.start("text"))
    style = choose_style(config, streams.start("style"))
    line = shape(font, text, style.spacing)
    placement = place(
        line,
        font.units_per_em,
        width,
        height,
        margin=config.style.margin,
        size=style.size,
        rotation=style.rotation,
        align=style.align,
        rise=style.rise,
    )
    mask = draw(font, line, placement, width, height)
    effects = fx.NO_EFFECTS
    if config.enable_special_effects:
        effects = fx.choose_effects(config.effects, width, height, streams.start("effects"))
    matrix = None
    if effects.corners is not None:
        matrix = fx.homography(effects.corners, width, height)
        mask = fx.warp(mask, matrix)
    if int(mask.max()) < _FAINT:
        raise FontloomError(ErrorCode.BLANK_IMAGE, repr(text))
    images = []
    noise = None
    for variant in config.variants:
        coverage, blurred = mask, _NO_BLUR
        if variant == "blurred":
            chosen = fx.choose_blur(config.blur, height, streams.start("blur"))
            coverage, blurred = fx.blur(mask, chosen), chosen._asdict()
        image = fx.colour(coverage, style.ink, style.paper, grey=config.color_mode is ColorMode.L)
        if effects.shadow is not None:
            image = fx.shade(image, effects.shadow)
        if effects.noise is not None:
            # Optics come before the sensor: noise lies on the blurred image and is not blurred.
            if noise is None:
                noise = fx.noise_field(image.shape, effects.noise, streams.start("noise"))
            image = fx.add_noise(image, noise)
        images.append((variant, image, blurred))
    return Sample(
        text=text,
        direction=line.direction,
        clusters=line.clusters,
        boxes=pixel_boxes(line, placement, matrix, width, height),
        style={
            "size": round(placement.size, 2),
            "ink": style.ink,
            "paper": style.paper,
            "spacing": style.spacing,
            "alignment": style.alignment,
            "rotation": style.rotation,
        },
        effects={
            "noise": effects.noise or 0.0,
            "corners": effects.corners or _NO_CORNERS,
            "shadow": (effects.shadow or _NO_SHADOW)._asdict(),
        },
        images=tuple(images),
    )
