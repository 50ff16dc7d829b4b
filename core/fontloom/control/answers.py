"""From the line of a request to the line of its answer."""

import logging
import os
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from fontloom import __version__
from fontloom.control.logtail import read_tail
from fontloom.control.protocol import (
    PROTOCOL_VERSION,
    Errors,
    ErrorsParams,
    Fault,
    FaultCode,
    Hello,
    HelloParams,
    LogTail,
    LogTailParams,
    NoParams,
    Params,
    PauseParams,
    Request,
    RequestError,
    SnapshotParams,
    Status,
    Steerable,
    encode_fault,
    encode_result,
    engine_fault,
)
from fontloom.model.base import Model
from fontloom.model.errors import ErrorCode, FontloomError, classify
from fontloom.store.paths import ProjectPaths

P = TypeVar("P", bound=Params)

_log = logging.getLogger(__name__)

_AHEAD = 2**62
"""A cursor that no change has reached: a snapshot without fonts."""


class Answers:
    """Carries requests out on one engine."""

    def __init__(self, engine: Steerable) -> None:
        self._engine = engine

    def answer(self, line: bytes) -> bytes | None:
        """The answer to a line, whatever it holds; None for a notification."""
        try:
            request = Request.model_validate(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            return encode_fault(None, Fault(code=FaultCode.PARSE_ERROR, message=f"not JSON: {error}"))
        except ValidationError as error:
            return encode_fault(None, Fault(code=FaultCode.INVALID_REQUEST, message=_first(error)))
        answer = self._carry_out(request)
        return answer if request.wants_answer else None

    def _carry_out(self, request: Request) -> bytes:
        try:
            return encode_result(request.id, self._call(request.method, request.params))
        except RequestError as error:
            fault = error.fault
        except FontloomError as error:
            fault = engine_fault(error)
        except OSError as error:
            fault = engine_fault(FontloomError(classify(error), str(error)))
        except Exception as error:  # noqa: BLE001 - a question that fails must not end the run it asks about
            _log.exception("%s failed", request.method)
            fault = Fault(code=FaultCode.INTERNAL_ERROR, message=f"{type(error).__name__}: {error}")
        return encode_fault(request.id, fault)

    def _call(self, method: str, params: Any) -> Model:
        match method:
            case "hello":
                return self._hello(_read(HelloParams, params))
            case "snapshot":
                return self._engine.snapshot(_read(SnapshotParams, params).cursor)
            case "pause":
                self._engine.pause(leave=_read(PauseParams, params).leave)
                return self._status()
            case "resume":
                _read(NoParams, params)
                self._engine.resume()
                return self._status()
            case "cancel":
                _read(NoParams, params)
                self._engine.cancel()
                return self._status()
            case "errors":
                asked = _read(ErrorsParams, params)
                errors, after = self._engine.errors(asked.after, asked.limit)
                return Errors(errors=errors, next=after)
            case "log_tail":
                return self._log_tail(_read(LogTailParams, params))
        raise RequestError(FaultCode.METHOD_NOT_FOUND, f"no method {method[:100]!r}")

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


def _read(kind: type[P], params: Any) -> P:
    try:
        return kind.model_validate(params)
    except ValidationError as error:
        raise RequestError(FaultCode.INVALID_PARAMS, _first(error)) from error


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, problem["loc"]))[:100]
    return f"{where}: {problem['msg']}" if where else problem["msg"]
