"""Whether the terminal shows images as pixels: it is asked once, before the screens open.

Images stand in cells of text here, so that they scroll, are covered and go away as text does (the kitty
graphics protocol with Unicode placeholders). kitty and Ghostty can do that. Others say that they know the
protocol and lack the placeholders, so terminals are asked for their name.
"""

import fcntl
import os
import re
import select
import struct
import termios
import time
from collections.abc import MutableMapping
from contextlib import suppress
from importlib.util import find_spec
from typing import NamedTuple

_PATIENCE_SECONDS = 0.5
_QUESTION = b"\x1b[>q\x1b[c"
"""For the name, and for what every terminal answers: after that, the name will not come any more."""
_NAME = re.compile(r"\x1bP>\|([^\x1b]*)\x1b\\")
_LAST = re.compile(r"\x1b\[\?[\d;]*c")
_KITTY = re.compile(r"kitty\((\d+)\.(\d+)")
_KITTY_WITH_PLACEHOLDERS = (0, 28)
_TRUE_COLOR = "truecolor"


class CellSize(NamedTuple):
    """The size of a cell of text, in pixels."""

    width: int
    height: int


_shown = False


def look(environ: MutableMapping[str, str]) -> None:
    """Finds out whether images are shown as pixels.

    It is not asked without the extra `images`, without colours, and where it cannot be kitty or Ghostty.
    Where images are shown, so are all colours: the environment says it to Textual.
    """
    global _shown  # noqa: PLW0603 - what a terminal is does not change while the screens are shown
    _shown = False
    if not _is_worth_asking(environ):
        return
    with suppress(OSError, termios.error):  # of a terminal that is gone, as the screens will notice
        _shown = _has_placeholders(name())
    if _shown:
        environ["TEXTUAL_COLOR_SYSTEM"] = _TRUE_COLOR


def _is_worth_asking(environ: MutableMapping[str, str]) -> bool:
    return (
        environ.get("TERM", "").startswith("xterm")
        and "NO_COLOR" not in environ
        and environ.get("TEXTUAL_COLOR_SYSTEM", _TRUE_COLOR) == _TRUE_COLOR
        and find_spec("textual_image") is not None
    )


def _has_placeholders(name: str) -> bool:
    kitty = _KITTY.match(name)
    if kitty is not None:
        return (int(kitty[1]), int(kitty[2])) >= _KITTY_WITH_PLACEHOLDERS
    return name.startswith("ghostty ")


def name(source: int = 0, sink: int = 1, seconds: float = _PATIENCE_SECONDS) -> str:
    """Asks the terminal for its name, and waits so long at most. Empty when it does not say.

    Keys are lost meanwhile, as they are until a screen is there. Raises OSError and termios.error.
    """
    before = termios.tcgetattr(source)
    quiet = termios.tcgetattr(source)
    quiet[3] &= ~(termios.ICANON | termios.ECHO)
    heard = ""
    termios.tcsetattr(source, termios.TCSANOW, quiet)
    try:
        os.write(sink, _QUESTION)
        deadline = time.monotonic() + seconds
        while not _LAST.search(heard) and (left := deadline - time.monotonic()) > 0:
            if select.select([source], [], [], left)[0]:
                data = os.read(source, 4096)
                if not data:
                    break
                heard += data.decode("latin-1")
    finally:
        termios.tcsetattr(source, termios.TCSANOW, before)
    said = _NAME.search(heard)
    return said[1] if said else ""


def without_answers(text: str) -> str:
    """What was typed, in what came from the terminal: one that is slow answers while screens are shown."""
    return _LAST.sub("", _NAME.sub("", text))


def cell_size() -> CellSize | None:
    """The size of a cell now; None where images are not shown as pixels."""
    if not _shown:
        return None
    try:
        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8)))
        size = CellSize(width // columns, height // rows)
    except (OSError, ZeroDivisionError):
        return None
    return size if all(size) else None
