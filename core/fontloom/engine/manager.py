"""A session's life: created or resumed, run, paused, cancelled, completed."""

import asyncio
import os
import traceback
from enum import Enum, auto
from pathlib import Path

from aiofiles.base import wrap

from fontloom.engine.commit import Stage
from fontloom.engine.metrics import Meter
from fontloom.engine.plan import Plan
from fontloom.engine.pool import LocalPool
from fontloom.engine.shift import Shift
from fontloom.engine.worker import prepare
from fontloom.engine.workspace import Workspace, create_workspace, reopen_workspace
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import (
    ErrorCategory,
    ErrorCode,
    ExitCode,
    ExportError,
    FontloomError,
    classify,
    exit_code,
)
from fontloom.model.progress import FINISHED, FontCommit, PerformanceMetrics, Snapshot
from fontloom.model.result import SessionSummary
from fontloom.model.session import ExportSession, SessionStatus
from fontloom.report.card import dataset_card
from fontloom.report.summary import build_summary

_MEASURE_SECONDS = 2.0


class _Wish(Enum):
    """What those who steer the session want of it."""

    RUN = auto()
    HOLD = auto()
    """Finish what is in flight, commit, and wait."""
    LEAVE = auto()
    """As HOLD, and end."""
    ABORT = auto()
    """Drop what is in flight and end, to be resumed."""
    CANCEL = auto()
    """Drop what is in flight and end, for good."""


_ENDING = frozenset({_Wish.LEAVE, _Wish.ABORT, _Wish.CANCEL})
_DROPPING = frozenset({_Wish.ABORT, _Wish.CANCEL})


