import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import font_amatic_sc
import psutil
import pytest

from fontloom.control.protocol import NoParams, Params
from fontloom.control.scout_client import Scout
from fontloom.model.config import Charset, EngineConfig, ExportSessionConfig, TextConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.scouting import FontScan, Lacking, ScanProgress
from fontloom.model.session import FontInfo

AMATIC = Path(font_amatic_sc.__file__).parent / "files" / "AmaticSC-Regular.ttf"
HAN = TextConfig(characters="\u4e00")
CONFIG = ExportSessionConfig(image_width=64, image_height=24)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
async def scout() -> AsyncIterator[Scout]:
    async with await Scout.start() as scout:
        yield scout


async def scanned(scout: Scout, *fonts: Path) -> FontScan:
    return await scout.scan(fonts, TextConfig(), EngineConfig(workers=1))


async def a_font(scout: Scout) -> FontInfo:
    return (await scanned(scout, AMATIC)).fonts[0].info


def below(process: psutil.Process) -> list[psutil.Process]:
    return process.children(recursive=True)


def the_scout() -> psutil.Process:
    (scout,) = (child for child in psutil.Process().children() if "fontloom.control.scout" in child.cmdline())
    return scout


async def ended(processes: list[psutil.Process]) -> bool:
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=60)
    return not alive


