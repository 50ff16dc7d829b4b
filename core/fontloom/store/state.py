"""The state of sessions on disk: identity, checkpoints, and where sessions are."""

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

import orjson
import platformdirs

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import Checkpoint, FontCommit
from fontloom.model.session import ExportSession, SessionStatus
from fontloom.store.atomic import read_state, write_state
from fontloom.store.backend import FileBackend, StorageBackend
from fontloom.store.journal import replay
from fontloom.store.paths import ProjectPaths

_RECENT = "recent-projects"
_RECENT_KEPT = 50


def load_session(paths: ProjectPaths) -> ExportSession:
    """The session of a project, at the place where the project is now.

    Raises FontloomError: NO_PROJECT, STATE_UNREADABLE, STATE_FROM_FUTURE.
    """
    try:
        session = read_state(paths.session, ExportSession)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FontloomError(ErrorCode.NO_PROJECT, str(paths.root)) from error
    root = paths.root.absolute()
    return session.model_copy(update={"output_path": root.parent, "project_name": root.name})


def load_checkpoint(paths: ProjectPaths, session: ExportSession) -> tuple[Checkpoint, list[Path]]:
    """The newest good checkpoint with the journal after it, and the state files found bad.

    Without any good copy the journal alone is replayed from its start: it holds every commit.
    """
    bad = []
    found = None
    for path in (paths.progress, *paths.backups):
        try:
            candidate = read_state(path, Checkpoint)
        except FileNotFoundError:
            continue
        except FontloomError as error:
            if error.error.code is ErrorCode.STATE_FROM_FUTURE:
                raise
            bad.append(path)
            continue
        if candidate.session_id == session.session_id:
            found = candidate
            break
        bad.append(path)
    checkpoint = found or new_checkpoint(session)
    entries, length = replay(paths.journal, checkpoint.journal_bytes)
    if not entries:
        return checkpoint, bad
    fonts = dict(checkpoint.fonts)
    fonts.update((entry.font_name, entry.commit) for entry in entries)
    checkpoint = with_fonts(checkpoint, fonts, len(session.config.variants))
    update: dict[str, object] = {"journal_bytes": length}
    if checkpoint.status is SessionStatus.COMPLETED:
        update["status"] = SessionStatus.ACTIVE  # a commit after the end takes the session up again
    return checkpoint.model_copy(update=update), bad


def new_checkpoint(session: ExportSession) -> Checkpoint:
    """The checkpoint of a session of which nothing is done."""
    return Checkpoint(
        session_id=session.session_id,
        status=SessionStatus.ACTIVE,
        updated_at=session.created_at,
        total_images=session.total_images,
        exported_images=0,
        failed_images=0,
        bytes_written=0,
        elapsed_seconds=0.0,
        journal_bytes=0,
        commits=0,
    )


def with_fonts(checkpoint: Checkpoint, fonts: dict[str, FontCommit], variants: int) -> Checkpoint:
    """The checkpoint with these fonts and the totals that follow from them."""
    return checkpoint.model_copy(
        update={
            "fonts": fonts,
            "exported_images": sum(font.completed_images for font in fonts.values()),
            "failed_images": variants * sum(len(font.failed_samples) for font in fonts.values()),
            "bytes_written": sum(font.bytes_written for font in fonts.values()),
        }
    )


class SessionStateManager:
    """Finds sessions: recent ones of this user, and those below a folder."""

    def __init__(self, backend: StorageBackend | None = None) -> None:
        self._backend = backend or FileBackend(platformdirs.user_state_path("fontloom"))

    def remember(self, project_path: Path) -> None:
        """Puts a project first in the list of recent ones, if that list can be written."""
        paths = [str(project_path.absolute())]
        paths += [p for p in self._recent() if p != paths[0]]
        with contextlib.suppress(OSError):  # a list of conveniences: without it no data is lost
            self._backend.save(_RECENT, orjson.dumps(paths[:_RECENT_KEPT]))

    def forget(self, project_path: Path) -> None:
        """Takes a project off the list of recent ones, if that list can be written."""
        paths = self._recent()
        if (gone := str(project_path.absolute())) in paths:
            with contextlib.suppress(OSError):
                self._backend.save(_RECENT, orjson.dumps([path for path in paths if path != gone]))

    def recent_projects(self) -> list[Path]:
        """Recent projects that are still there, newest first."""
        return [Path(p) for p in self._recent() if _is_project(Path(p))]

    def _recent(self) -> list[str]:
        try:
            value = orjson.loads(self._backend.load(_RECENT) or b"[]")
        except (OSError, orjson.JSONDecodeError):
            return []
        return [p for p in value if isinstance(p, str)] if isinstance(value, list) else []

    @staticmethod
    def find_sessions_by_path(output_path: Path) -> list[Path]:
        """Projects directly inside a folder, or the folder itself when it is one."""
        if _is_project(output_path):
            return [output_path]
        try:
            return sorted(filter(_is_project, output_path.iterdir()))
        except (FileNotFoundError, NotADirectoryError):
            return []


def _is_project(path: Path) -> bool:
    # Unlike Path.is_file, this is no error for a folder that others keep closed.
    return os.path.isfile(ProjectPaths(path).session)


def save_checkpoint(paths: ProjectPaths, checkpoint: Checkpoint, *, durable: bool) -> None:
    """Writes the checkpoint atomically and keeps three earlier ones. Raises OSError."""
    write_state(
        paths.progress,
        checkpoint.model_copy(update={"updated_at": datetime.now(UTC)}),
        durable=durable,
        backups=paths.backups,
    )
