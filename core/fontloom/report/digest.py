"""The digest of a dataset: images and labels in order, hashed by font, then together."""

import hashlib
from collections.abc import Iterable

from fontloom.model.progress import EMPTY_DIGEST


def sample_digest(images: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Digest of a sample: over each image in variant order, its SHA-256 (32 bytes), then its manifest line.

    The line is without its newline.
    """
    whole = hashlib.sha256()
    for image_hash, line in images:
        whole.update(image_hash)
        whole.update(line)
    return whole.digest()


def chain(previous_hex: str, sample_digests: Iterable[bytes]) -> str:
    """Go on with a font's running digest (at first EMPTY_DIGEST): h = sha256(h, digest) for each sample."""
    running = bytes.fromhex(previous_hex)
    for digest in sample_digests:
        running = hashlib.sha256(running + digest).digest()
    return running.hex()


def dataset_digest(fonts: Iterable[tuple[str, str]]) -> str:
    """Digest of a dataset from (font name, digest) in any order; fonts without images do not count."""
    whole = hashlib.sha256()
    for name, digest in sorted(fonts):
        if digest != EMPTY_DIGEST:
            whole.update(f"{name}\0{digest}\n".encode())
    return whole.hexdigest()