async def test_a_scan_finds_fonts_and_problems(scout: Scout, tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    scan = await scanned(scout, AMATIC, tmp_path)
    (font,) = scan.fonts
    assert (font.info.path, font.info.family, font.lacking) == (AMATIC, "Amatic SC", None)
    (problem,) = scan.problems
    assert (problem.path, problem.error.code) == (tmp_path / "broken.ttf", ErrorCode.FONT_CORRUPT)
    assert await scout.scan_progress() == ScanProgress(done=2, total=2)


async def test_a_scan_without_paths_is_of_the_starter_fonts(scout: Scout) -> None:
    assert len((await scanned(scout)).fonts) > 3


async def test_a_path_relative_to_the_folder_of_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some.ttf").symlink_to(AMATIC)
    (tmp_path / "random.py").write_text("raise SystemExit('a module of the folder was imported')")
    monkeypatch.chdir(tmp_path)
    async with await Scout.start() as scout:
        scan = await scanned(scout, Path("some.ttf"))
    assert scan.fonts[0].info.path == tmp_path / "some.ttf"


async def test_another_text_needs_no_new_scan(scout: Scout) -> None:
    assert await scout.lacking(HAN) == Lacking(fonts=())
    scan = await scout.scan((AMATIC,), HAN, EngineConfig(workers=1))
    lacking = scan.fonts[0].lacking
    assert lacking is not None
    assert (lacking.code, lacking.font_name) == (ErrorCode.MISSING_CHARACTERS, scan.fonts[0].info.font_name)
    assert await scout.lacking(HAN) == Lacking(fonts=(lacking,))
    assert await scout.lacking(TextConfig(charset=Charset.ASCII)) == Lacking(fonts=())


async def test_progress_is_told_while_a_scan_is_under_way(scout: Scout) -> None:
    scan = asyncio.create_task(scanned(scout, AMATIC))
    progress = asyncio.create_task(scout.scan_progress())
    first, _ = await asyncio.wait({scan, progress}, return_when=asyncio.FIRST_COMPLETED)
    assert first == {progress}
    assert progress.result().done == 0
    await scan


async def test_a_newer_scan_replaces_an_older_one(scout: Scout) -> None:
    older, newer = await asyncio.gather(scanned(scout), scanned(scout, AMATIC), return_exceptions=True)
    assert isinstance(older, FontloomError)
    assert "newer scan" in older.error.detail
    assert isinstance(newer, FontScan)
    assert len(newer.fonts) == 1
    assert await scout.scan_progress() == ScanProgress(done=1, total=1)


async def test_a_scan_that_finds_nothing_forgets_the_one_before(scout: Scout, tmp_path: Path) -> None:
    await scanned(scout, AMATIC)
    with pytest.raises(FontloomError) as raised:
        await scanned(scout, tmp_path / "gone")
    assert raised.value.error.code is ErrorCode.NO_FONTS
    assert await scout.lacking(HAN) == Lacking(fonts=())


async def test_a_preview_follows_the_configuration(scout: Scout) -> None:
    font = await a_font(scout)
    four = await scout.preview(CONFIG, font, 1, 4)
    assert [sample.sample for sample in four.samples] == [1, 2, 3, 4]
    assert [i.variant for i in four.samples[0].images] == ["clear", "blurred"]
    assert all(i.png.startswith(b"\x89PNG") for sample in four.samples for i in sample.images)
    assert (await scout.preview(CONFIG, font, 3, 2)).samples == four.samples[2:]
    clear = await scout.preview(CONFIG.model_copy(update={"variants": ("clear",)}), font, 1, 4)
    assert [s.images for s in clear.samples] == [s.images[:1] for s in four.samples]
    assert await scout.preview(CONFIG.model_copy(update={"seed": 1}), font, 1, 4) != four


@pytest.mark.skipif(not hasattr(psutil.Process, "rlimit"), reason="limits of others are seen on Linux only")
async def test_the_memory_of_a_worker_is_that_of_the_configuration(scout: Scout) -> None:
    font = await a_font(scout)
    for memory_mb in (0, 4096, 0):
        engine = EngineConfig(worker_memory_mb=memory_mb)
        assert (await scout.preview(CONFIG.model_copy(update={"engine": engine}), font, 1, 1)).reason == ""
        limits = [process.rlimit(psutil.RLIMIT_AS)[0] for process in below(the_scout())]
        assert any(limit != psutil.RLIM_INFINITY for limit in limits) == bool(memory_mb)


async def test_a_preview_that_hangs_is_a_reason_and_others_are_drawn(scout: Scout, tmp_path: Path) -> None:
    font = await a_font(scout)
    os.mkfifo(tmp_path / "never")  # opening it waits for a writer
    text = TextConfig(source=f"words:{tmp_path / 'never'}")
    hangs = CONFIG.model_copy(update={"text": text, "engine": EngineConfig(worker_timeout_seconds=1)})
    hung = [await scout.preview(hangs, font, 1, 1) for _ in range(2)]
    for preview in hung:
        assert preview.error is not None
        assert preview.error.code is ErrorCode.RENDER_TIMEOUT
    assert (await scout.preview(CONFIG, font, 1, 1)).reason == ""


async def test_a_text_that_cannot_be_read_is_an_error(scout: Scout, tmp_path: Path) -> None:
    font = await a_font(scout)
    config = CONFIG.model_copy(update={"text": TextConfig(source=f"lines:{tmp_path / 'gone'}")})
    with pytest.raises(FontloomError) as raised:
        await scout.preview(config, font, 1, 1)
    assert raised.value.error.code is ErrorCode.TEXT_SOURCE


async def test_what_is_asked_is_read_strictly(scout: Scout) -> None:
    class Odd(Params):
        text: object

    for method, params in (
        ("scan", NoParams()),
        ("lacking", Odd(text={"min_length": "4"})),
        ("lacking", Odd(text={"size": 4})),
        ("scan_progress", Odd(text=1)),
        ("cook", NoParams()),
    ):
        with pytest.raises(FontloomError) as raised:
            await scout._ask(method, params, Lacking)
        assert raised.value.error.code is ErrorCode.PROTOCOL
    assert await scout.scan_progress() == ScanProgress(done=0, total=0)


async def test_a_path_that_is_no_utf8_is_refused(scout: Scout) -> None:
    with pytest.raises(FontloomError) as raised:
        await scanned(scout, Path(os.fsdecode(b"/\xff.ttf")))
    assert raised.value.error.code is ErrorCode.CONFIG_INVALID


# How it ends


async def test_closing_ends_the_scout_and_its_workers(scout: Scout) -> None:
    await scout.preview(CONFIG, await a_font(scout), 1, 1)
    process = the_scout()
    workers = below(process)
    assert len(workers) >= 3
    assert os.getsid(process.pid) == process.pid  # out of reach of Ctrl-C
    await scout.close()
    await scout.close()
    assert scout.closed
    assert not process.is_running()
    assert await ended(workers)
    with pytest.raises(FontloomError) as raised:
        await scout.scan_progress()
    assert raised.value.error.code is ErrorCode.WORKER_LOST


async def test_a_scout_that_is_killed_takes_its_workers_along(scout: Scout) -> None:
    font = await a_font(scout)
    await scout.preview(CONFIG, font, 1, 1)
    process = the_scout()
    workers = below(process)
    assert not scout.closed
    process.kill()
    assert await ended(workers)
    with pytest.raises(FontloomError) as raised:
        await scout.preview(CONFIG, font, 1, 1)
    assert raised.value.error.code is ErrorCode.WORKER_LOST
    assert scout.closed


APP = f"""
import asyncio
from pathlib import Path
from fontloom.control.scout_client import Scout
from fontloom.model.config import EngineConfig, ExportSessionConfig, TextConfig

async def main():
    scout = await Scout.start()
    scan = await scout.scan((Path({str(AMATIC)!r}),), TextConfig(), EngineConfig(workers=1))
    await scout.preview(ExportSessionConfig(), scan.fonts[0].info, 1, 1)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_an_app_that_is_killed_takes_scout_and_workers_along() -> None:
    with subprocess.Popen([sys.executable, "-c", APP], stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        assert app.stdout.readline() == "ready\n"
        children = below(psutil.Process(app.pid))
        assert len(children) >= 4
        app.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
