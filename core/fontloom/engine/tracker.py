"""Counts, rates and estimates of a running session, and snapshots of them for those who watch."""

from collections import deque
from datetime import UTC, datetime
from time import monotonic

from fontloom.model.errors import ExportError
from fontloom.model.progress import (
    FINISHED,
    Checkpoint,
    FontCommit,
    FontProgress,
    FontStatus,
    OverallProgress,
    ProcessingStats,
)
from fontloom.model.session import ExportSession
from fontloom.report.progress import font_progress, images_left, overall_progress
from fontloom.store.state import with_fonts

_WINDOW_SECONDS = 10.0
_ERRORS_KEPT = 10_000


class _Timing:
    """When this run first and last committed something of a font, and how much it has made since."""

    __slots__ = ("completed", "images", "since", "started")

    def __init__(self) -> None:
        self.started: datetime | None = None
        self.completed: datetime | None = None
        self.since = 0.0
        self.images = 0


class FontProgressTracker:
    """Knows what is committed of each font. Only the commit moves the counters that people see."""

    def __init__(self, session: ExportSession, checkpoint: Checkpoint) -> None:
        self._session = session
        self._base = checkpoint
        self._variants = len(session.config.variants)
        self.commits: dict[str, FontCommit] = dict(checkpoint.fonts)
        self._timing = {font.font_name: _Timing() for font in session.fonts}
        self._changed: dict[str, int] = {font.font_name: 1 for font in session.fonts}
        self._cursor = 1
        self._window: deque[tuple[float, int, int]] = deque()
        self._worked = 0.0
        self._working_since: float | None = None
        self._run_images = 0
        self._total = with_fonts(checkpoint, self.commits, self._variants)
        self._errors: deque[ExportError] = deque(maxlen=_ERRORS_KEPT)
        self.error_count = 0
        self.groups = checkpoint.commits

    # What happens

    def working(self, yes: bool) -> None:
        """Starts or stops the clock of working time."""
        now = monotonic()
        if self._working_since is not None:
            self._worked += now - self._working_since
        self._working_since = now if yes else None
        if not yes:
            self._window.clear()

    def started(self, font_name: str) -> None:
        """A font was handed to a worker for the first time in this run."""
        timing = self._timing[font_name]
        if timing.started is None:
            timing.started, timing.since = datetime.now(UTC), monotonic()
            self._touch(font_name)

    def committed(self, commits: dict[str, FontCommit]) -> None:
        """A group of fonts was committed."""
        images = size = failed = 0
        for name, commit in commits.items():
            before = self.commits.get(name, FontCommit())
            new = commit.completed_images - before.completed_images
            images += new
            size += commit.bytes_written - before.bytes_written
            failed += len(commit.failed_samples) - len(before.failed_samples)
            self.commits[name] = commit
            timing = self._timing[name]
            timing.images += new
            if commit.status in FINISHED:
                timing.completed = datetime.now(UTC)
            self._touch(name)
        self.groups += 1
        self._run_images += images
        self._window.append((monotonic(), images, size))
        self._total = self._total.model_copy(
            update={
                "exported_images": self._total.exported_images + images,
                "bytes_written": self._total.bytes_written + size,
                "failed_images": self._total.failed_images + failed * self._variants,
            }
        )

    def amended(self, commits: dict[str, FontCommit]) -> None:
        """Fonts begin again or are left out. The totals follow; what this run made stays its speed."""
        self.commits.update(commits)
        self._total = with_fonts(self._total, self.commits, self._variants)
        self.groups += 1
        for name, commit in commits.items():
            if commit.status in FINISHED:
                self._timing[name].completed = datetime.now(UTC)
            else:
                self._timing[name] = _Timing()
            self._touch(name)

    def failed(self, error: ExportError) -> None:
        """Something went wrong."""
        self._errors.append(error)
        self.error_count += 1

    def _touch(self, font_name: str) -> None:
        self._cursor += 1
        self._changed.pop(font_name)  # the order of this dict is the order of the changes
        self._changed[font_name] = self._cursor

    # What can be asked

    def checkpoint(self) -> Checkpoint:
        """All that is committed, for progress.json. Status, journal and reason are the caller's."""
        return self._total.model_copy(
            update={"fonts": dict(self.commits), "elapsed_seconds": self.elapsed, "commits": self.groups}
        )

    @property
    def resumed(self) -> bool:
        """Whether an earlier run committed anything."""
        return bool(self._base.fonts)

    @property
    def elapsed(self) -> float:
        """Working seconds over all runs."""
        running = 0.0 if self._working_since is None else monotonic() - self._working_since
        return self._base.elapsed_seconds + self._worked + running

    def errors(self, after: int, limit: int) -> tuple[tuple[ExportError, ...], int]:
        """Errors from number `after` on, and the number to ask for next. Old ones are forgotten."""
        first = self.error_count - len(self._errors)
        start = max(after, first) - first
        found = tuple(self._errors)[start : start + limit]
        return found, first + start + len(found)

    def overall(self, waiting_images: int = 0) -> OverallProgress:
        """Progress of the session, in which this many images are drawn and wait for their commit."""
        rendered = self._total.exported_images + waiting_images
        overall = overall_progress(self._session, self._total, self.commits, rendered=rendered)
        handed_out = sum(
            timing.started is not None and self.commits.get(name, FontCommit()).status is FontStatus.PENDING
            for name, timing in self._timing.items()
        )
        return overall.model_copy(update={"fonts_processing": overall.fonts_processing + handed_out})

    def stats(self, workers: int, task_samples: int) -> ProcessingStats:
        """Speed of the session."""
        now = monotonic()
        while self._window and self._window[0][0] < now - _WINDOW_SECONDS:
            self._window.popleft()
        span = max(now - self._window[0][0], 0.5) if self._window else 1.0
        rate = sum(images for _, images, _ in self._window) / span
        running = 0.0 if self._working_since is None else now - self._working_since
        worked = self._worked + running
        average = self._run_images / worked if worked else 0.0
        left = images_left(self._session, self.commits.values())
        return ProcessingStats(
            images_per_second=rate,
            average_images_per_second=average,
            bytes_per_second=sum(size for _, _, size in self._window) / span,
            elapsed_seconds=self.elapsed,
            estimated_time_remaining=left / average if average else None,
            workers=workers,
            batch_samples=task_samples,
            commits=self.groups,
        )

    def font_progress(self, font_name: str) -> FontProgress:
        """Progress of one font."""
        commit = self.commits.get(font_name, FontCommit())
        timing = self._timing[font_name]
        rate = 0.0
        if timing.started is not None and timing.images:
            end = timing.completed or datetime.now(UTC)
            rate = timing.images / max((end - timing.started).total_seconds(), 1e-3)
        return font_progress(
            self._session, font_name, commit, started=timing.started, completed=timing.completed, rate=rate
        )

    def changes(self, cursor: int) -> tuple[tuple[FontProgress, ...], int]:
        """Fonts that changed after this cursor, and the cursor to ask with next time."""
        names = []
        for name, changed in reversed(self._changed.items()):
            if changed <= cursor:
                break
            names.append(name)
        return tuple(self.font_progress(name) for name in reversed(names)), self._cursor
