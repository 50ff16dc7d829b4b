"""What can be watched of a project whose engine is gone."""

from pathlib import Path

from fontloom.model.progress import Checkpoint, FontCommit, FontProgress, ProcessingStats, Snapshot
from fontloom.model.session import ExportSession, SessionStatus
from fontloom.report.progress import font_progress, images_left, overall_progress
from fontloom.store.lock import is_locked
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint, load_session

_PHASES = {
    SessionStatus.COMPLETED: "done",
    SessionStatus.CANCELLED: "cancelled",
    SessionStatus.FAILED: "failed",
}


def offline_snapshot(project_dir: Path) -> Snapshot:
    """The session as its files have it, with all fonts. Costs time by fonts, not by images.

    The phase is `done`, `paused`, `waiting`, `cancelled`, `failed`, `interrupted` when no engine holds
    the project though its session is active, and `running` when one does. Rates are averages over the
    working time of all runs. The cursor asks an engine for all fonts. Raises FontloomError, OSError.
    """
    paths = ProjectPaths(project_dir.absolute())
    session = load_session(paths)
    # Before the checkpoint: an engine that ends in between has left its last word there.
    held = is_locked(paths)
    checkpoint, _ = load_checkpoint(paths, session)
    fonts = tuple(
        font_progress(session, font.font_name, checkpoint.fonts.get(font.font_name, FontCommit()))
        for font in session.fonts
    )
    return Snapshot(
        session_id=session.session_id,
        project_path=str(paths.root),
        status=checkpoint.status,
        phase=_phase(checkpoint, held=held),
        reason=checkpoint.reason,
        cursor=0,
        overall=overall_progress(session, checkpoint, checkpoint.fonts, rendered=checkpoint.exported_images),
        stats=_stats(session, checkpoint),
        fonts=fonts,
        error_count=_errors(session, checkpoint, fonts),
    )


def _phase(checkpoint: Checkpoint, *, held: bool) -> str:
    if checkpoint.status is SessionStatus.ACTIVE:
        return "running" if held else "interrupted"
    if checkpoint.status is SessionStatus.PAUSED:
        return "paused" if checkpoint.reason is None else "waiting"
    return _PHASES[checkpoint.status]


def _stats(session: ExportSession, checkpoint: Checkpoint) -> ProcessingStats:
    elapsed = checkpoint.elapsed_seconds
    rate = checkpoint.exported_images / elapsed if elapsed else 0.0
    return ProcessingStats(
        images_per_second=rate,
        average_images_per_second=rate,
        bytes_per_second=checkpoint.bytes_written / elapsed if elapsed else 0.0,
        elapsed_seconds=elapsed,
        estimated_time_remaining=images_left(session, checkpoint.fonts.values()) / rate if rate else None,
        workers=0,
        batch_samples=0,
        commits=checkpoint.commits,
    )


def _errors(session: ExportSession, checkpoint: Checkpoint, fonts: tuple[FontProgress, ...]) -> int:
    """Fonts left out at the start, failed samples and fonts, and why the session waits or failed."""
    of_fonts = sum(max(font.error_count, font.last_error is not None) for font in fonts)
    return len(session.problems) + of_fonts + (checkpoint.reason is not None)
