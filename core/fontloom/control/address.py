"""Where the socket of a session is: the same place for its engine and for those who look for it."""

import hashlib
import os
import socket
import stat
import tempfile
import warnings
from pathlib import Path

import platformdirs

from fontloom.model.errors import ErrorCode, FontloomError, classify

_LONGEST = 103
"""Bytes of a socket path that every system takes: 107 on Linux, 103 on macOS."""


def socket_path(session_id: str) -> Path:
    """The socket of a session, in a folder that only we can enter; makes the folder.

    It is where an engine listens, else in the best folder there is: an engine that was started outside
    a login has no runtime folder, and is still found from within one. Raises
    FontloomError(PERMISSION_DENIED) when the folder is not ours alone.
    """
    name = hashlib.sha256(session_id.encode()).hexdigest()[:16] + ".sock"
    places = [folder / name for folder in _folders() if len(os.fsencode(folder / name)) <= _LONGEST]
    if not places:
        detail = f"TMPDIR {tempfile.gettempdir()} is too long a path for a socket"
        raise FontloomError(ErrorCode.CONFIG_INVALID, detail)
    for place in places:
        if _fault(place.parent) is None and is_listening(place):
            return place
    make_private(places[0].parent)
    return places[0]


def make_private(folder: Path) -> None:
    """Makes a folder of mode 0700 unless there is one. Raises FontloomError(PERMISSION_DENIED) when others
    could reach into it.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        fault = _fault(folder)
        if fault is not None:
            raise FontloomError(ErrorCode.PERMISSION_DENIED, f"{folder}: {fault}") from None
    except OSError as error:
        raise FontloomError(classify(error), str(error)) from error


def is_listening(path: Path) -> bool:
    """Whether a process listens at a socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return False
        except BlockingIOError:
            return True  # its queue is full: busy is not absent
    return True


def _folders() -> list[Path]:
    runtime = _runtime_folder()
    temporary = Path(tempfile.gettempdir()) / f"fontloom-{os.geteuid()}"
    return [temporary] if runtime is None else [runtime, temporary]


def _runtime_folder() -> Path | None:
    """Ours in the runtime folder of the login, if there is one that no one else can write to."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there is no login is no news
            folder = Path(platformdirs.user_runtime_dir("fontloom"))
        parent = folder.parent.lstat()
    except OSError:
        return None
    ours = stat.S_ISDIR(parent.st_mode) and parent.st_uid == os.geteuid() and not parent.st_mode & 0o022
    return folder if ours else None


def _fault(folder: Path) -> str | None:
    """Why a folder is not ours alone."""
    try:
        found = folder.lstat()
    except OSError as error:
        return str(error.strerror)
    if not stat.S_ISDIR(found.st_mode):
        return "it is not a folder"
    if found.st_uid != os.geteuid():
        return "it belongs to another user"
    if found.st_mode & 0o077:
        return "others have access to it"
    return None
