"""Textual's driver for terminals that vanish, stop reading, are stopped, or send what is no UTF-8."""

import os
import select
import selectors
import signal
import time
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import Any

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from fontloom_tui import terminal
from fontloom_tui.pixels import without_answers

_CHUNK = 4096
_LOOK_SECONDS = 0.1


class TerminalDriver(LinuxDriver):
    """Shows the app on the terminal that is stdout. When that is gone, the process gets a SIGHUP."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        # Always UTF-8: the encoding of Python's own streams follows the locale.
        self._file: Any = _Output()

    def _get_terminal_size(self) -> tuple[int, int]:
        """By the terminal: COLUMNS and LINES are those of the moment when they were exported."""
        with suppress(OSError):
            width, height = os.get_terminal_size(self._file.fileno())
            if width and height:
                return width, height
        return super()._get_terminal_size()

    def run_input_thread(self) -> None:
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode

        def take(data: bytes) -> None:
            if text := without_answers(decode(data)):
                for event in parser.feed(text):
                    self.process_message(event)

        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_LOOK_SECONDS):
                    data = self._read()
                    if not data:
                        os.kill(os.getpid(), signal.SIGHUP)
                        return
                    take(data)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        """What was typed; nothing when the terminal is gone."""
        try:
            return os.read(self.fileno, _CHUNK)
        except OSError:
            return b""

    # Stopped and continued. In between, the terminal is the shell's.

    @property
    def _showing(self) -> bool:
        return self._writer_thread is not None and self._writer_thread.is_alive()

    def _sigcont_application(self, *_: Any) -> None:
        # On the loop, after what other signals have asked of it: `kill` sends SIGTERM and SIGCONT to a
        # stopped job, which then must not touch the terminal any more.
        self._loop.call_soon_threadsafe(self._continue)

    def _continue(self) -> None:
        if self._app._exit:
            return
        if not self._showing:
            super()._sigcont_application()
        elif os.tcgetpgrp(self.fileno) != os.getpgrp():
            os.kill(os.getpid(), signal.SIGSTOP)
        else:  # we were not told of the stop, and the shell has set the terminal to its own modes
            self._must_signal_resume = True
            self.suspend_application_mode()
            self.resume_application_mode()

    def disable_input(self) -> None:
        if self._showing:
            super().disable_input()

    def stop_application_mode(self) -> None:
        if self._showing:
            super().stop_application_mode()

    def close(self) -> None:
        if self._showing:
            super().close()


class _Output:
    """The file that Textual's writer thread writes to. Drops what a terminal that is gone cannot take.

    Waits for room outside of `write`: nobody else can write to a terminal while a write to it is stuck.
    """

    def __init__(self) -> None:
        self._descriptor = terminal.open_output()
        self._parts: list[str] = []

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> None:
        self._parts.append(text)

    def flush(self) -> None:
        data = "".join(self._parts).encode("utf-8", "replace")
        self._parts.clear()
        with suppress(OSError):
            while data and not terminal.given_back.is_set():
                select.select([], [self._descriptor], [])
                try:
                    with terminal.turn:
                        if not terminal.given_back.is_set():
                            data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:  # there is room, for less than a line feed needs
                    time.sleep(_LOOK_SECONDS)
