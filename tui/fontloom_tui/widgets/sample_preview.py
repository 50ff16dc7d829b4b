"""Real samples of a font with the settings as they are, drawn in the terminal: as pixels where it can."""

from collections.abc import Iterable
from io import BytesIO
from statistics import fmean
from typing import ClassVar, NamedTuple, Protocol

from PIL import Image
from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import FontloomError
from fontloom.model.scouting import FontPreview, PreviewSample
from fontloom.model.session import FontInfo
from fontloom.model.words import clean, size
from fontloom_tui import pixels
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.half_block import half_block
from fontloom_tui.widgets.pixel_image import PixelImage, cells, fit, pixel_image

_SIDE_BY_SIDE = 100
"""Columns from which variants stand beside each other."""


class Previewer(Protocol):
    """Draws samples where a hostile font does no harm."""

    async def preview(
        self, config: ExportSessionConfig, font: FontInfo, first: int, samples: int
    ) -> FontPreview: ...


class _Shown(NamedTuple):
    """An image as it is shown: drawn again and equal, it is not sent again."""

    png: bytes
    size: tuple[int, int]
    cell: pixels.CellSize


class SamplePreview(ScrollView, can_focus=True):
    """The images of a few samples, as the session would make them. Scrolls."""

    HELP = """
### Preview
Real samples of the marked font, drawn by the engine's own code with the settings as they are:
the export makes the same images. **→** and **←** show other samples, **↑** and **↓** scroll.
"""
    DEFAULT_CSS = style_of(__file__)
    BINDINGS: ClassVar = [
        Binding("right", "other(1)", "Next samples"),
        Binding("left", "other(-1)", "Earlier samples"),
    ]
    COMPONENT_CLASSES: ClassVar = {"preview--label", "preview--bad"}

    class Measured(Message):
        """What a sample takes on disk, by the samples drawn last, in bytes."""

        def __init__(self, bytes_per_sample: float) -> None:
            super().__init__()
            self.bytes_per_sample = bytes_per_sample

    class Other(Message):
        """Other samples are wanted: call `show` again."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Preview"
        self.first = 1
        """Number of the first sample that is shown."""
        self.bytes_per_sample: float | None = None
        self._preview: FontPreview | None = None
        self._images: dict[int, list[Image.Image]] = {}
        self._lines: list[Strip] = []
        self._cell: pixels.CellSize | None = None
        self._kept: dict[_Shown, PixelImage] = {}
        self._seen: set[_Shown] = set()
        self._said = "No font is marked."
        self._most = 1

    async def show(self, config: ExportSessionConfig, font: FontInfo, scout: Previewer) -> None:
        """Draws samples of a font and shows them. What goes wrong is shown in their place."""
        self._most = config.num_samples
        self.first = max(1, min(self.first, self._most))
        count = min(self._wanted(config), self._most - self.first + 1)
        self.border_subtitle = "drawing …"
        try:
            preview = await scout.preview(config, font, self.first, count)
        except (FontloomError, TimeoutError) as error:
            self.say(str(error))
            return
        self._images = {
            sample.sample: [Image.open(BytesIO(image.png)).convert("RGB") for image in sample.images]
            for sample in preview.samples
        }
        self._preview = preview
        sizes = [sample.size for sample in preview.samples if sample.images]
        if sizes:
            self.bytes_per_sample = fmean(sizes)
            self.post_message(self.Measured(self.bytes_per_sample))
        self.border_title = f"Preview of {clean(font.font_name)}"
        self.border_subtitle = f"{size(fmean(sizes))} a sample" if sizes else ""
        self._said = preview.reason if not preview.samples else ""
        self._draw()

    def say(self, words: str) -> None:
        """Shows words in place of images."""
        self._preview, self._images, self._said = None, {}, words
        self.border_subtitle = ""
        self._draw()

    def _wanted(self, config: ExportSessionConfig) -> int:
        """So many samples fill the widget."""
        self._cell = pixels.cell_size()
        variants, width, height = len(config.variants), config.image_width, config.image_height
        beside = self._are_beside(variants, width)
        columns = self._columns(variants, beside=beside)
        if self._cell is None:
            rows = max(1, columns * height // width // 2) + 1
        else:
            rows = cells(*fit(width, height, columns, self._cell), self._cell)[1] + 1
        rows *= 1 if beside else variants
        return max(2, -(-self.size.height // rows))

    @property
    def _room(self) -> int:
        return max(8, self.size.width - 1)

    def _are_beside(self, variants: int, width: int) -> bool:
        if variants == 1 or self.size.width >= _SIDE_BY_SIDE:
            return variants > 1
        return self._cell is not None and variants * (cells(width, 1, self._cell)[0] + 1) - 1 <= self._room

    def _columns(self, variants: int, *, beside: bool) -> int:
        return (self._room - variants + 1) // variants if beside else self._room

    def on_mount(self) -> None:
        self.app.app_resume_signal.subscribe(self, lambda _: self._draw_anew())

    def _draw_anew(self) -> None:
        """After the terminal was another's for a while, and may not have kept the images."""
        self._drop_all()
        self._draw()

    def on_unmount(self) -> None:
        self._drop_all()

    def _drop_all(self) -> None:
        self._tell_terminal(image.drop for image in self._kept.values())
        self._kept.clear()

    def on_resize(self) -> None:
        self._draw()

    def action_other(self, direction: int) -> None:
        """Shows samples further on or back."""
        shown = len(self._preview.samples) if self._preview else 1
        first = max(1, min(self.first + direction * max(1, shown), self._most))
        if first != self.first:
            self.first = first
            self.post_message(self.Other())

    # Drawing

    def _draw(self) -> None:
        self._lines = []
        # Without a size there is nothing to see, and a terminal need not keep it.
        self._cell = pixels.cell_size() if self.size else None
        self._seen.clear()
        if self._said:
            self._write(self._said, "preview--bad")
        for sample in self._preview.samples if self._preview else ():
            self._draw_sample(sample)
        self.virtual_size = Size(self.size.width, len(self._lines))
        self.refresh()
        gone = [self._kept.pop(shown).drop for shown in self._kept.keys() - self._seen]
        if gone:
            self.call_after_refresh(self._tell_terminal, gone)

    def _draw_sample(self, sample: PreviewSample) -> None:
        images = self._images.get(sample.sample, [])
        if sample.error is not None:
            self._write(f"{sample.sample}: {sample.error.message} {sample.error.detail}", "preview--bad")
            return
        names = " · ".join(image.variant for image in sample.images)
        self._write(f"{sample.sample}  {sample.text}  ({names})", "preview--label")
        beside = self._are_beside(len(images), max((image.width for image in images), default=0))
        columns = self._columns(len(images), beside=beside)
        drawn = [
            self._strips(image, drawing.png, columns)
            for image, drawing in zip(images, sample.images, strict=True)
        ]
        if beside:
            for parts in zip(*drawn, strict=True):
                gap = Strip([Segment(" ", self.rich_style)], 1)
                self._lines.append(Strip.join([s for part in parts for s in (part, gap)][:-1]))
        else:
            for part in drawn:
                self._lines.extend(part)

    def _strips(self, image: Image.Image, png: bytes, columns: int) -> list[Strip]:
        if self._cell is None:
            return half_block(image, columns)
        shown = _Shown(png, fit(image.width, image.height, columns, self._cell), self._cell)
        if shown not in self._kept:
            self._kept[shown] = pixel_image(image, shown.size, shown.cell)
            self._tell_terminal([self._kept[shown].keep])
        self._seen.add(shown)
        return [strip.apply_style(self.rich_style) for strip in self._kept[shown].strips]

    def _tell_terminal(self, sequences: Iterable[str]) -> None:
        driver = self.app._driver
        if driver is not None:
            driver.write("".join(sequences))

    def _write(self, words: str, look: str) -> None:
        style = self.rich_style + self.get_component_rich_style(look)
        width = max(8, self.size.width - 1)
        text = clean(words).replace("\n", " ")
        for start in range(0, len(text), width) if look == "preview--bad" else (0,):
            part = text[start : start + width]
            self._lines.append(Strip([Segment(part, style)]))

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        width = self.size.width
        if row >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        return self._lines[row].crop_extend(0, width, self.rich_style)
