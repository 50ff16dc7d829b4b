import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from fontloom.control.launcher import Launched, LaunchRequest, Report, launch
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExportError, FontloomError

READY = """
    print(Report(ready=Launched(
        pid=os.getpid(), socket=Path("/s"), session_id="id", project_path=Path("/p")
    )).model_dump_json(), flush=True)
"""

HEAD = """
import os, signal, sys, time
from pathlib import Path
from fontloom.control.launcher import Launched, Report
from fontloom.model.errors import ErrorCode, ExportError

def main():
    folder = Path(__file__).parent
"""


class Daemon:
    """A script that stands in for the engine, and the processes it became."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def does(self, body: str) -> tuple[str, ...]:
        self.path.write_text(f"{HEAD}{body}\nmain()\n")
        return (sys.executable, str(self.path))

    def running(self) -> list[psutil.Process]:
        found = []
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                if str(self.path) in child.cmdline():
                    found.append(child)
        return found

    def still_running(self) -> list[psutil.Process]:
        """Those that have not ended by themselves after a long wait."""
        _, alive = psutil.wait_procs(self.running(), timeout=60)
        return list(alive)


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    daemon = Daemon(tmp_path / "daemon.py")
    yield daemon
    for child in daemon.running():
        child.kill()
    assert not daemon.still_running()


@pytest.fixture
def request_(tmp_path: Path) -> LaunchRequest:
    return LaunchRequest(config=ExportSessionConfig(output_path=tmp_path))


def logs(daemon: Daemon) -> list[Path]:
    return list((daemon.path.parent / "state" / "fontloom" / "logs").iterdir())


async def failure(request: LaunchRequest, command: tuple[str, ...], timeout: float = 60) -> ExportError:
    with pytest.raises(FontloomError) as raised:
        await launch(request, timeout=timeout, command=command)
    return raised.value.error


async def test_an_engine_that_is_ready(daemon: Daemon, request_: LaunchRequest) -> None:
    command = daemon.does(
        f"""
    line = sys.stdin.readline()
    (folder / "request.json").write_text(line)
    (folder / "rest").write_text(sys.stdin.read())
    (folder / "facts").write_text(f"{{os.getcwd()}} {{os.getsid(0) == os.getpid()}}")
    print("a word for the log", file=sys.stderr)
{READY}
    signal.pause()
"""
    )
    launched = await launch(request_, timeout=60, command=command)
    (child,) = daemon.running()
    assert launched == Launched(pid=child.pid, socket=Path("/s"), session_id="id", project_path=Path("/p"))
    folder = daemon.path.parent
    assert LaunchRequest.model_validate_json((folder / "request.json").read_text()) == request_
    assert (folder / "rest").read_text() == ""
    assert (folder / "facts").read_text() == "/ True"
    (log,) = logs(daemon)
    assert log.read_text() == "a word for the log\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


async def test_an_engine_that_says_why_not(daemon: Daemon, request_: LaunchRequest) -> None:
    command = daemon.does(
        """
    print(Report(error=ExportError.of(ErrorCode.NO_FONTS, "none at all")).model_dump_json())
    sys.exit(2)
