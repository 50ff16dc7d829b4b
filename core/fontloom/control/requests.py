"""From the line of a request to what it asks, and from what went wrong to the fault that says so."""

import logging
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from fontloom.control.protocol import Fault, FaultCode, Params, Request, RequestError, engine_fault
from fontloom.model.errors import FontloomError, classify

P = TypeVar("P", bound=Params)

_log = logging.getLogger(__name__)


def read_request(line: bytes) -> Request:
    """The request of a line, whatever it holds. Raises RequestError."""
    try:
        return Request.model_validate(orjson.loads(line))
    except orjson.JSONDecodeError as error:
        raise RequestError(FaultCode.PARSE_ERROR, f"not JSON: {error}") from error
    except ValidationError as error:
        raise RequestError(FaultCode.INVALID_REQUEST, _first(error)) from error


def read_params(kind: type[P], params: Any) -> P:
    """The params of a method, without conversions at any depth. Raises RequestError."""
    try:
        # Read as JSON, where a strict path is a string and a strict tuple a list.
        return kind.model_validate_json(orjson.dumps(params), strict=True)
    except ValidationError as error:
        raise RequestError(FaultCode.INVALID_PARAMS, _first(error)) from error
    except orjson.JSONEncodeError as error:  # reads deeper than it writes
        raise RequestError(FaultCode.INVALID_PARAMS, str(error)) from error


def no_method(method: str) -> RequestError:
    """The error of a method that there is not."""
    return RequestError(FaultCode.METHOD_NOT_FOUND, f"no method {method[:100]!r}")


def fault_of(method: str, error: Exception) -> Fault:
    """What is sent for an error that a method raised; one that is a bug is logged too."""
    match error:
        case RequestError():
            return error.fault
        case FontloomError():
            return engine_fault(error)
        case OSError():
            return engine_fault(FontloomError(classify(error), str(error)))
    _log.error("%s failed", method, exc_info=error)
    return Fault(code=FaultCode.INTERNAL_ERROR, message=f"{type(error).__name__}: {error}")


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, problem["loc"]))[:100]
    return f"{where}: {problem['msg']}" if where else problem["msg"]
