"""Deleting a project: all that fontloom made in it, and nothing else."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from filelock import FileLock, Timeout

from fontloom.model.errors import ErrorCode, FontloomError, classify
from fontloom.model.result import ProjectRemoval
from fontloom.store.atomic import is_temporary
from fontloom.store.lock import read_owner
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_session

_PATIENCE_SECONDS = 1.0
_REPORT_EVERY = 500
_AT_ONCE = 10_000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def delete_project(project_dir: Path, *, on_progress: Callable[[int], None] | None = None) -> ProjectRemoval:
    """Deletes a project, following no symbolic link inside it, and its folder if nothing else is there.

    State goes before the images that it counts, and session.json last: cut short anywhere, it is still a
    project and can be deleted again. `on_progress` is told now and then how many files are gone. Raises
    FontloomError: NO_PROJECT, LOCKED, STATE_UNREADABLE, STATE_FROM_FUTURE (nothing is touched then), or
    what the environment lacks.
    """
    try:
        return _delete(ProjectPaths(project_dir.resolve()), on_progress)
    except OSError as error:
        raise FontloomError(classify(error), str(error)) from error


def _delete(paths: ProjectPaths, on_progress: Callable[[int], None] | None) -> ProjectRemoval:
    _check_ours(paths)
    paths.state.mkdir(exist_ok=True)
    # Not ProjectLock, whose record of the owner needs room: deleting is what one does on a full disk.
    try:
        lock = FileLock(paths.lock, timeout=_PATIENCE_SECONDS).acquire()
    except Timeout as error:
        owner = read_owner(paths)
        raise FontloomError(ErrorCode.LOCKED, f"Held by {owner or 'an unknown process'}.") from error
    with lock:
        root = os.open(paths.root, _FOLDER)
        try:
            removed = _Removal(root, on_progress).run(paths)
            remained = tuple(sorted(os.listdir(root)))
        finally:
            os.close(root)
    if not remained:
        paths.root.rmdir()
    return ProjectRemoval(project_path=paths.root, removed_files=removed, remained=remained)


def _check_ours(paths: ProjectPaths) -> None:
    """Other programs have a session.json too: it has to be readable, or lie beside our state folder."""
    try:
        load_session(paths)
    except FontloomError as error:
        damaged = error.error.code is ErrorCode.STATE_UNREADABLE
        if not damaged or not paths.state.is_dir():
            raise


class _Removal:
    """Removes below one open folder. What is a link there, where a file or folder of ours would be, stays."""

    def __init__(self, root: int, on_progress: Callable[[int], None] | None) -> None:
        self._root = root
        self._on_progress = on_progress
        self._files = 0

    def run(self, paths: ProjectPaths) -> int:
        """Removes all that is ours, in the order that can be cut short. Returns the number of files."""
        for file in (paths.summary, paths.progress, paths.card):
            self._own_file(file.name)
        held = (paths.lock.name, paths.owner.name)
        self._own_folder(paths.state.name, keep=held)
        for folder in (paths.fonts, paths.failed, paths.logs):
            self._own_folder(folder.name)
        for name in filter(is_temporary, os.listdir(self._root)):
            self._own_file(name)
        self._own_folder(paths.state.name)
        self._own_file(paths.session.name)
        if self._on_progress is not None:
            self._on_progress(self._files)
        return self._files

    def _own_file(self, name: str) -> None:
        if stat.S_ISREG(self._mode(name)):
            self._unlink(name, self._root)

    def _own_folder(self, name: str, keep: tuple[str, ...] = ()) -> None:
        if stat.S_ISDIR(self._mode(name)):
            self._empty(name, self._root, keep)
            if not keep:
                os.rmdir(name, dir_fd=self._root)

    def _mode(self, name: str) -> int:
        try:
            return os.stat(name, dir_fd=self._root, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return 0

    def _empty(self, name: str, parent: int, keep: tuple[str, ...] = ()) -> None:
        folder = os.open(name, _FOLDER, dir_fd=parent)
        try:
            while found := self._some(folder, keep):
                for entry_name, is_folder in found:
                    if is_folder:
                        self._empty(entry_name, folder)
                        os.rmdir(entry_name, dir_fd=folder)
                    else:
                        self._unlink(entry_name, folder)
        finally:
            os.close(folder)

    @staticmethod
    def _some(folder: int, keep: tuple[str, ...]) -> list[tuple[str, bool]]:
        """Some of what is in a folder: removing while reading on may skip names."""
        with os.scandir(folder) as entries:
            wanted = (entry for entry in entries if entry.name not in keep)
            return [(e.name, e.is_dir(follow_symlinks=False)) for e in islice(wanted, _AT_ONCE)]

    def _unlink(self, name: str, folder: int) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
        self._files += 1
        if self._on_progress is not None and self._files % _REPORT_EVERY == 0:
            self._on_progress(self._files)
