"""Going on with a project: in the running engine that holds it, or in a new one."""

import asyncio
from pathlib import Path
from typing import Any

from fontloom.cli.headless import run_headless
from fontloom.cli.output import say
from fontloom.cli.settings import engine_config
from fontloom.cli.steer import connect
from fontloom.model.errors import ErrorCode, ExitCode, FontloomError
from fontloom.store.lock import is_locked
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_session


def resume(project_dir: Path, *, accept_versions: bool, flags: dict[str, Any], json: bool) -> int:
    """Resumes a project. Returns the exit status; raises FontloomError."""
    paths = ProjectPaths(project_dir)
    session = load_session(paths)
    if is_locked(paths) and asyncio.run(_tell_held_engine(project_dir)):
        say("The engine that holds this project goes on.")
        return ExitCode.DONE
    engine = engine_config(session.config.engine, flags) if flags else None
    return run_headless(
        lambda manager: manager.resume_session(project_dir, accept_versions=accept_versions, engine=engine),
        json=json,
    )


async def _tell_held_engine(project_dir: Path) -> bool:
    """Whether a paused engine was there and was told to go on."""
    try:
        async with await connect(project_dir) as client:
            if (await client.snapshot(0)).phase not in ("paused", "waiting"):
                return False
            await client.resume()
            return True
    except FontloomError as error:
        if error.error.code is ErrorCode.ENGINE_ABSENT:
            return False
        raise
