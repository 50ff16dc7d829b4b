"""Small documents by key: recent projects, drafts. A seam with one implementation on files."""

from pathlib import Path
from typing import Protocol

from fontloom.store.atomic import write_atomic


class StorageBackend(Protocol):
    """Keeps documents by key."""

    def save(self, key: str, data: bytes) -> None:
        """Stores or replaces a document."""
        ...

    def load(self, key: str) -> bytes | None:
        """The document, or None."""
        ...

    def exists(self, key: str) -> bool:
        """Whether there is a document of this key."""
        ...

    def delete(self, key: str) -> None:
        """Removes the document if it is there."""
        ...

    def list(self) -> list[str]:
        """All keys, sorted."""
        ...


class FileBackend:
    """One file a document, in a folder that only its owner can read. Keys are file names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        if not key or key != Path(key).name or key.startswith("."):
            raise ValueError(f"not a key: {key!r}")
        return self._folder / f"{key}.json"

    def save(self, key: str, data: bytes) -> None:
        path = self._path(key)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(path, data, mode=0o600)

    def load(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def exists(self, key: str) -> bool:
        return self._path(key).exists()

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def list(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.json"))
