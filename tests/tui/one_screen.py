"""An app around one screen of a watched project. It keeps what the screen asks for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.message import Message
from textual.screen import Screen
from tui_world import FakeServices

import fontloom_tui
from fontloom.model.progress import Snapshot
from fontloom_tui import messages
from fontloom_tui.client import SessionWatch


class OneScreen(App[None]):
    """The look and the sizes of the real app."""

    CSS_PATH = Path(fontloom_tui.__file__).parent / "app.tcss"
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (32, "-tall")]

    def __init__(
        self, project: Path, services: FakeServices, make: Callable[[SessionWatch], Screen[Any]]
    ) -> None:
        super().__init__()
        self.session = SessionWatch(project, services, self._tell)
        self.shown = make(self.session)
        self.asked: list[Message] = []
        self.clipboard_text = ""

    async def on_mount(self) -> None:
        await self.push_screen(self.shown)
        self.run_worker(self.session.run())

    def _tell(self, snapshot: Snapshot) -> None:
        self.shown.post_message(messages.Watched(snapshot))

    def _keep(self, message: Message) -> None:
        self.asked.append(message)

    on_go_back = on_resume_project = on_say_problem = _keep

    def copy_to_clipboard(self, text: str) -> None:
        self.clipboard_text = text
