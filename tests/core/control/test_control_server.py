import asyncio
import json
import os
import select
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fontloom.control import server as server_module
from fontloom.control.client import ControlClient
from fontloom.control.protocol import MAX_LINE, PROTOCOL_VERSION
from fontloom.control.server import ControlServer
from fontloom.model.errors import ErrorCode, FontloomError

HELLO = (
    b'{"jsonrpc":"2.0","id":1,"method":"hello","params":{"client_version":"1","protocol":%d}}\n'
    % PROTOCOL_VERSION
)


class Raw:
    """A connection that says what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, data: bytes) -> Any:
        self.writer.write(data)
        return await self.hear()

    async def hear(self) -> Any:
        async with asyncio.timeout(60):
            return json.loads(await self.reader.readuntil(b"\n"))

    async def is_closed(self) -> bool:
        async with asyncio.timeout(60):
            try:
                return await self.reader.read() == b""
            except ConnectionResetError:
                return True


@asynccontextmanager
async def raw(path: Path) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_unix_connection(path, limit=2**26)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


async def test_the_socket_is_ours_alone_and_goes_with_the_server(engine: Any, short: Path) -> None:
    before = os.umask(0)
    try:
        async with ControlServer(engine, short / "new" / "a.sock"):
            found = (short / "new" / "a.sock").stat()
            assert stat.S_ISSOCK(found.st_mode)
            assert stat.S_IMODE(found.st_mode) == 0o600
            assert stat.S_IMODE((short / "new").stat().st_mode) == 0o700
    finally:
        os.umask(before)
    assert list((short / "new").iterdir()) == []


async def test_a_folder_others_can_enter_is_refused(engine: Any, short: Path) -> None:
    short.chmod(0o755)
    with pytest.raises(FontloomError) as raised:
        await ControlServer(engine, short / "a.sock").start()
    assert raised.value.error.code is ErrorCode.PERMISSION_DENIED


async def test_a_socket_left_by_a_killed_engine_is_replaced(engine: Any, short: Path) -> None:
    script = "import os, socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1]); os._exit(9)"
    subprocess.run([sys.executable, "-c", script, str(short / "a.sock")], check=False)
    assert (short / "a.sock").is_socket()
    async with ControlServer(engine, short / "a.sock"), raw(short / "a.sock") as client:
        assert "result" in await client.say(HELLO)


async def test_a_socket_in_use_is_left_alone(engine: Any, served: Path) -> None:
    with pytest.raises(FontloomError) as raised:
        await ControlServer(engine, served).start()
    assert raised.value.error.code is ErrorCode.LOCKED
    async with raw(served) as client:
        assert "result" in await client.say(HELLO)


async def test_what_is_no_socket_is_never_removed(engine: Any, short: Path) -> None:
    (short / "a.sock").write_text("precious")
    with pytest.raises(OSError, match="in use"):
        await ControlServer(engine, short / "a.sock").start()
    assert (short / "a.sock").read_text() == "precious"


async def test_closing_leaves_the_socket_of_a_successor(engine: Any, short: Path) -> None:
    path = short / "a.sock"
    first = ControlServer(engine, path)
    await first.start()
    path.rename(short / "kept")  # so that its inode is not used again
    async with ControlServer(engine, path):
        await first.close()
        await first.close()
        async with raw(path) as client:
            assert "result" in await client.say(HELLO)


async def test_a_socket_that_is_gone_is_made_anew(engine: Any, short: Path) -> None:
    path = short / "run" / "fontloom" / "a.sock"
    async with ControlServer(engine, path) as server, raw(path) as attached:
        assert "result" in await attached.say(HELLO)
        path.unlink()
        path.parent.rmdir()
        await server.listen_again()
        inode = path.stat().st_ino
        await server.listen_again()
        assert path.stat().st_ino == inode
        async with raw(path) as client:
            assert "result" in await client.say(HELLO)
        assert "result" in await attached.say(HELLO)
    assert not path.exists()


async def test_the_server_notices_by_itself(
    engine: Any, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_WATCH_SECONDS", 0.001)
    path = short / "run" / "fontloom" / "a.sock"
    async with ControlServer(engine, path), asyncio.timeout(60):
        path.unlink()
        path.parent.rmdir()
        (short / "run").rename(short / "logged-out")
        while (short / "run").exists():
            await asyncio.sleep(0)
        (short / "logged-out").rename(short / "run")
        while True:
            try:
                client = await ControlClient.connect(path)
                break
            except FontloomError:
                await asyncio.sleep(0)
        async with client:
            assert (await client.hello()).session_id == "fake-session"


async def test_bad_lines_are_answered_and_the_next_is_understood(served: Path) -> None:
    async with raw(served) as client:
        assert (await client.say(b"}{\n"))["error"]["code"] == -32700
        assert (await client.say(b"\n"))["error"]["code"] == -32700
        assert (await client.say(b"[]\n"))["error"]["code"] == -32600
        assert "result" in await client.say(HELLO)


async def test_requests_may_come_in_pieces_or_together(served: Path) -> None:
    async with raw(served) as client:
        client.writer.write(HELLO[:20])
        await client.writer.drain()
        assert "result" in await client.say(HELLO[20:] + HELLO + HELLO)
        assert "result" in await client.hear()
        assert "result" in await client.hear()


async def test_notifications_are_carried_out(engine: Any, served: Path) -> None:
    async with raw(served) as client:
        answer = await client.say(b'{"jsonrpc":"2.0","method":"cancel"}\n' + HELLO)
        assert answer["id"] == 1
        assert engine.told == ["cancel"]


async def test_a_client_that_stops_sending_still_gets_its_answer(served: Path) -> None:
    async with raw(served) as client:
        client.writer.write(HELLO)
        client.writer.write_eof()
        assert "result" in await client.hear()
        assert await client.is_closed()


async def test_a_line_at_the_limit_is_read_and_a_longer_one_refused(served: Path) -> None:
    async with raw(served) as client:
        assert "result" in await client.say(HELLO[:-1].ljust(MAX_LINE - 1) + b"\n")
        answer = await client.say(b"x" * (MAX_LINE + 1))
        assert answer["id"] is None
        assert answer["error"]["code"] == -32600
        assert str(MAX_LINE) in answer["error"]["message"]
        assert await client.is_closed()


async def test_more_clients_than_there_is_room_for(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_MOST_CLIENTS", 2)
    async with raw(served) as first, raw(served) as second:
        assert "result" in await first.say(HELLO)
        assert "result" in await second.say(HELLO)
        async with raw(served) as third:
            assert "2 clients" in (await third.hear())["error"]["message"]
            assert await third.is_closed()
        assert "result" in await first.say(HELLO)


async def test_a_client_that_does_not_read_is_dropped_and_holds_nobody_up(
    engine: Any, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_PATIENCE_SECONDS", 0.05)
    engine.fonts = 5000
    ask = b'{"jsonrpc":"2.0","id":1,"method":"snapshot","params":{"cursor":0}}\n'
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.setblocking(False)
        deaf.connect(str(served))
        deaf.send(ask * 20)
        async with raw(served) as client:
            assert "result" in await client.say(HELLO)
            poller = select.poll()
            poller.register(deaf, 0)  # hang-up alone
            assert await asyncio.to_thread(poller.poll, 60_000)
            assert engine.asked < 20
            assert "result" in await client.say(HELLO)


async def test_a_flood_of_questions_holds_nobody_up(engine: Any, served: Path) -> None:
    flood = 2000
    async with raw(served) as flooding, raw(served) as client:
        flooding.writer.write(b'{"jsonrpc":"2.0","method":"snapshot","params":{"cursor":9}}\n' * flood)
        while engine.asked < 10:
            await asyncio.sleep(0)
        assert "result" in await client.say(HELLO)
        assert engine.asked < flood


async def test_another_user_is_refused(engine: Any, served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "peer_uid", lambda connection: os.geteuid() + 1)
    async with raw(served) as client:
        client.writer.write(b'{"jsonrpc":"2.0","method":"cancel"}\n')
        assert await client.is_closed()
    monkeypatch.setattr(server_module, "peer_uid", lambda connection: 0)
    async with raw(served) as client:
        assert "result" in await client.say(HELLO)
    assert engine.told == []


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the system does not tell who connects")
async def test_the_system_tells_who_connects(served: Path) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(served))
        assert server_module.peer_uid(connection) == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
async def test_a_real_other_user_is_refused(engine: Any, served: Path) -> None:
    served.parent.chmod(0o711)
    served.chmod(0o666)
    connection = socket.socket(socket.AF_UNIX)
    os.seteuid(65534)
    try:
        connection.connect(str(served))
    finally:
        os.seteuid(0)
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    client = Raw(reader, writer)
    writer.write(b'{"jsonrpc":"2.0","method":"cancel"}\n')
    assert await client.is_closed()
    writer.transport.abort()
    assert engine.told == []


async def test_a_connection_can_be_dropped_whatever_its_state() -> None:
    here, there = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=here)
    other_reader, other_writer = await asyncio.open_unix_connection(sock=there)
    writer.write(b"x" * 2**22)
    writer.close()
    assert writer.transport.get_write_buffer_size()
    assert len(await other_reader.read()) == 2**22
    await writer.wait_closed()
    for _ in range(2):
        server_module._drop(writer)
        server_module._drop(other_writer)
    assert await reader.read() == b""
    await other_writer.wait_closed()


async def test_closing_sends_what_was_answered(
    engine: Any, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_PATIENCE_SECONDS", 60.0)
    server = ControlServer(engine, short / "a.sock")
    await server.start()
    async with raw(short / "a.sock") as client:
        assert "result" in await client.say(HELLO)
        engine.fonts = 5000
        client.writer.write(b'{"jsonrpc":"2.0","id":2,"method":"snapshot","params":{"cursor":0}}\n')
        while not engine.asked:
            await asyncio.sleep(0)
        _, answer = await asyncio.gather(server.close(), client.hear())
        assert len(answer["result"]["fonts"]) == 5000
        assert await client.is_closed()


async def test_closing_does_not_wait_for_a_client_that_does_not_read(
    engine: Any, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.fonts = 5000
    server = ControlServer(engine, short / "a.sock")
    await server.start()
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.setblocking(False)
        deaf.connect(str(short / "a.sock"))
        deaf.send(b'{"jsonrpc":"2.0","id":1,"method":"snapshot","params":{"cursor":0}}\n')
        while not engine.asked:
            await asyncio.sleep(0)
        monkeypatch.setattr(server_module, "_PATIENCE_SECONDS", 0.01)
        async with asyncio.timeout(60):
            await server.close()
    assert not (short / "a.sock").exists()
