import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from fontloom.control.scout_client import Scout
from fontloom.control.scout_protocol import PREVIEW_WORKERS
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.scouting import FontPreview
from fontloom.model.session import FontInfo

FONT = FontInfo(
    font_name="font",
    path=Path("/font.ttf"),
    family="Font",
    style="Regular",
    full_name="Font",
    format="ttf",
    file_size=1,
    content_hash="0" * 64,
    units_per_em=1000,
    glyph_count=1,
    character_count=1,
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


class Slow(NamedTuple):
    """A scout that answers when it is told to, and the client of it."""

    client: Scout
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def asked(self) -> int:
        """The number of the next preview that is asked for, which is its first sample as well."""
        request = json.loads(await self.reader.readline())
        assert (request["method"], request["params"]["first"]) == ("preview", request["id"])
        return int(request["id"])

    def answer(self, number: int) -> None:
        result = FontPreview(font_name=f"font {number}").model_dump(mode="json")
        self.writer.write(json.dumps({"jsonrpc": "2.0", "id": number, "result": result}).encode() + b"\n")

    def preview(self, first: int) -> "asyncio.Task[FontPreview]":
        return asyncio.create_task(self.client.preview(ExportSessionConfig(), FONT, first, 1))


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=theirs)
    client = await Scout.over(ours, 60)
    yield Slow(client, reader, writer)
    await super(Scout, client).close()  # there is no process
    writer.close()
    await writer.wait_closed()


async def test_a_preview_that_is_given_up_before_its_turn_is_not_asked_for(slow: Slow) -> None:
    begun = [slow.preview(n + 1) for n in range(PREVIEW_WORKERS)]
    assert [await slow.asked() for _ in begun] == [n + 1 for n in range(PREVIEW_WORKERS)]
    given_up, last = slow.preview(99), slow.preview(PREVIEW_WORKERS + 1)
    await asyncio.sleep(0)  # both now wait for their turn
    given_up.cancel()
    slow.answer(1)
    assert (await begun[0]).font_name == "font 1"
    assert await slow.asked() == PREVIEW_WORKERS + 1
    slow.answer(PREVIEW_WORKERS + 1)
    assert (await last).font_name == f"font {PREVIEW_WORKERS + 1}"
    assert given_up.cancelled()


async def test_a_preview_that_is_given_up_keeps_its_turn_until_it_is_drawn(slow: Slow) -> None:
    begun = [slow.preview(n + 1) for n in range(PREVIEW_WORKERS)]
    for _ in begun:
        await slow.asked()
    for task in begun:
        task.cancel()
    await asyncio.wait(begun)
    last = slow.preview(PREVIEW_WORKERS + 1)
    await asyncio.sleep(0)  # it has begun
    progress = asyncio.create_task(slow.client.scan_progress())
    asked = json.loads(await slow.reader.readline())
    assert asked["method"] == "scan_progress"  # and not the preview that came before
    progress.cancel()
    slow.answer(2)
    asked = json.loads(await slow.reader.readline())
    assert (asked["method"], asked["params"]["first"]) == ("preview", PREVIEW_WORKERS + 1)
    last.cancel()


async def test_fonts_of_the_configuration_are_not_sent_with_a_preview(slow: Slow) -> None:
    config = ExportSessionConfig(fonts=(Path("/a.ttf"),))
    asked = asyncio.create_task(slow.client.preview(config, FONT, 1, 1))
    assert json.loads(await slow.reader.readline())["params"]["config"]["fonts"] == []
    asked.cancel()


async def test_a_scout_that_ends_at_once_is_absent(state: Path) -> None:
    command = (sys.executable, "-c", "import sys; sys.exit('no luck')")
    async with await Scout.start(command) as scout:
        with pytest.raises(FontloomError) as raised:
            await scout.scan_progress()
    assert raised.value.error.code is ErrorCode.WORKER_LOST
    assert (state / "fontloom" / "logs" / "scout.log").read_text() == "no luck\n"


async def test_a_scout_that_stays_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fontloom.control.scout_client._END_SECONDS", 0.01)
    scout = await Scout.start((sys.executable, "-c", "import signal; signal.pause()"))
    await scout.close()
    assert scout._process.returncode == -9


async def test_a_command_that_is_not_there() -> None:
    with pytest.raises(FontloomError):
        await Scout.start(("/no/such/command",))


async def test_a_log_that_cannot_be_written(state: Path) -> None:
    os.mkdir(state / "fontloom")
    (state / "fontloom" / "logs").write_text("a file")
    with pytest.raises(FontloomError):
        await Scout.start()


def test_the_client_imports_nothing_that_opens_fonts() -> None:
    code = "import sys, fontloom.control.scout_client; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    roots = {".".join(name.split(".")[:2]) for name in loaded.split()}
    opening = {"fontloom.engine", "fontloom.render", "fontloom.fonts", "fontTools", "uharfbuzz", "numpy"}
    assert not roots & opening
