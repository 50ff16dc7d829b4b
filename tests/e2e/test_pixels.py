"""Samples as pixels, in terminals that can and cannot show them: some that this test plays, and tmux."""

import base64
import fcntl
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import font_caladea
import pytest
from PIL import Image
from pseudo_terminal import PseudoTerminal, until
from rich.cells import cell_len

pytest.importorskip("textual_image")

FONT = Path(font_caladea.__file__).parent / "files" / "Caladea-Regular.ttf"
CELL_WIDTH, CELL_HEIGHT = 10, 20
PLACEHOLDER = "\U0010eeee"
QUESTION = b"\x1b[>q\x1b[c"
KITTY = b"\x1bP>|kitty(0.40.1)\x1b\\\x1b[?62;c"
SIXEL = b"\x1bP>|XTerm(390)\x1b\\\x1b[?62;4;22c"
SILENT = b""
RIGHT, NEXT_PAGE, HELP, ESCAPE, STOP, LEAVE = "\x1b[C", "\x1b[6~", "\x1bOP", "\x1b", "\x1a", "\x11"
OPENED = b"\x1b[?1049h"
PAGES_BEFORE = 7
"""Of the form, before the page of the preview."""
WITHOUT_PIXELS = b"\xe2\x96\x80"

_PARTS = re.compile(
    r"\x1b_G(?P<keys>[^;\x1b]*);?(?P<payload>[^\x1b]*)\x1b\\"
    r"|\x1b\[(?P<numbers>[\d;]*)(?P<final>[Hm])"
    r"|(?P<cleared>\x1b\[\?1049h)"
    r"|\x1b(?:\[[0-?]*[ -/]*[@-~]|[P\]][^\x07\x1b]*(?:\x07|\x1b\\)|.)"
    r"|(?P<text>[^\x00-\x1f]+)"
)
_COLOUR = re.compile(r"(?:^|;)38;2;(\d+);(\d+);(\d+)")


class Kept(NamedTuple):
    """An image in the terminal's memory."""

    image: Image.Image
    columns: int
    rows: int


class Screen:
    """What a terminal that knows the kitty graphics protocol has after some output. Images go by 24 bits."""

    def __init__(self, output: bytes) -> None:
        self.images: dict[int, Kept] = {}
        self._texts: dict[tuple[int, int], str] = {}
        self._colours: dict[tuple[int, int], int] = {}
        self._x = self._y = self._colour = 0
        self._payload = ""
        for part in _PARTS.finditer(output.decode(errors="replace")):
            if part["keys"] is not None:
                self._keep(dict(key.split("=") for key in part["keys"].split(",")), part["payload"])
            elif part["final"] == "H":
                self._y, self._x = (int(number) for number in (part["numbers"] or "1;1").split(";"))
            elif part["final"] == "m":
                colour = _COLOUR.search(part["numbers"])
                self._colour = int.from_bytes(map(int, colour.groups())) if colour else 0
            elif part["cleared"]:
                self.images.clear()
                self._texts.clear()
            elif part["text"]:
                self._print(part["text"])

    def _keep(self, keys: dict[str, str], payload: str) -> None:
        number, action = int(keys["i"]) & 0xFFFFFF, keys.get("a", "t")
        assert keys["q"] == "2", "the answer would be taken for keys"
        if action == "t":
            self._payload += payload
        elif action == "p":
            assert keys["U"] == "1"
            image = Image.open(BytesIO(base64.b64decode(self._payload)))
            self.images[number] = Kept(image.convert("RGBA"), int(keys["c"]), int(keys["r"]))
            self._payload = ""
        else:
            assert (action, keys["d"]) == ("d", "I")
            self.images.pop(number, None)

    def _print(self, text: str) -> None:
        for character in text:
            if cell_len(character) == 0:
                self._texts[self._x - 1, self._y] += character
            for _ in range(cell_len(character)):
                self._texts[self._x, self._y], self._colours[self._x, self._y] = character, self._colour
                self._x += 1

    def places(self) -> dict[int, dict[tuple[int, int], str]]:
        """The cells in which each image is shown, and the marks that say which part of it."""
        found: dict[int, dict[tuple[int, int], str]] = {}
        for place, text in self._texts.items():
            if text.startswith(PLACEHOLDER):
                found.setdefault(self._colours[place], {})[place] = text[1:3]
        return found

    def settled(self) -> bool:
        """Whether images are shown, all of them known."""
        places = self.places()
        return bool(places) and places.keys() <= self.images.keys()


class AnsweringTerminal(PseudoTerminal):
    """A terminal whose cells have a size in pixels, and that says its name when it is asked."""

    def __init__(self, answer: bytes, *arguments: Any, **more: Any) -> None:
        self._answer = answer
        super().__init__(*arguments, **more)

    def _read(self) -> None:
        while not self._closing.is_set():
            if select.select([self._master], [], [], 0.05)[0]:
                with suppress(OSError):
                    self.output += os.read(self._master, 65536)
                if self._answer and QUESTION in self.output:
                    self.answer(self._answer)
                    self._answer = b""

    def answer(self, words: bytes) -> None:
        """Says something without being asked."""
        os.write(self._master, words)

    def resize(self, width: int, height: int) -> None:
        size = struct.pack("HHHH", height, width, width * CELL_WIDTH, height * CELL_HEIGHT)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, size)

    @property
    def screen(self) -> Screen:
        return Screen(self.output)

    def settled(self) -> bool:
        """Whether images are shown now, all of them known."""
        return self.screen.settled()


