"""An engine that runs is steered by its socket: workers, fonts done again, fonts left out."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import font_amatic_sc
import font_caladea
import psutil
import pytest

from fontloom.control.client import ControlClient
from fontloom.control.launcher import Launched, LaunchRequest, launch
from fontloom.engine.manager import PersistentExportManager
from fontloom.model.config import ColorMode, EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import FontProgress, FontStatus, Snapshot
from fontloom.report.verify import verify_project

FAULTS = Path(__file__).parent / "faults"
CALADEA = Path(font_caladea.__file__).parent / "files"
FONTS = (
    CALADEA / "Caladea-Regular.ttf",
    CALADEA / "Caladea-Bold.ttf",
    Path(font_amatic_sc.__file__).parent / "files" / "AmaticSC-Regular.ttf",
)
FIRST, VICTIM = "AmaticSC-Regular", "Caladea-Bold"
ENGINE = EngineConfig(workers=2, batch_seconds=0.05, min_free_mb=0, min_free_inodes=0)
SHORT = 60
LONG = 1000
"""Samples of a run that is steered while it works."""


def config(output: Path, samples: int, workers: int = 2) -> ExportSessionConfig:
    return ExportSessionConfig(
        output_path=output,
        fonts=FONTS,
        num_samples=samples,
        image_width=64,
        image_height=24,
        color_mode=ColorMode.L,
        engine=ENGINE.model_copy(update={"workers": workers}),
    )


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Folders of the user, away from the real ones; that of the sockets has a short name, as they need."""
    short = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    yield
    shutil.rmtree(short)


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Until this file is there, one font crashes the workers of engines that are started."""
    path = tmp_path / "mark"
    monkeypatch.setenv("FAULT_DRAW", "unmarked")
    monkeypatch.setenv("FAULT_FONT", sha256((CALADEA / f"{VICTIM}.ttf").read_bytes()).hexdigest())
    monkeypatch.setenv("FAULT_MARK", str(path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FAULTS), os.environ.get("PYTHONPATH", "")]))
    return path


def undisturbed(folder: Path, samples: int) -> str:
    """The digest of a run in this process that nothing disturbs."""

    async def run() -> Path:
        manager = PersistentExportManager()
        await manager.create_session(config(folder, samples))
        await manager.run()
        await manager.close()
        return manager.project_path

    with pytest.MonkeyPatch.context() as environment:
        for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
            environment.setenv(name, str(folder / name))
        return verify_project(asyncio.run(run()), deep=True).digest


@pytest.fixture(scope="module")
def short_digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    return undisturbed(tmp_path_factory.mktemp("short"), SHORT)


@pytest.fixture(scope="module")
def long_digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    return undisturbed(tmp_path_factory.mktemp("long"), LONG)


Engine = tuple[Launched, ControlClient]


@asynccontextmanager
async def engine_of(request: LaunchRequest) -> AsyncIterator[Engine]:
    """A detached engine, which is gone at the end whatever happens."""
    launched = await launch(request)
    process = psutil.Process(launched.pid)
    try:
        async with await ControlClient.connect(launched.socket, timeout=60) as client:
            yield launched, client
        _, alive = await asyncio.to_thread(psutil.wait_procs, [process], timeout=100)
        assert not alive
    finally:
        if process.is_running():
            process.kill()


async def until(client: ControlClient, met: Callable[[Snapshot], bool]) -> Snapshot:
    async with asyncio.timeout(100):
        while not met(snapshot := await client.snapshot()):
            assert snapshot.phase not in ("finishing", "done", "failed"), "it ended before that"
    return snapshot


async def over(client: ControlClient) -> None:
    """Watches the run to its end."""
    async with asyncio.timeout(100):
        try:
            while True:
                overall = (await client.snapshot()).overall
                assert overall.exported_images <= overall.rendered_images <= overall.total_images
        except FontloomError as gone:
            assert gone.error.code is ErrorCode.ENGINE_ABSENT


def font(snapshot: Snapshot, name: str) -> FontProgress:
    (found,) = (font for font in snapshot.fonts if font.font_name == name)
    return found


def status_is(name: str, status: FontStatus) -> Callable[[Snapshot], bool]:
    return lambda snapshot: font(snapshot, name).status is status


def workers_of(engine: int) -> int:
    """The workers are the children of the engine's fork server."""
    process = psutil.Process(engine)
    return len(process.children(recursive=True)) - len(process.children())


