"""Reading the manifest of a font, a line at a time."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict, Field, ValidationError

from fontloom.model.base import Model
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.store.atomic import one_line

BLOCK_BYTES = 1 << 20
"""Read at once; also the longest line that is believed."""


class ManifestLine(Model):
    """What verification needs of a line; the other fields (text, style, boxes, …) are for the reader."""

    model_config = ConfigDict(extra="ignore", strict=True)

    file_name: str
    """Relative to the manifest: `images/….png`."""
    sample: int = Field(ge=1)
    variant: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


def read_manifest(path: Path, limit: int | None) -> Iterator[tuple[bytes, ManifestLine]]:
    """The lines in the first `limit` bytes (all when None): as written, without newline, and what they say.

    Raises FontloomError(STATE_UNREADABLE) at the first line that is not whole, and OSError.
    """
    with open(path, "rb", buffering=BLOCK_BYTES) as file:
        position = number = 0
        while limit is None or position < limit:
            room = BLOCK_BYTES if limit is None else min(BLOCK_BYTES, limit - position)
            raw = file.readline(room)
            number += 1
            if not raw:
                if limit is None:
                    return
                reason = f"{path}: ends after {position} bytes, {limit} are committed"
                raise FontloomError(ErrorCode.STATE_UNREADABLE, reason)
            if not raw.endswith(b"\n"):
                raise FontloomError(
                    ErrorCode.STATE_UNREADABLE, f"{path}: line {number} is cut short or endless"
                )
            position += len(raw)
            raw = raw[:-1]
            try:
                line = ManifestLine.model_validate_json(raw)
            except ValidationError as error:
                reason = f"{path}: line {number}: {one_line(error)}"
                raise FontloomError(ErrorCode.STATE_UNREADABLE, reason) from error
            yield raw, line
