"""One stretch of work: batches to workers, results to commits, until nothing is left or a stop is wanted."""

import asyncio
from collections.abc import Callable

import stamina

from fontloom.engine.commit import FAILURES_IN_A_ROW, GroupCommit, Stage
from fontloom.engine.exporter import Write
from fontloom.engine.logs import SessionLogs
from fontloom.engine.plan import Plan
from fontloom.engine.pool import Executor, WorkerError
from fontloom.engine.tracker import FontProgressTracker
from fontloom.engine.worker import Batch, BatchResult, Failure, SampleResult, render_batches
from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import FontStatus

_WAITING_BYTES = 8 * 2**20
"""Rendered bytes that may wait to be written, for each worker."""


class Shift:
    """Keeps the workers busy and the memory bounded.

    It ends with all that was rendered committed, or with an exception of the commit, after which what
    was not committed is rendered again by the next shift.
    """

    def __init__(
        self,
        plan: Plan,
        stage: Stage,
        executor: Executor,
        commit: GroupCommit,
        tracker: FontProgressTracker,
        logs: SessionLogs,
        *,
        timeout: float,
    ) -> None:
        self._plan = plan
        self._stage = stage
        self._executor = executor
        self._commit = commit
        self._tracker = tracker
        self._logs = logs
        self._timeout = timeout
        self._rendered = asyncio.Event()
        self._changed = asyncio.Event()
        self._ended = False

    async def work(
        self, changed: asyncio.Event, wanted: Callable[[], bool], dropped: Callable[[], bool]
    ) -> bool:
        """True when nothing is left to do, false when it ended because it was no longer wanted.

        `changed` is set whenever the answers of `wanted` and `dropped`, or the plan's workers, may have
        changed; when `dropped`, what is in flight is not waited for. Raises what the commit raises.
        """
        self._changed = changed
        committing = asyncio.create_task(self._commit_all())
        flying: set[asyncio.Task[list[BatchResult]]] = set()
        try:
            while not dropped():
                changed.clear()
                while wanted() and not self._plan.exhausted and self._has_room(len(flying)):
                    flying.add(asyncio.create_task(self._render(self._next_task())))
                if not flying and (self._plan.exhausted or not wanted()):
                    break
                await _first(flying, committing, changed)
                if committing.done():
                    break
                for task in [task for task in flying if task.done()]:
                    flying.remove(task)
                    self._take(task.result())
            self._ended = True
            self._rendered.set()
            await committing
        finally:
            for task in flying:
                task.cancel()
            committing.cancel()
            await asyncio.gather(*flying, committing, return_exceptions=True)
        return self._plan.exhausted and wanted()

    def _has_room(self, flying: int) -> bool:
        workers = self._plan.workers
        return flying < 2 * workers and self._stage.waiting_bytes < _WAITING_BYTES * (workers + 1)

    def _next_task(self) -> tuple[Batch, ...]:
        task = self._plan.next_task()
        for batch in task:
            self._tracker.started(batch.font.font_name)
        return task

    def _take(self, results: list[BatchResult]) -> None:
        for result in results:
            self._plan.learn(result)
            self._stage.add(result)
        self._rendered.set()

    # Commit

    async def _commit_all(self) -> None:
        """Writes groups one after the other; each settles while the next is written."""
        settling: asyncio.Task[None] | None = None
        try:
            while True:
                await self._rendered.wait()
                self._rendered.clear()
                group = self._stage.take()
                if group:
                    seconds = await self._commit.write(group)
                    if settling is not None:
                        await settling
                    settling = asyncio.create_task(self._settle(group, seconds))
                elif self._ended:
                    break
                if self._ended:
                    self._rendered.set()
            if settling is not None:
                await settling
        finally:
            if settling is not None:
                # A group on its way to the disk is not torn off: its commit is seen to the end. When both
                # it and the next group failed, the shift ends with the error of the next.
                await asyncio.wait({settling})
                if not settling.cancelled():
                    settling.exception()

    async def _settle(self, group: list[Write], write_seconds: float) -> None:
        await self._commit.settle(self._stage, group, write_seconds)
        self._changed.set()  # there is room for more
        for write in group:
            if write.after.status in (FontStatus.FAILED, FontStatus.SKIPPED):
                self._plan.drop(write.font.font_name)

    # Render

    async def _render(self, batches: tuple[Batch, ...]) -> list[BatchResult]:
        """The batches together; when the worker fails, each alone, so that only the guilty one suffers."""
        try:
            return list(await self._run(batches))
        except WorkerError as failure:
            self._note(failure, batches[0] if len(batches) == 1 else None, attempt=1)
        return [await self._render_alone(batch) for batch in batches]

    async def _render_alone(self, batch: Batch) -> BatchResult:
        """One batch after a failure; when it fails again, its samples one by one."""
        try:
            async for attempt in stamina.retry_context(
                on=_was_killed, attempts=2, wait_initial=0.05, wait_max=1.0
            ):
                with attempt:
                    return (await self._run((batch,)))[0]
        except WorkerError as failure:
            self._note(failure, batch, attempt=2)
        return await self._narrow(batch)

    async def _narrow(self, batch: Batch) -> BatchResult:
        """Finds the samples that a worker does not survive. Stops where the font will be given up."""
        parts: list[BatchResult] = []
        in_a_row = 0
        for number in range(batch.first, batch.first + batch.size):
            try:
                parts.append((await self._run((Batch(batch.font, number, 1),)))[0])
                in_a_row = 0
            except WorkerError as failure:
                self._note(failure, batch, attempt=3, sample=number)
                code = failure.error.code
                code = ErrorCode.WORKER_CRASHED if code is ErrorCode.WORKER_LOST else code
                lost = SampleResult(number, (), 0, b"", Failure(code, failure.error.detail))
                parts.append(BatchResult(batch.font.font_name, number, 1, b"", b"", (lost,), 0.0))
                in_a_row += 1
                if in_a_row == FAILURES_IN_A_ROW:
                    break
        return BatchResult(
            batch.font.font_name,
            batch.first,
            batch.size,
            b"".join(part.images for part in parts),
            b"".join(part.manifest for part in parts),
            tuple(sample for part in parts for sample in part.samples),
            sum(part.seconds for part in parts),
            next((part.failure for part in parts if part.failure), None),
        )

    async def _run(self, batches: tuple[Batch, ...]) -> tuple[BatchResult, ...]:
        return await self._executor.run(render_batches, batches, timeout=self._timeout)

    def _note(
        self, failure: WorkerError, batch: Batch | None, *, attempt: int, sample: int | None = None
    ) -> None:
        font = None if batch is None else batch.font.font_name
        error = ExportError.of(
            failure.error.code, failure.error.detail, font_name=font, sample=sample, attempt=attempt
        )
        self._tracker.failed(error)
        self._logs.error(error)


def _was_killed(error: Exception) -> bool:
    return isinstance(error, WorkerError) and error.error.code is ErrorCode.WORKER_LOST


async def _first(
    flying: set[asyncio.Task[list[BatchResult]]], committing: asyncio.Task[None], changed: asyncio.Event
) -> None:
    """Waits until a task is done, the commit ended, or something else is wanted."""
    waiter = asyncio.create_task(changed.wait())
    try:
        await asyncio.wait({*flying, committing, waiter}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiter.cancel()