class PersistentExportManager:
    """Owns one session and everything it holds open.

    With `stay`, an environment that a person has to change keeps the process waiting to be told to go on;
    without, `run` returns.
    """

    def __init__(self, *, stay: bool = False) -> None:
        self._stay = stay
        self._opened: Workspace | None = None
        self._workers = 0
        self._plan: Plan | None = None
        self._status = SessionStatus.ACTIVE
        self._phase = "starting"
        self._reason: ExportError | None = None
        self._wish = _Wish.RUN
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
        self, project_path: Path, *, accept_versions: bool = False, engine: EngineConfig | None = None
    ) -> ExportSession:
        """Takes an unfinished project up, with its lock held. Raises as `reopen_workspace` does."""
        self._opened = await reopen_workspace(project_path, accept_versions=accept_versions, engine=engine)
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
        self._workers = config.engine.workers or os.cpu_count() or 1
        self._plan = Plan(config.num_samples, config.engine.batch_seconds, self._workers)
        pool = LocalPool(self._workers, config.engine.worker_memory_mb, prepare, (config,))
        measuring = asyncio.create_task(self._measure())
        try:
            return await self._run(self._plan, pool)
        except Exception as error:  # noqa: BLE001 - the last place that can still keep the state
            return await self._fail(self._explain(error))
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
        while True:
            await self._wait_while_held()
            if self._wish in _ENDING:
                return await self._leave()
            groups = self._work.tracker.groups
            try:
                if await self._shift(plan, pool):
                    return await self._complete()
                continue
            except (FontloomError, OSError) as error:
                failure = self._explain(error)
            storage_failed = storage_failed and self._work.tracker.groups == groups
            if failure.category is ErrorCategory.STORAGE and not storage_failed:
                storage_failed = True
                self._work.logs.export("group is rendered again", reason=failure.code)
            elif failure.category is ErrorCategory.ENVIRONMENT:
                if self._stay and self._wish is _Wish.RUN:
                    self._wish = _Wish.HOLD  # before anyone sees that it waits, and tells it to go on
                await self._pause(failure)
                if not self._stay:
                    self.exit_code = ExitCode.ENVIRONMENT
                    return self._status
            else:
                return await self._fail(failure)

    async def _shift(self, plan: Plan, pool: LocalPool) -> bool:
        """Renders and commits until nothing is left (true) or something else is wanted (false)."""
        _, session, _, logs, tracker, _, commit = self._work
        self._status, self._phase, self._reason = SessionStatus.ACTIVE, "running", None
        states = [(font, tracker.commits.get(font.font_name, FontCommit())) for font in session.fonts]
        plan.reset((font, state.last_image_index) for font, state in states if state.status not in FINISHED)
        stage = Stage(session.fonts, tracker.commits, session.config.num_samples)
        timeout = session.config.engine.worker_timeout_seconds
        shift = Shift(plan, stage, pool, commit, tracker, logs, workers=self._workers, timeout=timeout)
        tracker.working(True)
        try:
            await commit.checkpoint(SessionStatus.ACTIVE)
            return await shift.work(
                self._changed, lambda: self._wish is _Wish.RUN, lambda: self._wish in _DROPPING
            )
        finally:
            tracker.working(False)

    async def _wait_while_held(self) -> None:
        if self._wish is _Wish.HOLD and self._status is not SessionStatus.PAUSED:
            await self._pause(None)
        while self._wish is _Wish.HOLD:
            self._changed.clear()
            await self._changed.wait()

    async def _pause(self, reason: ExportError | None) -> None:
        await self._enter(SessionStatus.PAUSED, "waiting" if reason else "paused", reason)

    async def _leave(self) -> SessionStatus:
        cancelled = self._wish is _Wish.CANCEL
        if cancelled:
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
            self._explain(error)

    def _explain(self, error: Exception) -> ExportError:
        """The error in the words of the table, logged."""
        if isinstance(error, FontloomError):
            known = error.error
        else:
            code = classify(error)
            if code is ErrorCode.DISK_FULL and self._work.exporter.check_disk_space(0, 1).free_inodes == 0:
                code = ErrorCode.NO_INODES
            known = ExportError.of(code, f"{type(error).__name__}: {error}")
        self._work.tracker.failed(known)
        trace = {"traceback": traceback.format_exc()} if known.category is ErrorCategory.BUG else {}
        self._work.logs.error(known, **trace)
        return known

    async def _complete(self) -> SessionStatus:
        _, session, _, logs, tracker, exporter, commit = self._work
        self._phase = "finishing"
        if tracker.resumed:
            # A kill after a commit can leave a font's view of it behind.
            await exporter.export_progress([tracker.font_progress(font.font_name) for font in session.fonts])
        done = tracker.checkpoint().model_copy(update={"status": SessionStatus.COMPLETED})
        summary = build_summary(session, done)
        card = dataset_card(session, done)
        for written in await wrap(exporter.export_session_summary)(summary, card):
            logs.export("file written", **written.model_dump(mode="json", exclude_none=True))
        self._status, self._phase, self._reason = SessionStatus.COMPLETED, "done", None
        await commit.checkpoint(SessionStatus.COMPLETED)
        logs.export("session completed", **summary.model_dump(mode="json", exclude={"failures"}))
        self.summary = summary
        self.exit_code = ExitCode.PARTIAL if summary.failures or summary.failed_images else ExitCode.DONE
        return self._status

    async def close(self) -> None:
        """Closes files and frees the lock; idempotent."""
        if self._opened is not None:
            self._opened.close()

    # Steering

    def pause(self, *, leave: bool = False) -> None:
        """Finishes what is in flight, commits, and waits; with `leave`, `run` returns."""
        self._wish = _Wish.LEAVE if leave else _Wish.HOLD
        self._phase = "pausing" if self._phase == "running" else self._phase
        self._changed.set()

    def resume(self) -> None:
        """Goes on after a pause."""
        if self._wish is _Wish.HOLD:
            self._wish = _Wish.RUN
            self._changed.set()

    def abort(self) -> None:
        """Ends the run now, without waiting for what is in flight; it can be resumed."""
        self._wish = _Wish.ABORT
        self._changed.set()

    def cancel(self) -> None:
        """Ends the session now: no more is wanted of it. What is committed stays."""
        self._wish = _Wish.CANCEL
        self._changed.set()

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
            overall=tracker.overall(),
            stats=tracker.stats(self._workers, self._plan.task_samples if self._plan else 0),
            metrics=self._metrics,
            fonts=fonts,
            error_count=tracker.error_count,
        )

    def errors(self, after: int, limit: int) -> tuple[tuple[ExportError, ...], int]:
        """Errors of this run from number `after` on, and the number to ask for next."""
        return self._work.tracker.errors(after, limit)
