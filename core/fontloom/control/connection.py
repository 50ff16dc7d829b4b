"""A connection to a process that answers questions: JSON-RPC 2.0, one JSON object a line."""

import asyncio
import socket
from itertools import count
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from fontloom.control.protocol import MAX_ANSWER, Answer, Fault, FaultCode, Params, encode_request
from fontloom.model.base import Model
from fontloom.model.errors import ErrorCode, FontloomError

R = TypeVar("R", bound=Model)


class Connection:
    """Asks and receives; several tasks may use it at once.

    Every question raises FontloomError: `absent` when the other end is gone, PROTOCOL when the two do not
    understand each other, CONFIG_INVALID for a path that is not UTF-8, or what the other end says is wrong;
    and TimeoutError when it is there but too busy to answer in time.
    """

    peer: ClassVar[str] = "The engine"
    """What the other end is called in errors."""
    absent: ClassVar[ErrorCode] = ErrorCode.ENGINE_ABSENT
    """The error when the other end is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout: float) -> None:
        self._reader = reader
        self._writer = writer
        self._timeout = timeout
        self._numbers = count(1)
        self._waiting: dict[int | str, asyncio.Future[Any]] = {}
        self._broken: tuple[ErrorCode, str] | None = None
        self._receiver = asyncio.create_task(self._receive())

    @classmethod
    async def over(cls, connection: socket.socket, timeout: float) -> Self:
        """Talks over a connected socket, which it then owns. `timeout` in seconds is for each answer."""
        try:
            reader, writer = await asyncio.open_unix_connection(sock=connection, limit=MAX_ANSWER)
        except BaseException:
            connection.close()
            raise
        return cls(reader, writer, timeout)

    @property
    def closed(self) -> bool:
        """Whether nothing more can be asked: it was closed, or the other end is gone."""
        return self._broken is not None

    async def close(self) -> None:
        """Leaves the other end; idempotent."""
        self._receiver.cancel()
        await asyncio.wait({self._receiver})
        self._break(self.absent, "The connection was closed.")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, method: str, params: Params, kind: type[R], *, timeout: float | None = None) -> R:
        """The answer to one question, within `timeout` seconds or those of the connection."""
        if self._broken is not None:
            raise FontloomError(*self._broken)
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        patience = timeout or self._timeout
        self._waiting[number] = answer
        try:
            self._writer.write(encode_request(number, method, params))
            async with asyncio.timeout(patience):
                result = await answer
        except PydanticSerializationError as error:  # of paths whose bytes are no UTF-8
            raise FontloomError(ErrorCode.CONFIG_INVALID, str(error)) from error
        except TimeoutError:
            raise TimeoutError(f"{self.peer} did not answer within {patience:g} s.") from None
        finally:
            self._waiting.pop(number, None)
        try:
            return kind.model_validate(result)
        except ValidationError as error:
            raise FontloomError(ErrorCode.PROTOCOL, f"{method}: {error}") from error

    async def _receive(self) -> None:
        try:
            while True:
                self._settle(await self._reader.readuntil(b"\n"))
        except (asyncio.IncompleteReadError, OSError):
            self._break(self.absent, f"{self.peer} closed the connection.")
        except asyncio.LimitOverrunError:
            self._break(ErrorCode.PROTOCOL, f"{self.peer} sent more than {MAX_ANSWER} bytes at once.")
        except (orjson.JSONDecodeError, ValidationError) as error:
            self._break(ErrorCode.PROTOCOL, f"{self.peer} sent what is no answer: {error}")
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


def _error(fault: Fault) -> FontloomError:
    if fault.data is not None:
        return FontloomError(fault.data.code, fault.data.detail, font_name=fault.data.font_name)
    code = ErrorCode.BUG if fault.code == FaultCode.INTERNAL_ERROR else ErrorCode.PROTOCOL
    return FontloomError(code, f"{fault.message} ({fault.code})")