async def test_workers_come_and_go_while_it_runs(tmp_path: Path, digest, long_digest: str) -> None:
    async with engine_of(LaunchRequest(config=config(tmp_path, LONG, workers=1))) as (launched, client):
        for count in (3, 1):
            before = await client.snapshot()
            assert (await client.set_workers(count)).status == "running"

            def arrived(now: Snapshot, count: int = count, before: Snapshot = before) -> bool:
                more = now.overall.exported_images > before.overall.exported_images
                return more and workers_of(launched.pid) == count

            assert (await until(client, arrived)).stats.workers == count
        with pytest.raises(FontloomError) as caught:
            await client.set_workers(1025)
        assert caught.value.error.code is ErrorCode.CONFIG_INVALID
        await over(client)
    assert digest(launched.project_path) == long_digest


async def one_left_out_one_failed(client: ControlClient) -> Snapshot:
    """Leaves the first font out, so that the one that crashes is next. The third has then hardly begun."""
    assert (await client.skip((FIRST,))).count == 1
    snapshot = await until(client, status_is(FIRST, FontStatus.SKIPPED))
    assert "on request" in (font(snapshot, FIRST).last_error or "")
    return await until(client, status_is(VICTIM, FontStatus.FAILED))


async def test_what_was_left_out_and_what_failed_is_done_again_while_it_runs(
    tmp_path: Path, mark: Path, digest, long_digest: str
) -> None:
    async with engine_of(LaunchRequest(config=config(tmp_path, LONG))) as (launched, client):
        await one_left_out_one_failed(client)
        failed = launched.project_path / "failed"
        assert {path.name for path in failed.iterdir()} == {FIRST, VICTIM}
        assert (await client.skip((FIRST, VICTIM))).count == 0, "they have ended"
        with pytest.raises(FontloomError, match="Comic") as caught:
            await client.retry(("Comic",))
        assert caught.value.error.code is ErrorCode.CONFIG_INVALID
        mark.touch()
        assert (await client.retry()).count == 2
        await over(client)
    assert digest(launched.project_path) == long_digest
    assert not any(failed.iterdir())
    assert json.loads((launched.project_path / "summary.json").read_text())["failures"] == []


async def test_held_fonts_are_changed_at_once_and_stay_held(
    tmp_path: Path, mark: Path, digest, long_digest: str
) -> None:
    async with engine_of(LaunchRequest(config=config(tmp_path, LONG))) as (launched, client):
        await one_left_out_one_failed(client)
        await client.pause(leave=False)
        held = await until(client, lambda now: now.phase == "paused")
        assert held.overall.rendered_images == held.overall.exported_images
        assert (await client.retry((FIRST,))).count == 1
        again = await until(client, status_is(FIRST, FontStatus.PENDING))
        assert again.phase == "paused"
        lost = font(held, FIRST).completed_images
        assert again.overall.exported_images == held.overall.exported_images - lost
        assert (await client.skip((FIRST,))).count == 1
        await until(client, status_is(FIRST, FontStatus.SKIPPED))
        assert verify_project(launched.project_path, deep=True).valid
        mark.touch()
        assert (await client.retry()).count == 2
        await client.resume()
        await over(client)
    assert digest(launched.project_path) == long_digest


async def test_a_completed_project_does_again_what_failed(
    tmp_path: Path, mark: Path, digest, short_digest: str
) -> None:
    async with engine_of(LaunchRequest(config=config(tmp_path, SHORT))) as (launched, client):
        await over(client)
    project = launched.project_path
    assert len(json.loads((project / "summary.json").read_text())["failures"]) == 1
    assert verify_project(project).valid
    mark.touch()
    async with engine_of(LaunchRequest(project_path=project, engine=ENGINE, retry=())) as (_, client):
        await over(client)
    assert digest(project) == short_digest
    assert json.loads((project / "summary.json").read_text())["failures"] == []
    assert not (project / "failed" / VICTIM).exists()
    with pytest.raises(FontloomError, match="nothing failed") as caught:
        await launch(LaunchRequest(project_path=project, retry=()))
    assert caught.value.error.code is ErrorCode.PROJECT_FINISHED
