"""The engine, for a process that watches or steers it."""

import asyncio
import socket
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from fontloom import __version__
from fontloom.control.protocol import (
    MAX_ANSWER,
    PROTOCOL_VERSION,
    Answer,
    Errors,
    ErrorsParams,
    Fault,
    FaultCode,
    Hello,
    HelloParams,
    LogName,
    LogTail,
    LogTailParams,
    NoParams,
    Params,
    PauseParams,
    SnapshotParams,
    Status,
    encode_request,
)
from fontloom.model.base import Model
from fontloom.model.errors import ErrorCode, FontloomError, classify
from fontloom.model.progress import Snapshot

R = TypeVar("R", bound=Model)

_RETRY_SECONDS = 0.05


class ControlClient:
    """One connection to an engine; several tasks may use it at once.

    Every question raises FontloomError: ENGINE_ABSENT when the engine is gone, PROTOCOL when the two do
    not understand each other, or what the engine says is wrong; and TimeoutError when it is there but
    too busy to answer in time.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout: float) -> None:
        self._reader = reader
        self._writer = writer
        self._timeout = timeout
        self._numbers = count(1)
        self._waiting: dict[int | str, asyncio.Future[Any]] = {}
        self._broken: tuple[ErrorCode, str] | None = None
        self._receiver = asyncio.create_task(self._receive())

    @classmethod
    async def connect(cls, path: Path, *, timeout: float = 10.0) -> "ControlClient":
        """A client of the engine that listens at `path`. `timeout` in seconds is for each answer too."""
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        try:
            await _connect(connection, path, timeout)
            reader, writer = await asyncio.open_unix_connection(sock=connection, limit=MAX_ANSWER)
        except BaseException:
            connection.close()
            raise
        return cls(reader, writer, timeout)

    async def close(self) -> None:
        """Leaves the engine; idempotent."""
        self._receiver.cancel()
        await asyncio.wait({self._receiver})
        self._break(ErrorCode.ENGINE_ABSENT, "The connection was closed.")

    async def __aenter__(self) -> "ControlClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # Questions

    async def hello(self) -> Hello:
        """Who answers. Raises FontloomError(PROTOCOL) naming both versions when they differ."""
        params = HelloParams(client_version=__version__, protocol=PROTOCOL_VERSION)
        hello = await self._ask("hello", params, Hello)
        if hello.protocol != PROTOCOL_VERSION:
            raise FontloomError(
                ErrorCode.PROTOCOL,
                f"The engine (fontloom {hello.version}) speaks protocol {hello.protocol}, "
                f"the client (fontloom {__version__}) protocol {PROTOCOL_VERSION}.",
            )
        return hello

    async def snapshot(self, cursor: int = 0) -> Snapshot:
        """The session now, with the fonts that changed since the cursor (0 for all)."""
        return await self._ask("snapshot", SnapshotParams(cursor=cursor), Snapshot)

    async def pause(self, *, leave: bool) -> Status:
        """Saves and ends the engine (`leave`), or holds it until it is resumed."""
        return await self._ask("pause", PauseParams(leave=leave), Status)

    async def resume(self) -> Status:
        """Goes on after a pause."""
        return await self._ask("resume", NoParams(), Status)

    async def cancel(self) -> Status:
        """Ends the session; what is committed stays."""
        return await self._ask("cancel", NoParams(), Status)

    async def errors(self, after: int = 0, limit: int = 100) -> Errors:
        """Errors of this run from number `after` on, at most 1000."""
        return await self._ask("errors", ErrorsParams(after=after, limit=limit), Errors)

    async def log_tail(self, log: LogName, offset: int | None = None, limit_bytes: int = 2**16) -> LogTail:
        """Whole lines of a log from a byte offset on; without one, of its last bytes."""
        params = LogTailParams(log=log, offset=offset, limit_bytes=limit_bytes)
        return await self._ask("log_tail", params, LogTail)

    async def _ask(self, method: str, params: Params, kind: type[R]) -> R:
        if self._broken is not None:
            raise FontloomError(*self._broken)
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._writer.write(encode_request(number, method, params))
            async with asyncio.timeout(self._timeout):
                result = await answer
        except TimeoutError:
            raise TimeoutError(f"The engine did not answer within {self._timeout:g} s.") from None
        finally:
            self._waiting.pop(number, None)
        try:
            return kind.model_validate(result)
        except ValidationError as error:
            raise FontloomError(ErrorCode.PROTOCOL, f"{method}: {error}") from error

    # Answers

    async def _receive(self) -> None:
        try:
            while True:
                self._settle(await self._reader.readuntil(b"\n"))
        except (asyncio.IncompleteReadError, OSError):
            self._break(ErrorCode.ENGINE_ABSENT, "The engine closed the connection.")
        except asyncio.LimitOverrunError:
            self._break(ErrorCode.PROTOCOL, f"The engine sent more than {MAX_ANSWER} bytes at once.")
        except (orjson.JSONDecodeError, ValidationError) as error:
            self._break(ErrorCode.PROTOCOL, f"The engine sent what is no answer: {error}")
        except FontloomError as error:
            self._break(error.error.code, error.error.detail)

    def _settle(self, line: bytes) -> None:
        answer = Answer.model_validate(orjson.loads(line))
        if answer.id is None:
            raise _error(answer.error or Fault(code=FaultCode.INTERNAL_ERROR, message="an answer to nothing"))
        waiting = self._waiting.pop(answer.id, None)
        if waiting is None or waiting.done():
            return  # came after its time
        if answer.error is None:
            waiting.set_result(answer.result)
        else:
            waiting.set_exception(_error(answer.error))

    def _break(self, code: ErrorCode, detail: str) -> None:
        self._broken = self._broken or (code, detail)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(FontloomError(code, detail))
        self._writer.transport.abort()


async def _connect(connection: socket.socket, path: Path, timeout: float) -> None:
    try:
        async with asyncio.timeout(timeout):
            while True:
                try:
                    return connection.connect(str(path))
                except BlockingIOError:
                    await asyncio.sleep(_RETRY_SECONDS)  # its queue is full: busy is not absent
    except TimeoutError:
        raise TimeoutError(f"The engine at {path} took no connection within {timeout:g} s.") from None
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        raise FontloomError(ErrorCode.ENGINE_ABSENT, f"Nobody listens at {path}.") from error
    except OSError as error:
        raise FontloomError(classify(error), f"{path}: {error}") from error


def _error(fault: Fault) -> FontloomError:
    if fault.data is not None:
        return FontloomError(fault.data.code, fault.data.detail, font_name=fault.data.font_name)
    code = ErrorCode.BUG if fault.code == FaultCode.INTERNAL_ERROR else ErrorCode.PROTOCOL
    return FontloomError(code, f"{fault.message} ({fault.code})")
