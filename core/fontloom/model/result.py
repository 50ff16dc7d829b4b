"""What operations return."""

from datetime import datetime
from pathlib import Path

from fontloom.model.base import SCHEMA_VERSION, Model
from fontloom.model.errors import ExportError
from fontloom.model.session import SessionStatus


class ExportResult(Model):
    """One file written. Times in seconds, sizes in bytes."""

    success: bool
    file_path: str | None = None
    file_size: int | None = None
    export_time: float = 0.0
    error: ExportError | None = None


class BatchExportResult(Model):
    """One batch written."""

    font_name: str
    first_sample: int
    last_sample: int
    images: int
    bytes_written: int
    export_time: float


class FontFailure(Model):
    """A font that could not be done, or not wholly."""

    font_name: str
    path: str
    status: str
    failed_images: int
    error: ExportError


class SessionSummary(Model):
    """What `summary.json` holds."""

    schema_version: int = SCHEMA_VERSION
    session_id: str
    project_name: str
    status: SessionStatus
    total_images: int
    exported_images: int
    failed_images: int
    bytes_written: int
    elapsed_seconds: float
    images_per_second: float
    digest: str
    fonts_completed: int
    fonts_failed: int
    fonts_skipped: int
    failures: tuple[FontFailure, ...] = ()


class PathValidation(Model):
    """Whether a folder can take a project."""

    path: Path
    valid: bool
    exists: bool
    writable: bool
    """Neither permissions nor a read-only disk forbid it."""
    message: str = ""
    """Why not, and what to do; or that the folder will be made."""


class SpaceCheck(Model):
    """Room on a disk against what is needed. Inodes are None where the file system does not count them."""

    path: Path
    sufficient: bool
    free_bytes: int
    needed_bytes: int
    free_inodes: int | None
    needed_inodes: int


class ProjectStatus(Model):
    """How far a project is, by its files. `state` is its status, or `running` or `interrupted`."""

    project_path: Path
    session_id: str
    state: str
    owner: str | None
    created_at: datetime
    updated_at: datetime
    fonts: int
    fonts_left_out: int
    total_images: int
    exported_images: int
    failed_images: int
    bytes_written: int
    elapsed_seconds: float
    reason: str | None


class ProjectProblem(Model):
    """A project that cannot be read, and why."""

    project_path: Path
    error: ExportError


class ProjectRemoval(Model):
    """What deleting a project came to. The folder itself is gone when nothing remained."""

    project_path: Path
    removed_files: int
    remained: tuple[str, ...] = ()
    """Names in the folder that are not fontloom's."""


class ValidationResult(Model):
    """What verification found. Paths are relative to the project."""

    project_path: Path
    level: str
    """quick or deep."""
    valid: bool
    complete: bool
    """The session is finished; if not, only what is committed was checked."""
    digest: str
    images_expected: int
    images_found: int
    bytes_checked: int
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Manifests or state files that contradict each other."""
