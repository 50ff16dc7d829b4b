"""What the command asks of the screens, which it does not know."""

from pathlib import Path
from typing import NamedTuple, Protocol

from fontloom.model.config import EngineConfig, ExportSessionConfig


class Opening(NamedTuple):
    """What the screens begin with. Without anything: the sessions, or the first steps."""

    config: ExportSessionConfig | None = None
    """Configure this."""
    start: bool = False
    """Start it at once."""
    project: Path | None = None
    """Show this project."""
    resume: bool = False
    """Start an engine on it."""
    accept_versions: bool = False
    engine: EngineConfig | None = None
    """Replaces the engine's settings when resuming."""


class Face(Protocol):
    """The screens."""

    def fault(self) -> str | None:
        """Why no screen can be shown here, in a sentence."""
        ...

    def show(self, opening: Opening) -> int:
        """Shows the screens until their user leaves. Returns the exit status."""
        ...
