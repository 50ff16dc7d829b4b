"""A stretch of work with an executor and a commit that do as they are told."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from fontloom.engine import shift as shift_module
from fontloom.engine.commit import FAILURES_IN_A_ROW, Stage
from fontloom.engine.exporter import Write
from fontloom.engine.plan import Plan
from fontloom.engine.pool import WorkerError
from fontloom.engine.shift import Shift
from fontloom.engine.worker import Batch, BatchResult, SampleResult
from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import FontCommit, FontStatus
from fontloom.model.session import FontInfo

SAMPLES = 40


def font(name: str) -> FontInfo:
    return FontInfo(
        font_name=name, path=f"/fonts/{name}.ttf", family=name, style="Regular", full_name=name, format="ttf",
        file_size=1, content_hash="0" * 64, units_per_em=1000, glyph_count=1, character_count=1,
    )  # fmt: skip


def drawn(batch: Batch) -> BatchResult:
    samples = tuple(
        SampleResult(n, (10,), 5, bytes([n % 256]) * 32) for n in range(batch.first, batch.first + batch.size)
    )
    size = len(samples)
    return BatchResult(
        batch.font.font_name, batch.first, size, b"i" * 10 * size, b"m" * 5 * size, samples, 0.01
    )


class FakeExecutor:
    """Draws at once, unless `fault` says what happens to the batches."""

    def __init__(self, fault: Callable[[tuple[Batch, ...]], None] = lambda batches: None) -> None:
        self.fault = fault
        self.calls: list[tuple[Batch, ...]] = []

    async def run(self, function: Callable[..., Any], *args: Any, timeout: float) -> Any:
        (batches,) = args
        self.calls.append(batches)
        await asyncio.sleep(0)
        self.fault(batches)
        return tuple(map(drawn, batches))

    def close(self) -> None:
        pass


class FakeCommit:
    """Remembers what was written and settled; `failure` is raised by the settling of the first group."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.written: list[Write] = []
        self.commits: dict[str, FontCommit] = {}

    async def write(self, group: list[Write]) -> float:
        await asyncio.sleep(0)
        self.written += group
        return 0.0

    async def settle(self, stage: Stage, group: list[Write], seconds: float) -> None:
        await asyncio.sleep(0)
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.commits.update({write.font.font_name: write.after for write in group})
        stage.committed(group)


class FakeTracker:
    def __init__(self) -> None:
        self.failures: list[ExportError] = []

    def started(self, font_name: str) -> None:
        pass

    def failed(self, error: ExportError) -> None:
        self.failures.append(error)


class FakeLogs:
    def error(self, error: ExportError) -> None:
        pass


class Setting:
    """A shift over two fonts."""

    def __init__(self, executor: FakeExecutor, commit: FakeCommit, workers: int = 2) -> None:
        fonts = [font("A"), font("B")]
        self.plan = Plan(SAMPLES, 0.1, workers)
        self.plan.reset((f, 0) for f in fonts)
        self.stage = Stage(fonts, {}, SAMPLES)
        self.tracker = FakeTracker()
        self.changed = asyncio.Event()
        self.wanted = True
        self.dropped = False
        self.shift = Shift(
            self.plan, self.stage, executor, commit, self.tracker, FakeLogs(),  # type: ignore[arg-type]
            timeout=1.0,
        )  # fmt: skip

    async def work(self) -> bool:
        async with asyncio.timeout(20):
            return await self.shift.work(self.changed, lambda: self.wanted, lambda: self.dropped)


async def test_everything_is_committed_in_order() -> None:
    commit = FakeCommit()
    assert await Setting(FakeExecutor(), commit).work()
    for name in "AB":
        assert commit.commits[name].status is FontStatus.COMPLETED
        numbers = [
            sample.sample
            for write in commit.written
            if write.font.font_name == name
            for sample in write.result.samples
        ]
        assert numbers == list(range(1, SAMPLES + 1))


async def test_it_goes_on_when_the_commit_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift_module, "_WAITING_BYTES", 1)
    commit = FakeCommit()
    assert await Setting(FakeExecutor(), commit).work()
    assert {commit.status for commit in commit.commits.values()} == {FontStatus.COMPLETED}


