"""Samples of fonts as a session would make them, drawn in workers and kept in memory."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from fontloom.engine.pool import LocalPool, WorkerError
from fontloom.engine.worker import Batch, prepare, render_batches
from fontloom.model.config import ExportSessionConfig
from fontloom.model.session import FontInfo


class Previewed(NamedTuple):
    """The first samples of a font: PNG files by sample and variant, or why there are none."""

    font: FontInfo
    samples: tuple[tuple[bytes, ...], ...]
    reason: str = ""


async def preview_fonts(
    config: ExportSessionConfig, fonts: Sequence[FontInfo], samples: int
) -> list[Previewed]:
    """Draws the first samples of each font."""
    workers = config.engine.workers or os.cpu_count() or 1
    pool = LocalPool(workers, config.engine.worker_memory_mb, prepare, (config,))
    try:
        return [await _preview(config, pool, font, samples) for font in fonts]
    finally:
        pool.close()


async def _preview(config: ExportSessionConfig, pool: LocalPool, font: FontInfo, samples: int) -> Previewed:
    try:
        (result,) = await pool.run(
            render_batches, (Batch(font, 1, samples),), timeout=config.engine.worker_timeout_seconds
        )
    except WorkerError as failure:
        return Previewed(font, (), str(failure))
    if result.failure is not None:
        return Previewed(font, (), result.failure.detail)
    images = []
    offset = 0
    reason = ""
    for sample in result.samples:
        if sample.failure is not None:
            reason = f"{sample.failure.code}: {sample.failure.detail}"
        files = []
        for size in sample.image_sizes:
            files.append(result.images[offset : offset + size])
            offset += size
        images.append(tuple(files))
    return Previewed(font, tuple(images), reason)
