"""What an export will make: how many images, how much room, and where everything lies."""

from typing import NamedTuple

from textual.content import Content
from textual.widgets import Static

from fontloom.model.config import ExportSessionConfig
from fontloom.model.words import clean, count, size
from fontloom_tui.widgets import style_of

_PROJECT_FILES = 20
"""Files and folders of a project beside its fonts: state, logs, card, and the folders they lie in."""

_FONT_FILES = 5
"""Of a font beside its images: two folders, the manifest, what the font is, its progress."""

_HALF_BLOCK = 2048
"""What the end of a file wastes on most file systems, on average."""


class Volume(NamedTuple):
    """How much an export makes."""

    fonts: int
    samples: int
    variants: int
    bytes_per_sample: float | None
    """Images and labels of a sample, as far as samples were drawn."""

    @property
    def images(self) -> int:
        """Images in all."""
        return self.fonts * self.samples * self.variants

    @property
    def files(self) -> int:
        """Files and folders in all: as many inodes."""
        return self.images + self.fonts * _FONT_FILES + _PROJECT_FILES

    @property
    def content_bytes(self) -> int | None:
        """What the images and labels hold."""
        return (
            None
            if self.bytes_per_sample is None
            else round(self.fonts * self.samples * self.bytes_per_sample)
        )

    @property
    def disk_bytes(self) -> int | None:
        """What they take on a disk, whose files end in blocks."""
        content = self.content_bytes
        return None if content is None else content + self.files * _HALF_BLOCK

    def words(self, where: str) -> str:
        """In one line."""
        parts = [count(self.fonts, "font"), count(self.samples, "sample"), count(self.variants, "variant")]
        content = self.content_bytes
        room = "" if content is None else f", about {size(content)}"
        return f"{' × '.join(parts)} = {count(self.images, 'image')}{room}, into {clean(where)}"


class StructurePreview(Static):
    """The tree of a project, with numbers."""

    DEFAULT_CSS = style_of(__file__)

    def __init__(self, id: str | None = None) -> None:
        super().__init__("", id=id)

    def show(self, config: ExportSessionConfig, volume: Volume, font_name: str | None) -> None:
        """Shows what a configuration makes; `font_name` is the font the tree is told by."""
        lines = [*_counts(volume), "", *_tree(config, volume, clean(font_name or "Font"))]
        self.update(Content("\n").join(map(_line, lines)))


def _line(text: str) -> Content:
    left, _, note = text.partition("\t")
    return Content(left) + Content.styled(f"  {note}", "dim") if note else Content(left)


def _counts(volume: Volume) -> list[str]:
    content, disk = volume.content_bytes, volume.disk_bytes
    room = "size: after the first preview"
    if content is not None and disk is not None:
        room = f"about {size(content)}; {size(disk)} on disk"
    return [
        f"{count(volume.images, 'image')} of {count(volume.fonts, 'font')}",
        f"{count(volume.files, 'file')} and folders",
        room,
    ]


def _tree(config: ExportSessionConfig, volume: Volume, font: str) -> list[str]:
    each = volume.samples * volume.variants
    images = [f"{font}_001_{variant}.png" for variant in config.variants]
    if each > len(images):
        images.append(f"… {each - len(images):,} more")
    bars = ["├─"] * (len(images) - 1) + ["└─"]
    other_fonts = [f"   │  └─ … {volume.fonts - 1:,} more"] if volume.fonts > 1 else []
    bar, side = ("├─", "│ ") if other_fonts else ("└─", "  ")
    return [
        f"{clean(str(config.output_path))}/",
        f"└─ {clean(config.project_name)}/",
        "   ├─ fonts/",
        f"   │  {bar} {font}/",
        f"   │  {side} ├─ images/\t{count(each, 'image')}",
        *(f"   │  {side} │  {branch} {name}" for branch, name in zip(bars, images, strict=True)),
        f"   │  {side} ├─ metadata.jsonl\t{count(each, 'label')}",
        f"   │  {side} └─ metadata.json  progress.json",
        *other_fonts,
        "   ├─ failed/\tfonts that cannot be done",
        "   ├─ logs/\texport, errors, performance",
        "   ├─ session.json  progress.json\tfor resuming",
        "   └─ summary.json  README.md\twhen done",
    ]
