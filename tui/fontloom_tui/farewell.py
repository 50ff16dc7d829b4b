"""What is left behind when the app is left: an exit status, and words on how to come back."""

import os
import shlex
from contextlib import suppress
from pathlib import Path

from fontloom.model.errors import ExitCode, FontloomError, exit_code
from fontloom.model.progress import Snapshot
from fontloom.model.result import SessionSummary
from fontloom.model.session import SessionStatus
from fontloom.report.status import project_status
from fontloom.store.atomic import read_state
from fontloom.store.paths import ProjectPaths


def exit_status(last: Snapshot) -> int:
    """What a command ends with that showed a session to its end: what its engine ended with."""
    if last.status is SessionStatus.COMPLETED:
        return _of_summary(Path(last.project_path))
    return ExitCode.PAUSED if last.reason is None else exit_code(last.reason.code)


def _of_summary(project: Path) -> ExitCode:
    with suppress(OSError, FontloomError):
        summary = read_state(ProjectPaths(project).summary, SessionSummary)
        if summary.failures or summary.failed_images:
            return ExitCode.PARTIAL
    return ExitCode.DONE


def farewell(project: Path, *, attached: bool) -> tuple[str, ...]:
    """How to come back to a project as it stands now. `attached`: its engine was there to the last."""
    try:
        status = project_status(project)
    except (FontloomError, OSError):
        return ()  # it was shown, and what is wrong with it was said
    if status.state == SessionStatus.COMPLETED:
        return f"Done: {status.exported_images:,} images. To look at it again:", command("attach", project)
    if status.owner is not None and (attached or status.state == "running"):
        word = "goes on" if status.state == "running" else "waits"
        return f"The run {word}. To come back:", command("attach", project)
    safe = f"{status.exported_images:,} of {status.total_images:,} images are safe."
    return f"{safe} To go on:", command("resume", project)


def command(name: str, project: Path) -> str:
    """The line to type, with the project's path as short as it can be from here."""
    absolute = str(project.absolute())
    relative = os.path.relpath(absolute)
    if relative.startswith("-"):
        relative = f"./{relative}"
    return f"  fontloom {name} {shlex.quote(min(absolute, relative, key=len))}"
