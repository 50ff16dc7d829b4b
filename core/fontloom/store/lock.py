"""One engine a project: an operating system lock, and a record of who holds it."""

import contextlib
import fcntl
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import psutil
from filelock import FileLock, Timeout
from pydantic import ValidationError

from fontloom.model.base import Model
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.store.atomic import write_atomic
from fontloom.store.paths import ProjectPaths

_PATIENCE_SECONDS = 1.0
"""Longer than another process takes to look whether the lock is held."""


class Owner(Model):
    """Who holds a project."""

    pid: int
    process_started: float
    """Start of the process in seconds since the epoch: tells a process id used again."""
    boot_id: str
    host: str
    session_id: str
    since: datetime

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since:%Y-%m-%d %H:%M:%S %Z}"


class ProjectLock:
    """Held for the life of an engine. The system frees it when the process ends, however it ends."""

    def __init__(self, paths: ProjectPaths) -> None:
        self._paths = paths
        self._lock = FileLock(paths.lock, timeout=_PATIENCE_SECONDS, thread_local=False)

    def acquire(self, session_id: str) -> None:
        """Takes the lock and writes the owner record. Raises FontloomError(LOCKED) naming the owner."""
        try:
            self._lock.acquire()
        except Timeout as error:
            owner = read_owner(self._paths)
            raise FontloomError(ErrorCode.LOCKED, f"Held by {owner or 'an unknown process'}.") from error
        owner = Owner(
            pid=os.getpid(),
            process_started=psutil.Process().create_time(),
            boot_id=_boot_id(),
            host=socket.gethostname(),
            session_id=session_id,
            since=datetime.now(UTC),
        )
        write_atomic(self._paths.owner, owner.model_dump_json().encode(), durable=False, mode=0o600)

    def release(self) -> None:
        """Frees the lock; idempotent."""
        if self._lock.is_locked:
            with contextlib.suppress(
                OSError
            ):  # on a disk gone read-only it stays, and means nothing unlocked
                self._paths.owner.unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> "ProjectLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def read_owner(paths: ProjectPaths) -> Owner | None:
    """The owner record, or None when there is none that can be read."""
    try:
        return Owner.model_validate_json(paths.owner.read_bytes())
    except (OSError, ValidationError):
        return None


def is_locked(paths: ProjectPaths) -> bool:
    """Whether an engine holds the project now. Writes nothing, so a read-only disk can be looked at."""
    try:
        probe = os.open(paths.lock, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(probe)
    return False


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return f"boot-{int(psutil.boot_time())}"
