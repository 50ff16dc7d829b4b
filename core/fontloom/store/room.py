"""Where a project could be: whether a folder can take it, and the room on its disk."""

import os
from pathlib import Path

from fontloom.model.result import PathValidation, SpaceCheck

_BELOW_BYTES = 1000
"""Length of the longest path inside an output folder, generously: project, fonts, font, images, image."""


def check_disk_space(path: Path, needed_bytes: int, needed_inodes: int) -> SpaceCheck:
    """Room on the disk that holds a path or its nearest existing parent. Raises OSError."""
    path = _nearest_existing(path)
    room = os.statvfs(path)
    free = room.f_bavail * room.f_frsize
    inodes = room.f_favail if room.f_files else None  # btrfs and others do not count inodes
    return SpaceCheck(
        path=path,
        sufficient=free >= needed_bytes and (inodes is None or inodes >= needed_inodes),
        free_bytes=free,
        needed_bytes=needed_bytes,
        free_inodes=inodes,
        needed_inodes=needed_inodes,
    )


def validate_output_path(path: Path) -> PathValidation:
    """Whether projects can be made in a folder, which may not exist yet. Makes nothing, raises nothing."""
    where = path.absolute()
    exists, unfit, forbidden = False, _unfit_text(str(where)), ""
    if not unfit:
        try:
            nearest = _nearest_existing(where)
            exists = nearest == where
            unfit = _unfit_place(where, nearest)
            forbidden = "" if unfit else _forbidden(nearest)
        except PermissionError:
            forbidden = f"{where} cannot be reached: permission denied. Choose another folder."
        except OSError as error:
            unfit = f"{where} cannot be used: {error.strerror}. Choose another folder."
    objection = unfit or forbidden
    return PathValidation(
        path=path,
        valid=not objection,
        exists=exists,
        writable=not forbidden,
        message=objection or ("" if exists else f"{where} does not exist yet; it will be made."),
    )


def _nearest_existing(path: Path) -> Path:
    while True:
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if path == path.parent:
                raise
            path = path.parent
        else:
            return path


def _unfit_text(path: str) -> str:
    if "\0" in path:
        return "The path holds a NUL character, which no path can. Correct it."
    try:
        length = len(path.encode())
    except UnicodeEncodeError:
        return f"{path!r} is not UTF-8, as a project's path has to be. Rename it, or choose another."
    longest = os.pathconf("/", "PC_PATH_MAX") - _BELOW_BYTES
    if length > longest:
        return f"The path is too long: {length:,} bytes, and a project fits below {longest:,}. Shorten it."
    return ""


def _unfit_place(where: Path, nearest: Path) -> str:
    if not nearest.is_dir():
        return f"{nearest} is a file. Choose a folder."
    missing = where
    while missing != nearest:
        if missing.is_symlink():
            return f"{missing} is a link to a place that does not exist. Choose another folder."
        missing = missing.parent
    return ""


def _forbidden(folder: Path) -> str:
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"{folder} is on a read-only disk. Remount it writable, or choose another folder."
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        return f"{folder} cannot be written to. Correct its permissions, or choose another folder."
    return ""
