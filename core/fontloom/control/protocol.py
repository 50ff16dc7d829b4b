"""What engine and clients say to each other: JSON-RPC 2.0, one JSON object a line."""

from enum import IntEnum
from pathlib import Path
from typing import Any, Literal, Protocol

import orjson
from pydantic import ConfigDict, Field

from fontloom.model.base import Model
from fontloom.model.errors import ExportError, FontloomError
from fontloom.model.progress import Snapshot

PROTOCOL_VERSION = 2

MAX_LINE = 2**20
"""Longest request in bytes, its newline included."""

MAX_ANSWER = 64 * 2**20
"""Longest answer in bytes that a client takes."""


class Steerable(Protocol):
    """What an engine lets others see and do. None of it takes long."""

    @property
    def session_id(self) -> str:
        """The session's identity."""
        ...

    @property
    def project_path(self) -> Path:
        """The project's folder."""
        ...

    def snapshot(self, cursor: int) -> Snapshot:
        """The session now, with the fonts that changed since the cursor."""
        ...

    def pause(self, *, leave: bool) -> None:
        """Finishes what is in flight and waits, or ends."""
        ...

    def resume(self) -> None:
        """Goes on after a pause."""
        ...

    def cancel(self) -> None:
        """Ends the session."""
        ...

    def set_workers(self, count: int) -> None:
        """Renders in this many processes from now on."""
        ...

    def retry(self, fonts: tuple[str, ...]) -> int:
        """Lets fonts begin again, all that failed when none is named. Returns how many."""
        ...

    def skip(self, fonts: tuple[str, ...]) -> int:
        """Leaves unfinished fonts out. Returns how many."""
        ...

    def errors(self, after: int, limit: int) -> tuple[tuple[ExportError, ...], int]:
        """Errors from number `after` on, and the number to ask for next."""
        ...


# Params of the methods, and their results. `snapshot` returns a model.progress.Snapshot.


class Params(Model):
    """Read without conversions: "1" is no number."""

    model_config = ConfigDict(strict=True)


class NoParams(Params):
    """Of `resume` and `cancel`."""


class HelloParams(Params):
    """Of `hello`."""

    client_version: str
    protocol: int


class Hello(Model):
    """Who answers."""

    version: str
    protocol: int
    session_id: str
    project_path: Path
    pid: int


class SnapshotParams(Params):
    """Of `snapshot`. The cursor 0 asks for all fonts."""

    cursor: int = Field(0, ge=0)


class PauseParams(Params):
    """Of `pause`. With `leave` the engine ends once all is saved; without, it waits to be resumed."""

    leave: bool


class WorkersParams(Params):
    """Of `set_workers`."""

    count: int


class RetryParams(Params):
    """Of `retry`. None named are all that failed."""

    fonts: tuple[str, ...] = ()


class SkipParams(Params):
    """Of `skip`."""

    fonts: tuple[str, ...]


class Status(Model):
    """Result of `pause`, `resume`, `cancel` and `set_workers`: the phase of the session, as in a snapshot."""

    status: str


class Fonts(Model):
    """Result of `retry` and `skip`: how many fonts it concerns."""

    count: int


class ErrorsParams(Params):
    """Of `errors`."""

    after: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=1000)


class Errors(Model):
    """Errors of this run, and the number to ask for next."""

    errors: tuple[ExportError, ...]
    next: int


LogName = Literal["export", "errors", "performance"]


class LogTailParams(Params):
    """Of `log_tail`. The offset is in bytes; without one it is the last `limit_bytes`."""

    log: LogName
    offset: int | None = Field(None, ge=0)
    limit_bytes: int = Field(2**16, ge=1, le=2**20)


class LogTail(Model):
    """Whole lines of a log, and the offset to ask with next."""

    lines: tuple[str, ...]
    offset: int


# The envelope


class Request(Params):
    """A call; a notification when `id` is not set."""

    jsonrpc: Literal["2.0"] = "2.0"
    method: str
    params: Any = Field(default_factory=dict)
    id: int | str | None = None

    @property
    def wants_answer(self) -> bool:
        """Whether it has an id, be it null."""
        return "id" in self.model_fields_set


class FaultCode(IntEnum):
    """Error codes of JSON-RPC, and one of ours."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    ENGINE_ERROR = -32000
    """The engine knows what is wrong: `data` holds the ExportError."""


class Fault(Model):
    """The `error` of an answer."""

    code: int
    message: str
    data: ExportError | None = None


class Answer(Model):
    """What comes back for a request. `id` is null when the request could not be read."""

    jsonrpc: Literal["2.0"]
    id: int | str | None
    result: Any = None
    error: Fault | None = None


class RequestError(Exception):
    """A request that is not carried out."""

    def __init__(self, code: FaultCode, message: str) -> None:
        self.fault = Fault(code=code, message=message)
        super().__init__(code, message)


def engine_fault(error: FontloomError) -> Fault:
    """An error of the table, as it is sent."""
    return Fault(code=FaultCode.ENGINE_ERROR, message=str(error), data=error.error)


def encode_request(number: int, method: str, params: Params) -> bytes:
    """The line of a request."""
    return Request(id=number, method=method, params=params).model_dump_json().encode() + b"\n"


def encode_result(number: int | str | None, result: Model) -> bytes:
    """The line of an answer."""
    return _line(number, "result", result.model_dump_json())


def encode_fault(number: int | str | None, fault: Fault) -> bytes:
    """The line of an answer that says why there is no result."""
    return _line(number, "error", fault.model_dump_json(exclude_none=True))


def _line(number: int | str | None, key: str, json: str) -> bytes:
    answer = {"jsonrpc": "2.0", "id": number, key: orjson.Fragment(json)}
    return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