"""
    )
    assert await failure(request_, command) == ExportError.of(ErrorCode.NO_FONTS, "none at all")


async def test_an_engine_that_dies_without_a_word(daemon: Daemon, request_: LaunchRequest) -> None:
    command = daemon.does('    sys.exit("line\\n" * 100 + "the last line")')
    error = await failure(request_, command)
    assert error.code is ErrorCode.BUG
    assert "status 1" in error.detail
    assert error.detail.endswith("the last line")
    assert error.detail.count("line\n") < 30
    assert str(logs(daemon)[0]) in error.detail


async def test_an_engine_that_is_killed(daemon: Daemon, request_: LaunchRequest) -> None:
    command = daemon.does(
        "    print('{\"ready\":', end='', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    error = await failure(request_, command)
    assert error.code is ErrorCode.BUG
    assert "signal 9" in error.detail


async def test_an_engine_that_says_something_else(daemon: Daemon, request_: LaunchRequest) -> None:
    error = await failure(request_, daemon.does("    print('Welcome!', flush=True); signal.pause()"))
    assert error.code is ErrorCode.BUG
    assert "Welcome!" in error.detail
    assert not daemon.still_running()


async def test_an_engine_that_never_gets_ready_is_told_to_stop(daemon: Daemon, tmp_path: Path) -> None:
    many = tuple(tmp_path / f"{number:050}.ttf" for number in range(5000))  # more than a pipe holds
    request = LaunchRequest(config=ExportSessionConfig(output_path=tmp_path, fonts=many))
    error = await failure(request, daemon.does("    signal.pause()"), timeout=0.1)
    assert error.code is ErrorCode.ENGINE_ABSENT
    assert str(logs(daemon)[0]) in error.detail
    assert not daemon.still_running()


async def test_a_long_request_arrives(daemon: Daemon, tmp_path: Path) -> None:
    many = tuple(tmp_path / f"{number:050}.ttf" for number in range(5000))
    request = LaunchRequest(config=ExportSessionConfig(output_path=tmp_path, fonts=many))
    command = daemon.does(f"    (folder / 'request.json').write_text(sys.stdin.readline())\n{READY}")
    await launch(request, timeout=60, command=command)
    assert LaunchRequest.model_validate_json((tmp_path / "request.json").read_text()) == request


async def test_an_engine_nobody_waits_for_is_told_to_stop(daemon: Daemon, request_: LaunchRequest) -> None:
    fifo = daemon.path.parent / "fifo"
    os.mkfifo(fifo)
    command = daemon.does("    file = open(folder / 'fifo', 'w'); signal.pause()")
    launching = asyncio.create_task(launch(request_, timeout=60, command=command))
    with await asyncio.to_thread(fifo.open) as file:
        launching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await launching
        assert await asyncio.to_thread(file.read) == ""  # its end, when the script is gone


async def test_a_command_that_cannot_be_started(daemon: Daemon, request_: LaunchRequest) -> None:
    error = await failure(request_, (str(daemon.path.parent / "nothing"),))
    assert "nothing" in error.detail


async def test_a_path_that_cannot_be_written_down(daemon: Daemon) -> None:
    error = await failure(LaunchRequest(project_path=Path("/a\udcff")), daemon.does(READY))
    assert error.code is ErrorCode.CONFIG_INVALID


def test_the_engine_outlives_its_launcher(daemon: Daemon, request_: LaunchRequest) -> None:
    command = daemon.does(f"{READY}\n    signal.pause()")
    script = f"""
import asyncio
from fontloom.control.launcher import LaunchRequest, launch
request = LaunchRequest.model_validate_json({request_.model_dump_json()!r})
print(asyncio.run(launch(request, timeout=60, command={command!r})).model_dump_json())
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], check=True, capture_output=True, text=True, timeout=90
    )
    assert done.stderr == ""
    engine = psutil.Process(json.loads(done.stdout)["pid"])
    try:
        assert engine.is_running()
        assert engine.status() != psutil.STATUS_ZOMBIE
        assert os.getsid(engine.pid) == engine.pid != os.getsid(0)
        assert engine.terminal() is None
    finally:
        engine.kill()


async def test_an_engine_that_ended_leaves_no_zombie(daemon: Daemon, request_: LaunchRequest) -> None:
    launched = await launch(request_, timeout=60, command=daemon.does(f"{READY}\n    signal.pause()"))
    child = psutil.Process(launched.pid)
    os.kill(launched.pid, signal.SIGTERM)
    async with asyncio.timeout(60):
        while child.is_running():  # a zombie counts as running
            await asyncio.sleep(0)


async def test_relative_paths_are_made_absolute(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = daemon.does(f"    (folder / 'request.json').write_text(sys.stdin.readline())\n{READY}")
    config = ExportSessionConfig(
        output_path=Path("out"),
        fonts=(Path("a.ttf"), Path("/b.ttf")),
        text={"source": "words:w.txt"},
        seed=5,
    )
    await launch(LaunchRequest(config=config), timeout=60, command=command)
    sent = LaunchRequest.model_validate_json((tmp_path / "request.json").read_text()).config
    assert sent is not None
    assert sent.output_path == tmp_path / "out"
    assert sent.fonts == (tmp_path / "a.ttf", Path("/b.ttf"))
    assert sent.text.path == tmp_path / "w.txt"
    assert sent.plan() == config.plan()
    resume = LaunchRequest(
        project_path=Path("p"), accept_versions=True, engine=EngineConfig(workers=3), retry=("A",)
    )
    await launch(resume, timeout=60, command=command)
    sent_resume = LaunchRequest.model_validate_json((tmp_path / "request.json").read_text())
    assert sent_resume == resume.model_copy(update={"project_path": tmp_path / "p"})


def test_a_request_is_for_one_thing(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        LaunchRequest()
    with pytest.raises(ValidationError):
        LaunchRequest(config=ExportSessionConfig(), project_path=tmp_path)
    with pytest.raises(ValidationError):
        LaunchRequest(config=ExportSessionConfig(), accept_versions=True)
    with pytest.raises(ValidationError):
        LaunchRequest(config=ExportSessionConfig(), retry=())
    with pytest.raises(ValidationError):
        Report()
