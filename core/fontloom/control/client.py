"""The engine, for a process that watches or steers it."""

import asyncio
import socket
from pathlib import Path
from typing import Self

from fontloom import __version__
from fontloom.control.connection import Connection
from fontloom.control.protocol import (
    PROTOCOL_VERSION,
    Errors,
    ErrorsParams,
    Fonts,
    Hello,
    HelloParams,
    LogName,
    LogTail,
    LogTailParams,
    NoParams,
    PauseParams,
    RetryParams,
    SkipParams,
    SnapshotParams,
    Status,
    WorkersParams,
)
from fontloom.model.errors import ErrorCode, FontloomError, classify
from fontloom.model.progress import Snapshot

_RETRY_SECONDS = 0.05


class ControlClient(Connection):
    """One connection to an engine; several tasks may use it at once.

    Every question raises FontloomError: ENGINE_ABSENT when the engine is gone, PROTOCOL when the two do
    not understand each other, or what the engine says is wrong; and TimeoutError when it is there but
    too busy to answer in time.
    """

    @classmethod
    async def connect(cls, path: Path, *, timeout: float = 10.0) -> Self:
        """A client of the engine that listens at `path`. `timeout` in seconds is for each answer too."""
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        try:
            await _connect(connection, path, timeout)
        except BaseException:
            connection.close()
            raise
        return await cls.over(connection, timeout)

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

    async def set_workers(self, count: int) -> Status:
        """Renders in this many processes (1 to 1024) from now on."""
        return await self._ask("set_workers", WorkersParams(count=count), Status)

    async def retry(self, fonts: tuple[str, ...] = ()) -> Fonts:
        """Lets fonts begin again, all that failed when none is named."""
        return await self._ask("retry", RetryParams(fonts=fonts), Fonts)

    async def skip(self, fonts: tuple[str, ...]) -> Fonts:
        """Leaves unfinished fonts out; the images they have stay."""
        return await self._ask("skip", SkipParams(fonts=fonts), Fonts)

    async def errors(self, after: int = 0, limit: int = 100) -> Errors:
        """Errors of this run from number `after` on, at most 1000."""
        return await self._ask("errors", ErrorsParams(after=after, limit=limit), Errors)

    async def log_tail(self, log: LogName, offset: int | None = None, limit_bytes: int = 2**16) -> LogTail:
        """Whole lines of a log from a byte offset on; without one, of its last bytes."""
        params = LogTailParams(log=log, offset=offset, limit_bytes=limit_bytes)
        return await self._ask("log_tail", params, LogTail)


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
