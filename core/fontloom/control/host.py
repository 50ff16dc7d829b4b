"""An engine that runs and can be steered from other processes."""

from collections.abc import Callable
from typing import Protocol

from fontloom.control.address import socket_path
from fontloom.control.protocol import Steerable
from fontloom.control.server import ControlServer
from fontloom.model.errors import ExitCode
from fontloom.model.session import SessionStatus


class Runnable(Steerable, Protocol):
    """An engine with a session, ready to run."""

    @property
    def exit_code(self) -> ExitCode:
        """What a command that ran the session returns."""
        ...

    async def run(self) -> SessionStatus:
        """Works until the session is completed, left, cancelled or failed."""
        ...


async def serve_and_run(manager: Runnable, on_ready: Callable[[], None]) -> ExitCode:
    """Listens, calls `on_ready`, and runs the session to its end. Raises FontloomError before `on_ready`."""
    async with ControlServer(manager, socket_path(manager.session_id)):
        on_ready()
        await manager.run()
    return manager.exit_code