Opener = Callable[..., AnsweringTerminal]


@pytest.fixture
def environment(command) -> dict[str, str]:
    kept = {
        name: value
        for name, value in command.environment.items()
        if not name.startswith(("SSH_", "LC_", "TEXTUAL", "COLORTERM", "PYTHONUTF8", "TMUX", "NO_COLOR"))
    }
    return kept | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}


@pytest.fixture
def open_with(environment: dict[str, str], tmp_path: Path) -> Iterator[Opener]:
    """Opens the form for a font's export in a terminal that answers so."""
    opened: list[AnsweringTerminal] = []

    def open_it(answer: bytes, *shell: str, size: tuple[int, int] = (120, 40)) -> AnsweringTerminal:
        program = [sys.executable, "-m", "fontloom_tui", "--fonts", str(FONT)]
        program += ["--output", str(tmp_path / "sets")]
        opened.append(AnsweringTerminal(answer, [*shell, *program], environment, size=size))
        return opened[-1]

    yield open_it
    for terminal in opened:
        terminal.close()


def test_a_terminal_that_can_is_given_each_image_as_it_is(open_with: Opener) -> None:
    terminal = open_with(KITTY)
    until(terminal.settled, "images")
    screen = terminal.screen
    for number, cells in screen.places().items():
        image, columns, rows = screen.images[number]
        assert (columns, rows) == (26, 4), "256 by 64 pixels, never enlarged"
        assert image.size == (columns * CELL_WIDTH, rows * CELL_HEIGHT)
        assert image.getchannel("A").getbbox() == (0, 0, 256, 64)
        assert len(image.crop((0, 0, 256, 64)).getcolors(256 * 64) or ()) > 4, "nothing was drawn"
        # No two cells show the same part, and those in a line are marked so.
        assert len(set(cells.values())) == len(cells)
        assert len({(y, marks[0]) for (_, y), marks in cells.items()}) <= rows
        assert len({(x, marks[1]) for (x, _), marks in cells.items()}) == columns
    assert len(screen.images) >= 4
    assert terminal.output.count(b"\x1b[c") == 1, "the library asked, too"


def test_images_that_are_not_shown_are_not_kept(open_with: Opener) -> None:
    terminal = open_with(KITTY, size=(80, 24))
    terminal.expect("200 images")
    terminal.type(*[NEXT_PAGE] * PAGES_BEFORE)
    until(terminal.settled, "images")
    first = terminal.screen.images.keys()
    size = len(terminal.output)
    terminal.resize(90, 30)
    until(lambda: terminal.settled() and len(terminal.output) > size, "more room")
    terminal.type(RIGHT)
    until(lambda: terminal.settled() and not terminal.screen.images.keys() & first, "other samples")
    terminal.type(HELP)
    terminal.expect("Preview")
    terminal.type(ESCAPE)
    until(terminal.settled, "images after a dialog")
    terminal.type(ESCAPE)
    until(lambda: not terminal.screen.images, "an empty memory")
    assert not terminal.screen.places()
    terminal.type(LEAVE)
    assert terminal.end() == 0
    terminal.assert_restored()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is absent")
def test_images_come_back_with_the_app(open_with: Opener) -> None:
    # Job control, and a command after it: bash would else become the program.
    terminal = open_with(KITTY, "bash", "-mc", '"$@"; echo stopped; fg; exit', "bash")
    until(terminal.settled, "images")
    first = terminal.screen.images.keys()
    terminal.type(STOP)
    terminal.expect("stopped")
    until(lambda: terminal.output.count(OPENED) == 2 and terminal.settled(), "images again")
    assert not terminal.screen.images.keys() & first


@pytest.mark.parametrize("answer", [SIXEL, SILENT])
def test_other_terminals_get_half_blocks(open_with: Opener, answer: bytes) -> None:
    terminal = open_with(answer)
    until(lambda: WITHOUT_PIXELS in terminal.output, "samples")
    assert QUESTION in terminal.output
    # An answer that is late is not typed into the field that has the focus.
    terminal.answer(KITTY + b"fonts/here")
    terminal.expect("fonts/here")
    assert "kitty" not in terminal.text
    terminal.type(LEAVE)
    assert terminal.end() == 0
    assert PLACEHOLDER not in terminal.text
    assert b"\x1b_G" not in terminal.output
    assert b"\x1bP" not in terminal.output


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is absent")
def test_tmux_is_not_asked(environment: dict[str, str], tmp_path: Path) -> None:
    def tmux(*words: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(tmp_path / "socket"), "-f", os.devnull, *words],
            env=environment, capture_output=True, text=True, check=True, timeout=60,
        ).stdout  # fmt: skip

    command = [sys.executable, "-m", "fontloom_tui", "--fonts", str(FONT), "--output", str(tmp_path / "sets")]
    tmux("new-session", "-d", "-x", "120", "-y", "40", *command)
    try:
        until(lambda: WITHOUT_PIXELS.decode() in tmux("capture-pane", "-p"), "samples")
        assert PLACEHOLDER not in tmux("capture-pane", "-p")
    finally:
        tmux("kill-server")
