"""Making all that was written to a file system durable with one call."""

import ctypes
import os
import sys
from pathlib import Path

SYNCFS = sys.platform == "linux"
"""Whether one call can sync a whole file system."""


class FileSystemSync:
    """Syncs the file system of a folder through one descriptor that stays open.

    Kept open, the descriptor also reports write-back errors that happened since it was opened
    (Linux 5.8 and newer).
    """

    def __init__(self, folder: Path) -> None:
        self._fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._libc = ctypes.CDLL(None, use_errno=True)

    def sync(self) -> None:
        """Returns when all that was written before is durable; without syncfs at once. Raises OSError."""
        if SYNCFS and self._libc.syncfs(self._fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def close(self) -> None:
        """Closes the descriptor; idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
