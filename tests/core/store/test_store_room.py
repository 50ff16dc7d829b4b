"""Where a project could be, and what is said of a place that does not do."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fontloom.store.room import check_disk_space, validate_output_path

NOBODY = 65534


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of a user whom permissions stop, and the test is that user: root ignores them."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    yield folder
    if root:
        os.seteuid(0)
    subprocess.run(["chmod", "-R", "u+rwx", folder], check=True)
    shutil.rmtree(folder)


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


def test_a_folder_that_is_there(tmp_path: Path) -> None:
    found = validate_output_path(tmp_path)
    assert (found.path, found.valid, found.exists, found.writable) == (tmp_path, True, True, True)
    assert found.message == ""


def test_a_folder_that_can_be_made(tmp_path: Path) -> None:
    found = validate_output_path(tmp_path / "a" / "b")
    assert (found.valid, found.exists, found.writable) == (True, False, True)
    assert found.message == f"{tmp_path}/a/b does not exist yet; it will be made."
    assert list(tmp_path.iterdir()) == []


def test_a_relative_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert validate_output_path(Path()).valid
    assert validate_output_path(Path("new")).message.startswith(f"{tmp_path}/new does not exist")


@pytest.mark.parametrize("below", [".", "below"])
def test_a_file(below: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = validate_output_path(tmp_path / "file" / below)
    assert (found.valid, found.writable) == (False, True)
    assert found.message == f"{tmp_path}/file is a file. Choose a folder."


@pytest.mark.parametrize("below", [".", "new"])
def test_a_folder_that_is_closed_for_writing(below: str, unprivileged: Path) -> None:
    unprivileged.chmod(0o555)
    found = validate_output_path(unprivileged / below)
    assert (found.valid, found.exists, found.writable) == (False, below == ".", False)
    assert found.message.startswith(f"{unprivileged} cannot be written to. Correct its permissions")


def test_a_folder_that_cannot_be_reached(unprivileged: Path) -> None:
    (unprivileged / "inner").mkdir()
    unprivileged.chmod(0o600)
    found = validate_output_path(unprivileged / "inner" / "new")
    assert (found.valid, found.exists, found.writable) == (False, False, False)
    assert "inner/new cannot be reached: permission denied." in found.message


def test_a_read_only_disk(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    found = validate_output_path(disk / "new")
    assert (found.valid, found.writable) == (False, False)
    assert found.message.startswith(f"{disk} is on a read-only disk. Remount it writable")


def test_a_link_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    found = validate_output_path(tmp_path / "link" / "new")
    assert not found.valid
    assert found.message.startswith(f"{tmp_path}/link is a link to a place that does not exist.")


def test_links_that_go_round(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    found = validate_output_path(tmp_path / "a")
    assert not found.valid
    assert "cannot be used" in found.message


def test_a_path_that_is_too_long_for_what_goes_below_it(tmp_path: Path) -> None:
    found = validate_output_path(tmp_path.joinpath(*["a" * 100] * 32))
    assert not found.valid
    assert found.message.startswith("The path is too long: 3,")
    assert validate_output_path(tmp_path.joinpath(*["a" * 100] * 25)).valid


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    found = validate_output_path(tmp_path / ("字" * 86))
    assert not found.valid
    assert "cannot be used: File name too long." in found.message


@pytest.mark.parametrize("name", ["a\udcff", "a\ud800"])
def test_a_path_that_is_not_utf_8(name: str, tmp_path: Path) -> None:
    found = validate_output_path(tmp_path / name)
    assert not found.valid
    assert "is not UTF-8" in found.message
    assert found.message.isprintable()


def test_a_path_that_no_system_takes(tmp_path: Path) -> None:
    found = validate_output_path(tmp_path / "a\0b")
    assert not found.valid
    assert "NUL" in found.message


def test_the_room_is_that_of_the_nearest_folder(tmp_path: Path) -> None:
    room = check_disk_space(tmp_path / "a" / "b", 1, 1)
    assert room.path == tmp_path
    assert room.sufficient
    assert room.free_bytes > 0
    assert not check_disk_space(tmp_path, room.free_bytes * 10, 0).sufficient


def test_inodes_count(disk: Path) -> None:
    room = check_disk_space(disk, 0, 0)
    assert room.sufficient
    assert room.free_bytes <= 2**20
    assert room.free_inodes is not None
    assert not check_disk_space(disk, 0, room.free_inodes + 1).sufficient
    assert not check_disk_space(disk, 2**20 + 1, 0).sufficient
