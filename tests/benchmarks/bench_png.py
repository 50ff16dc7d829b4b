"""PNG encoding: fontloom's encoder against Pillow's at compression level 1, on the same pixels.

Run as `python tests/benchmarks/bench_png.py`. Both encode the same samples in turns, in one process and
on one thread; the time of an image is the median of several rounds.
"""

from io import BytesIO
from itertools import product
from statistics import median
from time import perf_counter
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fontloom.fonts.discovery import starter_font_files
from fontloom.model.config import ColorMode, ExportSessionConfig
from fontloom.render.font import RenderFont
from fontloom.render.png import encode
from fontloom.render.sample import render_sample
from fontloom.render.text import open_text

SIZES = ((195, 48), (256, 64), (1024, 128))
PIXELS_A_CLASS = 2_000_000
"""So that there are more of the small images."""
ROUNDS = 9
TIME_BUDGET = 5.0
SIZE_BUDGET = 1.05

Pixels = NDArray[np.uint8]


class Class(NamedTuple):
    """Images of one kind."""

    name: str
    images: list[Pixels]


class Measured(NamedTuple):
    """One class: seconds and bytes of all its files, by encoder."""

    seconds: float
    pillow_seconds: float
    size: int
    pillow_size: int


def pillow_encode(image: Pixels) -> bytes:
    """The file as Pillow writes it."""
    file = BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1)
    return file.getvalue()


def corpus() -> list[Class]:
    """Real samples of the starter fonts, by size, colour, effects and variant."""
    fonts = [RenderFont(path.read_bytes(), identity=path.name) for path in starter_font_files()]
    classes = []
    for (width, height), mode, effects in product(SIZES, ColorMode, (False, True)):
        config = ExportSessionConfig(
            image_width=width, image_height=height, color_mode=mode, enable_special_effects=effects
        )
        source = open_text(config.text)
        images: dict[str, list[Pixels]] = {variant: [] for variant in config.variants}
        for index in range(PIXELS_A_CLASS // (width * height)):
            sample = render_sample(config, fonts[index % len(fonts)], source, 1 + index // len(fonts))
            for variant, pixels, _ in sample.images:
                images[variant].append(pixels)
        kind = f"{width}x{height} {mode.value:3} {'effects' if effects else 'no effects'}"
        classes += [Class(f"{kind:24} {variant}", pixels) for variant, pixels in images.items()]
    return classes


def measure(images: list[Pixels]) -> Measured:
    """Encodes the images with both encoders in turns. Seconds are sums of the medians of each image."""
    files = [(encode(image), pillow_encode(image)) for image in images]
    ours: list[list[float]] = [[] for _ in images]
    theirs: list[list[float]] = [[] for _ in images]
    for _ in range(ROUNDS):
        for index, image in enumerate(images):
            began = perf_counter()
            encode(image)
            between = perf_counter()
            pillow_encode(image)
            theirs[index].append(perf_counter() - between)
            ours[index].append(between - began)
    return Measured(
        sum(map(median, ours)),
        sum(map(median, theirs)),
        sum(len(own) for own, _ in files),
        sum(len(other) for _, other in files),
    )


def main() -> None:
    """Prints a row for each class of images, and the verdict over all of them."""
    cv2.setNumThreads(1)
    print(f"{'class':34} {'images':>6} {'us':>7} {'Pillow':>7} {'faster':>7} {'bytes':>8} {'size':>6}")
    rows = []
    for name, images in corpus():
        row = measure(images)
        rows.append(row)
        count = len(images)
        print(
            f"{name:34} {count:6} {row.seconds / count * 1e6:7.0f} {row.pillow_seconds / count * 1e6:7.0f}"
            f" {row.pillow_seconds / row.seconds:6.1f}x {row.size / count:8.0f}"
            f" {row.size / row.pillow_size:6.3f}"
        )
    faster = sum(row.pillow_seconds for row in rows) / sum(row.seconds for row in rows)
    larger = sum(row.size for row in rows) / sum(row.pillow_size for row in rows)
    print(
        f"PNG encoding against Pillow at level 1: {faster:.1f} x faster (budget {TIME_BUDGET:g}), "
        f"files {larger:.2f} x the size (budget {SIZE_BUDGET:g})"
    )


if __name__ == "__main__":
    main()
