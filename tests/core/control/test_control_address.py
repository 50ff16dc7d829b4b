import os
import socket
import stat
from pathlib import Path

import pytest

from fontloom.control.address import is_listening, make_private, socket_path
from fontloom.model.errors import ErrorCode, FontloomError


def test_is_in_a_private_folder_of_the_runtime_folder(short: Path) -> None:
    path = socket_path("session")
    assert path.parent == short / "run" / "fontloom"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert socket_path("session") == path
    assert socket_path("another") != path


def test_is_short_whatever_the_session_is_called(short: Path) -> None:
    path = socket_path("é" * 500)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def test_without_a_runtime_folder_it_is_in_the_temporary_one(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short / "gone"))
    monkeypatch.setattr("platformdirs.user_runtime_dir", lambda name: str(short / "gone" / name))
    assert socket_path("session").parent == short / "tmp" / f"fontloom-{os.geteuid()}"


def test_a_runtime_folder_others_can_write_to_is_not_used(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (short / "run").chmod(0o777)
    monkeypatch.setattr("platformdirs.user_runtime_dir", lambda name: str(short / "run" / name))
    assert socket_path("session").parent == short / "tmp" / f"fontloom-{os.geteuid()}"


def test_a_path_too_long_for_a_socket_is_not_used(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = short / "run" / ("d" * 100)
    deep.mkdir(mode=0o700)
    monkeypatch.setattr("platformdirs.user_runtime_dir", lambda name: str(deep / name))
    assert socket_path("session").parent == short / "tmp" / f"fontloom-{os.geteuid()}"
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(FontloomError) as raised:
        socket_path("session")
    assert raised.value.error.code is ErrorCode.CONFIG_INVALID


def test_an_engine_started_without_a_runtime_folder_is_found_from_a_login(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outside, socket.socket(socket.AF_UNIX) as listener:
        outside.setattr("platformdirs.user_runtime_dir", lambda name: str(short / "gone" / name))
        path = socket_path("session")
        listener.bind(str(path))
        listener.listen()
        outside.undo()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(short / "run"))
        monkeypatch.setattr("tempfile.tempdir", str(short / "tmp"))
        assert socket_path("session") == path
    assert socket_path("session").parent == short / "run" / "fontloom"


def _make(folder: Path, fault: str) -> None:
    if fault == "open":
        folder.mkdir()
        folder.chmod(0o755)
    elif fault == "link":
        (folder.parent / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(folder.parent / "elsewhere")
    else:
        folder.write_text("")
        folder.chmod(0o600)


@pytest.mark.parametrize("fault", ["open", "link", "file"])
def test_a_folder_that_is_not_ours_alone_is_refused(short: Path, fault: str) -> None:
    _make(short / "run" / "fontloom", fault)
    with pytest.raises(FontloomError) as raised:
        socket_path("session")
    assert raised.value.error.code is ErrorCode.PERMISSION_DENIED
    assert str(short / "run" / "fontloom") in raised.value.error.detail


def test_a_folder_of_another_user_is_refused(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_private(short / "mine")
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(FontloomError) as raised:
        make_private(short / "mine")
    assert "another user" in raised.value.error.detail


def test_a_queue_that_is_full_is_busy_and_not_absent(short: Path) -> None:
    path = short / "full.sock"
    assert not is_listening(path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        assert not is_listening(path)
        listener.listen(0)
        with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
            for waiting in (first, second):
                waiting.setblocking(False)
                waiting.connect_ex(str(path))
            assert is_listening(path)
    assert not is_listening(path)
