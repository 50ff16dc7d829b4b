"""Which terminals are given pixels, and what they are told to keep and to drop."""

import base64
import fcntl
import os
import re
import termios
import threading
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from test_tui_sample_preview import Shown, a_png
from tui_world import until

from fontloom.model.config import ExportSessionConfig
from fontloom_tui import pixels
from fontloom_tui.pixels import CellSize
from fontloom_tui.widgets.pixel_image import cells, fit

KITTY, GHOSTTY = "kitty(0.40.1)", "ghostty 1.1.3"
NEEDED = {"TERM": "xterm-256color"}
PLACEHOLDER = "\U0010eeee"


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal: the side of its window, and that of a program."""
    window, program = os.openpty()
    yield window, program
    os.close(window)
    os.close(program)


def answering(window: int, answer: bytes) -> threading.Thread:
    """Gives an answer when a question has come."""

    def work() -> None:
        heard = b""
        while not heard.endswith(b"c"):
            heard += os.read(window, 100)
        os.write(window, answer)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (b"\x1bP>|kitty(0.40.1)\x1b\\\x1b[?62;c", KITTY),
        (b"a key\x1bP>|ghostty 1.1.3\x1b\\\x1b[?62;22c", GHOSTTY),
        (b"\x1b[?62;4c", ""),
    ],
)
def test_a_terminal_is_asked_for_its_name(terminal: tuple[int, int], answer: bytes, name: str) -> None:
    window, program = terminal
    before = termios.tcgetattr(program)
    thread = answering(window, answer)
    assert pixels.name(program, program, seconds=20) == name
    thread.join()
    assert termios.tcgetattr(program) == before


def test_a_terminal_that_never_answers_is_not_waited_for(terminal: tuple[int, int]) -> None:
    window, program = terminal
    before = termios.tcgetattr(program)
    os.write(window, b"keys")
    assert pixels.name(program, program, seconds=0.01) == ""
    assert termios.tcgetattr(program) == before


def test_late_answers_are_no_keys() -> None:
    assert pixels.without_answers("a\x1bP>|kitty(0.40.1)\x1b\\\x1b[?62;cb") == "ab"
    keys = "c\x1b[A\x1b[1;5C\x1bOP\x1b[97;5u\x1b[?2026;2$y\x1b"
    assert pixels.without_answers(keys) == keys


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A terminal of a name, with a library or without; `asked` counts the questions."""
    known: dict[str, Any] = {"name": KITTY, "library": object(), "asked": 0}

    def name() -> str:
        known["asked"] += 1
        if isinstance(known["name"], Exception):
            raise known["name"]
        return str(known["name"])

    monkeypatch.setattr(pixels, "name", name)
    monkeypatch.setattr(pixels, "find_spec", lambda _: known["library"])
    monkeypatch.setattr(fcntl, "ioctl", lambda *_: known.get("size", b"\x18\0\x50\0\x20\3\xe0\1"))
    monkeypatch.setattr(pixels, "_shown", False)
    return known


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (KITTY, True),
        ("kitty(0.28.0)", True),
        ("kitty(1.0.0)", True),
        (GHOSTTY, True),
        ("kitty(0.27.1)", False),
        ("kitty", False),
        ("WezTerm 20240203-110809-5046fc22", False),
        ("Konsole 24.08.1", False),
        ("XTerm(390)", False),
        ("tmux 3.5a", False),
        ("", False),
        (OSError(5, "gone"), False),
        (termios.error(5, "gone"), False),
    ],
)
def test_terminals_with_placeholders_are_given_pixels(
    world: dict[str, Any], name: str | Exception, shown: bool
) -> None:
    world["name"] = name
    environ = dict(NEEDED)
    pixels.look(environ)
    assert world["asked"] == 1
    assert pixels.cell_size() == (CellSize(10, 20) if shown else None)
    # The number of an image is a colour, which must not be replaced by one that is like it.
    assert environ.get("TEXTUAL_COLOR_SYSTEM") == ("truecolor" if shown else None)


@pytest.mark.parametrize(
    "change",
    [
        {"TERM": "tmux-256color"},
        {"TERM": "screen"},
        {"TERM": "linux"},
        {"NO_COLOR": "1"},
        {"TEXTUAL_COLOR_SYSTEM": "256"},
    ],
)
def test_terminals_that_cannot_are_not_asked(world: dict[str, Any], change: dict[str, str]) -> None:
    environ = NEEDED | change
    pixels.look(environ)
    assert environ == NEEDED | change
    assert (world["asked"], pixels.cell_size()) == (0, None)


def test_without_the_extra_nothing_is_asked(world: dict[str, Any]) -> None:
    world["library"] = None
    pixels.look(dict(NEEDED))
    assert (world["asked"], pixels.cell_size()) == (0, None)


def test_without_the_size_of_a_cell_there_are_no_pixels(world: dict[str, Any]) -> None:
    world["size"] = b"\x18\0\x50\0\0\0\0\0"
    pixels.look(dict(NEEDED))
    assert pixels.cell_size() is None


