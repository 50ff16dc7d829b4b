import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fontloom import __version__
from fontloom.control import connection as connection_module
from fontloom.control.client import ControlClient
from fontloom.control.protocol import PROTOCOL_VERSION, Errors, Hello, LogTail, Status
from fontloom.control.server import ControlServer
from fontloom.model.errors import ErrorCode, FontloomError

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def strange_engine(path: Path, behave: Behave, timeout: float = 60) -> AsyncIterator[ControlClient]:
    """A client of a server that behaves in its own way."""

    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await behave(reader, writer)
        writer.transport.abort()
        ended.set()

    listener = await asyncio.start_unix_server(serve, path)
    try:
        async with await ControlClient.connect(path, timeout=timeout) as client:
            yield client
        async with asyncio.timeout(60):
            await ended.wait()
    finally:
        listener.close()


def saying(*lines: bytes) -> Behave:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            await reader.readline()
            writer.write(line)
        await reader.read()

    return behave


async def refusal(question: Awaitable[object]) -> FontloomError:
    with pytest.raises(FontloomError) as raised:
        await question
    return raised.value


async def test_every_question_has_a_typed_answer(client: ControlClient, engine: Any) -> None:
    assert await client.hello() == Hello(
        version=__version__,
        protocol=PROTOCOL_VERSION,
        session_id=engine.session_id,
        project_path=engine.project_path,
        pid=os.getpid(),
    )
    assert await client.snapshot(1) == engine.snapshot(1)
    assert await client.pause(leave=False) == Status(status="pausing")
    assert await client.resume() == Status(status="running")
    assert await client.pause(leave=True) == Status(status="pausing")
    assert await client.cancel() == Status(status="cancelled")
    assert engine.told == ["hold", "resume", "leave", "cancel"]
    assert await client.errors(1, 2) == Errors(errors=engine.known[1:3], next=3)
    assert await client.log_tail("export", 5) == LogTail(lines=(), offset=0)


async def test_an_error_of_the_engine_is_raised_as_it_was(client: ControlClient, engine: Any) -> None:
    engine.phase = "done"
    error = (await refusal(client.cancel())).error
    assert (error.code, error.detail) == (ErrorCode.PROJECT_FINISHED, "nothing to cancel")
    engine.broken = ZeroDivisionError("oops")
    error = (await refusal(client.snapshot())).error
    assert error.code is ErrorCode.BUG
    assert "oops" in error.detail


async def test_one_connection_serves_many_tasks(client: ControlClient) -> None:
    async def ask(number: int) -> bool:
        if number % 2:
            return (await client.errors(number, 1)).next == number + (number < 5)
        return len((await client.snapshot(number)).fonts) == max(0, 3 - number)

    assert all(await asyncio.gather(*(ask(number) for number in range(200))))


async def test_many_clients_at_once(served: Path) -> None:
    async def ask() -> int:
        async with await ControlClient.connect(served, timeout=60) as client:
            return (await client.snapshot()).cursor

    assert await asyncio.gather(*(ask() for _ in range(30))) == [3] * 30


async def test_answers_are_matched_by_their_id(short: Path) -> None:
    async def backwards(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests = [json.loads(await reader.readline()) for _ in range(3)]
        for request in reversed(requests):
            result = {"errors": [], "next": request["params"]["after"]}
            writer.write(
                json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode() + b"\n"
            )
        await reader.read()

    async with strange_engine(short / "a.sock", backwards) as client:
        found = await asyncio.gather(*(client.errors(after) for after in (10, 20, 30)))
    assert [errors.next for errors in found] == [10, 20, 30]


async def test_nobody_listens(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short / "left.sock"))
    (short / "file").write_text("")
    for name in ("none.sock", "left.sock", "file/none.sock"):
        error = await refusal(ControlClient.connect(short / name))
        assert error.error.code is ErrorCode.ENGINE_ABSENT


