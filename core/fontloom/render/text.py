"""What is written: random strings, words of a file, lines of a corpus. Chosen by sample number."""

import mmap
from codecs import BOM_UTF8, utf_8_decode
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from unicodedata import bidirectional, category, decomposition

import numpy as np
from fontTools import unicodedata as scripts

from fontloom.model.config import Charset, TextConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.render.font import RenderFont
from fontloom.render.itemize import CONTROLS

_LONGEST = 65_536
"""Bytes read of a word or line."""
_SEARCH = 20_000
"""Lines looked at for one that the font can write, before giving up."""

_RANGES: dict[Charset, tuple[tuple[int, int], ...]] = {
    Charset.DIGITS: ((0x30, 0x39),),
    Charset.LETTERS: ((0x41, 0x5A), (0x61, 0x7A)),
    Charset.ALPHANUMERIC: ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
    Charset.ASCII: ((0x21, 0x7E),),
    Charset.LATIN: ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x17F)),
    Charset.GREEK: ((0x386, 0x386), (0x388, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x3CE)),
    Charset.CYRILLIC: ((0x400, 0x45F),),
}

_AUTO: dict[str, tuple[Charset, ...]] = {
    "Latn": (Charset.ALPHANUMERIC,),
    "Grek": (Charset.GREEK, Charset.DIGITS),
    "Cyrl": (Charset.CYRILLIC, Charset.DIGITS),
}
"""Scripts whose everyday letters are a small part of their code points."""

_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lo", "Nd"})
_VISIBLE = _LETTERS | {"Lm", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"}
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def charset_characters(charset: Charset) -> frozenset[int]:
    """Code points of a named set other than AUTO."""
    return frozenset(c for first, last in _RANGES[charset] for c in range(first, last + 1))


def wanted_characters(config: TextConfig, available: frozenset[int], main_script: str) -> frozenset[int]:
    """Characters of random strings that a font with these code points can write."""
    if config.characters:
        return available & {ord(c) for c in config.characters if not c.isspace()}
    if config.charset is not Charset.AUTO:
        return available & charset_characters(config.charset)
    if main_script in _AUTO:
        wanted = frozenset().union(*(charset_characters(c) for c in _AUTO[main_script])) & available
        if wanted:
            return wanted
    letters = frozenset(
        c
        for c in available
        if category(chr(c)) in _LETTERS
        and main_script in (scripts.script(chr(c)), "Zyyy", "Zzzz")
        and not decomposition(chr(c)).startswith("<")  # a form of another letter, kept for old encodings
    )
    # Digits run left to right inside right-to-left text, so random strings keep to letters there.
    turned = frozenset(c for c in letters if bidirectional(chr(c)) in _RIGHT_TO_LEFT)
    return turned or letters or frozenset(c for c in available if category(chr(c)) in _VISIBLE)


class TextSource(Protocol):
    """Gives the text of a sample."""

    def pick(self, font: RenderFont, rng: np.random.Generator) -> str:
        """A text that the font has all characters for. Raises FontloomError(MISSING_CHARACTERS)."""
        ...


class RandomStrings:
    """Strings of characters drawn evenly from those that the font has ink for."""

    def __init__(self, config: TextConfig) -> None:
        self._config = config
        self._wanted = lru_cache(maxsize=16)(self._characters)

    def _characters(self, font: RenderFont) -> Sequence[int]:
        return sorted(wanted_characters(self._config, font.characters, font.main_script))

    def pick(self, font: RenderFont, rng: np.random.Generator) -> str:
        wanted = self._wanted(font)
        if not wanted:
            raise FontloomError(ErrorCode.MISSING_CHARACTERS, "none of the character set")
        length = int(rng.integers(self._config.min_length, self._config.max_length + 1))
        chosen = [wanted[i] for i in rng.integers(0, len(wanted), size=length).tolist()]
        inked = [c for c in chosen if font.draws(c)]
        while len(inked) < length:
            more = [wanted[i] for i in rng.integers(0, len(wanted), size=4 * length).tolist()]
            fresh = [c for c in more if font.draws(c)]
            if not fresh and not any(map(font.draws, wanted)):
                raise FontloomError(ErrorCode.FONT_NO_OUTLINES, "no character of the set has ink")
            inked = (inked + fresh)[:length]
        return "".join(map(chr, inked))


class FileText:
    """Words or lines of a UTF-8 file, mapped and not read, so that it can be larger than memory."""

    def __init__(self, path: Path, config: TextConfig) -> None:
        self._config = config
        self._words = config.kind == "words"
        try:
            with path.open("rb") as file:
                self._data: mmap.mmap | bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise FontloomError(ErrorCode.TEXT_SOURCE, f"{path}: {error.strerror}") from error
        except ValueError as error:  # an empty file cannot be mapped
            raise FontloomError(ErrorCode.TEXT_SOURCE, f"{path} is empty") from error
        self._starts = self._find_starts()
        if len(self._starts) == 0:
            raise FontloomError(ErrorCode.TEXT_SOURCE, f"{path} has no text")

    def _find_starts(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Offsets at which a word or line begins: after a separator, at a byte that is none.

        There are none when the file is all white space.
        """
        parts = []
        before = True
        blank = True
        for base in range(0, len(self._data), 1 << 24):
            block = np.frombuffer(self._data[base : base + (1 << 24)], np.uint8)
            white = block <= 0x20
            blank = blank and bool(white.all())
            gap = white if self._words else (block == 0x0A) | (block == 0x0D)
            previous = np.empty_like(gap)
            previous[0], previous[1:] = before, gap[:-1]
            parts.append(np.flatnonzero(previous & ~gap) + base)
            before = bool(gap[-1])
        return np.concatenate(parts)[: 0 if blank else None]

    def __len__(self) -> int:
        return len(self._starts)

    def entry(self, index: int) -> str:
        """The index-th word or line, without white space at its ends and without explicit directions.

        Undecodable bytes make it empty.
        """
        start = int(self._starts[index])
        end = int(self._starts[index + 1]) if index + 1 < len(self._starts) else len(self._data)
        data = self._data[start : min(end, start + _LONGEST)].removeprefix(BOM_UTF8)
        try:
            text, _ = utf_8_decode(data, "strict", end <= start + _LONGEST)  # a cut may split a character
        except UnicodeDecodeError:
            return ""
        return " ".join(text.translate(CONTROLS).split())

    def _cut(self, text: str, rng: np.random.Generator) -> str:
        limit = self._config.line_length
        if len(text) <= limit or self._words:
            return text
        words = text.split(" ")
        first = int(rng.integers(0, len(words)))
        while first and sum(map(len, words[first:])) + len(words) - first - 1 < limit // 2:
            first -= 1
        cut = words[first]
        for word in words[first + 1 :]:
            if len(cut) + 1 + len(word) > limit:
                break
            cut += " " + word
        return cut[:limit]

    def pick(self, font: RenderFont, rng: np.random.Generator) -> str:
        start = int(rng.integers(0, len(self._starts)))
        for step in range(min(len(self._starts), _SEARCH)):
            text = self._cut(self.entry((start + step) % len(self._starts)), rng)
            if text and all(ord(c) in font.characters for c in text):
                return text
        raise FontloomError(ErrorCode.MISSING_CHARACTERS, "no text of the file can be written")


def open_text(config: TextConfig) -> TextSource:
    """The source that the configuration names. Raises FontloomError(TEXT_SOURCE)."""
    return RandomStrings(config) if config.path is None else FileText(config.path, config)
