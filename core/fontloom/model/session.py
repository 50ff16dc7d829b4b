"""A session and the fonts it is made of."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import Field

from fontloom.model.base import SCHEMA_VERSION, Model
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ExportError


class SessionStatus(StrEnum):
    """Where a session stands, as written in its checkpoint."""

    ACTIVE = "active"
    """Running; or interrupted, when no engine holds its lock."""
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Stopped by a storage error or a bug; the state is kept."""


class FontInfo(Model):
    """One face that can be rendered: a file, a face in it, and maybe a named instance."""

    font_name: str
    """Unique within a session; the name of its folder."""
    path: Path
    face_index: int = 0
    instance: int | None = None
    """Index of the named instance of a variable font."""
    instance_name: str | None = None
    axes: dict[str, float] = Field(default_factory=dict)
    """Axis positions of the instance, by tag."""
    family: str
    style: str
    full_name: str
    postscript_name: str = ""
    weight: int = 400
    width_class: int = 5
    italic: bool = False
    format: str
    """ttf, otf, ttc, otc, woff or woff2."""
    file_size: int
    content_hash: str
    """SHA-256 of the file, hexadecimal."""
    units_per_em: int
    glyph_count: int
    character_count: int
    scripts: dict[str, int] = Field(default_factory=dict)
    """Characters by script (ISO 15924 code), largest first."""
    main_script: str = "Zyyy"
    """The script the font is made for."""

    @property
    def identity(self) -> str:
        """What the random streams of the font's samples are drawn from."""
        return f"{self.content_hash}:{self.face_index}:{-1 if self.instance is None else self.instance}"


class FontProblem(Model):
    """A font that will not be rendered, and why."""

    path: Path
    error: ExportError
    skipped: bool
    """True when the font is left out by choice (duplicate, lacking characters), false when it is broken."""
    font_name: str | None = None


class ExportSession(Model):
    """What `session.json` holds: identity, configuration, fonts and versions. Written once."""

    schema_version: int = SCHEMA_VERSION
    session_id: str
    project_name: str
    output_path: Path
    created_at: datetime
    config: ExportSessionConfig
    fonts: tuple[FontInfo, ...]
    problems: tuple[FontProblem, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    """Versions of the libraries that decide the bytes."""
    text_hash: str | None = None
    """SHA-256 of the words or corpus file."""

    @property
    def project_path(self) -> Path:
        """The project's folder."""
        return self.output_path / self.project_name

    @property
    def total_images(self) -> int:
        """Images the session makes when nothing fails."""
        return len(self.fonts) * self.config.num_samples * len(self.config.variants)
