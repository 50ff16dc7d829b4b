"""What is seen of fonts before there is a session: scans and previews."""

from base64 import b64decode, b64encode
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from fontloom.model.base import Model
from fontloom.model.errors import ExportError
from fontloom.model.session import FontInfo, FontProblem


class ScannedFontInfo(Model):
    """A font that was found, and why it cannot write the text asked for."""

    info: FontInfo
    lacking: ExportError | None = None


class FontScan(Model):
    """The fonts by name, and what was left out."""

    fonts: tuple[ScannedFontInfo, ...]
    problems: tuple[FontProblem, ...]


class ScanProgress(Model):
    """Files of a scan that were looked at, and files in all; both 0 until they are counted."""

    done: int
    total: int


class Lacking(Model):
    """The fonts that cannot write a text: an error each, with the font's name and the reason."""

    fonts: tuple[ExportError, ...]


def _decoded(value: Any) -> Any:
    return b64decode(value, validate=True) if isinstance(value, str) else value


def _encoded(value: bytes) -> str:
    return b64encode(value).decode()


Png = Annotated[bytes, BeforeValidator(_decoded), PlainSerializer(_encoded, when_used="json")]
"""A PNG file; base64 in JSON."""


class PreviewImage(Model):
    """One image of a sample, as the session would write it."""

    variant: str
    png: Png


class PreviewSample(Model):
    """One sample: its images in the order of the variants, or why it could not be drawn."""

    sample: int
    text: str = ""
    images: tuple[PreviewImage, ...] = ()
    manifest_size: int = 0
    """Bytes of its lines in the manifest."""
    error: ExportError | None = None

    @property
    def size(self) -> int:
        """Bytes that the sample takes: its image files and its lines in the manifest."""
        return sum(len(image.png) for image in self.images) + self.manifest_size


class FontPreview(Model):
    """Samples of a font, or why it could not be drawn at all."""

    font_name: str
    samples: tuple[PreviewSample, ...] = ()
    error: ExportError | None = None

    @property
    def reason(self) -> str:
        """Why something is missing, in words; empty when nothing is."""
        errors = (self.error, *(sample.error for sample in self.samples))
        return next((f"{error.message} {error.detail}".strip() for error in errors if error), "")
