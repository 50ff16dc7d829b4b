"""Remembers inspections between scans, so that a font seen before is not opened again."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import platformdirs
from pydantic import ValidationError

from fontloom.fonts.inspection import INSPECTION_VERSION, Inspection

_BUSY_SECONDS = 1.0
# Device and inode are text because they may exceed the 63 bits of SQLite's integers.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY, device TEXT, inode TEXT, size INTEGER, mtime_ns INTEGER, version INTEGER,
    inspection TEXT)
"""
_FIND = """
SELECT inspection FROM files
WHERE path = ? AND device = ? AND inode = ? AND size = ? AND mtime_ns = ? AND version = ?
"""


class FileKey(NamedTuple):
    """A file as it was at one moment; when the key differs, the file may too."""

    path: Path
    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> "FileKey":
        """The key of a file now. Raises OSError."""
        status = path.stat()
        return cls(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def row(self) -> tuple[bytes, str, str, int, int, int]:
        """The key, and the version of what was learned under it, as SQLite holds them."""
        path = os.fsencode(self.path)
        return path, str(self.device), str(self.inode), self.size, self.mtime_ns, INSPECTION_VERSION


class InspectionCache:
    """Inspections by file key, in one SQLite file of the user's cache folder.

    Never in the way: a damaged file is made anew, and without a usable one nothing is remembered. May move
    between threads, one call at a time.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(platformdirs.user_cache_dir("fontloom"), "inspections.sqlite3")
        self._connection = self._open() or self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; afterwards nothing is found or stored."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def find(self, keys: Iterable[FileKey]) -> dict[FileKey, Inspection]:
        """What is known of these files."""
        found: dict[FileKey, Inspection] = {}

        def read(connection: sqlite3.Connection) -> None:
            for key in keys:
                row = connection.execute(_FIND, key.row()).fetchone()
                # A row that holds no inspection is overwritten by the next scan.
                with contextlib.suppress(ValidationError):
                    if row:
                        found[key] = Inspection.model_validate_json(row[0])

        self._attempt(read)
        return found

    def store(self, inspected: Sequence[tuple[FileKey, Inspection]]) -> None:
        """Remember these, all or none."""
        rows = [(*key.row(), inspection.model_dump_json()) for key, inspection in inspected]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

        self._attempt(write)

    def _attempt(self, action: Callable[[sqlite3.Connection], None]) -> None:
        if self._connection is None:
            return
        try:
            action(self._connection)
        except sqlite3.OperationalError:
            pass  # Locked, read-only or full: this once, nothing is remembered.
        except sqlite3.DatabaseError:
            self.close()
            self._remove()
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection | None:
        """A connection, or None when there is no usable file; a damaged one is then gone."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, check_same_thread=False)
        except (OSError, sqlite3.OperationalError):
            return None
        try:
            connection.execute(_SCHEMA)
        except sqlite3.DatabaseError as error:
            connection.close()
            if not isinstance(error, sqlite3.OperationalError):
                self._remove()
            return None
        return connection

    def _remove(self) -> None:
        for suffix in ("", "-journal"):
            with contextlib.suppress(OSError):
                os.unlink(f"{self._path}{suffix}")
