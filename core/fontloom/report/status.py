"""How far projects are, by their files."""

from pathlib import Path

from fontloom.model.errors import ExportError, FontloomError, classify
from fontloom.model.result import ProjectProblem, ProjectStatus
from fontloom.model.session import SessionStatus
from fontloom.store.lock import is_locked, read_owner
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import SessionStateManager, load_checkpoint, load_session


def project_status(project_dir: Path) -> ProjectStatus:
    """Reads a project. Raises FontloomError, OSError."""
    paths = ProjectPaths(project_dir.absolute())
    session = load_session(paths)
    # Before the checkpoint: an engine that ends in between has left its last word there.
    running = is_locked(paths)
    checkpoint, _ = load_checkpoint(paths, session)
    state: str = checkpoint.status
    if checkpoint.status is SessionStatus.ACTIVE:
        state = "running" if running else "interrupted"
    owner = read_owner(paths) if running else None
    return ProjectStatus(
        project_path=paths.root,
        session_id=session.session_id,
        state=state,
        owner=str(owner) if owner else None,
        created_at=session.created_at,
        updated_at=checkpoint.updated_at,
        fonts=len(session.fonts),
        fonts_left_out=len(session.problems),
        total_images=checkpoint.total_images,
        exported_images=checkpoint.exported_images,
        failed_images=checkpoint.failed_images,
        bytes_written=checkpoint.bytes_written,
        elapsed_seconds=checkpoint.elapsed_seconds,
        reason=f"{checkpoint.reason.message} {checkpoint.reason.suggested_action}"
        if checkpoint.reason
        else None,
    )


def list_projects(output: Path | None = None) -> tuple[ProjectStatus | ProjectProblem, ...]:
    """Recent projects, newest first, or those in a folder; one that cannot be read comes with the reason.

    Raises FontloomError when the folder itself cannot be listed.
    """
    manager = SessionStateManager()
    try:
        found = manager.recent_projects() if output is None else manager.find_sessions_by_path(output)
    except OSError as error:
        raise FontloomError(classify(error), str(error)) from error
    return tuple(_status_or_problem(path) for path in found)


def _status_or_problem(path: Path) -> ProjectStatus | ProjectProblem:
    try:
        return project_status(path)
    except FontloomError as error:
        return ProjectProblem(project_path=path, error=error.error)
    except OSError as error:
        return ProjectProblem(project_path=path, error=ExportError.of(classify(error), str(error)))
