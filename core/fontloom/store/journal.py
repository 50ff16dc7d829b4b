"""The commit journal: one checksummed line for each step of a font. Its sync is the commit point."""

import os
from pathlib import Path
from zlib import crc32

from pydantic import ValidationError

from fontloom.model.base import Model
from fontloom.model.progress import FontCommit


class JournalEntry(Model):
    """The state of one font after a commit. A later entry of a font replaces an earlier one."""

    font_name: str
    commit: FontCommit


class Journal:
    """Appends entries. A failed append leaves at most a torn tail, which replay drops."""

    def __init__(self, path: Path, *, sync: bool) -> None:
        self._sync = sync
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        self.length = os.fstat(self._fd).st_size

    def append(self, entries: list[JournalEntry]) -> None:
        """Writes the entries and syncs them. Raises OSError; nothing is committed then."""
        if os.fstat(self._fd).st_size != self.length:
            self.rewind()  # it failed when it was due: behind a torn line nothing would be read
        data = memoryview(b"".join(map(_line, entries)))
        while data:
            data = data[os.write(self._fd, data) :]
        if self._sync:
            os.fdatasync(self._fd)
        self.length = os.fstat(self._fd).st_size

    def rewind(self) -> None:
        """Cuts what a failed append may have left. Raises OSError."""
        os.ftruncate(self._fd, self.length)

    def close(self) -> None:
        """Closes the file; idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _line(entry: JournalEntry) -> bytes:
    body = entry.model_dump_json().encode()
    return b"%08x %s\n" % (crc32(body), body)


def replay(path: Path, start: int) -> tuple[list[JournalEntry], int]:
    """Entries from byte `start` to the first bad line, and the length up to there.

    A missing journal is empty. A `start` behind the end yields nothing and the length of the file.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], 0
    entries = []
    good = min(start, len(data))
    while (end := data.find(b"\n", good)) >= 0:
        checksum, _, body = data[good:end].partition(b" ")
        if checksum != b"%08x" % crc32(body):
            break
        try:
            entries.append(JournalEntry.model_validate_json(body))
        except ValidationError:
            break
        good = end + 1
    return entries, good
