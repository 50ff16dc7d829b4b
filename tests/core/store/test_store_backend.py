"""Small documents by key."""

import os
import stat
from pathlib import Path

import pytest

from fontloom.store.backend import FileBackend


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path / "state" / "deep")
    assert backend.load("draft") is None
    assert not backend.exists("draft")
    assert backend.list() == []
    backend.save("draft", b"\0one")
    backend.save("draft", b"two")
    backend.save("a b.c-é", b"")
    assert backend.load("draft") == b"two"
    assert backend.load("a b.c-é") == b""
    assert backend.exists("draft")
    assert backend.list() == ["a b.c-é", "draft"]
    again = FileBackend(tmp_path / "state" / "deep")
    assert again.load("draft") == b"two"


def test_what_is_deleted_is_gone(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path)
    backend.save("draft", b"one")
    backend.delete("draft")
    backend.delete("draft")
    assert backend.load("draft") is None
    assert os.listdir(tmp_path) == []


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path / "state")
    backend.save("draft", b"secret")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / "draft.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["", ".", "..", "a/b", "../a", "/etc/passwd", ".hidden", "a/"])
def test_a_key_cannot_leave_the_folder(tmp_path: Path, key: str) -> None:
    backend = FileBackend(tmp_path / "state")
    for act in (backend.load, backend.exists, backend.delete, lambda k: backend.save(k, b"x")):
        with pytest.raises(ValueError, match="not a key"):
            act(key)
    assert not (tmp_path / "state").exists()


def test_other_files_and_what_a_crash_left_are_no_documents(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path)
    backend.save("draft", b"one")
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".0123456789abcdef.tmp").touch()
    assert backend.list() == ["draft"]
