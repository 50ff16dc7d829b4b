"""Showing a session that runs: the one that is named, or the only one there is."""

import shlex
from pathlib import Path

from fontloom.cli.face import Face, Opening
from fontloom.cli.output import say
from fontloom.model.errors import ExitCode
from fontloom.model.result import ProjectStatus
from fontloom.report.status import list_projects
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_session


def attach(project_dir: Path | None, face: Face | None) -> int:
    """Shows a project on the screens. Returns the exit status; raises FontloomError(NO_PROJECT)."""
    fault = "This process has no screens." if face is None else face.fault()
    if face is None or fault is not None:
        named = "PROJECT_DIR" if project_dir is None else shlex.quote(str(project_dir))
        say(f"fontloom: {fault} To look without a screen:", f"  fontloom status {named}")
        return ExitCode.USAGE
    if project_dir is not None:
        load_session(ProjectPaths(project_dir))
        return face.show(Opening(project=project_dir.absolute()))
    running = [one for one in list_projects() if isinstance(one, ProjectStatus) and one.owner is not None]
    if not running:
        say("fontloom: No session runs now.", "  fontloom sessions lists those that can go on.")
        return ExitCode.USAGE
    return face.show(Opening(project=running[0].project_path) if len(running) == 1 else Opening())
