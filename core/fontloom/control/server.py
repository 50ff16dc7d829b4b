"""Lets other processes watch and steer an engine, without ever holding it up."""

import asyncio
import os
import socket
import stat
import struct
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from types import TracebackType

from fontloom.control.address import is_listening, make_private
from fontloom.control.answers import Answers
from fontloom.control.protocol import (
    MAX_LINE,
    FaultCode,
    RequestError,
    Steerable,
    encode_fault,
)
from fontloom.model.errors import ErrorCode, FontloomError

_MOST_CLIENTS = 64
_PATIENCE_SECONDS = 5.0
"""How long a client may leave its answers unread."""
_REST = 9.0
"""Rest after each answer, in times of what it took: all clients together get a tenth of the loop."""
_WATCH_SECONDS = 1.0


class ControlServer:
    """Answers on the socket at `path`, for processes of our user and of root."""

    def __init__(self, engine: Steerable, path: Path) -> None:
        self._answers = Answers(engine)
        self._path = path
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._turn = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """Listens. Raises FontloomError: LOCKED when another engine does, PERMISSION_DENIED."""
        await self._listen()
        self._watcher = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stops listening, sends what was answered, and removes the socket; idempotent."""
        self._closing = True
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait({self._watcher})
        if self._server is not None:
            self._server.close()
        if self._is_ours():
            self._path.unlink()
        for writer in self._clients.values():
            writer.close()
        if self._clients:
            _, late = await asyncio.wait(self._clients, timeout=_PATIENCE_SECONDS)
            for task in late:
                _drop(self._clients[task])
            await asyncio.gather(*late)

    async def __aenter__(self) -> "ControlServer":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # The socket

    async def listen_again(self) -> None:
        """Makes the socket anew when it is gone: a runtime folder goes with the last login of its user.

        Raises as `start` does.
        """
        if not self._is_ours():
            await self._listen()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            with suppress(OSError, FontloomError):  # until there is a login again
                await self.listen_again()

    async def _listen(self) -> None:
        make_private(self._path.parent)
        if is_listening(self._path):
            raise FontloomError(ErrorCode.LOCKED, f"Another engine listens at {self._path}.")
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(self._path.lstat().st_mode):
                self._path.unlink()  # left by an engine that was killed
        if self._server is not None:
            self._server.close()
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(self._path))
            self._path.chmod(0o600)  # before it listens: there is no moment in which others can connect
            self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=MAX_LINE)
        except BaseException:
            listener.close()
            raise
        self._inode = self._path.stat().st_ino

    def _is_ours(self) -> bool:
        try:
            return self._path.lstat().st_ino == self._inode
        except OSError:
            return False

    # Clients

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients[task] = writer
        try:
            with suppress(OSError):  # gone, or too slow
                await self._attend(reader, writer)
        finally:
            _drop(writer)
            del self._clients[task]

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _may_connect(writer) and not self._closing:
            await self._converse(reader, writer)
        writer.close()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if len(self._clients) > _MOST_CLIENTS:
                raise RequestError(FaultCode.INVALID_REQUEST, f"more than {_MOST_CLIENTS} clients")
            while True:
                await self._answer(await reader.readuntil(b"\n"), writer)
        except asyncio.IncompleteReadError:
            return
        except asyncio.LimitOverrunError:
            refused = RequestError(FaultCode.INVALID_REQUEST, f"a request of more than {MAX_LINE} bytes")
        except RequestError as error:
            refused = error
        writer.write(encode_fault(None, refused.fault))

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        async with self._turn:
            start = perf_counter()
            answer = self._answers.answer(line)
            if answer is not None:
                writer.write(answer)
            await asyncio.sleep((perf_counter() - start) * _REST)
        # One answer at most lies above the mark of the buffer: the next waits here until it is taken.
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await writer.drain()


def _drop(writer: asyncio.StreamWriter) -> None:
    # asyncio fails to abort a transport that was closed and has sent its rest.
    if not writer.transport.is_closing() or writer.transport.get_write_buffer_size():
        writer.transport.abort()


def _may_connect(writer: asyncio.StreamWriter) -> bool:
    uid = peer_uid(writer.get_extra_info("socket"))
    return uid is None or uid in (os.geteuid(), 0)


def peer_uid(connection: socket.socket) -> int | None:
    """The user at the other end; None where the system does not tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    credentials = struct.Struct("iII")
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
    _, uid, _ = credentials.unpack(data)
    return int(uid)
