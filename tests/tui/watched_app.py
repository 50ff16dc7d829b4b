"""An app that watches one project and shows one screen of it, and keeps what the screen asks of it."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from tui_world import FakeEngine, FakeServices

import fontloom_tui
from fontloom.model.progress import Snapshot
from fontloom_tui import messages
from fontloom_tui.client import SessionWatch


class WatchedApp(App[None]):
    """The look and the sizes of the real app. `look` has the session looked at; nothing looks by itself."""

    CSS_PATH = Path(fontloom_tui.__file__).parent / "app.tcss"
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (32, "-tall")]

    def __init__(
        self, project: Path, services: FakeServices, screen: Callable[[SessionWatch], Screen[None]]
    ) -> None:
        super().__init__()
        self.session = SessionWatch(project, services, self._tell)
        self.shown = screen(self.session)
        self.asked: list[Message] = []
        self.problems: list[str] = []
        self.copied = ""

    def on_mount(self) -> None:
        self.push_screen(self.shown)

    def _tell(self, snapshot: Snapshot | None) -> None:
        for shown in reversed(self.screen_stack):
            shown.post_message(messages.Watched(snapshot))
            if not shown.is_modal:
                break

    async def look(self) -> None:
        await self.session._look()

    def _keep(self, message: Message) -> None:
        self.asked.append(message)

    on_go_back = on_go_home = on_resume_project = on_choose_output = _keep
    on_open_font = on_open_logs = on_open_errors = _keep

    def on_say_problem(self, message: messages.SayProblem) -> None:
        self.problems.append(str(message.error))

    def copy_to_clipboard(self, text: str) -> None:
        self.copied = text

    def last(self, kind: type[Message]) -> Message | None:
        """The last message of a kind that was asked."""
        return next((message for message in reversed(self.asked) if isinstance(message, kind)), None)


async def settled(app: WatchedApp, pilot: Pilot[None]) -> None:
    """Waits until the screen, and with it the keys in the footer, no longer changes."""
    pictures = [""]
    while len(pictures) < 4 or len(set(pictures[-3:])) > 1:
        await pilot.pause()
        pictures.append(app.export_screenshot())


def an_engine(services: FakeServices, project: Path) -> FakeEngine:
    """An engine that holds the project."""
    return services.engines.setdefault(project, FakeEngine(project))
