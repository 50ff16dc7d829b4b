"""`summary.json`: what a session made, how fast, and what it left out."""

from collections.abc import Iterator

from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import Checkpoint, FontStatus
from fontloom.model.result import FontFailure, SessionSummary
from fontloom.model.session import ExportSession
from fontloom.report.digest import dataset_digest


def build_summary(session: ExportSession, checkpoint: Checkpoint) -> SessionSummary:
    """The summary of a session as far as its checkpoint goes."""
    commits = checkpoint.fonts.values()
    elapsed = checkpoint.elapsed_seconds
    skipped = sum(problem.skipped for problem in session.problems)
    return SessionSummary(
        session_id=session.session_id,
        project_name=session.project_name,
        status=checkpoint.status,
        total_images=checkpoint.total_images,
        exported_images=checkpoint.exported_images,
        failed_images=checkpoint.failed_images,
        bytes_written=checkpoint.bytes_written,
        elapsed_seconds=elapsed,
        images_per_second=checkpoint.exported_images / elapsed if elapsed > 0 else 0.0,
        digest=dataset_digest((name, commit.digest) for name, commit in checkpoint.fonts.items()),
        fonts_completed=sum(commit.status is FontStatus.COMPLETED for commit in commits),
        fonts_failed=len(session.problems)
        - skipped
        + sum(commit.status is FontStatus.FAILED for commit in commits),
        fonts_skipped=skipped + sum(commit.status is FontStatus.SKIPPED for commit in commits),
        failures=(*_never_started(session), *_started(session, checkpoint)),
    )


def _never_started(session: ExportSession) -> Iterator[FontFailure]:
    for problem in session.problems:
        if problem.skipped and problem.error.code is ErrorCode.FONT_DUPLICATE:
            continue  # Its images are there, under the name of its twin.
        yield FontFailure(
            font_name=problem.font_name or problem.path.name,
            path=str(problem.path),
            status=(FontStatus.SKIPPED if problem.skipped else FontStatus.FAILED).value,
            failed_images=0,
            error=problem.error,
        )


def _started(session: ExportSession, checkpoint: Checkpoint) -> Iterator[FontFailure]:
    variants = len(session.config.variants)
    for font in session.fonts:
        commit = checkpoint.fonts.get(font.font_name)
        if commit is None:
            continue
        given_up = commit.status in (FontStatus.FAILED, FontStatus.SKIPPED)
        if not given_up and not commit.failed_samples:
            continue
        lost = session.config.num_samples * variants - commit.completed_images
        yield FontFailure(
            font_name=font.font_name,
            path=str(font.path),
            status=commit.status.value,
            failed_images=lost if given_up else len(commit.failed_samples) * variants,
            error=commit.error or ExportError.of(ErrorCode.RENDER_FAILED, font_name=font.font_name),
        )
