"""PNG files, deflated by ISA-L.

Format: https://www.w3.org/TR/png-3/
"""

from struct import pack

import cv2
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"\0\0\0\0IEND\xaeB`\x82"
_LEVEL = 2
_APART = 8
"""Bytes that are deflated by themselves. At levels 1 and 2, ISA-L's code for AVX2 hashes the first byte of a
stream together with an address, so that a few images in ten thousand came out with other bytes in another
process. After a flush it begins anew, with nothing of that kind."""
_NONE, _UP = 0, 2
_STEEP = 16
"""Where pixels that differ from the one above do so by more than this on average, edges are sharp: flat ink
and paper repeat themselves and are deflated as they are. Gradients and noise are deflated as differences
from the row above."""


def encode(image: NDArray[np.uint8]) -> bytes:
    """A PNG of a grey (height, width) or RGB (height, width, 3) image."""
    height, width = image.shape[:2]
    channels = 1 if image.ndim == 2 else image.shape[2]
    rows = np.ascontiguousarray(image).reshape(height, width * channels)
    filtered = np.empty((height, width * channels + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    if height > 1 and cv2.norm(rows[1:], rows[:-1], cv2.NORM_L1) > _STEEP * np.count_nonzero(filtered[1:]):
        filtered[:, 0] = _NONE
        filtered[:, 1:] = rows
    header = pack(">II5B", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    data = _deflate(filtered.reshape(-1))
    return b"".join((_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", data), _END))


def _deflate(data: NDArray[np.uint8]) -> bytes:
    stream = isal_zlib.compressobj(_LEVEL)
    return b"".join(
        (
            stream.compress(data[:_APART]),
            stream.flush(isal_zlib.Z_SYNC_FLUSH),
            stream.compress(data[_APART:]),
            stream.flush(),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    crc = isal_zlib.crc32(data, isal_zlib.crc32(kind))
    return b"".join((pack(">I", len(data)), kind, data, pack(">I", crc)))
