"""A command in a pseudo-terminal, as in a window: what it shows, what it is sent, what it leaves."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

# Makes the terminal on stdin the controlling one of a new session, and leaves the locale as it is.
_LOGIN = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
del os.environ["PYTHONCOERCECLOCALE"]
os.execvp(sys.argv[1], sys.argv[1:])
"""
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_PRIVATE = re.compile(rb"\x1b\[\?(\d+)([hl])")
_OFF_AT_REST = {1000, 1003, 1004, 1006, 1015, 1049, 2004, 2026, 2048}
_ON_AT_REST = {7, 25}
PATIENCE = 60.0


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Waits for something that is not told of."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about in {seconds:g} s"
        time.sleep(0.02)


class PseudoTerminal:
    """One command in one terminal. `own` is whether it is the controlling one of the command's session.

    Everything is read as it comes, except while `reading` is cleared: then the terminal stands still.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        cwd: str | os.PathLike[str] | None = None,
        size: tuple[int, int] = (100, 30),
        own: bool = True,
    ) -> None:
        self._master, self.slave = os.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        self._seen = 0
        self.reading = threading.Event()
        self.reading.set()
        self._closing = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LOGIN, *command] if own else command,
            env={**environment, "PYTHONFAULTHANDLER": "1", "PYTHONCOERCECLOCALE": "0" if own else "1"},
            cwd=cwd,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._closing.is_set():
            self.reading.wait(0.05)
            if self.reading.is_set() and select.select([self._master], [], [], 0.05)[0]:
                with suppress(OSError):
                    self.output += os.read(self._master, 65536)

    # What it shows

    @property
    def text(self) -> str:
        """All that was shown, without escape sequences."""
        return _ESCAPES.sub(b"", self.output).decode(errors="replace")

    def expect(self, *words: str, seconds: float = PATIENCE) -> None:
        """Waits until one of the words is shown after what was expected before."""
        deadline = time.monotonic() + seconds
        while True:
            text = self.text
            found = [text.find(word, self._seen) for word in words]
            if any(at >= 0 for at in found):
                self._seen = max(at for at in found if at >= 0) + 1
                return
            state = f"exit status {self.process.poll()}"
            assert time.monotonic() < deadline, f"no {words} ({state}) in: {text[self._seen :][-2000:]!r}"
            time.sleep(0.02)

    def stuck(self) -> bool:
        """Whether the terminal takes no more: not even a line feed, which it shows otherwise."""
        probe = os.open(os.ttyname(self.slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            for _ in range(5):  # another write may be under way
                with suppress(BlockingIOError):
                    return not os.write(probe, b"\n")
                time.sleep(0.01)
            return True
        finally:
            os.close(probe)

    # What it is sent

    def type(self, *keys: str) -> None:
        """Presses keys."""
        for key in keys:
            os.write(self._master, key.encode())

    def resize(self, width: int, height: int) -> None:
        """Gives the window another size."""
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the command alone."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Closes the window."""
        self._closing.set()
        self._reader.join()
        os.close(self._master)
        self._master = -1

    # What it leaves

    def end(self, seconds: float = PATIENCE) -> int:
        """Waits for the end and returns the exit status. What does not end shows where it hangs."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait()
            self.drain()
            raise AssertionError(f"no end in {seconds:g} s: {self.text[-6000:]}") from None
        if self.reading.is_set() and self._master >= 0:
            self.drain()
        return status

    def drain(self) -> None:
        """Waits until what the command has written is read."""
        until(lambda: not select.select([self._master], [], [], 0.05)[0], "silence")

    def assert_restored(self) -> None:
        """The terminal is as it was: its modes, and those that were set by escape sequences."""
        assert termios.tcgetattr(self.slave) == self.before
        modes = {int(number): on == b"h" for number, on in _PRIVATE.findall(self.output)}
        left_on = {mode for mode in _OFF_AT_REST if modes.get(mode)}
        left_off = {mode for mode in _ON_AT_REST if not modes.get(mode, True)}
        assert not left_on and not left_off, (left_on, left_off, self.output[-300:])

    def last_lines(self) -> list[str]:
        """What was left in the terminal when the screens were gone."""
        left = _ESCAPES.sub(b"", self.output.rpartition(b"\x1b[?1049l")[2]).decode(errors="replace")
        return [line.strip() for line in left.splitlines() if line.strip()]

    def close(self) -> None:
        """Ends everything."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._master >= 0:
            self.hang_up()
        os.close(self.slave)
