"""All that is held open for one session: made anew, or taken up again."""

import asyncio
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from fontloom.engine.commit import GroupCommit
from fontloom.engine.exporter import FileSystemExporter
from fontloom.engine.logs import SessionLogs
from fontloom.engine.recovery import RecoveryManager, hash_file
from fontloom.engine.revision import Revision, fonts_to_retry
from fontloom.engine.scanning import choose_fonts
from fontloom.engine.tracker import FontProgressTracker
from fontloom.engine.versions import rendering_versions
from fontloom.model.config import Durability, EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCategory, ErrorCode, ExportError, FontloomError, classify
from fontloom.model.progress import Checkpoint
from fontloom.model.session import ExportSession, SessionStatus
from fontloom.render.text import open_text
from fontloom.store.atomic import is_temporary, remove_temporary, write_state
from fontloom.store.lock import ProjectLock, is_locked, read_owner
from fontloom.store.paths import ProjectPaths
from fontloom.store.room import check_disk_space, validate_output_path
from fontloom.store.state import SessionStateManager, load_checkpoint, load_session, new_checkpoint


class Workspace(NamedTuple):
    """A session with its lock held and its files open."""

    paths: ProjectPaths
    session: ExportSession
    lock: ProjectLock
    logs: SessionLogs
    tracker: FontProgressTracker
    exporter: FileSystemExporter
    commit: GroupCommit
    revision: Revision

    def explain(self, error: Exception) -> ExportError:
        """The error in the words of the table, counted and logged."""
        if isinstance(error, FontloomError):
            known = error.error
        else:
            code = classify(error)
            if code is ErrorCode.DISK_FULL and self.exporter.check_disk_space(0, 1).free_inodes == 0:
                code = ErrorCode.NO_INODES
            known = ExportError.of(code, f"{type(error).__name__}: {error}")
        self.tracker.failed(known)
        trace = {"traceback": traceback.format_exc()} if known.category is ErrorCategory.BUG else {}
        self.logs.error(known, **trace)
        return known

    def close(self) -> None:
        """Closes the files and frees the lock; idempotent."""
        self.commit.close()
        self.logs.close()
        self.lock.release()


async def create_workspace(config: ExportSessionConfig) -> Workspace:
    """Makes the project of a new session.

    Nothing is written before fonts and texts were found good. Raises FontloomError: PROJECT_EXISTS,
    PROJECT_FINISHED, LOCKED, NO_FONTS, TEXT_SOURCE, or what the environment lacks.
    """
    config = config.absolute()
    paths = ProjectPaths(config.output_path / config.project_name)
    _check_output(paths.root, config.engine)
    _refuse_existing(paths, holding=False)
    text_hash = None
    if config.text.path is not None:
        await asyncio.to_thread(open_text, config.text)
        text_hash = await asyncio.to_thread(hash_file, config.text.path)
    fonts, problems = await choose_fonts(config)
    session = ExportSession(
        session_id=uuid4().hex,
        project_name=paths.root.name,
        output_path=paths.root.parent,
        created_at=datetime.now(UTC),
        config=config,
        fonts=fonts,
        problems=problems,
        versions=rendering_versions(),
        text_hash=text_hash,
    )
    with _locked(paths, session) as lock:
        _refuse_existing(paths, holding=True)
        remove_temporary(paths.root)
        workspace = _open(paths, session, lock, new_checkpoint(session))
        for problem in problems:
            if problem.error.code is not ErrorCode.FONT_DUPLICATE:
                workspace.exporter.export_problem(problem)
        write_state(paths.session, session, indent=True)
    workspace.logs.export(
        "session created", session=session.session_id, fonts=len(fonts), images=session.total_images
    )
    for problem in problems:
        workspace.tracker.failed(problem.error)
        workspace.logs.error(problem.error, font_name=problem.font_name, file=problem.path.name)
    return workspace


