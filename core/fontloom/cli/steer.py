"""Steering the engine of a project from another process."""

import asyncio
from pathlib import Path

from fontloom.cli.output import say
from fontloom.control.address import socket_path
from fontloom.control.client import ControlClient
from fontloom.model.errors import ErrorCode, ExitCode, FontloomError
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_session


async def connect(project_dir: Path) -> ControlClient:
    """A client of the engine that holds the project. Raises FontloomError(NO_PROJECT, ENGINE_ABSENT)."""
    session = load_session(ProjectPaths(project_dir))
    try:
        return await ControlClient.connect(socket_path(session.session_id))
    except FontloomError as error:
        if error.error.code is ErrorCode.ENGINE_ABSENT:
            raise FontloomError(ErrorCode.ENGINE_ABSENT, str(project_dir)) from error
        raise


def pause_project(project_dir: Path, *, hold: bool) -> int:
    """Pauses the engine of a project. Returns the exit status; raises FontloomError."""

    async def ask() -> None:
        async with await connect(project_dir) as client:
            await client.pause(leave=not hold)

    asyncio.run(ask())
    say("Pausing: what is in flight is finished and committed.", f"  fontloom resume {project_dir}")
    return ExitCode.DONE


def cancel_project(project_dir: Path) -> int:
    """Cancels the session of a project. Returns the exit status; raises FontloomError."""

    async def ask() -> None:
        async with await connect(project_dir) as client:
            await client.cancel()

    asyncio.run(ask())
    say("Cancelled. What is committed stays, and verifies.")
    return ExitCode.DONE
