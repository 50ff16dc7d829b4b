"""What stands where a project is to be made, and which name is free."""

import os
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from fontloom.model.errors import FontloomError
from fontloom.model.words import clean
from fontloom.report.status import project_status
from fontloom.store.atomic import is_temporary
from fontloom.store.lock import is_locked
from fontloom.store.paths import ProjectPaths, free_name


class Standing(StrEnum):
    """What is there."""

    FREE = "free"
    UNFINISHED = "unfinished"
    RUNNING = "running"
    FINISHED = "finished"
    OTHER = "other"
    """Something that is no project, or one that cannot be read."""


PROJECTS = (Standing.UNFINISHED, Standing.RUNNING, Standing.FINISHED)
"""What can be opened."""


class Place(NamedTuple):
    """What stands at a project's path."""

    project: Path
    standing: Standing
    words: str
    """Why the name is taken; empty when it is free."""
    free_name: str
    """The name itself, or the next that is free."""


def look_at(output: Path, name: str) -> Place:
    """Looks at the folder that a project would have. Reads files. Raises OSError."""
    project = (output / name).absolute()
    standing, words = _standing(project)
    return Place(project, standing, words, name if standing is Standing.FREE else free_name(output, name))


def _standing(project: Path) -> tuple[Standing, str]:
    shown = clean(project.name)
    paths = ProjectPaths(project)
    # What a start that was cut short leaves behind is in nobody's way.
    ours = {paths.state.name, paths.fonts.name, paths.logs.name, paths.failed.name}
    try:
        if paths.session.exists():
            return _progress(project)
        names = os.listdir(project)
        held = is_locked(paths)
    except FileNotFoundError:
        return Standing.FREE, ""
    except NotADirectoryError:
        return Standing.OTHER, f"{shown} is a file, or lies below one."
    except (FontloomError, OSError) as error:
        return Standing.OTHER, f"{shown} cannot be used: {clean(str(error))}"
    if held:
        return Standing.OTHER, f"{shown} is being made by another run."
    others = sorted(name for name in names if name not in ours and not is_temporary(name))
    return (
        (Standing.OTHER, f"{shown} holds other files ({clean(others[0])}).")
        if others
        else (Standing.FREE, "")
    )


def _progress(project: Path) -> tuple[Standing, str]:
    """How far a project is. Raises FontloomError, OSError."""
    status = project_status(project)
    shown = clean(project.name)
    part = status.exported_images / max(status.total_images, 1)
    match status.state:
        case "completed":
            return Standing.FINISHED, f"{shown} exists and is finished."
        case "running":
            return Standing.RUNNING, f"{shown} is running now ({part:.0%})."
    return Standing.UNFINISHED, f"{shown} exists and is unfinished ({part:.0%})."
