import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fontloom.engine.pool import LocalPool, T, WorkerError
from fontloom.engine.preview import preview_font, preview_fonts
from fontloom.engine.scanning import choose_fonts
from fontloom.engine.worker import Batch
from fontloom.model.config import ExportSessionConfig, TextConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.scouting import FontPreview
from fontloom.model.session import FontInfo
from fontloom.render.font import RenderFont
from fontloom.render.png import encode
from fontloom.render.sample import Sample, render_sample
from fontloom.render.text import open_text


class Here:
    """Runs the work in this process, or another function in its place."""

    def __init__(self, instead: Callable[..., Any] | None = None) -> None:
        self._instead = instead

    async def run(self, function: Callable[..., T], *args: Any, timeout: float) -> T:
        result: T = (self._instead or function)(*args)
        return result

    def close(self) -> None:
        pass


@pytest.fixture
async def font(config: ExportSessionConfig) -> FontInfo:
    return (await choose_fonts(config))[0][0]


def drawn(config: ExportSessionConfig, info: FontInfo, number: int) -> Sample:
    font = RenderFont(
        info.path.read_bytes(),
        face_index=info.face_index,
        axes=info.axes,
        identity=info.identity,
        main_script=info.main_script,
    )
    return render_sample(config, font, open_text(config.text), number)


async def test_a_preview_is_what_the_session_would_draw(config: ExportSessionConfig, font: FontInfo) -> None:
    preview = await preview_font(Here(), config, Batch(font, 5, 3), 60)
    assert (preview.font_name, preview.error, preview.reason) == (font.font_name, None, "")
    assert [sample.sample for sample in preview.samples] == [5, 6, 7]
    for sample in preview.samples:
        real = drawn(config, font, sample.sample)
        assert sample.text == real.text
        assert [(i.variant, i.png) for i in sample.images] == [(v, encode(p)) for v, p, _ in real.images]
        assert sample.manifest_size > 0
        assert sample.size == sum(len(i.png) for i in sample.images) + sample.manifest_size
    assert FontPreview.model_validate_json(preview.model_dump_json()) == preview


async def test_several_fonts_are_drawn_in_their_order(config: ExportSessionConfig) -> None:
    fonts, _ = await choose_fonts(config)
    previews = await preview_fonts(config, fonts, 2)
    assert [p.font_name for p in previews] == [f.font_name for f in fonts]
    assert [len(p.samples) for p in previews] == [2, 2]
    assert all(p.reason == "" for p in previews)


async def test_a_sample_that_cannot_be_drawn_has_its_reason_and_the_others_are_there(
    config: ExportSessionConfig, font: FontInfo, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    words.write_text("one two")
    config = config.model_copy(update={"text": TextConfig(source=f"words:{words}")})
    good = await preview_font(Here(), config, Batch(font, 1, 1), 60)
    assert good.samples[0].text in ("one", "two")
    words.write_text("\u4e00 \u4e8c")  # no font of the starter set has these
    bad = await preview_font(Here(), config, Batch(font, 1, 2), 60)
    assert bad.error is None
    for number, sample in enumerate(bad.samples, 1):
        assert (sample.sample, sample.images, sample.size) == (number, (), 0)
        assert sample.error is not None
        assert (sample.error.code, sample.error.sample) == (ErrorCode.MISSING_CHARACTERS, number)
    assert "no text of the file can be written" in bad.reason


async def test_a_font_that_cannot_be_opened_has_its_reason(
    config: ExportSessionConfig, font: FontInfo, tmp_path: Path
) -> None:
    gone = font.model_copy(update={"path": tmp_path / "gone.ttf", "content_hash": "0" * 64})
    preview = await preview_font(Here(), config, Batch(gone, 1, 1), 60)
    assert preview.samples == ()
    assert preview.error is not None
    assert (preview.error.code, preview.error.font_name) == (ErrorCode.FONT_UNREADABLE, font.font_name)


async def test_a_worker_that_is_lost_is_a_reason(config: ExportSessionConfig, font: FontInfo) -> None:
    def die(*_: Any) -> None:
        raise WorkerError(ErrorCode.WORKER_CRASHED, "ended by SIGSEGV")

    preview = await preview_font(Here(die), config, Batch(font, 1, 1), 60)
    assert preview.error is not None
    assert (preview.error.code, preview.error.font_name) == (ErrorCode.WORKER_CRASHED, font.font_name)
    assert preview.reason == "The font crashed the renderer, repeatedly. ended by SIGSEGV"


async def test_a_hanging_worker_is_a_reason_and_the_pool_goes_on(
    config: ExportSessionConfig, font: FontInfo, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "never")  # opening it waits for a writer
    hangs = config.model_copy(update={"text": TextConfig(source=f"words:{tmp_path / 'never'}")})
    pool = LocalPool(1, 0)
    try:
        preview = await preview_font(pool, hangs, Batch(font, 1, 1), 0.5)
        assert preview.error is not None
        assert preview.error.code is ErrorCode.RENDER_TIMEOUT
        assert (await preview_font(pool, config, Batch(font, 1, 1), 60)).reason == ""
    finally:
        pool.close()


async def test_a_text_source_is_read_again_when_it_changes(
    config: ExportSessionConfig, font: FontInfo, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    config = config.model_copy(update={"text": TextConfig(source=f"words:{words}")})

    async def text() -> str:
        return (await preview_font(Here(), config, Batch(font, 1, 1), 60)).samples[0].text

    words.write_text("first")
    assert await text() == "first"
    words.write_text("another")
    assert await text() == "another"
    words.unlink()
    with pytest.raises(FontloomError) as raised:
        await text()
    assert raised.value.error.code is ErrorCode.TEXT_SOURCE
