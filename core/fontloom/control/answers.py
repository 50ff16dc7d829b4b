"""From the line of a request to the line of its answer."""

import os
from typing import Any

from fontloom import __version__
from fontloom.control.logtail import read_tail
from fontloom.control.protocol import (
    PROTOCOL_VERSION,
    Errors,
    ErrorsParams,
    Fonts,
    Hello,
    HelloParams,
    LogTail,
    LogTailParams,
    NoParams,
    PauseParams,
    Request,
    RequestError,
    RetryParams,
    SkipParams,
    SnapshotParams,
    Status,
    Steerable,
    WorkersParams,
    encode_fault,
    encode_result,
)
from fontloom.control.requests import fault_of, no_method, read_params, read_request
from fontloom.model.base import Model
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.store.paths import ProjectPaths

_AHEAD = 2**62
"""A cursor that no change has reached: a snapshot without fonts."""


class Answers:
    """Carries requests out on one engine."""

    def __init__(self, engine: Steerable) -> None:
        self._engine = engine

    def answer(self, line: bytes) -> bytes | None:
        """The answer to a line, whatever it holds; None for a notification."""
        try:
            request = read_request(line)
        except RequestError as error:
            return encode_fault(None, error.fault)
        answer = self._carry_out(request)
        return answer if request.wants_answer else None

    def _carry_out(self, request: Request) -> bytes:
        try:
            return encode_result(request.id, self._call(request.method, request.params))
        except Exception as error:  # noqa: BLE001 - a question that fails must not end the run it asks about
            return encode_fault(request.id, fault_of(request.method, error))

    def _call(self, method: str, params: Any) -> Model:
        match method:
            case "hello":
                return self._hello(read_params(HelloParams, params))
            case "snapshot":
                return self._engine.snapshot(read_params(SnapshotParams, params).cursor)
            case "pause":
                self._engine.pause(leave=read_params(PauseParams, params).leave)
                return self._status()
            case "resume":
                read_params(NoParams, params)
                self._engine.resume()
                return self._status()
            case "cancel":
                read_params(NoParams, params)
                self._engine.cancel()
                return self._status()
            case "set_workers":
                self._engine.set_workers(read_params(WorkersParams, params).count)
                return self._status()
            case "retry":
                return Fonts(count=self._engine.retry(read_params(RetryParams, params).fonts))
            case "skip":
                return Fonts(count=self._engine.skip(read_params(SkipParams, params).fonts))
            case "errors":
                asked = read_params(ErrorsParams, params)
                errors, after = self._engine.errors(asked.after, asked.limit)
                return Errors(errors=errors, next=after)
            case "log_tail":
                return self._log_tail(read_params(LogTailParams, params))
        raise no_method(method)

    def _hello(self, params: HelloParams) -> Hello:
        if params.protocol != PROTOCOL_VERSION:
            raise FontloomError(
                ErrorCode.PROTOCOL,
                f"The engine (fontloom {__version__}) speaks protocol {PROTOCOL_VERSION}, "
                f"the client (fontloom {params.client_version[:100]}) protocol {params.protocol}.",
            )
        return Hello(
            version=__version__,
            protocol=PROTOCOL_VERSION,
            session_id=self._engine.session_id,
            project_path=self._engine.project_path,
            pid=os.getpid(),
        )

    def _status(self) -> Status:
        return Status(status=self._engine.snapshot(_AHEAD).phase)

    def _log_tail(self, params: LogTailParams) -> LogTail:
        path = ProjectPaths(self._engine.project_path).log(params.log)
        return read_tail(path, params.offset, params.limit_bytes)
