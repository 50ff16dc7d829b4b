"""What follows from what is committed: the progress of a font, of a session, and the images that are left."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from fontloom.model.progress import (
    FINISHED,
    Checkpoint,
    FontCommit,
    FontProgress,
    FontStatus,
    OverallProgress,
)
from fontloom.model.session import ExportSession


def font_progress(
    session: ExportSession,
    font_name: str,
    commit: FontCommit,
    *,
    started: datetime | None = None,
    completed: datetime | None = None,
    rate: float = 0.0,
) -> FontProgress:
    """Progress of one font; what a run knows of its times and rate (images per second) is the caller's."""
    variants = len(session.config.variants)
    total = session.config.num_samples * variants
    failed = len(commit.failed_samples) * variants
    left = total - commit.completed_images - failed
    begun = commit.status is FontStatus.PENDING and started is not None
    return FontProgress(
        font_name=font_name,
        status=FontStatus.PROCESSING if begun else commit.status,
        total_images=total,
        completed_images=commit.completed_images,
        failed_images=failed,
        last_image_index=commit.last_image_index,
        bytes_written=commit.bytes_written,
        start_time=started,
        completion_time=completed,
        processing_rate=rate,
        estimated_time_remaining=0.0 if commit.status in FINISHED else (left / rate if rate else None),
        error_count=len(commit.failed_samples) + (commit.status is FontStatus.FAILED),
        last_error=None if commit.error is None else f"{commit.error.message} {commit.error.detail}".strip(),
    )


def overall_progress(
    session: ExportSession, totals: Checkpoint, commits: Mapping[str, FontCommit], *, rendered: int
) -> OverallProgress:
    """Progress of the session. `rendered` images are drawn: committed, or waiting to be."""
    counts = dict.fromkeys(FontStatus, 0)
    for commit in commits.values():
        counts[commit.status] += 1
    return OverallProgress(
        total_images=totals.total_images,
        exported_images=totals.exported_images,
        rendered_images=rendered,
        failed_images=totals.failed_images,
        bytes_written=totals.bytes_written,
        fonts_total=len(session.fonts),
        fonts_completed=counts[FontStatus.COMPLETED],
        fonts_failed=counts[FontStatus.FAILED],
        fonts_skipped=counts[FontStatus.SKIPPED],
        fonts_processing=counts[FontStatus.PROCESSING],
    )


def images_left(session: ExportSession, commits: Iterable[FontCommit]) -> int:
    """Images that are still to come. Those of fonts that were given up will not."""
    samples = session.config.num_samples
    looked_at = sum(samples if commit.status in FINISHED else commit.last_image_index for commit in commits)
    return (len(session.fonts) * samples - looked_at) * len(session.config.variants)
