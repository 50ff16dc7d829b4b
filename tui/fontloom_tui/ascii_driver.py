"""Shows the app on a terminal of which only ASCII is known to be understood."""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len

from fontloom_tui.driver import TerminalDriver

_LIKE = {
    "-": "─╌┄┈╴╶‐‑‒–—―−⎯▔",
    "|": "│┃╎╏┆┇┊┋╵╷╹╻║‖▏▎▕▌▐",
    "=": "═━╍┅┉╸╺╼╾",
    "#": "█▉▊▋▓■▆▇▛▜▙▟",
    "%": "▒",
    ":": "░",
    "_": "▁▂▃",
    "o": "▄▅○◦◯◌◎",
    "*": "●•◉★☆✱∗⬤",
    "^": "▲△▴▵↑⬆▀",
    "v": "▼▽▾▿↓⬇",
    ">": "▶▷▸▹►→❯›»⮕",
    "<": "◀◁◂◃◄←❮‹«⏎",
    "+": "╭╮╯╰◆◇✚",
    ".": "…·∙⋅",
    "x": "×✕✖✗✘☒",
    "/": "✓✔☑╱",
    "\\": "╲",
    "'": "‘’‚′",
    '"': "“”„″",
    " ": "☐□▢",
}
_ASCII = {character: ascii for ascii, characters in _LIKE.items() for character in characters}


class AsciiDriver(TerminalDriver):
    """Writes each character that is not ASCII as as many ASCII ones as it is cells wide."""

    def write(self, data: str) -> None:
        super().write(data if data.isascii() else to_ascii(data))


def to_ascii(text: str) -> str:
    """The text in ASCII, each character as wide as it was."""
    return "".join(character if character.isascii() else _replacement(character) for character in text)


@lru_cache(maxsize=4096)
def _replacement(character: str) -> str:
    width = cell_len(character)
    if (like := _ASCII.get(character)) is not None:
        return like * width
    if "\N{BOX DRAWINGS LIGHT HORIZONTAL}" <= character <= "\N{BOX DRAWINGS HEAVY UP AND LIGHT DOWN}":
        return "+"
    if "\N{BRAILLE PATTERN BLANK}" < character <= "\N{BRAILLE PATTERN DOTS-12345678}":
        return ":"
    plain = unicodedata.normalize("NFKD", character)[:1]
    return plain if plain.isascii() and plain.isprintable() and width == 1 else "?" * width
