"""What the screens need of the world: engines, projects, fonts, and documents of this user."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import platformdirs

from fontloom.control.address import socket_path
from fontloom.control.client import ControlClient
from fontloom.control.launcher import Launched, LaunchRequest, launch
from fontloom.control.protocol import Fonts, Status
from fontloom.control.scout_client import Scout
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import Snapshot
from fontloom.model.result import PathValidation, ProjectProblem, ProjectStatus, SpaceCheck, ValidationResult
from fontloom.report.offline import offline_snapshot
from fontloom.report.status import list_projects
from fontloom.store.backend import FileBackend, StorageBackend
from fontloom.store.paths import ProjectPaths
from fontloom.store.room import check_disk_space, validate_output_path
from fontloom.store.state import load_session

_LAUNCH_SECONDS = 3600.0
"""Thousands of fonts on a slow disk are looked at first; whoever waits can stop it."""


class Engine(Protocol):
    """The engine of one session. Everything raises FontloomError and TimeoutError, as ControlClient does."""

    async def snapshot(self, cursor: int = 0) -> Snapshot: ...
    async def pause(self, *, leave: bool) -> Status: ...
    async def resume(self) -> Status: ...
    async def cancel(self) -> Status: ...
    async def retry(self, fonts: tuple[str, ...] = ()) -> Fonts: ...
    async def skip(self, fonts: tuple[str, ...]) -> Fonts: ...
    async def set_workers(self, count: int) -> Status: ...
    async def close(self) -> None: ...


class Services(Protocol):
    """The world. Tests have one of their own."""

    documents: StorageBackend
    """Preferences and drafts."""

    def now(self) -> datetime:
        """The time, in UTC."""
        ...

    async def connect(self, project: Path) -> Engine:
        """The engine that holds a project. Raises FontloomError(NO_PROJECT, ENGINE_ABSENT)."""
        ...

    async def offline(self, project: Path) -> Snapshot:
        """A project without an engine, by its files. Raises FontloomError."""
        ...

    async def launch(self, request: LaunchRequest) -> Launched:
        """Starts an engine that outlives us. Raises FontloomError."""
        ...

    async def projects(self, output: Path | None = None) -> tuple[ProjectStatus | ProjectProblem, ...]:
        """Recent projects, or those in a folder."""
        ...

    async def room(
        self, path: Path, needed_bytes: int, needed_inodes: int
    ) -> tuple[PathValidation, SpaceCheck | None]:
        """Whether a folder can take a project, and the room on its disk. Raises OSError."""
        ...

    async def verify(self, project: Path, *, deep: bool) -> ValidationResult:
        """Verifies a project, in a process of its own. Raises FontloomError."""
        ...

    async def scout(self) -> Scout:
        """The process that opens fonts for us; started when first needed, and again when it died."""
        ...

    async def close(self) -> None:
        """Ends what was started for us alone. Idempotent."""
        ...


class LocalServices:
    """The world as it is on the machine we run on."""

    def __init__(self) -> None:
        self.documents: StorageBackend = FileBackend(platformdirs.user_state_path("fontloom"))
        self._scout: Scout | None = None
        self._scouting = asyncio.Lock()

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def connect(self, project: Path) -> Engine:
        session = await asyncio.to_thread(load_session, ProjectPaths(project))
        return await ControlClient.connect(socket_path(session.session_id))

    async def offline(self, project: Path) -> Snapshot:
        return await asyncio.to_thread(offline_snapshot, project)

    async def launch(self, request: LaunchRequest) -> Launched:
        return await launch(request, timeout=_LAUNCH_SECONDS)

    async def projects(self, output: Path | None = None) -> tuple[ProjectStatus | ProjectProblem, ...]:
        return await asyncio.to_thread(list_projects, output)

    async def room(
        self, path: Path, needed_bytes: int, needed_inodes: int
    ) -> tuple[PathValidation, SpaceCheck | None]:
        valid = await asyncio.to_thread(validate_output_path, path)
        if not valid.valid:
            return valid, None
        return valid, await asyncio.to_thread(check_disk_space, path, needed_bytes, needed_inodes)

    async def verify(self, project: Path, *, deep: bool) -> ValidationResult:
        command = [sys.executable, "-m", "fontloom_tui", "verify", "--json", str(project)]
        process = await asyncio.create_subprocess_exec(
            *command,
            *(["--deep"] if deep else []),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            raise
        if not out.strip():
            raise FontloomError(ErrorCode.STATE_UNREADABLE, err.decode(errors="replace").strip())
        return ValidationResult.model_validate_json(out)

    async def scout(self) -> Scout:
        async with self._scouting:
            if self._scout is None or self._scout.closed:
                self._scout = await Scout.start()
            return self._scout

    async def close(self) -> None:
        if self._scout is not None:
            await self._scout.close()