@pytest.mark.parametrize(
    ("image", "columns", "size", "taken"),
    [
        ((256, 64), 80, (256, 64), (26, 4)),
        ((256, 64), 20, (200, 50), (20, 3)),
        ((4096, 64), 400, (2560, 40), (256, 2)),
        ((8, 4096), 3, (8, 4096), (1, 205)),
    ],
)
def test_images_are_scaled_down_to_the_width_and_never_up(
    image: tuple[int, int], columns: int, size: tuple[int, int], taken: tuple[int, int]
) -> None:
    cell = CellSize(10, 20)
    assert fit(*image, columns, cell) == size
    assert cells(*size, cell) == taken


# The preview. What it writes to the terminal is read here.

_MESSAGE = re.compile(r"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\")


class Window(Shown):
    """The preview in a terminal with pixels, whose cells have the size `cell`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, config: ExportSessionConfig | None = None) -> None:
        super().__init__(config)
        pytest.importorskip("textual_image")
        self.cell: CellSize | None = CellSize(10, 20)
        monkeypatch.setattr(pixels, "cell_size", lambda: self.cell)
        self.images: dict[str, Image.Image] = {}
        self.sent = 0
        self._payload = ""

    def on_mount(self) -> None:
        assert self._driver is not None
        self._driver.write = self._take  # type: ignore[method-assign]

    def _take(self, data: str) -> None:
        for message in _MESSAGE.finditer(data):
            keys = dict(key.split("=") for key in message[1].split(","))
            if keys.get("a") == "d":
                del self.images[keys["i"]]
            elif keys.get("a") == "p":
                self.images[keys["i"]] = Image.open(BytesIO(base64.b64decode(self._payload)))
                self._payload = ""
                self.sent += 1
            else:
                self._payload += message[2]


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.convert("RGB").tobytes() == other.convert("RGB").tobytes()


async def test_images_are_shown_pixel_by_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Window(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.draw()
        await pilot.pause()
        # 26 columns an image: both variants stand beside each other, where half-blocks would not.
        assert app.lines[0] == "1  Text 1  (clear · blurred)"
        assert [line.count(PLACEHOLDER) for line in app.lines[:6]] == [0, 52, 52, 52, 52, 0]
        assert app.drawer.asked == [(1, 5)]
        first = Image.open(BytesIO(a_png(1, 256, 64)))
        image = next(iter(app.images.values()))
        assert image.size == (260, 80)
        assert same(image.crop((0, 0, 256, 64)), first)
        assert image.convert("RGBA").getpixel((258, 70)) == (0, 0, 0, 0)


async def test_images_wider_than_the_preview_are_scaled_down(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Window(monkeypatch, ExportSessionConfig(image_width=2048, image_height=256))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.draw()
        await pilot.pause()
        # A column each for the border, and one for the scrollbar.
        assert app.lines[1].count(PLACEHOLDER) == 77
        assert {image.size for image in app.images.values()} == {(770, 100)}


async def test_the_terminal_is_given_what_is_new_and_drops_what_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Window(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.draw()
        await pilot.pause()
        # The variants of a sample are equal here, and one image then.
        assert (len(app.images), app.sent) == (5, 5)
        # More room changes no image, scrolling is no change at all, and the same drawn again is the same.
        await pilot.resize_terminal(90, 24)
        app.preview.scroll_end(animate=False)
        await app.draw()
        await pilot.pause()
        assert (len(app.images), app.sent) == (5, 5)
        # The person enlarges the text: other cells.
        app.cell = CellSize(20, 40)
        await pilot.resize_terminal(60, 24)
        await until(pilot, lambda: (len(app.images), app.sent) == (5, 10))
        assert {image.size for image in app.images.values()} == {(260, 80)}
        # Other samples.
        before = set(app.images)
        app.preview.focus()
        await pilot.press("right")
        await until(pilot, lambda: not before & app.images.keys())
        # Words instead.
        app.preview.say("Nothing to see.")
        await until(pilot, lambda: not app.images)


async def test_the_terminal_forgets_while_it_is_another_program_s(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Window(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.draw()
        await pilot.pause()
        before = set(app.images)
        app.app_resume_signal.publish(app)
        await until(pilot, lambda: len(app.images) == 5 and not before & app.images.keys())


async def test_nothing_is_left_in_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Window(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.draw()
        await pilot.pause()
        assert app.images
        await app.preview.remove()
        assert not app.images


async def test_a_preview_that_is_not_to_be_seen_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Window(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        app.preview.display = False
        await pilot.pause()
        await app.draw()
        await pilot.pause()
        assert app.sent == 0
        app.preview.display = True
        await until(pilot, lambda: app.sent > 0)


async def test_without_pixels_there_are_half_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Window(monkeypatch)
    app.cell = None
    async with app.run_test(size=(80, 24)) as pilot:
        await app.draw()
        await pilot.pause()
        assert app.sent == 0
        assert "▀" in app.lines[1]
