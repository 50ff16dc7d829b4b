"""A file that others append to, and may cut short or replace at any time."""

import os
from pathlib import Path

_HEAD_BYTES = 512


class FileChangedError(Exception):
    """The file is no longer the one that was looked at. Look again."""


class GrowingFile:
    """Reads of a growing file. It is opened for each read, so what is moved away or deleted is not held."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        """In bytes, when last looked at; 0 for a file that is absent."""
        self.generation = 0
        """Counts how often another file was found in its place, or the same one begun anew."""
        self._identity: tuple[int, int] | None = None
        self._head = b""

    def look(self) -> int:
        """Finds out the present size, and whether it is still the same file. Raises OSError."""
        try:
            file = _open(self.path)
        except (FileNotFoundError, NotADirectoryError):
            if self._identity is not None:
                self._identity, self._head, self.size = None, b"", 0
                self.generation += 1
            return 0
        try:
            found = os.fstat(file)
            head = os.pread(file, _HEAD_BYTES, 0)
        finally:
            os.close(file)
        identity = (found.st_dev, found.st_ino)
        # The start of the content tells a file that was emptied and has grown past its old size again.
        same = identity == self._identity and found.st_size >= self.size and head.startswith(self._head)
        if not same and self._identity is not None:
            self.generation += 1
        self._identity, self._head, self.size = identity, head, found.st_size
        return self.size

    def read(self, offset: int, size: int) -> bytes:
        """Bytes of the file as last looked at; fewer at its end. Raises FileChangedError, OSError."""
        size = min(size, self.size - offset)
        if size <= 0:
            return b""
        try:
            file = _open(self.path)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FileChangedError from error
        try:
            found = os.fstat(file)
            if (found.st_dev, found.st_ino) != self._identity:
                raise FileChangedError
            data = os.pread(file, size, offset)
        finally:
            os.close(file)
        if len(data) != size:
            raise FileChangedError
        return data


def _open(path: Path) -> int:
    # A pipe in its place must not make us wait for a writer.
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
