"""One engine a project, also when it is killed."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.store.lock import ProjectLock, is_locked, read_owner
from fontloom.store.paths import ProjectPaths

HOLDER = """
import sys
from pathlib import Path
from fontloom.store.lock import ProjectLock
from fontloom.store.paths import ProjectPaths

lock = ProjectLock(ProjectPaths(Path(sys.argv[1])))
lock.acquire("other-session")
print("held", flush=True)
sys.stdin.readline()
lock.release()
print("free", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def paths(tmp_path: Path) -> ProjectPaths:
    paths = ProjectPaths(tmp_path / "project")
    paths.state.mkdir(parents=True)
    return paths


@pytest.fixture
def holder(paths: ProjectPaths) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the project."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, paths.root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_owner_is_on_record_and_off_it_again(paths: ProjectPaths) -> None:
    assert read_owner(paths) is None
    assert not is_locked(paths)
    with ProjectLock(paths) as lock:
        lock.acquire("mine")
        assert is_locked(paths)
        owner = read_owner(paths)
        assert owner is not None
        assert (owner.pid, owner.host, owner.session_id) == (os.getpid(), socket.gethostname(), "mine")
        assert owner.process_started == psutil.Process().create_time()
        assert owner.boot_id
        assert paths.owner.stat().st_mode & 0o077 == 0
    assert read_owner(paths) is None
    assert not paths.owner.exists()
    assert not is_locked(paths)
    lock.release()
    lock.acquire("again")
    lock.release()


def test_a_second_process_is_told_who_holds_the_project(
    paths: ProjectPaths, holder: "subprocess.Popen[str]"
) -> None:
    before = paths.owner.read_bytes()
    mine = ProjectLock(paths)
    with pytest.raises(FontloomError) as caught:
        mine.acquire("mine")
    assert caught.value.error.code is ErrorCode.LOCKED
    assert f"process {holder.pid} on {socket.gethostname()}" in caught.value.error.detail
    mine.release()
    assert paths.owner.read_bytes() == before, "who was refused releases nothing"
    assert is_locked(paths)


def test_an_unreadable_record_does_not_make_the_project_free(
    paths: ProjectPaths, holder: "subprocess.Popen[str]"
) -> None:
    paths.owner.write_bytes(b"\0\0\0")
    assert read_owner(paths) is None
    with pytest.raises(FontloomError, match="unknown process") as caught:
        ProjectLock(paths).acquire("mine")
    assert caught.value.error.code is ErrorCode.LOCKED


def test_it_is_free_when_its_holder_is_killed(paths: ProjectPaths, holder: "subprocess.Popen[str]") -> None:
    holder.kill()
    holder.wait()
    assert not is_locked(paths)
    stale = read_owner(paths)
    assert stale is not None
    assert stale.pid == holder.pid
    with ProjectLock(paths) as lock:
        lock.acquire("mine")
        owner = read_owner(paths)
        assert owner is not None
        assert owner.pid == os.getpid()


def test_looking_does_not_disturb(paths: ProjectPaths, holder: "subprocess.Popen[str]") -> None:
    before = {path: path.stat() for path in paths.state.iterdir()}
    for _ in range(20):
        assert is_locked(paths)
    assert {path: path.stat() for path in paths.state.iterdir()} == before
    assert holder.stdin is not None
    assert holder.stdout is not None
    print(file=holder.stdin, flush=True)
    assert holder.stdout.readline() == "free\n"
    assert not is_locked(paths)
    assert not paths.owner.exists()


def test_looking_at_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path / "absent", tmp_path / "file"):
        assert not is_locked(ProjectPaths(root))
    assert os.listdir(tmp_path) == ["file"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a disk needs root and mount")
    path = tmp_path / "disk"
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", path], check=False).returncode:
        pytest.skip("no mounts here")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def test_a_read_only_disk_can_be_looked_at(disk: Path) -> None:
    paths = ProjectPaths(disk / "project")
    paths.state.mkdir(parents=True)
    with ProjectLock(paths) as lock:
        lock.acquire("mine")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    assert not is_locked(paths)


def test_the_lock_is_freed_though_its_record_cannot_be_removed(
    paths: ProjectPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system")

    lock = ProjectLock(paths)
    lock.acquire("mine")
    monkeypatch.setattr(Path, "unlink", refuse)
    lock.release()
    assert not is_locked(paths)