async def reopen_workspace(
    project_path: Path,
    *,
    accept_versions: bool,
    engine: EngineConfig | None,
    retry: tuple[str, ...] | None,
) -> Workspace:
    """Takes a project up where its last commit left it.

    `engine` replaces the settings that change no bytes. With `retry` these fonts (none named: all that
    failed) are to begin again, and a completed project is taken up if there are any; nothing of it changes
    before the work begins. Raises FontloomError: NO_PROJECT, LOCKED, PROJECT_FINISHED, CONFIG_INVALID for
    a font that the session does not have, PLAN_CHANGED, VERSIONS_CHANGED, STATE_UNREADABLE,
    STATE_FROM_FUTURE, or what the environment lacks.
    """
    paths = ProjectPaths(project_path.absolute())
    session = await asyncio.to_thread(load_session, paths)
    if engine is not None:
        config = session.config.model_copy(update={"engine": engine})
        session = session.model_copy(update={"config": config})
    with _locked(paths, session) as lock:
        checkpoint, _ = load_checkpoint(paths, session)
        again = () if retry is None else fonts_to_retry(session, checkpoint.fonts, retry)
        if checkpoint.status is SessionStatus.COMPLETED and not again:
            why = "" if retry is None else ": nothing failed, so there is nothing to retry"
            raise FontloomError(ErrorCode.PROJECT_FINISHED, f"{paths.root}{why}")
        recovery = RecoveryManager(paths, session)
        recovered = await asyncio.to_thread(recovery.recover, accept_versions=accept_versions)
        workspace = _open(paths, session, lock, recovered.checkpoint)
    if again:
        workspace.revision.retry(again)
    workspace.logs.export(
        "session resumed",
        session=session.session_id,
        exported_images=recovered.checkpoint.exported_images,
        removed_images=recovered.removed_images,
        damaged_state=recovered.moved_aside,
    )
    return workspace


@contextmanager
def _locked(paths: ProjectPaths, session: ExportSession) -> Iterator[ProjectLock]:
    """Takes the lock, and frees it only if the block fails. An OSError leaves as a FontloomError."""
    lock = ProjectLock(paths)
    try:
        paths.state.mkdir(parents=True, exist_ok=True)
        lock.acquire(session.session_id)
        yield lock
    except BaseException as error:
        lock.release()
        if isinstance(error, OSError):
            raise FontloomError(classify(error), str(error)) from error
        raise


def _refuse_existing(paths: ProjectPaths, *, holding: bool) -> None:
    """Raises FontloomError when the folder holds a project or other things: LOCKED, PROJECT_EXISTS,
    PROJECT_FINISHED, CONFIG_INVALID. `holding` says that the lock is ours.
    """
    if not holding and is_locked(paths):
        raise FontloomError(ErrorCode.LOCKED, f"Held by {read_owner(paths) or 'an unknown process'}.")
    if paths.session.exists():
        if _status(paths, load_session(paths)) is SessionStatus.COMPLETED:
            raise FontloomError(ErrorCode.PROJECT_FINISHED, str(paths.root))
        raise FontloomError(ErrorCode.PROJECT_EXISTS, str(paths.root))
    try:
        # What a start that was cut short leaves behind is no reason to refuse.
        ours = {paths.state.name, paths.fonts.name, paths.logs.name, paths.failed.name}
        others = [
            entry.name
            for entry in paths.root.iterdir()
            if entry.name not in ours and not is_temporary(entry.name)
        ]
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise FontloomError(ErrorCode.CONFIG_INVALID, f"project_name: {paths.root} is a file") from error
    if others:
        detail = f"project_name: {paths.root} holds other files ({others[0]}); choose another --project name"
        raise FontloomError(ErrorCode.CONFIG_INVALID, detail)


def _status(paths: ProjectPaths, session: ExportSession) -> SessionStatus:
    """The status in the newest good checkpoint."""
    checkpoint, _ = load_checkpoint(paths, session)
    return checkpoint.status


def _check_output(root: Path, engine: EngineConfig) -> None:
    valid = validate_output_path(root.parent)
    if not valid.valid:
        code = ErrorCode.CONFIG_INVALID if valid.writable else ErrorCode.PERMISSION_DENIED
        raise FontloomError(code, f"output_path: {valid.message}")
    room = check_disk_space(root, engine.min_free_mb * 2**20, engine.min_free_inodes)
    if room.free_bytes < room.needed_bytes:
        detail = f"{room.free_bytes // 2**20} MiB free at {room.path}, {engine.min_free_mb} MiB are kept free"
        raise FontloomError(ErrorCode.DISK_FULL, detail)
    if not room.sufficient:
        raise FontloomError(ErrorCode.NO_INODES, f"{room.free_inodes} inodes free at {room.path}")


def _open(
    paths: ProjectPaths, session: ExportSession, lock: ProjectLock, checkpoint: Checkpoint
) -> Workspace:
    durable = session.config.engine.durability is Durability.FULL
    exporter = FileSystemExporter(paths, session.config, durable=durable)
    exporter.create_project_structure()
    logs = SessionLogs(paths)
    tracker = FontProgressTracker(session, checkpoint)
    commit = GroupCommit(paths, session.config, exporter, tracker, logs, durable=durable)
    SessionStateManager().remember(paths.root)
    revision = Revision(session, exporter, commit, tracker, logs)
    return Workspace(paths, session, lock, logs, tracker, exporter, commit, revision)
