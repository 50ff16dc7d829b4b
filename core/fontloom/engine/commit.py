"""The commit: write, sync, journal, checkpoint, and only then count."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from time import perf_counter

import stamina
from aiofiles.base import wrap

from fontloom.engine.exporter import FileSystemExporter, Write
from fontloom.engine.logs import SessionLogs
from fontloom.engine.tracker import FontProgressTracker
from fontloom.engine.worker import BatchResult, Failure
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import TABLE, ErrorCategory, ErrorCode, ExportError, FontloomError, classify
from fontloom.model.progress import FINISHED, FontCommit, FontStatus
from fontloom.model.session import FontInfo, SessionStatus
from fontloom.report.digest import chain
from fontloom.store.journal import Journal, JournalEntry
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import save_checkpoint, with_fonts
from fontloom.store.sync import FileSystemSync

FAILURES_IN_A_ROW = 3
"""So many failed samples in a row, and the font is given up."""
MOST_FAILURES = 100
"""So many failed samples in all, and the font is given up."""


def advance(before: FontCommit, result: BatchResult, num_samples: int) -> FontCommit:
    """The state of a font after a batch.

    Samples are looked at in order, so what becomes of a font does not depend on how it was cut into
    batches. A font that is given up ends at the sample that decided it.
    """
    if result.failure is not None:
        return _given_up(before, result.failure, result.font_name, before.last_image_index + 1)
    completed, size, lines = before.completed_images, before.bytes_written, before.manifest_bytes
    failed = list(before.failed_samples)
    digests: list[bytes] = []
    last = before.last_image_index
    error = before.error
    status = FontStatus.PROCESSING
    for sample in result.samples:
        last = sample.sample
        if sample.failure is None:
            completed += len(sample.image_sizes)
            size += sum(sample.image_sizes) + sample.manifest_size
            lines += sample.manifest_size
            digests.append(sample.digest)
            continue
        failed.append(last)
        error = ExportError.of(
            sample.failure.code, sample.failure.detail, font_name=result.font_name, sample=last
        )
        row = list(range(last - FAILURES_IN_A_ROW + 1, last + 1))
        if failed[-FAILURES_IN_A_ROW:] == row or len(failed) >= MOST_FAILURES:
            status = FontStatus.FAILED
        if status is FontStatus.FAILED:
            break
    if status is not FontStatus.FAILED and last >= num_samples:
        status = FontStatus.COMPLETED if completed else FontStatus.FAILED
    if status is FontStatus.FAILED and not completed and error and _lacks_characters(error.code):
        status = FontStatus.SKIPPED
    return FontCommit(
        status=status,
        last_image_index=last,
        completed_images=completed,
        failed_samples=tuple(failed),
        bytes_written=size,
        manifest_bytes=lines,
        digest=chain(before.digest, digests),
        error=error,
    )


def _lacks_characters(code: ErrorCode) -> bool:
    return code is ErrorCode.MISSING_CHARACTERS


def _given_up(before: FontCommit, failure: Failure, font_name: str, sample: int) -> FontCommit:
    error = ExportError.of(failure.code, failure.detail, font_name=font_name, sample=sample)
    skipped = _lacks_characters(failure.code) and not before.completed_images
    status = FontStatus.SKIPPED if skipped else FontStatus.FAILED
    return before.model_copy(update={"status": status, "error": error})


class Stage:
    """Rendered batches that wait for their turn: those of a font are written in sample order."""

    def __init__(self, fonts: Iterable[FontInfo], commits: dict[str, FontCommit], num_samples: int) -> None:
        self._fonts = {font.font_name: font for font in fonts}
        self._staged = {name: commits.get(name, FontCommit()) for name in self._fonts}
        self._waiting: dict[str, dict[int, BatchResult]] = {}
        self._num_samples = num_samples
        self.waiting_bytes = 0
        self.waiting_images = 0
        """Drawn and not committed."""

    def add(self, result: BatchResult) -> None:
        """Takes a rendered batch in."""
        self._waiting.setdefault(result.font_name, {})[result.first] = result
        self.waiting_bytes += _size(result)
        self.waiting_images += _images(result)

    def take(self) -> list[Write]:
        """All that can be written now, in order."""
        writes = []
        for name, waiting in list(self._waiting.items()):
            before = self._staged[name]
            while before.status not in FINISHED and before.last_image_index + 1 in waiting:
                result = waiting.pop(before.last_image_index + 1)
                after = advance(before, result, self._num_samples)
                writes.append(Write(self._fonts[name], result, before, after))
                before = after
            self._staged[name] = before
            if before.status in FINISHED:
                self._leave(waiting.values())
                waiting.clear()
            if not waiting:
                del self._waiting[name]
        return writes

    def committed(self, writes: Iterable[Write]) -> None:
        """Frees the room that these took."""
        self._leave([write.result for write in writes])

    def _leave(self, results: Collection[BatchResult]) -> None:
        self.waiting_bytes -= sum(map(_size, results))
        self.waiting_images -= sum(map(_images, results))


def _size(result: BatchResult) -> int:
    return len(result.images) + len(result.manifest)


def _images(result: BatchResult) -> int:
    return sum(len(sample.image_sizes) for sample in result.samples)


class GroupCommit:
    """Takes groups of batches through the five steps. One group may be written while another settles."""

    def __init__(
        self,
        paths: ProjectPaths,
        config: ExportSessionConfig,
        exporter: FileSystemExporter,
        tracker: FontProgressTracker,
        logs: SessionLogs,
        *,
        durable: bool,
    ) -> None:
        self._paths = paths
        self._config = config
        self._exporter = exporter
        self._tracker = tracker
        self._logs = logs
        self._durable = durable
        self._journal = Journal(paths.journal, sync=durable)
        self._sync = FileSystemSync(paths.root)
        self._make_durable = wrap(self._sync_and_journal)
        self._save = wrap(save_checkpoint)

    async def write(self, group: list[Write]) -> float:
        """Images and manifests (steps 1 and 2). Returns the seconds it took.

        Raises OSError, FontloomError for an environment that a person has to change.
        """
        began = perf_counter()
        self._check_room(sum(_size(write.result) for write in group))
        async for attempt in stamina.retry_context(on=_is_transient, attempts=3, wait_initial=0.1):
            with attempt:
                await self._exporter.export_group(group)
        return perf_counter() - began

    def _check_room(self, size: int) -> None:
        engine = self._config.engine
        room = self._exporter.check_disk_space(engine.min_free_mb * 2**20 + size, engine.min_free_inodes)
        if room.sufficient:
            return
        if room.free_bytes < room.needed_bytes:
            detail = f"{room.free_bytes // 2**20} MiB free, {engine.min_free_mb} MiB are kept free"
            raise FontloomError(ErrorCode.DISK_FULL, detail)
        raise FontloomError(
            ErrorCode.NO_INODES, f"{room.free_inodes} free, {engine.min_free_inodes} are kept"
        )

    async def settle(self, stage: Stage, group: list[Write], write_seconds: float) -> None:
        """Sync, journal, checkpoint, count (steps 3 to 6). What is counted leaves the stage.

        Raises FontloomError(SYNC_FAILED) or OSError. Once the journal has the group, it is committed,
        whatever happens to the checkpoint.
        """
        commits = {write.font.font_name: write.after for write in group}
        began = perf_counter()
        await self._make_durable([JournalEntry(font_name=n, commit=c) for n, c in commits.items()])
        synced = perf_counter()
        before = {write.font.font_name: write.before for write in reversed(group)}
        try:
            await self.checkpoint(SessionStatus.ACTIVE, commits=commits)
        finally:
            # Together: who looks in between would see the group twice, or not at all.
            self._tracker.committed(commits)
            stage.committed(group)
            self._report(before, commits)
        await self._exporter.export_progress([self._tracker.font_progress(name) for name in commits])
        self._logs.performance(
            "commit",
            fonts=len(commits),
            images=sum(c.completed_images - before[n].completed_images for n, c in commits.items()),
            bytes=sum(_size(write.result) for write in group),
            write_ms=round(1000 * write_seconds, 2),
            sync_ms=round(1000 * (synced - began), 2),
            state_ms=round(1000 * (perf_counter() - synced), 2),
        )

    async def amend(
        self, commits: dict[str, FontCommit], status: SessionStatus, reason: ExportError | None
    ) -> None:
        """Commits fonts that begin again or are left out (steps 3 to 6). Raises as `settle` does."""
        await self._make_durable([JournalEntry(font_name=n, commit=c) for n, c in commits.items()])
        try:
            await self.checkpoint(status, commits=commits, reason=reason)
        finally:
            self._tracker.amended(commits)

    def _sync_and_journal(self, entries: list[JournalEntry]) -> None:
        try:
            if self._durable:
                self._sync.sync()
            self._journal.append(entries)
        except OSError as error:
            self._journal.rewind()
            code = classify(error)
            if TABLE[code].category is ErrorCategory.ENVIRONMENT:
                raise
            raise FontloomError(ErrorCode.SYNC_FAILED, error.strerror or str(error)) from error

    async def checkpoint(
        self,
        status: SessionStatus,
        *,
        commits: dict[str, FontCommit] | None = None,
        reason: ExportError | None = None,
    ) -> None:
        """Writes progress.json, with commits that are journaled and not yet counted. Raises OSError."""
        checkpoint = self._tracker.checkpoint()
        if commits:
            fonts = self._tracker.commits | commits
            checkpoint = with_fonts(checkpoint, fonts, len(self._config.variants))
        state = {
            "status": status,
            "reason": reason,
            "updated_at": datetime.now(UTC),
            "journal_bytes": self._journal.length,
        }
        await self._save(self._paths, checkpoint.model_copy(update=state), durable=self._durable)

    def _report(self, before: dict[str, FontCommit], commits: dict[str, FontCommit]) -> None:
        """Logs what the samples and fonts of a group came to."""
        for name, commit in commits.items():
            known = set(before[name].failed_samples)
            if commit.error is not None and commit.error != before[name].error:
                self._tracker.failed(commit.error)
                new = [sample for sample in commit.failed_samples if sample not in known]
                self._logs.error(commit.error, samples=new)
            if commit.status in FINISHED:
                self._logs.export(
                    "font finished", font=name, status=commit.status, images=commit.completed_images
                )

    def close(self) -> None:
        """Closes journal and descriptor; idempotent."""
        self._journal.close()
        self._sync.close()


def _is_transient(error: Exception) -> bool:
    return TABLE[classify(error)].category is ErrorCategory.TRANSIENT
