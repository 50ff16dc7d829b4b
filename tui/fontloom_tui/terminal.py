"""What the terminal can do, and how to give it back."""

import os
import sys
import termios
import threading
import time
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO

_REMOTE = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_FPS": "15", "TEXTUAL_SMOOTH_SCROLL": "0"}
_RESET = (
    "\x18"  # ends a sequence that was torn
    "\x1b[?2026l\x1b[?2004l\x1b[?2048l\x1b[?1004l"  # synchronized output, paste, resize and focus reports
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # the mouse
    "\x1b[<u\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"  # keyboard, line wrap, colours, alternate screen, cursor
)
_TRIES = 25
_TRY_SECONDS = 0.02

given_back = threading.Event()
"""Set when nothing more is to be shown."""
turn = threading.Lock()
"""Held while something is written."""

Attributes = list[Any]
"""The modes of a terminal, as termios has them."""


def fault() -> str | None:
    """Why no screen can be shown, in a sentence; None when one can."""
    for stream, name in ((sys.__stdin__, "input"), (sys.__stdout__, "output")):
        if not _is_terminal(stream):
            return f"The {name} is no terminal."
    kind = os.environ.get("TERM", "")
    if not kind:
        return "TERM is not set, so nobody knows what this terminal can do."
    if kind == "dumb":
        return "This terminal (TERM=dumb) cannot show screens."
    return None


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def prepare(environ: MutableMapping[str, str]) -> None:
    """Sets what Textual reads from the environment when it is imported, where the user has not."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        for name, value in _REMOTE.items():
            environ.setdefault(name, value)
    if environ.get("COLORTERM", "").lower() not in ("truecolor", "24bit"):
        system = _color_system(environ.get("TERM", ""))
        if system is not None:
            environ.setdefault("TEXTUAL_COLOR_SYSTEM", system)


def _color_system(kind: str) -> str | None:
    """The colours of a kind of terminal by the system's terminfo; None when it does not know the kind."""
    try:
        import curses  # noqa: PLC0415 - some Pythons are built without it

        curses.setupterm(kind, 1)
        count = curses.tigetnum("colors")
    except (ImportError, curses.error):
        return None
    if count >= 2**24:
        return "truecolor"
    return "256" if count >= 256 else "standard"


def speaks_utf8(environ: MutableMapping[str, str], *, utf8_mode: bool) -> bool:
    """Whether the user's locale is one of UTF-8, by its name: the terminal's own charset cannot be asked.

    `utf8_mode` is Python's. Where the locale was C, Python has turned that on and replaced LC_CTYPE.
    """
    if environ.get("PYTHONUTF8") == "1":
        return True
    replaced = utf8_mode and environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8")
    names = ("LC_ALL", "LANG") if replaced else ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((value for name in names if (value := environ.get(name))), "C")
    return locale.split("@")[0].lower().replace("-", "").endswith("utf8")


def attributes() -> Attributes:
    """The modes of the terminal now. Raises termios.error."""
    return termios.tcgetattr(0)


def open_output() -> int:
    """A descriptor of the terminal that is stdout, which does not block where that can be had.

    It is opened anew, for whether a descriptor blocks is shared with whoever has inherited it.
    """
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    with suppress(OSError):
        return os.open(os.ttyname(1), flags)
    with suppress(OSError):  # its own name may be in another container, or another user's after su
        return os.open("/dev/tty", flags)
    return os.dup(1)


def give_back(before: Attributes, words: str) -> None:
    """Leaves the screens without Textual and without ever waiting for the terminal: it may not be read.

    What it has not shown yet is discarded when there is no room. Does nothing in the background, where
    the terminal is another's.
    """
    given_back.set()
    with suppress(OSError, termios.error):
        if os.tcgetpgrp(0) != os.getpgrp():
            return
        termios.tcsetattr(0, termios.TCSANOW, before)
        output = open_output()
        if os.get_blocking(output) or not turn.acquire(timeout=_TRY_SECONDS * _TRIES):
            return
        data = (_RESET + words).encode("utf-8", "replace")
        for _ in range(_TRIES):
            with suppress(BlockingIOError):
                if os.write(output, data) == len(data):
                    return
            termios.tcflush(output, termios.TCOFLUSH)
            time.sleep(_TRY_SECONDS)


def can_stop() -> bool:
    """Whether a shell would notice that this process was stopped, and could continue it."""
    import psutil  # noqa: PLC0415

    own_group, session = os.getpgrp(), os.getsid(0)
    with suppress(psutil.Error, OSError):
        for process in psutil.Process().parents():
            if os.getpgid(process.pid) != own_group:
                return os.getsid(process.pid) == session
    return False
