"""The real engine as a process of its own, on the starter fonts."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from fontloom.control import daemon
from fontloom.control.address import is_listening, socket_path
from fontloom.control.client import ControlClient
from fontloom.control.launcher import LaunchRequest, Report, launch
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExitCode, FontloomError
from fontloom.model.session import SessionStatus
from fontloom.store.lock import is_locked
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint, load_session

COMMAND = (sys.executable, "-m", "fontloom.control.daemon")
ENGINE = EngineConfig(workers=1, durability="process", min_free_mb=0, min_free_inodes=0)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(short / "tmp"))
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def config(tmp_path: Path, samples: int) -> ExportSessionConfig:
    return ExportSessionConfig(output_path=tmp_path, num_samples=samples, engine=ENGINE)


def run(line: str) -> tuple[Report, int]:
    done = subprocess.run(COMMAND, input=line, capture_output=True, text=True, timeout=150, check=False)
    assert done.stdout.count("\n") == 1, done.stderr
    return Report.model_validate_json(done.stdout), done.returncode


def status(project: Path) -> SessionStatus:
    paths = ProjectPaths(project)
    return load_checkpoint(paths, load_session(paths))[0].status


async def ended(pid: int) -> None:
    await asyncio.to_thread(psutil.wait_procs, [psutil.Process(pid)], timeout=60)
    assert not psutil.pid_exists(pid)


async def reaches(client: ControlClient, phase: str) -> None:
    async with asyncio.timeout(100):
        while (await client.snapshot()).phase != phase:
            pass


def test_a_session_to_its_end(tmp_path: Path) -> None:
    request = LaunchRequest(config=config(tmp_path, 2))
    report, code = run(request.model_dump_json() + "\n")
    assert code == ExitCode.DONE
    assert report.ready is not None
    assert report.ready.project_path == tmp_path / "dataset"
    assert report.ready.socket == socket_path(report.ready.session_id)
    assert not report.ready.socket.exists()
    assert ProjectPaths(tmp_path / "dataset").summary.exists()
    assert not is_locked(ProjectPaths(tmp_path / "dataset"))


def test_what_cannot_begin_is_said(tmp_path: Path) -> None:
    request = LaunchRequest(project_path=tmp_path)
    report, code = run(request.model_dump_json() + "\n")
    assert code == ExitCode.USAGE
    assert report.error is not None
    assert report.error.code is ErrorCode.NO_PROJECT


def test_a_completed_project_is_taken_up_by_the_fonts_named(tmp_path: Path) -> None:
    report, _ = run(LaunchRequest(config=config(tmp_path, 2)).model_dump_json() + "\n")
    assert report.ready is not None
    project = report.ready.project_path
    font = load_session(ProjectPaths(project)).fonts[0].font_name
    for retry, code, error in (
        (None, ExitCode.USAGE, ErrorCode.PROJECT_FINISHED),
        ((), ExitCode.USAGE, ErrorCode.PROJECT_FINISHED),
        (("Comic",), ExitCode.USAGE, ErrorCode.CONFIG_INVALID),
        ((font,), ExitCode.DONE, None),
    ):
        request = LaunchRequest(project_path=project, engine=ENGINE, retry=retry)
        report, status_ = run(request.model_dump_json() + "\n")
        assert status_ == code
        assert (report.error and report.error.code) is error
    assert status(project) is SessionStatus.COMPLETED


@pytest.mark.parametrize("line", ["", "{}\n", "hello\n"])
def test_what_is_no_request_is_said(line: str) -> None:
    report, code = run(line)
    assert code == ExitCode.USAGE
    assert report.error is not None
    assert report.error.code is ErrorCode.PROTOCOL


async def test_the_first_signal_saves_and_the_second_aborts(engine: Any) -> None:
    loop = asyncio.get_running_loop()
    beginning = asyncio.create_task(asyncio.sleep(3600))
    engine.abort = lambda: engine.told.append("abort")
    daemon._handle_signals(engine, beginning)
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait({beginning})
        assert beginning.cancelled()
        assert engine.told == []
        for number, told in ((signal.SIGINT, ["leave"]), (signal.SIGTERM, ["leave", "abort"])):
            os.kill(os.getpid(), number)
            async with asyncio.timeout(60):
                while engine.told != told:
                    await asyncio.sleep(0)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        loop.remove_signal_handler(signal.SIGINT)


async def test_a_detached_session_is_held_resumed_left_and_taken_up_again(tmp_path: Path) -> None:
    launched = await launch(LaunchRequest(config=config(tmp_path, 1_000_000)))
    async with await ControlClient.connect(launched.socket, timeout=60) as client:
        hello = await client.hello()
        assert (hello.pid, hello.project_path) == (launched.pid, launched.project_path)
        assert hello.session_id == launched.session_id
        os.kill(launched.pid, signal.SIGHUP)  # the terminal is gone; the run is not
        await reaches(client, "running")
        await client.pause(leave=False)
        await reaches(client, "paused")
        assert (await client.resume()).status != "done"
        await reaches(client, "running")
        assert (await client.log_tail("export")).lines
        await client.pause(leave=True)
        await ended(launched.pid)
        with pytest.raises(FontloomError) as raised:
            await client.hello()
        assert raised.value.error.code is ErrorCode.ENGINE_ABSENT
    assert status(launched.project_path) is SessionStatus.PAUSED
    again = await launch(LaunchRequest(project_path=launched.project_path, engine=ENGINE))
    assert again.session_id == launched.session_id
    assert is_listening(again.socket)
    with pytest.raises(FontloomError) as raised:
        await launch(LaunchRequest(project_path=launched.project_path))
    assert raised.value.error.code is ErrorCode.LOCKED
    os.kill(again.pid, signal.SIGTERM)
    await ended(again.pid)
    assert status(launched.project_path) is SessionStatus.PAUSED
    assert not again.socket.exists()