async def test_a_lost_worker_costs_its_task_a_retry_of_each_batch() -> None:
    lost: list[tuple[Batch, ...]] = []

    def fault(batches: tuple[Batch, ...]) -> None:
        if not lost:
            lost.append(batches)
            raise WorkerError(ErrorCode.WORKER_LOST, "killed")

    commit = FakeCommit()
    setting = Setting(FakeExecutor(fault), commit)
    assert await setting.work()
    assert {commit.status for commit in commit.commits.values()} == {FontStatus.COMPLETED}
    assert [error.code for error in setting.tracker.failures] == [ErrorCode.WORKER_LOST]


async def test_a_sample_that_crashes_is_found_and_left_out() -> None:
    def fault(batches: tuple[Batch, ...]) -> None:
        for batch in batches:
            if batch.font.font_name == "A" and batch.first <= 7 < batch.first + batch.size:
                raise WorkerError(ErrorCode.WORKER_CRASHED, "ended by SIGSEGV")

    commit = FakeCommit()
    assert await Setting(FakeExecutor(fault), commit).work()
    assert commit.commits["A"].failed_samples == (7,)
    assert commit.commits["A"].status is FontStatus.COMPLETED
    assert commit.commits["A"].completed_images == SAMPLES - 1
    assert commit.commits["B"].failed_samples == ()


async def test_a_font_that_always_crashes_is_given_up_and_asked_for_no_more() -> None:
    def fault(batches: tuple[Batch, ...]) -> None:
        if any(batch.font.font_name == "A" for batch in batches):
            raise WorkerError(ErrorCode.RENDER_TIMEOUT, "more than 1 s")

    commit = FakeCommit()
    executor = FakeExecutor(fault)
    assert await Setting(executor, commit).work()
    assert commit.commits["A"].status is FontStatus.FAILED
    assert commit.commits["A"].failed_samples == tuple(range(1, FAILURES_IN_A_ROW + 1))
    assert commit.commits["A"].error is not None
    assert commit.commits["A"].error.code is ErrorCode.RENDER_TIMEOUT
    assert commit.commits["B"].status is FontStatus.COMPLETED


async def test_a_pause_commits_what_is_in_flight_and_says_that_more_is_left() -> None:
    commit = FakeCommit()
    executor = FakeExecutor()
    setting = Setting(executor, commit)

    def stop(batches: tuple[Batch, ...]) -> None:
        setting.wanted = False
        setting.changed.set()

    executor.fault = stop
    assert not await setting.work()
    rendered = sum(batch.size for batches in executor.calls for batch in batches)
    assert 0 < rendered < 2 * SAMPLES
    assert sum(commit.completed_images for commit in commit.commits.values()) == rendered


async def test_more_workers_get_more_work_at_once() -> None:
    go = asyncio.Event()

    class Slow(FakeExecutor):
        async def run(self, function: Callable[..., Any], *args: Any, timeout: float) -> Any:
            self.calls.append(args[0])
            await go.wait()
            return tuple(map(drawn, args[0]))

    executor = Slow()
    setting = Setting(executor, FakeCommit(), workers=1)
    working = asyncio.create_task(setting.work())
    async with asyncio.timeout(20):
        for workers, in_flight in ((1, 2), (3, 6)):
            setting.plan.workers = workers
            setting.changed.set()
            while len(executor.calls) < in_flight:
                await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
    assert len(executor.calls) == 6
    go.set()
    assert await working


async def test_what_is_committed_waits_no_more() -> None:
    commit = FakeCommit(OSError(5, "Input/output error"))
    setting = Setting(FakeExecutor(), commit)
    with pytest.raises(OSError, match="Input/output"):
        await setting.work()
    assert setting.stage.waiting_images == setting.stage.waiting_bytes / 15 > 0
    again = Setting(FakeExecutor(), FakeCommit())
    assert await again.work()
    assert again.stage.waiting_images == again.stage.waiting_bytes == 0


async def test_a_failed_commit_ends_the_shift_with_its_error() -> None:
    commit = FakeCommit(OSError(5, "Input/output error"))
    with pytest.raises(OSError, match="Input/output"):
        await Setting(FakeExecutor(), commit).work()
    assert commit.commits == {}


async def test_dropping_does_not_wait_for_workers() -> None:
    setting: Setting
    never = asyncio.Event()

    class Stuck(FakeExecutor):
        async def run(self, function: Callable[..., Any], *args: Any, timeout: float) -> Any:
            setting.dropped = True
            setting.changed.set()
            await never.wait()

    setting = Setting(Stuck(), FakeCommit())
    assert not await setting.work()
