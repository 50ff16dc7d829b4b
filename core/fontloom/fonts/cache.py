"""Remembers inspections between scans, so that a font seen before is not opened again."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import platformdirs
from pydantic import ValidationError

from fontloom.fonts.inspection import INSPECTION_VERSION, Inspection
from fontloom.fonts.loading import read_font_file
from fontloom.model.errors import FontloomError

_BUSY_SECONDS = 1.0
# Device and inode are text because they may exceed the 63 bits of SQLite's integers. The stem of the file
# belongs to the content, because a font without names takes it for one.
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS contents (
        path BLOB PRIMARY KEY, device TEXT, inode TEXT, size INTEGER, mtime_ns INTEGER, hash TEXT)""",
    """CREATE TABLE IF NOT EXISTS inspections (
        hash TEXT, stem BLOB, version INTEGER, inspection TEXT, PRIMARY KEY (hash, stem))""",
)
_CONTENT = (
    "SELECT hash FROM contents WHERE path = ? AND device = ? AND inode = ? AND size = ? AND mtime_ns = ?"
)
_INSPECTION = "SELECT inspection FROM inspections WHERE hash = ? AND stem = ? AND version = ?"
_REMEMBER = "INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?, ?, ?)"


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

    def row(self) -> tuple[bytes, str, str, int, int]:
        """The key as SQLite holds it."""
        return os.fsencode(self.path), str(self.device), str(self.inode), self.size, self.mtime_ns

    @property
    def stem(self) -> bytes:
        """The file's name without folder and ending."""
        return os.fsencode(self.path.stem)


class InspectionCache:
    """Inspections by content hash, and the hashes of files, in one SQLite file of the user's cache folder.

    Never in the way: a damaged file is made anew, and without a usable one nothing is remembered. Threads
    may share it; closing waits for the call under way.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._turn = threading.RLock()
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
        # SQLite crashes the process when a connection is closed under a thread that uses it.
        with self._turn:
            if self._connection:
                self._connection.close()
                self._connection = None

    def find(self, keys: Iterable[FileKey]) -> dict[FileKey, Inspection]:
        """What is known of these files. One that is new, moved or touched is hashed, not inspected again."""
        found: dict[FileKey, Inspection] = {}

        def read(connection: sqlite3.Connection) -> None:
            if not connection.execute("SELECT 1 FROM inspections LIMIT 1").fetchone():
                return
            hashed = []
            for key in keys:
                row = connection.execute(_CONTENT, key.row()).fetchone()
                content_hash = row[0] if row else _hash(key.path)
                inspection = _inspection(connection, content_hash, key)
                if inspection:
                    found[key] = inspection
                    if not row:
                        hashed.append((*key.row(), content_hash))
            with connection:
                connection.executemany(_REMEMBER, hashed)

        self._attempt(read)
        return found

    def store(self, inspected: Sequence[tuple[FileKey, Inspection]]) -> None:
        """Remember these, all or none."""
        contents = [(*key.row(), inspection.content_hash) for key, inspection in inspected]
        rows = [
            (inspection.content_hash, key.stem, INSPECTION_VERSION, inspection.model_dump_json())
            for key, inspection in inspected
        ]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(_REMEMBER, contents)
                connection.executemany("INSERT OR REPLACE INTO inspections VALUES (?, ?, ?, ?)", rows)

        self._attempt(write)

    def _attempt(self, action: Callable[[sqlite3.Connection], None]) -> None:
        with self._turn:
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
            for table in _SCHEMA:
                connection.execute(table)
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


def _hash(path: Path) -> str:
    """The content hash of a file; empty when it cannot be read, as its inspection will say."""
    try:
        return sha256(read_font_file(path)).hexdigest()
    except FontloomError:
        return ""


def _inspection(connection: sqlite3.Connection, content_hash: str, key: FileKey) -> Inspection | None:
    row = connection.execute(_INSPECTION, (content_hash, key.stem, INSPECTION_VERSION)).fetchone()
    # A row that holds no inspection is overwritten by the next scan.
    with contextlib.suppress(ValidationError):
        return Inspection.model_validate_json(row[0]) if row else None
    return None
