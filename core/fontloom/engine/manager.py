"""A session's life: created or resumed, run, paused, cancelled, completed."""

import asyncio
import os
from pathlib import Path

from fontloom.engine.commit import Stage
from fontloom.engine.completion import complete
from fontloom.engine.metrics import Meter
from fontloom.engine.plan import Plan
from fontloom.engine.pool import LocalPool
from fontloom.engine.shift import Shift
from fontloom.engine.wish import DROPPING, ENDING, Wish
from fontloom.engine.worker import prepare
from fontloom.engine.workspace import Workspace, create_workspace, reopen_workspace
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import (
    ErrorCategory,
    ErrorCode,
    ExitCode,
    ExportError,
    FontloomError,
    exit_code,
)
from fontloom.model.progress import FINISHED, FontCommit, PerformanceMetrics, Snapshot
from fontloom.model.result import SessionSummary
from fontloom.model.session import ExportSession, SessionStatus

_MEASURE_SECONDS = 2.0
_MOST_WORKERS = 1024


class PersistentExportManager:
    """Owns one session and everything it holds open.

    With `stay`, an environment that a person has to change keeps the process waiting to be told to go on;
    without, `run` returns.
    """

    def __init__(self, *, stay: bool = False) -> None:
        self._stay = stay
        self._opened: Workspace | None = None
        self._workers = 0
        self._pool: LocalPool | None = None
        self._plan: Plan | None = None
        self._stage: Stage | None = None
        self._status = SessionStatus.ACTIVE
        self._phase = "starting"
        self._reason: ExportError | None = None
        self._wish = Wish.RUN
        self._changed = asyncio.Event()
        self._metrics: PerformanceMetrics | None = None
        self.summary: SessionSummary | None = None
        """The summary, once the session is completed."""
        self.exit_code = ExitCode.DONE
        """What a command that ran this session returns."""

    async def create_session(self, config: ExportSessionConfig) -> ExportSession:
        """Makes the project of a new session, with its lock held. Raises as `create_workspace` does."""
        self._opened = await create_workspace(config)
        return self._opened.session

    async def resume_session(
        self,
        project_path: Path,
        *,
        accept_versions: bool = False,
        engine: EngineConfig | None = None,
        retry: tuple[str, ...] | None = None,
    ) -> ExportSession:
        """Takes a project up, with its lock held: an unfinished one, or one of which fonts begin again.

        `retry` names those fonts, or none for all that failed. Raises as `reopen_workspace` does.
        """
        self._opened = await reopen_workspace(
            project_path, accept_versions=accept_versions, engine=engine, retry=retry
        )
        return self._opened.session

    @property
    def _work(self) -> Workspace:
        if self._opened is None:
            raise RuntimeError("the session was neither created nor resumed")
        return self._opened

    # Running

    async def run(self) -> SessionStatus:
        """Works until the session is completed, left, cancelled or failed. Sets `exit_code`."""
        config = self._work.session.config
        self._workers = self._workers or config.engine.workers or os.cpu_count() or 1
        self._plan = plan = Plan(config.num_samples, config.engine.batch_seconds, self._workers)
        self._pool = pool = LocalPool(self._workers, config.engine.worker_memory_mb, prepare, (config,))
        measuring = asyncio.create_task(self._measure())
        try:
            return await self._run(plan, pool)
        except Exception as error:  # noqa: BLE001 - the last place that can still keep the state
            return await self._fail(self._work.explain(error))
        finally:
            measuring.cancel()
            await asyncio.to_thread(pool.close)

    async def _measure(self) -> None:
        """Keeps the metrics fresh, and logs them."""
        meter = Meter(self._work.paths.root)
        while True:
            await asyncio.sleep(_MEASURE_SECONDS)
            try:
                self._metrics = await asyncio.to_thread(meter.measure)
            except OSError:
                continue  # the disk is gone, and the next commit says so
            overall = self._work.tracker.overall()
            self._work.logs.performance(
                "metrics", images=overall.exported_images, **self._metrics.model_dump(mode="json")
            )

    async def _run(self, plan: Plan, pool: LocalPool) -> SessionStatus:
        storage_failed = False
        while self._wish not in ENDING:
            self._changed.clear()
            groups = self._work.tracker.groups
            try:
                await self._revise()
                if self._wish is Wish.RUN:
                    if await self._shift(plan, pool):
                        return await self._complete()
                elif self._wish is Wish.HOLD:
                    await self._hold()
                continue
            except (FontloomError, OSError) as error:
                failure = self._work.explain(error)
            storage_failed = storage_failed and self._work.tracker.groups == groups
            if failure.category is ErrorCategory.STORAGE and not storage_failed:
                storage_failed = True
                self._work.logs.export("group is rendered again", reason=failure.code)
            elif failure.category is ErrorCategory.ENVIRONMENT:
                if self._stay and self._wish is Wish.RUN:
                    self._wish = Wish.HOLD  # before anyone sees that it waits, and tells it to go on
                await self._pause(failure)
                if not self._stay:
                    self.exit_code = ExitCode.ENVIRONMENT
                    return self._status
                if self._wish is Wish.HOLD:
                    await self._changed.wait()  # before anything is tried again
            else:
                return await self._fail(failure)
        return await self._leave()

    async def _shift(self, plan: Plan, pool: LocalPool) -> bool:
        """Renders and commits until nothing is left (true) or something else is wanted (false)."""
        paths, session, _, logs, tracker, _, commit, revision = self._work
        self._status, self._phase, self._reason = SessionStatus.ACTIVE, "running", None
        states = [(font, tracker.commits.get(font.font_name, FontCommit())) for font in session.fonts]
        plan.reset((font, state.last_image_index) for font, state in states if state.status not in FINISHED)
        self._stage = stage = Stage(session.fonts, tracker.commits, session.config.num_samples)
        timeout = session.config.engine.worker_timeout_seconds
        shift = Shift(plan, stage, pool, commit, tracker, logs, timeout=timeout)
        tracker.working(True)
        try:
            await commit.checkpoint(SessionStatus.ACTIVE)
            paths.summary.unlink(missing_ok=True)  # of a session that was completed and goes on
            return await shift.work(
                self._changed,
                lambda: self._wish is Wish.RUN and not revision.pending,
                lambda: self._wish in DROPPING,
            )
        finally:
            tracker.working(False)
            self._stage = None

    async def _revise(self) -> None:
        """Carries out what is wanted of fonts."""
        if self._work.revision.pending:
            await self._work.revision.carry_out(self._status, self._reason)
            self._work.paths.summary.unlink(missing_ok=True)

    async def _hold(self) -> None:
        if self._status is not SessionStatus.PAUSED:
            await self._pause(None)
        await self._changed.wait()

    async def _pause(self, reason: ExportError | None) -> None:
        await self._enter(SessionStatus.PAUSED, "waiting" if reason else "paused", reason)

    async def _leave(self) -> SessionStatus:
        if self._wish is Wish.LEAVE:
            try:
                await self._revise()
            except (FontloomError, OSError) as error:
                self._work.explain(error)
        if self._wish is Wish.CANCEL:
            await self._enter(SessionStatus.CANCELLED, "cancelled", None)
        elif self._status is not SessionStatus.PAUSED:
            await self._pause(None)
        self.exit_code = ExitCode.PAUSED
        return self._status

    async def _fail(self, failure: ExportError) -> SessionStatus:
        self.exit_code = exit_code(failure.code)
        await self._enter(SessionStatus.FAILED, "failed", failure)
        return self._status

    async def _enter(self, status: SessionStatus, phase: str, reason: ExportError | None) -> None:
        """Takes a status and notes it. On a disk that takes nothing the note is lost, and no image."""
        self._status, self._phase, self._reason = status, phase, reason
        self._work.logs.export(f"session {status}", reason=reason and reason.code)
        try:
            await self._work.commit.checkpoint(status, reason=reason)
        except OSError as error:
            self._work.explain(error)

    async def _complete(self) -> SessionStatus:
        self._phase = "finishing"
        self.summary = summary = await complete(self._work)
        self._status, self._phase, self._reason = SessionStatus.COMPLETED, "done", None
        self.exit_code = ExitCode.PARTIAL if summary.failures or summary.failed_images else ExitCode.DONE
        return self._status

    async def close(self) -> None:
        """Closes files and frees the lock; idempotent."""
        if self._opened is not None:
            self._opened.close()

    # Steering

    def pause(self, *, leave: bool = False) -> None:
        """Finishes what is in flight, commits, and waits; with `leave`, `run` returns."""
        self._wish = Wish.LEAVE if leave else Wish.HOLD
        self._phase = "pausing" if self._phase == "running" else self._phase
        self._changed.set()

    def resume(self) -> None:
        """Goes on after a pause."""
        if self._wish is Wish.HOLD:
            self._wish = Wish.RUN
            self._phase = "running" if self._phase == "pausing" else self._phase
            self._changed.set()

    def abort(self) -> None:
        """Ends the run now, without waiting for what is in flight; it can be resumed."""
        self._wish = Wish.ABORT
        self._changed.set()

    def cancel(self) -> None:
        """Ends the session now: no more is wanted of it. What is committed stays."""
        self._wish = Wish.CANCEL
        self._changed.set()

    def set_workers(self, count: int) -> None:
        """Renders in this many processes (1 to 1024) from now on; work in flight is finished.

        Raises FontloomError(CONFIG_INVALID).
        """
        if not 1 <= count <= _MOST_WORKERS:
            detail = f"workers: {count} is not between 1 and {_MOST_WORKERS}"
            raise FontloomError(ErrorCode.CONFIG_INVALID, detail)
        self._workers = count
        if self._pool is not None and self._plan is not None:
            self._pool.resize(count)
            self._plan.workers = count
        self._changed.set()

    def retry(self, fonts: tuple[str, ...] = ()) -> int:
        """Lets fonts begin again, all that failed when none is named, once what is in flight is committed.

        Returns how many. Raises FontloomError: CONFIG_INVALID for a font that the session does not have,
        PROJECT_FINISHED, ENGINE_ABSENT when the run has failed, or is left or cancelled.
        """
        self._refuse_at_the_end()
        count = self._work.revision.retry(fonts)
        self._changed.set()
        return count

    def skip(self, fonts: tuple[str, ...]) -> int:
        """Leaves unfinished fonts out, with the images they have. Returns how many; raises as `retry`."""
        self._refuse_at_the_end()
        count = self._work.revision.skip(fonts)
        self._changed.set()
        return count

    def _refuse_at_the_end(self) -> None:
        if self._phase in ("finishing", "done"):
            raise FontloomError(ErrorCode.PROJECT_FINISHED, str(self.project_path))
        if self._phase == "failed" or self._wish in ENDING:
            raise FontloomError(ErrorCode.ENGINE_ABSENT, f"The run of {self.project_path} ends.")

    # Watching

    @property
    def session_id(self) -> str:
        """The session's identity."""
        return self._work.session.session_id

    @property
    def project_path(self) -> Path:
        """The project's folder."""
        return self._work.paths.root

    def snapshot(self, cursor: int) -> Snapshot:
        """The session now, with the fonts that changed since the cursor (0 for all)."""
        tracker = self._work.tracker
        fonts, cursor = tracker.changes(cursor)
        return Snapshot(
            session_id=self.session_id,
            project_path=str(self.project_path),
            status=self._status,
            phase=self._phase,
            reason=self._reason,
            cursor=cursor,
            overall=tracker.overall(self._stage.waiting_images if self._stage else 0),
            stats=tracker.stats(self._workers, self._plan.task_samples if self._plan else 0),
            metrics=self._metrics,
            fonts=fonts,
            error_count=tracker.error_count,
        )

    def errors(self, after: int, limit: int) -> tuple[tuple[ExportError, ...], int]:
        """Errors of this run from number `after` on, and the number to ask for next."""
        return self._work.tracker.errors(after, limit)
