"""Starts an engine that outlives the process that started it."""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs
from pydantic import ValidationError, model_validator
from pydantic_core import PydanticSerializationError

from fontloom.control.protocol import MAX_LINE
from fontloom.model.base import Model
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExportError, FontloomError, classify

_COMMAND = (sys.executable, "-m", "fontloom.control.daemon")
_LOG_LINES = 20
_LOG_BYTES = 4096


class LaunchRequest(Model):
    """What the engine is to do: begin a session (`config`) or go on with one (`project_path`)."""

    config: ExportSessionConfig | None = None
    project_path: Path | None = None
    accept_versions: bool = False
    """Resume although the libraries that render are others."""
    engine: EngineConfig | None = None
    """Replaces the engine's settings when resuming."""
    retry: tuple[str, ...] | None = None
    """Fonts to do again when resuming, be the project completed; none named are all that failed."""

    @model_validator(mode="after")
    def _one(self) -> "LaunchRequest":
        if (self.config is None) == (self.project_path is None):
            raise ValueError("either config or project_path")
        resuming = self.accept_versions or self.engine is not None or self.retry is not None
        if self.config is not None and resuming:
            raise ValueError("accept_versions, engine and retry are for resuming")
        return self

    def absolute(self) -> "LaunchRequest":
        """The same, for a process in another folder."""
        if self.project_path is not None:
            return self.model_copy(update={"project_path": self.project_path.absolute()})
        assert self.config is not None
        return self.model_copy(update={"config": self.config.absolute()})


class Launched(Model):
    """An engine that is ready."""

    pid: int
    socket: Path
    session_id: str
    project_path: Path


class Report(Model):
    """The one line an engine writes on its stdout: ready, or why not."""

    ready: Launched | None = None
    error: ExportError | None = None

    @model_validator(mode="after")
    def _one(self) -> "Report":
        if (self.ready is None) == (self.error is None):
            raise ValueError("either ready or error")
        return self


class _Child(NamedTuple):
    process: subprocess.Popen[bytes]
    ended: asyncio.Event
    log: Path


async def launch(
    request: LaunchRequest,
    *,
    timeout: float = 120.0,
    command: Sequence[str] | None = None,
) -> Launched:
    """Starts an engine in a session of its own, without a terminal, and waits until it is ready.

    Its stderr goes to a log in the user's state folder. Raises FontloomError: what the engine says is
    wrong, BUG with the end of the log when it died without a word, CONFIG_INVALID for a path that is
    not UTF-8, ENGINE_ABSENT when it was not ready within `timeout` seconds. It is then told to stop, as
    it is when this is cancelled.
    """
    try:
        line = request.absolute().model_dump_json().encode() + b"\n"
    except PydanticSerializationError as error:  # of paths whose bytes are no UTF-8
        raise FontloomError(ErrorCode.CONFIG_INVALID, str(error)) from error
    try:
        child = _start(command or _COMMAND)
    except OSError as error:
        raise FontloomError(classify(error), str(error)) from error
    try:
        async with asyncio.timeout(timeout):
            answer = await _talk(child.process, line)
            if not answer:
                await child.ended.wait()
    except TimeoutError:
        child.process.terminate()
        detail = f"It was not ready after {timeout:g} s and was told to stop. Its log: {child.log}"
        raise FontloomError(ErrorCode.ENGINE_ABSENT, detail) from None
    except BaseException:
        child.process.terminate()
        raise
    return _judge(answer, child)


def _start(command: Sequence[str]) -> _Child:
    folder = platformdirs.user_state_path("fontloom") / "logs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, log = tempfile.mkstemp(
        f"-{os.getpid()}.log", f"engine-{datetime.now(UTC):%Y%m%d-%H%M%S}-", folder
    )
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=descriptor,
            bufsize=0,
            cwd="/",
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def reap() -> None:
        process.wait()
        with suppress(RuntimeError):  # the loop may be closed by then
            loop.call_soon_threadsafe(ended.set)

    # Not asyncio's subprocess: that one kills its child when the loop closes. The thread, which ends
    # with this process, leaves no zombie.
    threading.Thread(target=reap, name=f"engine-{process.pid}", daemon=True).start()
    return _Child(process, ended, Path(log))


async def _talk(process: subprocess.Popen[bytes], request: bytes) -> bytes:
    """Hands the request over and returns the line of the answer; empty when there was none."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_LINE)
    protocol = asyncio.StreamReaderProtocol(reader)
    source, _ = await loop.connect_read_pipe(lambda: protocol, process.stdout)
    sink: Any
    sink, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, process.stdin)
    try:
        sink.write(request)
        sink.write_eof()
        return await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return b""
    finally:
        source.close()
        if sink.get_write_buffer_size():
            sink.abort()


def _judge(line: bytes, child: _Child) -> Launched:
    if not line:
        raise FontloomError(ErrorCode.BUG, f"The engine {_end(child.process.returncode)}. {_tail(child.log)}")
    try:
        report = Report.model_validate_json(line)
    except ValidationError as error:
        child.process.terminate()
        raise FontloomError(ErrorCode.BUG, f"The engine said {line[:200]!r}. {_tail(child.log)}") from error
    if report.error is not None:
        raise FontloomError(report.error.code, report.error.detail, font_name=report.error.font_name)
    assert report.ready is not None
    return report.ready


def _end(status: int) -> str:
    if status < 0:
        return f"was ended by signal {-status} before it was ready"
    return f"ended with status {status} before it was ready"


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOG_BYTES))
        lines = file.read().decode(errors="replace").splitlines()[-_LOG_LINES:]
    return "\n".join((f"Its log: {log}", *lines))
