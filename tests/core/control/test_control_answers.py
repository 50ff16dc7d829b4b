import json
import os
from typing import Any

import pytest

from fontloom import __version__
from fontloom.control.answers import Answers
from fontloom.control.protocol import PROTOCOL_VERSION
from fontloom.model.errors import ErrorCode, ExportError


def ask(engine: Any, method: str, **params: Any) -> Any:
    request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    answer = answer_to(engine, json.dumps(request).encode())
    assert answer["id"] == 7
    return answer


def answer_to(engine: Any, line: bytes) -> Any:
    answer = Answers(engine).answer(line)
    assert answer is not None
    assert answer.endswith(b"\n")
    assert answer.count(b"\n") == 1
    found = json.loads(answer)
    assert found["jsonrpc"] == "2.0"
    assert ("result" in found) != ("error" in found)
    return found


def test_hello_says_who_answers(engine: Any) -> None:
    result = ask(engine, "hello", client_version="9", protocol=PROTOCOL_VERSION)["result"]
    assert result == {
        "version": __version__,
        "protocol": PROTOCOL_VERSION,
        "session_id": "fake-session",
        "project_path": str(engine.project_path),
        "pid": os.getpid(),
    }


def test_another_protocol_is_refused_naming_both(engine: Any) -> None:
    error = ask(engine, "hello", client_version="9.8.7", protocol=99)["error"]
    assert error["code"] == -32000
    known = ExportError.model_validate(error["data"])
    assert known.code is ErrorCode.PROTOCOL
    for word in (__version__, f"protocol {PROTOCOL_VERSION}", "9.8.7", "protocol 99"):
        assert word in known.detail


def test_a_snapshot_has_the_fonts_after_the_cursor(engine: Any) -> None:
    fonts = ask(engine, "snapshot", cursor=1)["result"]["fonts"]
    assert [font["font_name"] for font in fonts] == ["Font-2", "Font-3"]


@pytest.mark.parametrize(
    ("method", "params", "told", "status"),
    [
        ("pause", {"leave": True}, "leave", "pausing"),
        ("pause", {"leave": False}, "hold", "pausing"),
        ("resume", {}, "resume", "running"),
        ("cancel", {}, "cancel", "cancelled"),
        ("set_workers", {"count": 3}, "workers 3", "running"),
    ],
)
def test_steering(engine: Any, method: str, params: dict[str, Any], told: str, status: str) -> None:
    assert ask(engine, method, **params)["result"] == {"status": status}
    assert engine.told == [told]


@pytest.mark.parametrize(
    ("method", "params", "told", "count"),
    [
        ("retry", {}, "retry ", 3),
        ("retry", {"fonts": []}, "retry ", 3),
        ("retry", {"fonts": ["A", "B"]}, "retry A B", 2),
        ("skip", {"fonts": ["A"]}, "skip A", 1),
        ("skip", {"fonts": []}, "skip ", 0),
    ],
)
def test_fonts_are_steered_by_name(
    engine: Any, method: str, params: dict[str, Any], told: str, count: int
) -> None:
    assert ask(engine, method, **params)["result"] == {"count": count}
    assert engine.told == [told]


def test_errors_come_in_pages(engine: Any) -> None:
    first = ask(engine, "errors", after=0, limit=3)["result"]
    second = ask(engine, "errors", after=first["next"], limit=3)["result"]
    details = [error["detail"] for error in first["errors"] + second["errors"]]
    assert details == [f"number {n}" for n in range(5)]
    assert ask(engine, "errors", after=second["next"], limit=3)["result"] == {"errors": [], "next": 5}


def test_log_tail_reads_the_log_of_the_project(engine: Any) -> None:
    (engine.project_path / "logs").mkdir()
    (engine.project_path / "logs" / "errors.log").write_text('{"a":1}\n{"b":2}\n')
    result = ask(engine, "log_tail", log="errors", offset=8)["result"]
    assert result == {"lines": ['{"b":2}'], "offset": 16}


def test_a_log_that_cannot_be_read_is_an_error_of_the_table(engine: Any) -> None:
    (engine.project_path / "logs" / "errors.log").mkdir(parents=True)
    error = ask(engine, "log_tail", log="errors")["error"]
    assert error["code"] == -32000
    assert "errors.log" in error["data"]["detail"]


