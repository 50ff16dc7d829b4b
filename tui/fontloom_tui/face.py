"""The screens, from their opening to the last word. Nothing here imports textual before they are opened."""

import asyncio
import gc
import os
import sys
from typing import TYPE_CHECKING

from fontloom.cli.face import Opening
from fontloom.cli.output import say
from fontloom.model.errors import ExitCode
from fontloom_tui import pixels, terminal
from fontloom_tui.signals import Signals

if TYPE_CHECKING:
    from fontloom_tui.app import FontloomApp


def show(opening: Opening) -> int:
    """Shows the app until its user leaves, and says how to come back. Returns the exit status."""
    able = terminal.speaks_utf8(os.environ, utf8_mode=bool(sys.flags.utf8_mode))
    if able:
        pixels.look(os.environ)
    terminal.prepare(os.environ)
    from fontloom_tui.app import FontloomApp  # noqa: PLC0415
    from fontloom_tui.ascii_driver import AsciiDriver  # noqa: PLC0415
    from fontloom_tui.driver import TerminalDriver  # noqa: PLC0415
    from fontloom_tui.services import LocalServices  # noqa: PLC0415

    app = FontloomApp(LocalServices(), opening, TerminalDriver if able else AsciiDriver)
    with Signals(app.leave, lambda: _last_line(app)) as signals:
        return asyncio.run(_show(app, signals))


async def _show(app: "FontloomApp", signals: Signals) -> int:
    from fontloom_tui.farewell import farewell  # noqa: PLC0415

    # What is loaded by now stays: without it, a full collection takes 5 ms of the loop and not 50.
    gc.collect()
    gc.freeze()
    await app.run_async()
    if terminal.given_back.is_set():
        signals.end()
    if app.last_project is not None:
        session = app.session
        say(*farewell(app.last_project, attached=session is not None and not session.finished))
    if signals.status is not None:
        # At once: an engine that is being started is told to stop when its task is cancelled, and a
        # connection that was lost must not end a run.
        signals.end()
    return ExitCode.BUG if app.return_code is None else app.return_code


def _last_line(app: "FontloomApp") -> str:
    from fontloom_tui.farewell import command  # noqa: PLC0415

    return "" if app.last_project is None else f"{command('attach', app.last_project)}\r\n"
