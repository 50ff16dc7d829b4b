"""What the terminal app asks the scout. The answers are those of `model.scouting`."""

from pathlib import Path

from pydantic import Field

from fontloom.control.protocol import Params
from fontloom.model.config import EngineConfig, ExportSessionConfig, TextConfig
from fontloom.model.session import FontInfo

PREVIEW_WORKERS = 2
"""Previews drawn at once."""

PREVIEW_SECONDS = 10.0
"""Longest time for one preview, whatever deadline the workers of a session have."""


class ScanParams(Params):
    """Of `scan`, which returns a FontScan. A newer one ends an older one."""

    fonts: tuple[Path, ...]
    """Files and folders; none means the starter fonts."""
    text: TextConfig
    engine: EngineConfig


class LackingParams(Params):
    """Of `lacking`, which returns the fonts of the last scan that cannot write the text."""

    text: TextConfig


class PreviewParams(Params):
    """Of `preview`, which returns a FontPreview."""

    config: ExportSessionConfig
    font: FontInfo
    first: int = Field(ge=1)
    samples: int = Field(ge=1, le=200)
