"""What is left of a session, as a session of its own: for another disk when the first is full."""

from pathlib import Path

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import FINISHED, FontCommit
from fontloom.store.paths import ProjectPaths, free_name
from fontloom.store.state import load_checkpoint, load_session


def remaining_config(project: Path, output: Path) -> ExportSessionConfig:
    """The configuration that makes the unfinished fonts of a project in another output folder.

    Whole fonts stay together: those begun start anew there, with the same bytes. A file of several fonts
    counts as unfinished when one of them is. The project's name is kept, or numbered when it is taken
    there. Raises FontloomError: NO_PROJECT, STATE_UNREADABLE; PROJECT_FINISHED when nothing is left.
    """
    paths = ProjectPaths(project)
    session = load_session(paths)
    checkpoint, _ = load_checkpoint(paths, session)
    left = [
        font.path
        for font in session.fonts
        if checkpoint.fonts.get(font.font_name, FontCommit()).status not in FINISHED
    ]
    if not left:
        raise FontloomError(ErrorCode.PROJECT_FINISHED, f"{project}: no font is unfinished")
    return session.config.model_copy(
        update={
            "fonts": tuple(dict.fromkeys(left)),
            "output_path": output,
            "project_name": free_name(output, session.project_name),
        }
    )
