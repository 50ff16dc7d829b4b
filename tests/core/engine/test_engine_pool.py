"""Work in other processes: what becomes of it, and what becomes of the rest."""

import asyncio
import ctypes
import os
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from fontloom.engine.pool import LocalPool, WorkerError
from fontloom.engine.worker import prepare, render_batches
from fontloom.model.config import ExportSessionConfig, TextConfig
from fontloom.model.errors import ErrorCode, FontloomError

LONG = 60.0


def square(number: int) -> int:
    return number * number


def process_id() -> int:
    return os.getpid()


def fail_with(error: Exception) -> None:
    raise error


def leave(status: int) -> None:
    os._exit(status)


def get_signal(number: int) -> None:
    os.kill(os.getpid(), number)
    signal.pause()


def segfault() -> None:
    ctypes.string_at(0)


def hang() -> None:
    signal.pause()


def hoard() -> None:
    kept = []
    while True:
        kept.append(bytearray(16 * 2**20))


def note_and_wait(begun: str, go: str) -> str:
    """Says that it began, and waits for the other end of a pipe."""
    Path(begun).touch()
    with open(go, "rb") as pipe:
        return pipe.read().decode()


def refuse_to_start() -> None:
    os._exit(3)


@pytest.fixture
async def pool() -> AsyncIterator[LocalPool]:
    pool = LocalPool(2, 300)
    yield pool
    pool.close()


async def failure_of(pool: LocalPool, function: Callable[..., Any], *args: Any, timeout: float = LONG) -> Any:
    with pytest.raises(WorkerError) as caught:
        async with asyncio.timeout(LONG):
            await pool.run(function, *args, timeout=timeout)
    return caught.value.error


async def test_a_result_comes_back(pool: LocalPool) -> None:
    found = await asyncio.gather(*(pool.run(square, n, timeout=LONG) for n in range(20)))
    assert found == [n * n for n in range(20)]


async def test_an_exception_comes_back_with_its_code(pool: LocalPool) -> None:
    error = FontloomError(ErrorCode.FONT_CORRUPT, "no glyf", font_name="A")
    with pytest.raises(FontloomError) as caught:
        await pool.run(fail_with, error, timeout=LONG)
    assert caught.value.error == error.error
    assert not isinstance(caught.value, WorkerError)
    with pytest.raises(ZeroDivisionError, match="as it was"):
        await pool.run(fail_with, ZeroDivisionError("as it was"), timeout=LONG)


@pytest.mark.parametrize(
    ("function", "args", "code", "said"),
    [
        (leave, (9,), ErrorCode.WORKER_CRASHED, "exit status 9"),
        (get_signal, (signal.SIGKILL,), ErrorCode.WORKER_LOST, "SIGKILL"),
        (get_signal, (signal.SIGABRT,), ErrorCode.WORKER_CRASHED, "SIGABRT"),
        (segfault, (), ErrorCode.WORKER_CRASHED, "SIGSEGV"),
        (hoard, (), ErrorCode.RENDER_MEMORY, "memory"),
    ],
)
async def test_how_a_worker_ended_is_told_and_the_pool_goes_on(
    pool: LocalPool, function: Callable[..., Any], args: tuple[Any, ...], code: ErrorCode, said: str
) -> None:
    error = await failure_of(pool, function, *args)
    assert error.code is code
    assert said in error.detail
    assert await pool.run(square, 7, timeout=LONG) == 49


async def test_a_worker_that_takes_too_long_is_stopped(pool: LocalPool) -> None:
    error = await failure_of(pool, hang, timeout=0.2)
    assert error.code is ErrorCode.RENDER_TIMEOUT
    assert "0.2 s" in error.detail
    assert await pool.run(square, 7, timeout=LONG) == 49


async def test_a_worker_that_leaves_as_if_all_were_well_is_found_out_by_the_deadline(pool: LocalPool) -> None:
    assert (await failure_of(pool, leave, 0, timeout=0.2)).code is ErrorCode.RENDER_TIMEOUT
    assert await pool.run(square, 7, timeout=LONG) == 49


