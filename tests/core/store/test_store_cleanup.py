"""Deleting a project takes what fontloom made, and nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.session import ExportSession
from fontloom.store import cleanup
from fontloom.store.atomic import write_state
from fontloom.store.cleanup import delete_project
from fontloom.store.lock import ProjectLock
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import SessionStateManager

IMAGES = 30


def made(root: Path) -> ProjectPaths:
    """A project as a session leaves it, with a link to a font outside of it."""
    paths = ProjectPaths(root)
    source = root.parent / "source.ttf"
    source.touch()
    for folder in (paths.state, paths.images("A"), paths.failed_font("B"), paths.logs):
        folder.mkdir(parents=True)
    for number in range(IMAGES):
        (paths.images("A") / f"A_{number:03d}_clear.png").touch()
    (paths.failed_font("B") / "source.ttf").symlink_to(source)
    files = (paths.progress, paths.summary, paths.card, paths.manifest("A"), paths.journal, *paths.backups)
    for file in (*files, paths.log("export"), root / ".0123456789abcdef.tmp"):
        file.touch()
    session = ExportSession(
        session_id="s",
        project_name=root.name,
        output_path=root.parent,
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        config=ExportSessionConfig(),
        fonts=(),
    )
    write_state(paths.session, session)
    return paths


@pytest.fixture
def paths(tmp_path: Path) -> ProjectPaths:
    return made(tmp_path / "demo")


def names(root: Path) -> list[str]:
    return sorted(os.listdir(root))


def test_all_of_it_goes(paths: ProjectPaths) -> None:
    files = sum(len(found) for _, _, found in os.walk(paths.root))
    removal = delete_project(paths.root)
    assert (removal.project_path, removal.remained) == (paths.root, ())
    assert removal.removed_files == files + 1, "and the lock"
    assert names(paths.root.parent) == ["source.ttf"]


def test_what_is_not_ours_stays(paths: ProjectPaths) -> None:
    (paths.root / "notes.txt").write_text("mine")
    (paths.root / "mine").mkdir()
    (paths.root / "mine" / "session.json").touch()
    removal = delete_project(paths.root)
    assert removal.remained == ("mine", "notes.txt")
    assert names(paths.root) == ["mine", "notes.txt"]
    assert names(paths.root / "mine") == ["session.json"]


def test_no_link_is_followed(paths: ProjectPaths, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    (paths.fonts / "A" / "more").symlink_to(elsewhere)
    shutil.rmtree(paths.logs)
    paths.logs.symlink_to(elsewhere)
    paths.card.unlink()
    paths.card.symlink_to(elsewhere / "precious")
    removal = delete_project(paths.root)
    assert removal.remained == ("README.md", "logs")
    assert names(elsewhere) == ["precious"]
    assert not paths.fonts.exists()


def test_a_project_that_is_reached_by_a_link(paths: ProjectPaths, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(paths.root)
    assert delete_project(tmp_path / "link").project_path == paths.root
    assert not paths.root.exists()


def test_progress_is_told(paths: ProjectPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "_REPORT_EVERY", 10)
    monkeypatch.setattr(cleanup, "_AT_ONCE", 7)
    told: list[int] = []
    removal = delete_project(paths.root, on_progress=told.append)
    assert told == [*range(10, removal.removed_files, 10), removal.removed_files]


class Stopped(Exception):
    """As if killed."""


def stop_at(number: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    monkeypatch.setattr(cleanup, "_REPORT_EVERY", 1)

    def told(files: int) -> None:
        if files == number:
            raise Stopped

    return told


def test_it_can_be_cut_short_anywhere_and_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = delete_project(made(tmp_path / "whole").root).removed_files
    for number in range(1, files):
        paths = made(tmp_path / str(number))
        with pytest.raises(Stopped):
            delete_project(paths.root, on_progress=stop_at(number, monkeypatch))
        assert SessionStateManager.find_sessions_by_path(paths.root) == [paths.root]
        assert not (paths.progress.exists() and not paths.fonts.exists()), "state counts what is gone"
        assert delete_project(paths.root).remained == ()
        assert not paths.root.exists()


def test_a_project_in_use_is_left_alone(paths: ProjectPaths) -> None:
    before = sorted(paths.root.rglob("*"))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, paths.root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FontloomError) as caught:
            delete_project(paths.root)
    finally:
        holder.communicate("\n")
    assert caught.value.error.code is ErrorCode.LOCKED
    assert f"process {holder.pid}" in caught.value.error.detail
    assert set(before) <= set(paths.root.rglob("*"))
    with ProjectLock(paths) as lock:
        lock.acquire("free again")


HOLDER = """
import sys
from pathlib import Path
from fontloom.store.lock import ProjectLock
from fontloom.store.paths import ProjectPaths

with ProjectLock(ProjectPaths(Path(sys.argv[1]))) as lock:
    lock.acquire("other-session")
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("content", [None, "{}", '{"users": []}'])
def test_a_folder_of_others_is_left_alone(content: str | None, tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "mine.ttf").touch()
    if content is not None:
        (tmp_path / "session.json").write_text(content)
    with pytest.raises(FontloomError) as caught:
        delete_project(tmp_path)
    expected = ErrorCode.NO_PROJECT if content is None else ErrorCode.STATE_UNREADABLE
    assert caught.value.error.code is expected
    assert names(tmp_path / "fonts") == ["mine.ttf"]
    assert ".fontloom" not in names(tmp_path)


def test_a_damaged_project_can_be_deleted(paths: ProjectPaths) -> None:
    paths.session.write_bytes(b"\0" * 100)
    assert delete_project(paths.root).remained == ()
    assert not paths.root.exists()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a disk needs root and mount")
    path = tmp_path / "disk"
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", path], check=False).returncode:
        pytest.skip("no mounts here")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def test_on_a_full_disk(disk: Path) -> None:
    paths = made(disk / "demo")
    paths.lock.touch()
    with pytest.raises(OSError, match="No space left"), (paths.fonts / "fill").open("wb") as file:
        file.write(b"x" * 2**20)
    assert delete_project(paths.root).remained == ()
    assert not paths.root.exists()


def test_on_a_read_only_disk(disk: Path) -> None:
    paths = made(disk / "demo")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(FontloomError) as caught:
        delete_project(paths.root)
    assert caught.value.error.code is ErrorCode.READ_ONLY
    assert paths.session.exists()