async def test_an_engine_too_busy_to_answer_is_not_absent(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short / "busy.sock"))
        listener.listen(5)
        async with await ControlClient.connect(short / "busy.sock", timeout=0.05) as client:
            with pytest.raises(TimeoutError, match="did not answer"):
                await client.hello()


async def test_an_engine_too_busy_to_accept_is_not_absent(short: Path) -> None:
    path = short / "busy.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(0)
        queue = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        for waiting in queue:
            waiting.setblocking(False)
            waiting.connect_ex(str(path))
        with pytest.raises(TimeoutError, match="took no connection"):
            await ControlClient.connect(path, timeout=0.05)
        for waiting in queue:
            waiting.close()


async def test_an_answer_after_its_time_is_not_taken_for_another(short: Path) -> None:
    told = asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await told.wait()
        writer.write(b'{"jsonrpc":"2.0","id":1,"result":{"status":"old"}}\n')
        await reader.readline()
        writer.write(b'{"jsonrpc":"2.0","id":2,"result":{"status":"new"}}\n')
        await reader.read()

    async with strange_engine(short / "a.sock", late) as client:
        client._timeout = 0.01
        with pytest.raises(TimeoutError):
            await client.resume()
        client._timeout = 60
        told.set()
        assert await client.resume() == Status(status="new")


async def test_an_engine_that_goes_is_absent_for_all_who_wait(engine: Any, short: Path) -> None:
    server = ControlServer(engine, short / "a.sock")
    await server.start()
    async with await ControlClient.connect(short / "a.sock") as client:
        await client.hello()
        await server.close()
        for question in (client.hello(), client.snapshot()):
            assert (await refusal(question)).error.code is ErrorCode.ENGINE_ABSENT


async def test_those_who_wait_when_the_engine_dies_are_told(short: Path) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await reader.readline()
        writer.transport.abort()

    async with strange_engine(short / "a.sock", die) as client:
        for error in await asyncio.gather(client.hello(), client.resume(), return_exceptions=True):
            assert isinstance(error, FontloomError)
            assert error.error.code is ErrorCode.ENGINE_ABSENT


async def test_an_engine_of_another_version_is_named(short: Path) -> None:
    hello = {"version": "7.7", "protocol": 42, "session_id": "s", "project_path": "/p", "pid": 1}
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "result": hello}).encode() + b"\n"
    async with strange_engine(short / "a.sock", saying(line)) as client:
        error = (await refusal(client.hello())).error
    assert error.code is ErrorCode.PROTOCOL
    for word in ("7.7", "protocol 42", __version__, f"protocol {PROTOCOL_VERSION}"):
        assert word in error.detail


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n",
        b"{}\n",
        b"\xff\n",
        b'{"jsonrpc":"2.0","id":1,"result":{"status":5}}\n',
        b'{"jsonrpc":"2.0","id":1,"result":{"status":"a","more":1}}\n',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no method"}}\n',
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no request"}}\n',
    ],
)
async def test_an_engine_that_speaks_otherwise(short: Path, line: bytes) -> None:
    async with strange_engine(short / "a.sock", saying(line)) as client:
        assert (await refusal(client.resume())).error.code is ErrorCode.PROTOCOL


async def test_an_answer_is_bounded(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "MAX_ANSWER", 1000)
    async with strange_engine(short / "a.sock", saying(b"x" * 5000)) as client:
        error = (await refusal(client.resume())).error
    assert error.code is ErrorCode.PROTOCOL
    assert "1000" in error.detail


async def test_an_answer_may_be_much_larger_than_a_request(client: ControlClient, engine: Any) -> None:
    engine.fonts = 10_000
    assert len((await client.snapshot()).fonts) == 10_000


async def test_a_closed_client_says_so(client: ControlClient) -> None:
    await client.close()
    await client.close()
    assert (await refusal(client.hello())).error.code is ErrorCode.ENGINE_ABSENT
