"""Reading font files: their bytes, and those of the sfnt inside a web font."""

import logging
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError, woff2

from fontloom.fonts.naming import plain_line
from fontloom.model.errors import ErrorCode, FontloomError

MAX_FILE_BYTES = 512 * 1024 * 1024

_PLAIN = (b"\0\1\0\0", b"true", b"OTTO", b"ttcf")
_WEB = {b"wOFF": "woff", b"wOF2": "woff2"}

# What fontTools raises on damaged files: it checks little and lets Python stumble.
_DAMAGE = (
    TTLibError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
    woff2.brotli.error,
)


def load_sfnt(path: Path) -> bytes:
    """The file as HarfBuzz reads it: ttf, otf and collections unchanged, woff and woff2 unpacked.

    Raises FontloomError: FONT_UNREADABLE, or FONT_CORRUPT for what is not a font.
    """
    return to_sfnt(read_font_file(path))


def read_font_file(path: Path) -> bytes:
    """All bytes of a file. Raises FontloomError: FONT_UNREADABLE, or FONT_CORRUPT when empty or too large."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise FontloomError(ErrorCode.FONT_UNREADABLE, "not a regular file")
            # As much as is asked for is allocated at once.
            data = file.read(min(found.st_size, MAX_FILE_BYTES) + 1)
    except OSError as error:
        raise FontloomError(ErrorCode.FONT_UNREADABLE, error.strerror or str(error)) from error
    if not data:
        raise FontloomError(ErrorCode.FONT_CORRUPT, "the file is empty")
    if len(data) > MAX_FILE_BYTES:
        raise FontloomError(ErrorCode.FONT_CORRUPT, "the file is larger than 512 MiB")
    return data


def to_sfnt(data: bytes) -> bytes:
    """The bytes of a font file with woff and woff2 unpacked. Raises FontloomError(FONT_CORRUPT)."""
    if data[:4] in _PLAIN:
        return data
    if data[:4] not in _WEB:
        raise FontloomError(ErrorCode.FONT_CORRUPT, "the file does not begin as a font does")
    if data[4:8] == b"ttcf":
        raise FontloomError(ErrorCode.FONT_CORRUPT, "WOFF2 collections are not supported")
    with corrupt_if_it_fails():
        font = TTFont(BytesIO(data), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
        font.flavor = None
        unpacked = BytesIO()
        font.save(unpacked, reorderTables=False)
    return unpacked.getvalue()


def web_format(data: bytes) -> str | None:
    """`woff` or `woff2` when the file is a web font."""
    return _WEB.get(data[:4])


@contextmanager
def corrupt_if_it_fails() -> Iterator[None]:
    """Turns what fontTools raises on damaged fonts into FontloomError(FONT_CORRUPT); silences its log."""
    logger = logging.getLogger("fontTools")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    except _DAMAGE as error:
        detail = plain_line(f"{type(error).__name__}: {error}")
        raise FontloomError(ErrorCode.FONT_CORRUPT, detail) from error
    finally:
        logger.setLevel(level)
