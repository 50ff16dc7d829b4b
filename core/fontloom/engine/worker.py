"""All that runs inside a worker: a batch of samples becomes bytes. Nothing here writes a file."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import cv2
import orjson

from fontloom.fonts.loading import read_font_file, to_sfnt
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.session import FontInfo
from fontloom.render.font import RenderFont
from fontloom.render.png import encode
from fontloom.render.sample import Sample, render_sample
from fontloom.render.text import TextSource, open_text
from fontloom.report.digest import sample_digest
from fontloom.store.paths import image_name


class Batch(NamedTuple):
    """Consecutive samples of one font."""

    font: FontInfo
    first: int
    size: int


class Failure(NamedTuple):
    """Why a sample or a font could not be drawn."""

    code: ErrorCode
    detail: str


class SampleResult(NamedTuple):
    """Where one sample lies in the bytes of its batch, or why it could not be drawn."""

    sample: int
    image_sizes: tuple[int, ...]
    """Bytes of the images, in the order of the variants."""
    manifest_size: int
    digest: bytes
    failure: Failure | None = None


class BatchResult(NamedTuple):
    """A rendered batch: all images in one blob, all manifest lines in another, and their offsets."""

    font_name: str
    first: int
    size: int
    images: bytes
    manifest: bytes
    samples: tuple[SampleResult, ...]
    seconds: float
    failure: Failure | None = None
    """Why the font as a whole cannot be drawn."""


class _Job(NamedTuple):
    config: ExportSessionConfig
    source: TextSource


_job: _Job | FontloomError | None = None


def prepare(config: ExportSessionConfig) -> None:
    """Sets a worker up for one session: runs once in each worker.

    A text that cannot be read is told by the first task: a worker that ends at its start says nothing.
    """
    global _job  # noqa: PLW0603 - a process holds one job, set before its first task
    cv2.setNumThreads(1)
    try:
        _job = _Job(config, open_text(config.text))
    except FontloomError as error:
        _job = error


def render_batches(batches: tuple[Batch, ...]) -> tuple[BatchResult, ...]:
    """Renders batches in the worker's session. Raises FontloomError(TEXT_SOURCE)."""
    if _job is None:
        raise RuntimeError("the worker was not prepared")
    if isinstance(_job, FontloomError):
        raise _job
    return tuple(render_batch(_job.config, _job.source, batch) for batch in batches)


def render_batch(config: ExportSessionConfig, source: TextSource, batch: Batch) -> BatchResult:
    """Renders one batch. What a font or sample cannot do is part of the result, not an exception."""
    began = perf_counter()
    info = batch.font
    try:
        font = _open(info)
    except FontloomError as error:
        failure = Failure(error.error.code, error.error.detail)
        return BatchResult(info.font_name, batch.first, batch.size, b"", b"", (), 0.0, failure)
    images: list[bytes] = []
    lines: list[bytes] = []
    samples = []
    for number in range(batch.first, batch.first + batch.size):
        try:
            drawn = render_sample(config, font, source, number)
        except FontloomError as error:
            failed = Failure(error.error.code, error.error.detail)
        except MemoryError:
            failed = Failure(ErrorCode.RENDER_MEMORY, "over the memory limit of a worker")
        except (ArithmeticError, ValueError, LookupError, cv2.error) as error:
            failed = Failure(ErrorCode.RENDER_FAILED, f"{type(error).__name__}: {error}")
        else:
            samples.append(_pack(info.font_name, number, drawn, images, lines))
            continue
        samples.append(SampleResult(number, (), 0, b"", failed))
    return BatchResult(
        info.font_name,
        batch.first,
        batch.size,
        b"".join(images),
        b"".join(lines),
        tuple(samples),
        perf_counter() - began,
    )


@lru_cache(maxsize=2)
def _read(path: Path, content_hash: str) -> bytes:
    """The font of a file that is still the one the session began with."""
    data = read_font_file(path)
    if sha256(data).hexdigest() != content_hash:
        raise FontloomError(ErrorCode.FONT_CHANGED, path.name)
    return to_sfnt(data)


_fonts: dict[str, RenderFont] = {}
_FONTS_KEPT = 4


def _open(info: FontInfo) -> RenderFont:
    """The font, ready to draw; a worker meets the same few fonts again and again."""
    font = _fonts.get(info.identity)
    if font is None:
        font = RenderFont(
            _read(info.path, info.content_hash),
            face_index=info.face_index,
            axes=info.axes,
            identity=info.identity,
            main_script=info.main_script,
        )
        if len(_fonts) >= _FONTS_KEPT:
            del _fonts[next(iter(_fonts))]
        _fonts[info.identity] = font
    return font


def _pack(
    font_name: str, number: int, drawn: Sample, images: list[bytes], lines: list[bytes]
) -> SampleResult:
    """Encodes a sample and appends its images and lines."""
    sizes, size, hashes = [], 0, []
    for variant, pixels, blur in drawn.images:
        png = encode(pixels)
        checksum = sha256(png)
        line = orjson.dumps(
            {
                "file_name": f"images/{image_name(font_name, number, variant)}",
                "font": font_name,
                "variant": variant,
                "sample": number,
                "text": drawn.text,
                "direction": drawn.direction,
                "width": pixels.shape[1],
                "height": pixels.shape[0],
                "bytes": len(png),
                "sha256": checksum.hexdigest(),
                "style": drawn.style,
                "effects": {**drawn.effects, "blur": blur},
                "clusters": drawn.clusters,
                "boxes": drawn.boxes,
            }
        )
        images.append(png)
        lines += (line, b"\n")
        sizes.append(len(png))
        size += len(line) + 1
        hashes.append((checksum.digest(), line))
    return SampleResult(number, tuple(sizes), size, sample_digest(hashes))
