"""Going on with a project: in the running engine that holds it, or in a new one."""

import asyncio
from pathlib import Path
from typing import Any

from fontloom.cli.face import Face, Opening
from fontloom.cli.output import say
from fontloom.cli.settings import engine_config
from fontloom.cli.steer import connect
from fontloom.model.errors import ErrorCode, ExitCode, FontloomError
from fontloom.store.lock import is_locked, read_owner
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_session


def resume(
    project_dir: Path, *, accept_versions: bool, flags: dict[str, Any], json: bool, face: Face | None
) -> int:
    """Resumes a project, on the screens when there is a face. Returns the exit status.

    Raises FontloomError.
    """
    paths = ProjectPaths(project_dir)
    session = load_session(paths)
    engine = engine_config(session.config.engine, flags) if flags else None
    held = is_locked(paths)
    if held and engine is not None:
        detail = f"Held by {read_owner(paths) or 'an unknown process'}, whose settings cannot be replaced."
        raise FontloomError(ErrorCode.LOCKED, detail)
    goes_on = held and asyncio.run(_tell_held_engine(project_dir))
    if face is not None:
        return face.show(
            Opening(
                project=project_dir.absolute(),
                resume=not held,
                accept_versions=accept_versions,
                engine=engine,
            )
        )
    if goes_on:
        say("The engine that holds this project goes on.")
        return ExitCode.DONE
    from fontloom.cli.headless import run_headless  # noqa: PLC0415 - brings the engine along

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
    except TimeoutError:
        return False  # it is there, and busy
    except FontloomError as error:
        if error.error.code is ErrorCode.ENGINE_ABSENT:
            return False
        raise
