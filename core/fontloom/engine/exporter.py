"""The single writer of the dataset: file work leaves the event loop through aiofiles, a group at a time."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from aiofiles.base import wrap
from pydantic import ValidationError

from fontloom.engine.worker import BatchResult
from fontloom.model.base import Model
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ExportError
from fontloom.model.progress import FINISHED, FontCommit, FontProgress, FontStatus
from fontloom.model.result import (
    BatchExportResult,
    ExportResult,
    SessionSummary,
    SpaceCheck,
)
from fontloom.model.session import FontInfo, FontProblem
from fontloom.report.metadata import font_metadata
from fontloom.store.atomic import write_atomic, write_state
from fontloom.store.paths import ProjectPaths, image_name
from fontloom.store.room import check_disk_space
from fontloom.store.sync import SYNCFS

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
_KEEP = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Write(NamedTuple):
    """A batch to write, with the font's state before and after it."""

    font: FontInfo
    result: BatchResult
    before: FontCommit
    after: FontCommit


class FileSystemExporter:
    """Writes images, manifests and metadata of one project. Nothing it writes counts before the commit.

    With `fsync_each`, every file is synced as it is written: for systems without syncfs.
    """

    def __init__(self, paths: ProjectPaths, config: ExportSessionConfig, *, durable: bool) -> None:
        self._paths = paths
        self._config = config
        self._fsync_each = durable and not SYNCFS
        self.export_group = wrap(self._export_group)
        self.export_progress = wrap(self._export_progress)
        self.end_early = wrap(self._end_early)
        self.begin_again = wrap(self._begin_again)

    def create_project_structure(self) -> None:
        """Makes the folders of the project. Raises OSError."""
        for folder in (self._paths.state, self._paths.fonts, self._paths.logs):
            folder.mkdir(parents=True, exist_ok=True)

    def _export_group(self, writes: Iterable[Write]) -> list[BatchExportResult]:
        return [self._export_batch(write) for write in writes]

    def _export_batch(self, write: Write) -> BatchExportResult:
        began = perf_counter()
        name = write.font.font_name
        images = 0
        if write.after.completed_images > write.before.completed_images:
            images = self._write_images(write)
        if write.after.status in FINISHED:
            self._export_end(write.font, write.after)
        return BatchExportResult(
            font_name=name,
            first_sample=write.before.last_image_index + 1,
            last_sample=write.after.last_image_index,
            images=images,
            bytes_written=write.after.bytes_written - write.before.bytes_written,
            export_time=perf_counter() - began,
        )

    def _write_images(self, write: Write) -> int:
        name = write.font.font_name
        blob = memoryview(write.result.images)
        offset = lines = images = 0
        folder = self._images_folder(name)
        try:
            for sample in write.result.samples:
                if sample.sample > write.after.last_image_index:
                    break
                if sample.failure is not None:
                    continue
                for variant, size in zip(self._config.variants, sample.image_sizes, strict=True):
                    file = os.open(image_name(name, sample.sample, variant), _NEW, 0o644, dir_fd=folder)
                    self._fill(file, blob[offset : offset + size])
                    offset += size
                    images += 1
                lines += sample.manifest_size
            if self._fsync_each:
                os.fsync(folder)
        finally:
            os.close(folder)
        manifest = os.open(self._paths.manifest(name), _KEEP, 0o644)
        os.lseek(manifest, write.before.manifest_bytes, os.SEEK_SET)
        self._fill(manifest, memoryview(write.result.manifest)[:lines], cut=True)
        return images

    def _images_folder(self, font_name: str) -> int:
        try:
            return os.open(self._paths.images(font_name), _FOLDER)
        except FileNotFoundError:
            # The folder of all fonts is made once, at the start: when it is gone, the disk is.
            self._paths.font(font_name).mkdir(exist_ok=True)
            self._paths.images(font_name).mkdir(exist_ok=True)
            return os.open(self._paths.images(font_name), _FOLDER)

    def _fill(self, file: int, data: memoryview, *, cut: bool = False) -> None:
        """Writes all of the data (a nearly full disk takes it in pieces) and closes the file."""
        try:
            while data:
                data = data[os.write(file, data) :]
            if cut:
                os.ftruncate(file, os.lseek(file, 0, os.SEEK_CUR))
            if self._fsync_each:
                os.fsync(file)
        finally:
            os.close(file)

    def _export_end(self, font: FontInfo, commit: FontCommit) -> None:
        """What is written when a font needs no more work."""
        if commit.completed_images:
            metadata = font_metadata(font, commit, self._config)
            path = self._paths.font_metadata(font.font_name)
            write_atomic(path, metadata.model_dump_json(indent=2).encode() + b"\n", durable=self._fsync_each)
        if commit.status is FontStatus.COMPLETED:
            self._forget_failure(font)
        elif commit.error is not None:
            self._export_failure(font.font_name, font.path, commit.error)

    def _end_early(self, font: FontInfo, commit: FontCommit) -> None:
        """What is written of a font before a commit leaves it out, with what it has. Raises OSError."""
        remove_uncommitted(self._paths, font.font_name, commit)
        self._export_end(font, commit)

    def _begin_again(self, font: FontInfo) -> None:
        """Removes all of a font of which nothing is committed any more. Raises OSError."""
        remove_uncommitted(self._paths, font.font_name, FontCommit())
        self._forget_failure(font)

    def _forget_failure(self, font: FontInfo) -> None:
        """Removes what failed/ says of a font; a broken file of the same name keeps its place there."""
        folder = self._paths.failed_font(font.font_name)
        try:
            said = ExportError.model_validate_json((folder / "error.json").read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return
        if said.font_name == font.font_name:
            # What tells whose folder it is goes last.
            (folder / f"source{font.path.suffix}").unlink(missing_ok=True)
            shutil.rmtree(folder)

    def export_problem(self, problem: FontProblem) -> None:
        """Records a font that was found but cannot be rendered. Raises OSError."""
        self._export_failure(problem.font_name or problem.path.stem, problem.path, problem.error)

    def _export_failure(self, font_name: str, source: Path, error: Model) -> None:
        folder = self._paths.failed_font(font_name)
        folder.mkdir(parents=True, exist_ok=True)
        data = error.model_dump_json(indent=2, exclude_none=True).encode() + b"\n"
        write_atomic(folder / "error.json", data, durable=self._fsync_each)
        link = folder / f"source{source.suffix}"
        if not link.is_symlink():
            link.symlink_to(source.absolute())

    def _export_progress(self, progress: Iterable[FontProgress]) -> None:
        """Each font's progress.json: a view of the checkpoint, so it needs no sync of its own."""
        for font in progress:
            path = self._paths.font_progress(font.font_name)
            if path.parent.is_dir():
                write_atomic(path, font.model_dump_json().encode() + b"\n", durable=False)

    def export_session_summary(self, summary: SessionSummary, card: str) -> list[ExportResult]:
        """The files of a finished session. Raises OSError."""
        began = perf_counter()
        write_atomic(self._paths.card, card.encode())
        write_state(self._paths.summary, summary, indent=True)
        return [
            ExportResult(
                success=True,
                file_path=path.name,
                file_size=path.stat().st_size,
                export_time=perf_counter() - began,
            )
            for path in (self._paths.card, self._paths.summary)
        ]

    def check_disk_space(self, needed_bytes: int, needed_inodes: int) -> SpaceCheck:
        """Room on the output disk. Raises OSError."""
        return check_disk_space(self._paths.root, needed_bytes, needed_inodes)


def remove_uncommitted(paths: ProjectPaths, font_name: str, commit: FontCommit) -> int:
    """Takes a font back to its committed state: cuts its manifest, removes later images. Returns how many.

    Raises OSError.
    """
    folder = paths.font(font_name)
    if not folder.is_dir() or folder.is_symlink():
        return 0
    if commit.completed_images == 0:
        found = sum(1 for _ in paths.images(font_name).iterdir()) if paths.images(font_name).is_dir() else 0
        shutil.rmtree(folder)
        return found
    manifest = os.open(paths.manifest(font_name), os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.ftruncate(manifest, commit.manifest_bytes)
    finally:
        os.close(manifest)
    removed = 0
    prefix = f"{font_name}_"
    with os.scandir(paths.images(font_name)) as entries:
        for entry in entries:
            number = entry.name.removeprefix(prefix).partition("_")[0]
            if entry.name.startswith(prefix) and number.isdigit() and int(number) > commit.last_image_index:
                os.unlink(entry.path)
                removed += 1
    return removed
