"""What the files of a project say of one font. All of it blocks: call it in a thread."""

from pathlib import Path
from typing import NamedTuple

from PIL import Image
from pydantic import ConfigDict, ValidationError
from textual.strip import Strip

from fontloom.model.base import Model
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ExportError
from fontloom.model.session import FontInfo
from fontloom.report.errorlog import ErrorLog
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_session
from fontloom_tui.widgets.half_block import half_block

_TAIL_BYTES = 2**18
"""Read from the end of a manifest: the last hundred samples and more."""
_LOG_STEPS = 16
"""Megabytes of errors.log that are looked through."""


class FontFacts(NamedTuple):
    """A font of a session, and what is made of it."""

    info: FontInfo | None
    """None when the session has no such font."""
    config: ExportSessionConfig


class FontSample(NamedTuple):
    """One sample that is committed: its text, and its images by variant."""

    number: int
    text: str
    images: dict[str, Path]


class ErrorCount(NamedTuple):
    """Errors of one kind with the font."""

    errors: int
    message: str
    last_detail: str


class FontTrouble(NamedTuple):
    """What went wrong with a font."""

    reason: ExportError | None
    """Why it failed or was left out."""
    counts: tuple[ErrorCount, ...]


class Drawing(NamedTuple):
    """An image as rows of cells, or why it cannot be shown."""

    number: int
    label: str
    rows: tuple[Strip, ...]
    problem: str = ""


class _ManifestLine(Model):
    """What is shown of a line."""

    model_config = ConfigDict(extra="ignore")

    file_name: str
    sample: int
    variant: str
    text: str


def read_facts(project: Path, font_name: str) -> FontFacts:
    """The font in its session. Raises FontloomError, OSError."""
    session = load_session(ProjectPaths(project))
    found = next((font for font in session.fonts if font.font_name == font_name), None)
    return FontFacts(found, session.config)


def last_samples(project: Path, font_name: str, up_to: int) -> tuple[FontSample, ...]:
    """The last samples up to this number, in order, by the end of the manifest. Raises OSError."""
    manifest = ProjectPaths(project).manifest(font_name)
    found: dict[int, FontSample] = {}
    for line in _last_lines(manifest):
        try:
            entry = _ManifestLine.model_validate_json(line)
        except ValidationError:
            continue  # its start was cut off, or it is being written
        if entry.sample <= up_to:
            sample = found.setdefault(entry.sample, FontSample(entry.sample, entry.text, {}))
            sample.images[entry.variant] = manifest.parent / entry.file_name
    return tuple(found[number] for number in sorted(found))


def _last_lines(path: Path) -> list[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
            return file.read().split(b"\n")[:-1]
    except (FileNotFoundError, NotADirectoryError):
        return []


def read_trouble(project: Path, font_name: str) -> FontTrouble:
    """What went wrong with a font, by `failed/` and `errors.log`. Raises OSError."""
    paths = ProjectPaths(project)
    try:
        reason = ExportError.model_validate_json((paths.failed_font(font_name) / "error.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        reason = None
    log = ErrorLog(paths.log("errors"))
    for _ in range(_LOG_STEPS):
        if not log.read_more():
            break
    counts = [
        ErrorCount(font.errors, group.message, font.last_detail)
        for group in log.groups
        for font in group.fonts
        if font.font == font_name
    ]
    return FontTrouble(reason, tuple(counts))


def draw(samples: tuple[FontSample, ...], variant: str, columns: int, rows: int) -> tuple[Drawing, ...]:
    """The images of one variant, each within so many cells."""
    return tuple(_draw(sample, variant, columns, rows) for sample in samples)


def _draw(sample: FontSample, variant: str, columns: int, rows: int) -> Drawing:
    path = sample.images.get(variant)
    if path is None:
        return Drawing(sample.number, sample.text, (), f"There is no {variant} image.")
    try:
        with Image.open(path) as image:
            strips = half_block(image, columns, rows)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return Drawing(sample.number, sample.text, (), f"{path.name}: {error}")
    return Drawing(sample.number, sample.text, tuple(strips))
