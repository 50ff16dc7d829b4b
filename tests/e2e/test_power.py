"""Power cuts for real: a loop-mounted ext4 is shut down under the engine, without writing its journal out."""

import fcntl
import json
import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fontloom.report.verify import verify_project
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint, load_session

EXT4_IOC_SHUTDOWN = 0x8004587D
"""_IOR('X', 125, __u32): linux/fs/ext4/ext4.h."""
NO_LOG_FLUSH = 2


class Disk:
    """An ext4 file system in a file, that can lose its power."""

    def __init__(self, folder: Path) -> None:
        self.image = folder / "disk.img"
        self.path = folder / "disk"
        self.path.mkdir()
        with self.image.open("wb") as file:
            file.truncate(256 * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-N", "40000", self.image], check=True)
        self.mount()

    def mount(self) -> None:
        # A long commit interval: what nobody syncs stays in memory, and is lost.
        subprocess.run(["mount", "-o", "loop,commit=300", self.image, self.path], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", self.path], check=True)

    def cut(self) -> None:
        """Nothing written and not synced is there afterwards, and every access fails."""
        folder = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.skip("mounting a disk needs root")
    if not all(map(shutil.which, ("mkfs.ext4", "mount"))):
        pytest.skip("needs mkfs.ext4 and mount")
    try:
        disk = Disk(tmp_path)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no loop mounts here: {error}")
    yield disk
    subprocess.run(["umount", disk.path], check=False)


def count_and_cut(command, disk: Disk, running: list, *arguments: str | Path, enough: int) -> int:
    """Runs until so many images are counted, cuts the power. Returns the last count that people saw."""
    process = command.start(*arguments, "--json")
    running.append(process)
    seen = 0
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "progress":
            seen = event["overall"]["exported_images"]
        if seen >= enough or event["event"] == "finished":
            break
    disk.cut()
    process.kill()
    process.communicate()
    return seen


def durable_images(project: Path) -> int:
    paths = ProjectPaths(project)
    checkpoint, _ = load_checkpoint(paths, load_session(paths))
    return checkpoint.exported_images


def cut_and_check(command, disk: Disk, running: list, cuts: int) -> Path:
    project = disk.path / "cut"
    begin = command.arguments(disk.path, "cut", samples=2500)
    for number in range(1, cuts + 1):
        arguments = ["resume", project] if (project / "session.json").exists() else begin
        seen = count_and_cut(command, disk, running, *arguments, enough=number * 1500)
        disk.unmount()
        disk.mount()
        assert seen > 0
        assert durable_images(project) >= seen, "images that were counted are gone"
        result = verify_project(project, deep=True)
        assert not result.missing
        assert not result.changed
        assert result.images_found >= seen
    return project


def test_a_power_cut_loses_nothing_that_was_counted(
    command, disk: Disk, running: list, tmp_path: Path, digest: Callable[[Path], str]
) -> None:
    project = cut_and_check(command, disk, running, cuts=3)
    done = command.run("resume", project)
    assert done.returncode == 0, done.stderr
    whole = command.export(tmp_path, "whole", samples=2500)
    assert whole.returncode == 0, whole.stderr
    assert digest(project) == digest(tmp_path / "whole")
