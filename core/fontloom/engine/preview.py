"""Samples of fonts as a session would make them, drawn in workers and kept in memory."""

import os
from collections.abc import Sequence
from functools import lru_cache

import cv2
import orjson

from fontloom.engine.pool import Executor, LocalPool, WorkerError
from fontloom.engine.worker import Batch, BatchResult, render_batch
from fontloom.model.config import ExportSessionConfig, TextConfig, Variant
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.scouting import FontPreview, PreviewImage, PreviewSample
from fontloom.model.session import FontInfo
from fontloom.render.text import TextSource, open_text


async def preview_fonts(
    config: ExportSessionConfig, fonts: Sequence[FontInfo], samples: int
) -> list[FontPreview]:
    """Draws the first samples of each font. Raises FontloomError(TEXT_SOURCE)."""
    workers = config.engine.workers or os.cpu_count() or 1
    pool = LocalPool(workers, config.engine.worker_memory_mb)
    seconds = config.engine.worker_timeout_seconds
    try:
        return [await preview_font(pool, config, Batch(font, 1, samples), seconds) for font in fonts]
    finally:
        pool.close()


async def preview_font(
    pool: Executor, config: ExportSessionConfig, batch: Batch, seconds: float
) -> FontPreview:
    """Draws samples of a font in any worker, within `seconds`. Raises FontloomError(TEXT_SOURCE).

    What the font does to the worker is the preview's error.
    """
    name = batch.font.font_name
    try:
        result = await pool.run(_draw, config, batch, timeout=seconds)
    except WorkerError as failure:
        error = failure.error.model_copy(update={"font_name": name})
        return FontPreview(font_name=name, error=error)
    if result.failure is not None:
        return FontPreview(font_name=name, error=ExportError.of(*result.failure, font_name=name))
    return FontPreview(font_name=name, samples=_samples(result, config.variants))


def _samples(result: BatchResult, variants: tuple[Variant, ...]) -> tuple[PreviewSample, ...]:
    samples = []
    image = line = 0
    for number, sizes, manifest_size, _, failure in result.samples:
        if failure is not None:
            error = ExportError.of(*failure, font_name=result.font_name, sample=number)
            samples.append(PreviewSample(sample=number, error=error))
            continue
        images = []
        for variant, size in zip(variants, sizes, strict=True):
            images.append(PreviewImage(variant=variant, png=result.images[image : image + size]))
            image += size
        # The lines of a sample differ in their variant only.
        text = orjson.loads(result.manifest[line : result.manifest.index(b"\n", line)])["text"]
        line += manifest_size
        samples.append(
            PreviewSample(sample=number, text=text, images=tuple(images), manifest_size=manifest_size)
        )
    return tuple(samples)


# In a worker


def _draw(config: ExportSessionConfig, batch: Batch) -> BatchResult:
    """A batch of any configuration. Raises FontloomError(TEXT_SOURCE)."""
    cv2.setNumThreads(1)
    return render_batch(config, _open(config.text), batch)


def _open(text: TextConfig) -> TextSource:
    if text.path is None:
        return _source(text, 0, 0)
    try:
        status = text.path.stat()
    except OSError as error:
        raise FontloomError(ErrorCode.TEXT_SOURCE, f"{text.path}: {error.strerror}") from error
    return _source(text, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _source(text: TextConfig, mtime_ns: int, size: int) -> TextSource:
    """The source of a file as it was at one moment."""
    return open_text(text)
