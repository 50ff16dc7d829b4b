from io import BytesIO
from struct import unpack
from zlib import crc32, decompress

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from fontloom.render.png import encode

Pixels = NDArray[np.uint8]
CONTENTS = ("random", "flat", "two tones", "gradient", "noise")


def _pixels(height: int, width: int, colour: bool, content: str, seed: int) -> Pixels:
    rng = np.random.default_rng(seed)
    shape = (height, width, 3) if colour else (height, width)
    if content == "random":
        return rng.integers(0, 256, shape, np.uint8)
    if content == "flat":
        return np.full(shape, rng.integers(256), np.uint8)
    if content == "two tones":
        return (rng.random(shape) < 0.1).astype(np.uint8) * 255
    ramp = np.linspace(0, 255, height)[:, None] * 0.5 + np.linspace(0, 255, width)[None, :] * 0.5
    spread = np.broadcast_to(ramp[..., None] if colour else ramp, shape)
    noise = rng.normal(0, 9, shape) if content == "noise" else 0
    return np.clip(spread + noise, 0, 255).astype(np.uint8)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(data):
        size, kind = unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        (crc,) = unpack(">I", data[at + 8 + size : at + 12 + size])
        assert crc == crc32(kind + body)
        chunks.append((kind, body))
        at += 12 + size
    assert at == len(data)
    return chunks


def _check(image: Pixels) -> None:
    data = encode(image)
    assert [kind for kind, _ in _chunks(data)] == [b"IHDR", b"IDAT", b"IEND"]
    with Image.open(BytesIO(data)) as opened:
        opened.verify()
    with Image.open(BytesIO(data)) as opened:
        assert opened.mode == ("L" if image.ndim == 2 else "RGB")
        np.testing.assert_array_equal(np.asarray(opened), image)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(decoded if image.ndim == 2 else decoded[..., ::-1], image)


@settings(deadline=None, max_examples=150)
@given(
    height=st.integers(1, 64),
    width=st.integers(1, 64),
    colour=st.booleans(),
    content=st.sampled_from(CONTENTS),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_reader_reads_the_same_pixels(
    height: int, width: int, colour: bool, content: str, seed: int
) -> None:
    _check(_pixels(height, width, colour, content, seed))


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("size", [(1, 4096), (4096, 1), (128, 1024), (1500, 1111)])
def test_large_images(size: tuple[int, int], colour: bool, content: str) -> None:
    _check(_pixels(*size, colour, content, 1))


def test_parts_of_other_arrays_are_encoded_as_they_look() -> None:
    image = _pixels(40, 60, True, "random", 2)
    for view in (image[:, 10:41], image[::2], image[::-1], image[..., 1]):
        _check(view)


def _filters(image: Pixels) -> set[int]:
    data = dict(_chunks(encode(image)))[b"IDAT"]
    rows = np.frombuffer(decompress(data), np.uint8).reshape(len(image), -1)
    return set(rows[:, 0].tolist())


def test_sharp_edges_are_kept_and_gradients_are_differences() -> None:
    sharp = np.full((48, 195), 250, np.uint8)
    sharp[10:30, 20:90:5] = 10
    assert _filters(sharp) == {0}
    assert _filters(cv2.GaussianBlur(sharp, (0, 0), 3)) == {2}
    assert _filters(_pixels(48, 195, True, "noise", 3)) == {2}
