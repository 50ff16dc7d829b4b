"""What happens to a drawn text: perspective, shadow, noise, blur."""

from math import cos, pi, prod, sin, sqrt
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from fontloom.model.config import BlurConfig, BlurKind, EffectsConfig

Image = NDArray[np.uint8]

_SUM_DEVIATION = sqrt(4 * (256**2 - 1) / 12)
"""Standard deviation of the sum of four even bytes."""


class Shadow(NamedTuple):
    """A soft-edged shadow over one side of the image."""

    strength: float
    """Part of the light that is lost in its depth."""
    angle: float
    """Direction of growing darkness, in radians."""
    edge: float
    """Where its edge runs, -1 to 1 across the image."""
    softness: float


class Blur(NamedTuple):
    """One blur. `strength` in pixels: standard deviation, half length or radius."""

    kind: BlurKind
    strength: float
    angle: float
    """Degrees; of motion only."""


class Effects(NamedTuple):
    """The special effects of one sample. None where an effect does not apply."""

    noise: float | None
    """Standard deviation, of 255."""
    corners: tuple[float, ...] | None
    """How far each corner (top left, top right, bottom right, bottom left) moves inwards: x, y in pixels."""
    shadow: Shadow | None


NO_EFFECTS = Effects(None, None, None)


def choose_effects(config: EffectsConfig, width: int, height: int, rng: np.random.Generator) -> Effects:
    """The effects of a sample, from its stream."""
    noisy, seen_aslant, shaded, sigma, strength, angle, edge, softness = rng.random(8).tolist()
    # Of the shorter side, so that the corners of a narrow image do not cross.
    moves = rng.random(8) * config.perspective_max * min(width, height)
    weakest = min(0.15, config.shadow_max)
    return Effects(
        noise=round(max(min(0.1, config.noise_max), sigma * config.noise_max), 3)
        if noisy < config.noise_probability
        else None,
        corners=tuple(moves.round(3).tolist()) if seen_aslant < config.perspective_probability else None,
        shadow=Shadow(
            round(weakest + strength * (config.shadow_max - weakest), 3),
            round(angle * 2 * pi, 3),
            round(edge * 1.2 - 0.6, 3),
            round(0.05 + softness * 0.4, 3),
        )
        if shaded < config.shadow_probability
        else None,
    )


def choose_blur(config: BlurConfig, height: int, rng: np.random.Generator) -> Blur:
    """The blur of a sample, from its stream."""
    kind = config.kinds[int(rng.integers(len(config.kinds)))]
    part = config.strength_min + float(rng.random()) * (config.strength_max - config.strength_min)
    angle = round(float(rng.random()) * 180, 2) if kind is BlurKind.MOTION else 0.0
    return Blur(kind, round(max(0.3, part * height), 3), angle)


def homography(corners: tuple[float, ...], width: int, height: int) -> NDArray[np.float64]:
    """The 3x3 map that moves the corners of the image inwards."""
    w, h = float(width), float(height)
    x0, y0, x1, y1, x2, y2, x3, y3 = corners
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    target = np.array([[x0, y0], [w - x1, y1], [w - x2, h - y2], [x3, h - y3]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, target), np.float64)


def warp(mask: Image, matrix: NDArray[np.float64]) -> Image:
    """The mask seen through the homography; nothing comes in from outside."""
    height, width = mask.shape
    # Corners of the map are edges of pixels, and OpenCV counts from their centres.
    shift = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    back = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    return np.asarray(cv2.warpPerspective(mask, back @ matrix @ shift, (width, height)), np.uint8)


def colour(mask: Image, ink: tuple[int, int, int], paper: tuple[int, int, int], *, grey: bool) -> Image:
    """Ink on paper by coverage: (height, width) when grey, else (height, width, 3)."""
    coverage = np.arange(256, dtype=np.float32)[:, None] / 255
    table = np.rint(
        np.array(paper, np.float32) * (1 - coverage) + np.array(ink, np.float32) * coverage
    ).astype(np.uint8)
    if grey:
        lightness = np.rint(table @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
        return np.asarray(cv2.LUT(mask, lightness), np.uint8)
    return np.asarray(cv2.LUT(cv2.merge((mask, mask, mask)), table.reshape(1, 256, 3)), np.uint8)


def shade(image: Image, shadow: Shadow) -> Image:
    """The image under a shadow."""
    height, width = image.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * cos(shadow.angle)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * sin(shadow.angle)
    depth = np.clip((x + y - shadow.edge) / shadow.softness + 0.5, 0, 1)
    light = 1 - shadow.strength * (depth * depth * (3 - 2 * depth))
    spread = cv2.merge((light, light, light)) if image.ndim == 3 else light
    return np.asarray(cv2.multiply(image, spread, dtype=cv2.CV_8U), np.uint8)


def noise_field(shape: tuple[int, ...], sigma: float, rng: np.random.Generator) -> NDArray[np.int16]:
    """Sensor noise of this standard deviation (of 255).

    The sum of four even bytes (Irwin-Hall): near enough to a normal deviate, and several times as fast.
    """
    count = prod(shape)
    even = rng.bit_generator.random_raw(-(-count // 2)).view(np.uint8)[: 4 * count].reshape(4, count)
    total = even[0].astype(np.int16)
    for row in even[1:]:
        total += row
    total -= 510
    factor: Any = sigma / _SUM_DEVIATION  # OpenCV takes numbers too, which its types do not say
    scaled = cv2.multiply(total.reshape(shape[0], -1), factor, dtype=cv2.CV_16S)
    return np.asarray(scaled, np.int16).reshape(shape)


def add_noise(image: Image, noise: NDArray[np.int16]) -> Image:
    """The image with noise, kept within 0 to 255."""
    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8)


def blur(mask: Image, chosen: Blur) -> Image:
    """The mask out of focus or in motion; edges repeat.

    Ink on paper is a linear map of the mask, so blurring the mask is blurring the picture, at a third of
    the cost in colour.
    """
    if chosen.kind is BlurKind.GAUSSIAN:
        return np.asarray(
            cv2.GaussianBlur(mask, (0, 0), chosen.strength, borderType=cv2.BORDER_REPLICATE), np.uint8
        )
    kernel: Any = _line(chosen) if chosen.kind is BlurKind.MOTION else _disc(chosen.strength * 1.6)
    return np.asarray(cv2.filter2D(mask, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


def _disc(radius: float) -> NDArray[np.float32]:
    """A disc with soft edge: the image of a point out of focus."""
    reach = int(radius + 1)
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    distance = np.hypot(steps[:, None], steps[None, :])
    kernel = np.clip(radius + 0.5 - distance, 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _line(chosen: Blur) -> NDArray[np.float32]:
    """A straight stroke: the path of a point in motion."""
    half = chosen.strength * 2
    reach = int(half + 1)
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    angle = chosen.angle * pi / 180
    along = np.abs(steps[None, :] * cos(angle) - steps[:, None] * sin(angle))
    across = np.abs(steps[None, :] * sin(angle) + steps[:, None] * cos(angle))
    kernel = np.clip(half + 0.5 - along, 0, 1) * np.clip(1 - across, 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)
