"""How far a session is."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from fontloom.model.base import SCHEMA_VERSION, Model
from fontloom.model.errors import ExportError
from fontloom.model.session import SessionStatus


class FontStatus(StrEnum):
    """Where a font stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


FINISHED = frozenset({FontStatus.COMPLETED, FontStatus.FAILED, FontStatus.SKIPPED})
"""States in which a font needs no more work."""

EMPTY_DIGEST = "0" * 64
"""Digest of a font without images."""


class FontCommit(Model):
    """All that is committed of a font: what journal and checkpoint hold, and resume starts from."""

    status: FontStatus = FontStatus.PENDING
    last_image_index: int = 0
    """Samples up to this one are done: committed or recorded as failed."""
    completed_images: int = 0
    failed_samples: tuple[int, ...] = ()
    bytes_written: int = 0
    manifest_bytes: int = 0
    """Committed length of `metadata.jsonl`; what lies behind it is not counted."""
    digest: str = EMPTY_DIGEST
    """Running hash over the font's images and labels in order."""
    error: ExportError | None = None
    """Why the font failed, or its last failed sample."""


class FontProgress(Model):
    """Progress of one font, as shown and as written to its `progress.json`. Rates in images per second."""

    schema_version: int = SCHEMA_VERSION
    font_name: str
    status: FontStatus
    total_images: int
    completed_images: int
    failed_images: int
    last_image_index: int
    bytes_written: int
    start_time: datetime | None = None
    completion_time: datetime | None = None
    processing_rate: float = 0.0
    estimated_time_remaining: float | None = None
    error_count: int = 0
    last_error: str | None = None


class OverallProgress(Model):
    """Progress of the whole session."""

    total_images: int
    exported_images: int
    """Committed: these survive."""
    rendered_images: int
    """Drawn: committed, or waiting to be. What is waiting would be drawn again after a kill."""
    failed_images: int
    bytes_written: int
    fonts_total: int
    fonts_completed: int
    fonts_failed: int
    fonts_skipped: int
    fonts_processing: int


class ProcessingStats(Model):
    """Speed of this run."""

    images_per_second: float
    """Over the last seconds."""
    average_images_per_second: float
    bytes_per_second: float
    elapsed_seconds: float
    """Working time over all runs; pauses do not count."""
    estimated_time_remaining: float | None
    workers: int
    batch_samples: int
    """Samples handed to a worker at once, at present."""
    commits: int


class PerformanceMetrics(Model):
    """What the machine has left, and what the engine uses."""

    cpu_percent: float
    """Of one core, engine and workers together."""
    memory_bytes: int
    """Resident, engine and workers together."""
    engine_memory_bytes: int
    disk_free_bytes: int
    disk_free_inodes: int | None


class Snapshot(Model):
    """One moment of a session, for those who watch. `fonts` holds those changed since a cursor."""

    session_id: str
    project_path: str
    status: SessionStatus
    phase: str
    """In a word: starting, running, pausing, paused, waiting, finishing, done, cancelled, failed;
    interrupted when no engine is there to say more."""
    reason: ExportError | None = None
    """Why the session waits or failed."""
    cursor: int
    overall: OverallProgress
    stats: ProcessingStats
    metrics: PerformanceMetrics | None = None
    """Measured every few seconds while the session runs."""
    fonts: tuple[FontProgress, ...] = ()
    error_count: int = 0


class Checkpoint(Model):
    """What `progress.json` holds."""

    schema_version: int = SCHEMA_VERSION
    session_id: str
    status: SessionStatus
    updated_at: datetime
    total_images: int
    exported_images: int
    failed_images: int
    bytes_written: int
    elapsed_seconds: float
    journal_bytes: int
    """Length of the journal that this checkpoint includes."""
    commits: int
    reason: ExportError | None = None
    fonts: dict[str, FontCommit] = Field(default_factory=dict)
    """Fonts with anything committed; the others are pending."""
