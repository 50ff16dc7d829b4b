"""The real app with its sessions in front, which notes what they ask for and leads nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Footer, OptionList, Static
from tui_world import FakeServices, until

import fontloom_tui
from fontloom_tui.app import FontloomApp
from fontloom_tui.preferences import Preferences, save_preferences
from fontloom_tui.screens.sessions import SessionsScreen
from fontloom_tui.widgets.session_list import SessionList


class Recorder(FontloomApp):
    """Notes what the screen asks for, and shows no other screen."""

    CSS_PATH = Path(fontloom_tui.__file__).parent / "app.tcss"

    def __init__(self, services: FakeServices) -> None:
        super().__init__(services)
        self.asked: list[Any] = []
        self.copied = ""

    def _note(self, message: Any) -> None:
        message.prevent_default()
        self.asked.append(message)

    on_configure = on_start_export = on_resume_project = on_open_project = _note

    def copy_to_clipboard(self, text: str) -> None:
        self.copied = text

    @property
    def sessions(self) -> SessionsScreen:
        screen = self.screen_stack[1]
        assert isinstance(screen, SessionsScreen)
        return screen

    @property
    def list(self) -> SessionList:
        return self.sessions.query_one(SessionList)

    @property
    def lines(self) -> OptionList:
        return self.list.query_one(OptionList)

    def said(self, where: str) -> str:
        return str(self.screen.query_one(where, Static).visual)


@asynccontextmanager
async def opened(
    services: FakeServices, size: tuple[int, int] = (80, 24), *, onboarded: bool = True
) -> AsyncIterator[tuple[Recorder, Pilot[int]]]:
    if onboarded:
        save_preferences(services.documents, Preferences(onboarded=True))
    app = Recorder(services)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.sessions._begun)
        yield app, pilot


async def settle(app: FontloomApp, pilot: Pilot[int]) -> None:
    """For a picture: a footer behind a dialog may still show the keys of a moment before."""
    footer = app.screen_stack[1].query_one(Footer)
    drawn = asyncio.Event()

    async def draw_again() -> None:
        await footer.recompose()
        drawn.set()

    footer.call_later(draw_again)
    await drawn.wait()
    await pilot.pause()
