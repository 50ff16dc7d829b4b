"""What screens ask of the app, and what the watched session tells the screens."""

from pathlib import Path

from textual.message import Message

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import FontloomError
from fontloom.model.progress import Snapshot


class GoBack(Message):
    """Leave this screen."""


class GoHome(Message):
    """Show the sessions."""


class Configure(Message):
    """Show the configure screen, filled in with a configuration, or with the draft."""

    def __init__(self, config: ExportSessionConfig | None = None) -> None:
        super().__init__()
        self.config = config


class StartExport(Message):
    """Start an engine on a new session, and show it."""

    def __init__(self, config: ExportSessionConfig) -> None:
        super().__init__()
        self.config = config


class ResumeProject(Message):
    """Start an engine that goes on with a project, and show it.

    With `retry` the named fonts are done again, or, when it is empty, all that failed.
    """

    def __init__(
        self, project: Path, *, accept_versions: bool = False, retry: tuple[str, ...] | None = None
    ) -> None:
        super().__init__()
        self.project = project
        self.accept_versions = accept_versions
        self.retry = retry


class OpenProject(Message):
    """Show a project: attached to its engine, or as its files say when there is none."""

    def __init__(self, project: Path) -> None:
        super().__init__()
        self.project = project


class OpenErrors(Message):
    """Show the errors of the watched project, all or of one font."""

    def __init__(self, font_name: str | None = None) -> None:
        super().__init__()
        self.font_name = font_name


class OpenLogs(Message):
    """Show the logs of the watched project."""


class OpenFont(Message):
    """Show a font of the watched project."""

    def __init__(self, font_name: str) -> None:
        super().__init__()
        self.font_name = font_name


class ChooseOutput(Message):
    """Make what is left of the watched project in another folder."""


class Welcomed(Message):
    """The first steps were shown, and need not come by themselves again."""


class SayProblem(Message):
    """Say in passing that something did not work."""

    def __init__(self, error: FontloomError | TimeoutError | OSError) -> None:
        super().__init__()
        self.error = error


class Watched(Message, bubble=False):
    """The watched session was looked at. What changed is in the SessionWatch; only the newest matters."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Watched)
