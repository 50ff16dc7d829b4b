"""The preview: real images in cells, words when there are none."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from rich.color import Color
from textual.app import App, ComposeResult
from tui_world import SIZES, Picture, a_face

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.scouting import FontPreview, PreviewImage, PreviewSample
from fontloom.model.session import FontInfo
from fontloom_tui.widgets.half_block import fit, half_block
from fontloom_tui.widgets.sample_preview import SamplePreview

FONT = a_face("Caladea-Bold").info


def a_png(number: int, width: int, height: int) -> bytes:
    image = Image.new("RGB", (width, height), (240, 235, 220))
    pen = ImageDraw.Draw(image)
    pen.rectangle((number * 10, height // 4, number * 10 + width // 3, 3 * height // 4), fill=(30, 30, 60))
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


class Drawer:
    """Draws boxes for letters; `error` is raised, `failing` samples have a reason."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []
        self.error: Exception | None = None
        self.failing: set[int] = set()

    async def preview(
        self, config: ExportSessionConfig, font: FontInfo, first: int, samples: int
    ) -> FontPreview:
        self.asked.append((first, samples))
        if self.error is not None:
            raise self.error
        return FontPreview(
            font_name=font.font_name,
            samples=tuple(self._sample(config, n) for n in range(first, first + samples)),
        )

    def _sample(self, config: ExportSessionConfig, number: int) -> PreviewSample:
        if number in self.failing:
            return PreviewSample(sample=number, error=ExportError.of(ErrorCode.BLANK_IMAGE, "no ink"))
        png = a_png(number, config.image_width, config.image_height)
        images = tuple(PreviewImage(variant=variant, png=png) for variant in config.variants)
        return PreviewSample(sample=number, text=f"Text {number}", images=images, manifest_size=100)


class Shown(App[None]):
    def __init__(self, config: ExportSessionConfig | None = None) -> None:
        super().__init__()
        self.config = config or ExportSessionConfig()
        self.drawer = Drawer()
        self.measured: list[float] = []

    def compose(self) -> ComposeResult:
        yield SamplePreview()

    async def draw(self) -> None:
        await self.preview.show(self.config, FONT, self.drawer)

    async def on_sample_preview_other(self) -> None:
        await self.draw()

    def on_sample_preview_measured(self, event: SamplePreview.Measured) -> None:
        self.measured.append(event.bytes_per_sample)

    @property
    def preview(self) -> SamplePreview:
        return self.query_one(SamplePreview)

    @property
    def lines(self) -> list[str]:
        return [self.preview.render_line(y).text.rstrip() for y in range(self.preview.size.height)]


@pytest.mark.parametrize("size", SIZES)
async def test_pictures(size: tuple[int, int], picture: Picture) -> None:
    app = Shown()
    async with app.run_test(size=size) as pilot:
        await app.draw()
        await pilot.pause()
        await picture(app)


async def test_what_a_sample_takes_is_measured() -> None:
    app = Shown()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.draw()
        await pilot.pause()
        sizes = [2 * len(a_png(n, 256, 64)) + 100 for n in range(1, app.drawer.asked[0][1] + 1)]
        assert app.measured == [sum(sizes) / len(sizes)]


async def test_other_samples_are_drawn_and_never_more_than_there_will_be() -> None:
    app = Shown(ExportSessionConfig(num_samples=3))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.draw()
        app.preview.focus()
        await pilot.press("right")
        assert app.drawer.asked == [(1, 2), (3, 1)]
        assert app.lines[0] == "3  Text 3  (clear · blurred)"
        await pilot.press("right", "left", "left", "left")
        assert app.drawer.asked[-1] == (1, 2)


async def test_failures_are_words() -> None:
    app = Shown()
    async with app.run_test(size=(80, 24)) as pilot:
        app.drawer.failing = {1}
        await app.draw()
        await pilot.pause()
        assert app.lines[0] == "1: The text drew nothing visible. no ink"
        assert app.lines[1] == "2  Text 2  (clear · blurred)"
        app.drawer.error = FontloomError(ErrorCode.RENDER_TIMEOUT, "more than 10 s")
        await app.draw()
        await pilot.pause()
        assert app.lines[0] == "Drawing took longer than the limit. more than 10 s"
        assert not any(app.lines[1:])


def test_a_cell_is_two_pixels() -> None:
    image = Image.new("RGB", (2, 4))
    for at, colour in {(0, 0): (255, 0, 0), (0, 1): (0, 255, 0), (1, 2): (0, 0, 255)}.items():
        image.putpixel(at, colour)
    top, bottom = half_block(image, 10)
    first, second = next(iter(top)), next(iter(bottom))
    assert first.text == "▀"
    assert first.style is not None
    assert (first.style.color, first.style.bgcolor) == (Color.from_rgb(255, 0, 0), Color.from_rgb(0, 255, 0))
    assert second.style is not None
    assert second.style.color == Color.from_rgb(0, 0, 0)


@pytest.mark.parametrize(
    ("size", "room", "cells"),
    [
        ((256, 64), (76, None), (76, 10)),
        ((256, 64), (400, None), (256, 32)),
        ((64, 64), (80, 8), (16, 8)),
        ((8, 4096), (3, 5), (1, 5)),
    ],
)
def test_images_keep_their_proportions(
    size: tuple[int, int], room: tuple[int, int | None], cells: tuple[int, int]
) -> None:
    assert fit(*size, *room) == cells