async def test_other_work_in_flight_does_not_notice(pool: LocalPool, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    os.mkfifo(go)
    other = asyncio.create_task(pool.run(note_and_wait, str(begun), str(go), timeout=LONG))
    for failing in ((segfault,), (get_signal, signal.SIGKILL), (leave, 1)):
        await failure_of(pool, *failing)
    assert (await failure_of(pool, hang, timeout=0.2)).code is ErrorCode.RENDER_TIMEOUT
    assert not other.done()

    def let_go() -> None:
        with open(go, "wb") as pipe:
            pipe.write(b"undisturbed")

    await asyncio.to_thread(let_go)
    async with asyncio.timeout(LONG):
        assert await other == "undisturbed"
    assert begun.exists()


async def test_workers_are_gone_after_closing() -> None:
    pool = LocalPool(2, 0)
    ids = set(await asyncio.gather(*(pool.run(process_id, timeout=LONG) for _ in range(8))))
    workers = [psutil.Process(number) for number in ids]
    under_way = asyncio.create_task(pool.run(hang, timeout=LONG))
    await asyncio.sleep(0)
    pool.close()
    pool.close()
    _, alive = psutil.wait_procs(workers, timeout=LONG)
    assert alive == []
    with pytest.raises(WorkerError) as caught:
        await under_way
    assert caught.value.error.code is ErrorCode.WORKER_LOST
    with pytest.raises(WorkerError, match="closed"):
        await pool.run(square, 1, timeout=LONG)


def let_go(path: Path, word: bytes) -> None:
    with open(path, "wb") as pipe:
        pipe.write(word)


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not met():
            await asyncio.sleep(0.001)


async def test_more_workers_take_more_work_while_the_old_ones_finish_theirs(tmp_path: Path) -> None:
    pool = LocalPool(1, 0)
    names = ("old", "new-1", "new-2", "new-3")
    for name in names:
        os.mkfifo(tmp_path / f"go-{name}")

    def task(name: str) -> "asyncio.Task[str]":
        return asyncio.create_task(
            pool.run(note_and_wait, str(tmp_path / name), str(tmp_path / f"go-{name}"), timeout=LONG)
        )

    try:
        old_worker = psutil.Process(await pool.run(process_id, timeout=LONG))
        tasks = [task("old")]
        await until((tmp_path / "old").exists)
        pool.resize(3)
        tasks += [task(name) for name in names[1:]]
        await until(lambda: all((tmp_path / name).exists() for name in names))
        for name in reversed(names):
            await asyncio.to_thread(let_go, tmp_path / f"go-{name}", name.encode())
        async with asyncio.timeout(LONG):
            assert await asyncio.gather(*tasks) == list(names)
        await asyncio.to_thread(old_worker.wait, LONG)
    finally:
        pool.close()


async def test_fewer_workers_are_left_when_those_of_before_are_gone() -> None:
    pool = LocalPool(3, 0)
    try:
        old = set(await asyncio.gather(*(pool.run(process_id, timeout=LONG) for _ in range(12))))
        workers = [psutil.Process(number) for number in old]
        pool.resize(1)
        new = set(await asyncio.gather(*(pool.run(process_id, timeout=LONG) for _ in range(6))))
        assert len(new) == 1
        assert not new & old
        _, alive = await asyncio.to_thread(psutil.wait_procs, workers, timeout=LONG)
        assert alive == []
        pool.resize(1)
        assert {await pool.run(process_id, timeout=LONG)} == new, "the same number changes nothing"
    finally:
        pool.close()


async def test_workers_that_are_waited_for_hold_nobody_up(pool: LocalPool) -> None:
    """Not even threads of the event loop, of which there may be one."""
    executor = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(executor)
    stuck = [asyncio.create_task(pool.run(hang, timeout=LONG))]
    for workers in (1, 2, 3):
        await asyncio.sleep(0)
        pool.resize(workers)
        stuck.append(asyncio.create_task(pool.run(hang, timeout=LONG)))
    async with asyncio.timeout(LONG):
        assert await asyncio.to_thread(square, 5) == 25
    await asyncio.sleep(0)
    assert await pool.run(square, 6, timeout=LONG) == 36
    pool.close()
    for task in stuck:
        with pytest.raises(WorkerError) as caught:
            async with asyncio.timeout(LONG):
                await task
        assert caught.value.error.code is ErrorCode.WORKER_LOST
    pool.resize(2)
    with pytest.raises(WorkerError, match="closed"):
        await pool.run(square, 1, timeout=LONG)


async def test_a_worker_that_dies_on_its_way_out_costs_its_task_alone(pool: LocalPool) -> None:
    dying = asyncio.create_task(pool.run(get_signal, signal.SIGKILL, timeout=LONG))
    await asyncio.sleep(0)
    pool.resize(1)
    with pytest.raises(WorkerError) as caught:
        async with asyncio.timeout(LONG):
            await dying
    assert caught.value.error.code is ErrorCode.WORKER_LOST
    assert await pool.run(square, 7, timeout=LONG) == 49


async def test_a_worker_killed_while_it_waits_costs_at_most_a_retry(pool: LocalPool) -> None:
    """No task was under way to be blamed; what was queued may be lost, and the pool works again."""
    for _ in range(5):
        victim = psutil.Process(await pool.run(process_id, timeout=LONG))
        victim.kill()
        victim.wait(timeout=LONG)
        try:
            async with asyncio.timeout(LONG):
                assert await pool.run(square, 3, timeout=LONG) == 9
        except WorkerError as failure:
            assert failure.error.code is ErrorCode.WORKER_LOST
            async with asyncio.timeout(LONG):
                assert await pool.run(square, 3, timeout=LONG) == 9


async def test_workers_that_cannot_start_are_told_and_not_waited_for() -> None:
    pool = LocalPool(1, 0, refuse_to_start)
    try:
        for _ in range(2):
            assert (await failure_of(pool, square, 1)).code is ErrorCode.WORKER_LOST
    finally:
        pool.close()


async def test_a_text_that_has_gone_is_told_by_the_first_task(tmp_path: Path) -> None:
    config = ExportSessionConfig(text=TextConfig(source=f"words:{tmp_path / 'absent.txt'}"))
    pool = LocalPool(1, 0, prepare, (config,))
    try:
        with pytest.raises(FontloomError) as caught:
            async with asyncio.timeout(LONG):
                await pool.run(render_batches, (), timeout=LONG)
        assert caught.value.error.code is ErrorCode.TEXT_SOURCE
        assert "absent.txt" in caught.value.error.detail
    finally:
        pool.close()


async def test_signals_of_the_terminal_are_left_to_the_engine(pool: LocalPool) -> None:
    worker = await pool.run(process_id, timeout=LONG)
    for number in (signal.SIGINT, signal.SIGHUP):
        os.kill(worker, number)
    for _ in range(4):
        assert await pool.run(square, 2, timeout=LONG) == 4
    assert psutil.pid_exists(worker)
