"""Out of the app by a signal, with the terminal restored, whatever the event loop is doing."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, NoReturn

from fontloom_tui import terminal

_PATIENCE_SECONDS = 2.0
_NUMBERS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Signals:
    """Leads signals to `leave`, which is called on the event loop with the exit status.

    The loop stands still when the terminal is not read: the process then ends without it, two seconds
    after the first signal or at the second. `last_words` are said in that case.
    """

    def __init__(self, leave: Callable[[int], object], last_words: Callable[[], str]) -> None:
        self.status: int | None = None
        """128 + n once signal n has come."""
        self._leave = leave
        self._last_words = last_words
        self._hurry = threading.Event()
        self._earlier: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        self._terminal = terminal.attributes()
        for number in _NUMBERS:
            self._earlier[number] = signal.signal(number, self._arrived)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, earlier in self._earlier.items():
            signal.signal(number, earlier)

    # Handlers of the signal module, for those of an event loop run when the loop does.
    def _arrived(self, number: int, _: FrameType | None) -> None:
        if self.status is not None:
            self._hurry.set()
            return
        self.status = 128 + number
        threading.Thread(target=self._end, name="last-resort", daemon=True).start()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            sys.exit(self.status)  # there is no app, or none any more
        loop.call_soon_threadsafe(self._leave, self.status)

    def end(self) -> NoReturn:
        """Ends the process after a signal, now that the app has left the terminal."""
        if terminal.given_back.is_set():
            threading.Event().wait()  # it was not the app that did, and whoever does ends the process
        os._exit(self.status or 1)

    def _end(self) -> None:
        self._hurry.wait(_PATIENCE_SECONDS)
        terminal.give_back(self._terminal, self._last_words())
        os._exit(self.status or 1)
