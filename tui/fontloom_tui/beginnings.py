"""Configurations to begin with: a first export, and the settings of a project anew."""

from pathlib import Path

from fontloom.model.config import ExportSessionConfig
from fontloom.store.paths import ProjectPaths, free_name
from fontloom.store.state import load_session

_FIRST = ExportSessionConfig(project_name="first", output_path=Path("fontloom-output"), num_samples=50)


def first_export() -> ExportSessionConfig:
    """A small export of the starter fonts into a folder that is not there yet."""
    output = _FIRST.output_path.absolute()
    name = free_name(output, _FIRST.project_name)
    return _FIRST.model_copy(update={"output_path": output, "project_name": name})


def anew(project: Path) -> ExportSessionConfig:
    """The settings of a project, under a name that is free beside it. Raises FontloomError, OSError."""
    session = load_session(ProjectPaths(project))
    name = free_name(session.output_path, session.project_name)
    return session.config.model_copy(update={"output_path": session.output_path, "project_name": name})