def test_an_error_of_the_engine_carries_its_data(engine: Any) -> None:
    engine.phase = "done"
    error = ask(engine, "cancel")["error"]
    assert error["code"] == -32000
    assert ExportError.model_validate(error["data"]) == ExportError.of(
        ErrorCode.PROJECT_FINISHED, "nothing to cancel"
    )


def test_a_bug_in_the_engine_is_an_internal_error(engine: Any, caplog: pytest.LogCaptureFixture) -> None:
    engine.broken = ZeroDivisionError("oops")
    assert ask(engine, "snapshot", cursor=0)["error"] == {
        "code": -32603,
        "message": "ZeroDivisionError: oops",
    }
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("line", [b"", b"\n", b"{", b"\xff\n", b'{"a":NaN}', b"[" * 100_000, b'"\\ud800"'])
def test_what_is_not_json(engine: Any, line: bytes) -> None:
    answer = answer_to(engine, line)
    assert answer["id"] is None
    assert answer["error"]["code"] == -32700


@pytest.mark.parametrize(
    "request_",
    [
        None,
        5,
        "hello",
        [],
        [{"jsonrpc": "2.0", "id": 1, "method": "resume"}],
        {},
        {"id": 1, "jsonrpc": "1.0", "method": "resume"},
        {"id": 1, "jsonrpc": "2.0"},
        {"id": 1, "jsonrpc": "2.0", "method": 5},
        {"id": [1], "jsonrpc": "2.0", "method": "resume"},
        {"id": 1, "jsonrpc": "2.0", "method": "resume", "more": 1},
    ],
)
def test_what_is_no_request(engine: Any, request_: Any) -> None:
    answer = answer_to(engine, json.dumps(request_).encode())
    assert answer["id"] is None
    assert answer["error"]["code"] == -32600
    assert engine.told == []


@pytest.mark.parametrize("method", ["", "Pause", "__init__", "_hello", "run", "x" * 10_000])
def test_an_unknown_method(engine: Any, method: str) -> None:
    error = ask(engine, method)["error"]
    assert error["code"] == -32601
    assert len(error["message"]) < 200


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("hello", {}),
        ("hello", {"client_version": "1", "protocol": "1"}),
        ("snapshot", {"cursor": -1}),
        ("snapshot", {"cursor": "1"}),
        ("snapshot", {"cursor": 10**30}),
        ("snapshot", {"cursor": 1, "more": 1}),
        ("snapshot", [1]),
        ("snapshot", None),
        ("pause", {}),
        ("pause", {"leave": 1}),
        ("resume", {"leave": True}),
        ("cancel", "now"),
        ("set_workers", {}),
        ("set_workers", {"count": "3"}),
        ("set_workers", {"count": True}),
        ("set_workers", {"count": 1.5}),
        ("retry", {"fonts": "A"}),
        ("retry", {"fonts": [1]}),
        ("retry", {"fonts": None}),
        ("skip", {}),
        ("skip", {"fonts": ["A"], "more": 1}),
        ("errors", {"after": 0, "limit": 1001}),
        ("errors", {"after": 0, "limit": 0}),
        ("log_tail", {"log": "../../etc/passwd"}),
        ("log_tail", {"log": "export", "offset": -1}),
        ("log_tail", {"log": "export", "limit_bytes": 2**20 + 1}),
    ],
)
def test_wrong_params(engine: Any, method: str, params: Any) -> None:
    request = {"jsonrpc": "2.0", "id": "a", "method": method, "params": params}
    answer = answer_to(engine, json.dumps(request).encode())
    assert answer["id"] == "a"
    assert answer["error"]["code"] == -32602
    assert engine.told == []


def test_a_notification_is_carried_out_without_an_answer(engine: Any) -> None:
    answers = Answers(engine)
    assert answers.answer(b'{"jsonrpc":"2.0","method":"pause","params":{"leave":true}}') is None
    assert engine.told == ["leave"]
    assert answers.answer(b'{"jsonrpc":"2.0","method":"nonsense"}') is None
    assert answer_to(engine, b'{"jsonrpc":"2.0","id":null,"method":"resume"}')["id"] is None
    assert engine.told == ["leave", "resume"]
