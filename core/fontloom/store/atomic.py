"""Files that are whole or absent: write temp, sync, rename, sync folder; and a seal that shows damage."""

import contextlib
import errno
import filecmp
import hashlib
import os
import re
import secrets
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError

from fontloom.model.base import SCHEMA_VERSION, Model
from fontloom.model.errors import ErrorCode, FontloomError

M = TypeVar("M", bound=Model)

_JSON_SPACE = b" \t\r\n"
_SEAL = re.compile(rb'(?:,?\n  |,)?"checksum": ?"[0-9a-f]{64}"(?=[ \t\r\n]*\}[ \t\r\n]*\Z)')


def write_atomic(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o644) -> None:
    """Put `data` at `path` so that a reader, or a crash, sees the old file or the new one, whole.

    Until the rename, any failure leaves the old file as it was and no temporary file. Raises OSError.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, mode)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            size = os.fstat(descriptor).st_size
            if size != len(data):
                raise OSError(errno.EIO, f"{size} of {len(data)} bytes arrived", str(path))
            if durable:
                os.fsync(descriptor)
        finally:
            # Closed before the rename: network file systems report a failed write only here.
            os.close(descriptor)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        fsync_folder(path.parent)


def is_temporary(name: str) -> bool:
    """Whether a file name is one that `write_atomic` uses on the way, left behind by a crash if it stays."""
    return name.startswith(".") and name.endswith(".tmp")


def remove_temporary(folder: Path) -> None:
    """Removes what crashes of `write_atomic` left in a folder, if it exists. Raises OSError."""
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_temporary(entry.name):
                    os.unlink(entry.path)


def fsync_folder(path: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def seal(payload: bytes) -> bytes:
    """Add the payload's SHA-256 as last member `checksum` to a serialised JSON object.

    It is put in as text, so that reading checks the very bytes that were hashed. Raises ValueError for
    anything that does not end as an object does.
    """
    body = payload.rstrip(_JSON_SPACE)
    if not body.endswith(b"}"):
        raise ValueError("only a serialised JSON object can be sealed")
    head = body[:-1].rstrip(_JSON_SPACE)
    tail = payload[len(head) :]
    comma = b"" if head.endswith(b"{") else b","
    indented = tail.startswith(b"\n")
    member = b'\n  "checksum": "%s"' if indented else b'"checksum":"%s"'
    return head + comma + member % hashlib.sha256(payload).hexdigest().encode() + tail


def unseal(data: bytes) -> bytes:
    """The payload that was sealed. Raises FontloomError(STATE_UNREADABLE) unless every byte is as written."""
    if not data:
        raise FontloomError(ErrorCode.STATE_UNREADABLE, "it is empty")
    if not data.strip(b"\0"):
        raise FontloomError(ErrorCode.STATE_UNREADABLE, "it holds only zeros")
    member = _SEAL.search(data)
    if member is None:
        raise FontloomError(ErrorCode.STATE_UNREADABLE, "it is cut short or has no checksum")
    payload = data[: member.start()] + data[member.end() :]
    # Sealing again, and not just comparing hashes, also covers the bytes of the member itself.
    if seal(payload) != data:
        raise FontloomError(ErrorCode.STATE_UNREADABLE, "its checksum does not match")
    return payload


def write_state(
    path: Path, model: Model, *, durable: bool = True, backups: Sequence[Path] = (), indent: bool = False
) -> None:
    """Write a sealed state file, keeping the copy it replaces as the first of `backups`. Raises OSError."""
    payload = model.model_dump_json(indent=2 if indent else None).encode() + b"\n"
    if backups and path.exists():
        _keep(path, backups, durable)
    write_atomic(path, seal(payload), durable=durable)


def _keep(path: Path, backups: Sequence[Path], durable: bool) -> None:
    if backups[0].exists():
        if filecmp.cmp(path, backups[0], shallow=False):
            return  # An earlier write got this far and failed: to shift again would only lose the oldest.
        for newer, older in reversed(list(pairwise(backups))):
            with contextlib.suppress(FileNotFoundError):
                os.replace(newer, older)
    try:
        os.link(path, backups[0])
    except (
        OSError
    ):  # No hard links here, or a single backup is in the way; a real trouble stops the copy too.
        write_atomic(backups[0], path.read_bytes(), durable=durable)


class _Version(BaseModel):
    schema_version: int = Field(ge=1, strict=True)


def read_state(path: Path, cls: type[M]) -> M:
    """Read, check and validate a state file.

    Raises FontloomError(STATE_UNREADABLE or STATE_FROM_FUTURE) naming the file; OSError, FileNotFoundError
    among them, as it is.
    """
    data = path.read_bytes()
    try:
        payload = unseal(data)
        version = _Version.model_validate_json(payload).schema_version
        if version > SCHEMA_VERSION:
            raise FontloomError(
                ErrorCode.STATE_FROM_FUTURE, f"{path}: schema version {version}, known up to {SCHEMA_VERSION}"
            )
        return cls.model_validate_json(payload)
    except FontloomError as error:
        if error.error.code is ErrorCode.STATE_FROM_FUTURE:
            raise
        raise FontloomError(ErrorCode.STATE_UNREADABLE, f"{path}: {error.error.detail}") from None
    except ValidationError as error:
        raise FontloomError(ErrorCode.STATE_UNREADABLE, f"{path}: {one_line(error)}") from error


def one_line(error: ValidationError) -> str:
    """The first thing that is wrong, and how many more there are."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return " ".join(f"{where}: {first['msg']}{more}".removeprefix(": ").split())
