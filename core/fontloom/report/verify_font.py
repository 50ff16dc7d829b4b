"""Verification of one font: its images against its manifest, its manifest against the checkpoint."""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from fontloom.model.base import Model
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import FontloomError
from fontloom.model.progress import EMPTY_DIGEST, FontCommit, FontProgress, FontStatus
from fontloom.model.session import FontInfo
from fontloom.report.digest import chain, sample_digest
from fontloom.report.findings import Findings
from fontloom.report.manifest import ManifestLine, read_manifest
from fontloom.report.metadata import FontMetadata, font_metadata
from fontloom.store.atomic import is_temporary, one_line
from fontloom.store.paths import ProjectPaths, image_name

_ABSENT = bytes(32)
"""Stands for the hash of an image that cannot be read."""

_FOLDER_FILES = frozenset({"metadata.jsonl", "metadata.json", "progress.json"})

M = TypeVar("M", bound=Model)


class Rules(NamedTuple):
    """How to verify."""

    config: ExportSessionConfig
    finished: bool
    """The session is finished, so that nothing may lie behind what is committed."""
    deep: bool
    """Read every image again."""


class FontVerifier:
    """Walks one font, in memory that does not grow with its images.

    Every image is looked up once, by the name it must have; the folder is listed only for names that
    nothing accounts for.
    """

    def __init__(
        self, paths: ProjectPaths, font: FontInfo, commit: FontCommit, rules: Rules, findings: Findings
    ) -> None:
        self._paths = paths
        self._font = font
        self._name = font.font_name
        self._commit = commit
        self._rules = rules
        self._findings = findings
        self._failed = frozenset(commit.failed_samples)
        self.found = 0
        """Images that are there."""
        self.bytes_checked = 0
        self.digest = EMPTY_DIGEST

    @property
    def expected(self) -> int:
        """Images that should be there."""
        return expected_images(self._commit, self._rules.config)

    def run(self, on_image: Callable[[], None]) -> None:
        """Check everything; `on_image` is called after each expected image. Raises OSError."""
        commit, findings, num_samples = self._commit, self._findings, self._rules.config.num_samples
        if commit.completed_images != self.expected:
            findings.problem(
                f"font {self._name}: {commit.completed_images} images are counted, {self.expected} expected"
            )
        if commit.status is FontStatus.COMPLETED and commit.last_image_index != num_samples:
            findings.problem(
                f"font {self._name}: completed with sample {commit.last_image_index} of {num_samples}"
            )
        self.digest = chain(EMPTY_DIGEST, self._samples(on_image))
        if self.digest != commit.digest:
            findings.problem(
                f"font {self._name}: its images and labels have another digest than was committed"
            )
        self._check_extra()
        if commit.status is FontStatus.COMPLETED:
            self._check_documents()

    def _samples(self, on_image: Callable[[], None]) -> Iterator[bytes]:
        """Check each sample's images against their lines; yields its digest while the manifest is right."""
        lines = self._lines()
        right = True
        for sample in range(1, self._commit.last_image_index + 1):
            if sample in self._failed:
                continue
            images = []
            for variant in self._rules.config.variants:
                name = image_name(self._name, sample, variant)
                line = next(lines, None) if right else None
                if right and (line is None or not _is_about(line[1], name, sample, variant)):
                    found = "nothing" if line is None else f"a line about {line[1].file_name}"
                    self._findings.problem(f"{self._manifest}: {found} where images/{name} is due")
                    right, line = False, None
                image_hash = self._image(name, line[1] if line else None)
                if line:
                    images.append((image_hash, line[0]))
                on_image()
            if right:
                yield sample_digest(images)
        if right and next(lines, None) is not None:
            self._findings.problem(f"{self._manifest}: more lines than committed images")

    @property
    def _manifest(self) -> str:
        return self._relative("metadata.jsonl")

    def _relative(self, name: str) -> str:
        return f"fonts/{self._name}/{name}"

    def _lines(self) -> Iterator[tuple[bytes, ManifestLine]]:
        limit = self._commit.manifest_bytes
        path = self._paths.manifest(self._name)
        try:
            size = path.stat().st_size
            if limit:
                yield from read_manifest(path, limit)
        except FileNotFoundError:
            if limit:
                self._findings.missing.add(self._manifest)
        except FontloomError as error:
            self._findings.problem(error.error.detail)
        else:
            if self._rules.finished and size > limit:
                self._findings.problem(f"{self._manifest}: {size - limit} bytes behind the committed {limit}")

    def _image(self, name: str, line: ManifestLine | None) -> bytes:
        """Check one image; returns its hash: the real one when deep, that of its line otherwise."""
        relative = self._relative(f"images/{name}")
        path = self._paths.images(self._name) / name
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            self._findings.missing.add(relative)
            return _ABSENT if self._rules.deep or line is None else bytes.fromhex(line.sha256)
        if not stat.S_ISREG(status.st_mode):
            self._findings.changed.add(relative)
            self._findings.problem(f"{relative}: not a regular file")
            return _ABSENT
        self.found += 1
        self.bytes_checked += status.st_size
        if line is None:
            return _ABSENT
        claimed = bytes.fromhex(line.sha256)
        actual = self._read(str(path), relative) if self._rules.deep else claimed
        if status.st_size != line.bytes or actual != claimed:
            self._findings.changed.add(relative)
        return actual

    def _read(self, path: str, relative: str) -> bytes:
        try:
            with open(path, "rb", opener=_without_links) as file:
                return hashlib.file_digest(file, "sha256").digest()
        except OSError as error:  # A bad block is what a deep look is for: the next image may be well.
            self._findings.problem(f"{relative}: cannot be read: {error.strerror}")
            return _ABSENT

    def _check_extra(self) -> None:
        extra = self._findings.extra
        with listing(self._paths.font(self._name)) as entries:
            for entry in entries:
                if entry.name == "images" and entry.is_dir():
                    continue
                if entry.name not in _FOLDER_FILES and not self._in_flight(entry.name):
                    extra.add(self._relative(entry.name))
        pattern = re.compile(re.escape(self._name) + r"_([0-9]{3,})_([a-z]+)\.png")
        with listing(self._paths.images(self._name)) as entries:
            for entry in entries:
                match = pattern.fullmatch(entry.name)
                accounted = match is not None and self._accounted(entry.name, int(match[1]), match[2])
                if not accounted and not self._in_flight(entry.name):
                    extra.add(self._relative(f"images/{entry.name}"))

    def _accounted(self, name: str, sample: int, variant: str) -> bool:
        if variant not in self._rules.config.variants or name != image_name(self._name, sample, variant):
            return False
        if sample > self._commit.last_image_index:
            return not self._rules.finished
        return sample >= 1 and sample not in self._failed

    def _in_flight(self, name: str) -> bool:
        """Temporary files of an unfinished session may be the engine's, at this moment."""
        return not self._rules.finished and is_temporary(name)

    def _check_documents(self) -> None:
        """What a completed font has beside its images; its metadata follows from the rest, to the letter."""
        if self.expected:
            metadata = self._document(self._paths.font_metadata(self._name), FontMetadata)
            if metadata not in (None, font_metadata(self._font, self._commit, self._rules.config)):
                self._findings.changed.add(self._relative("metadata.json"))
        if self._rules.finished:  # Until then it may be a commit behind: it is a view, written last.
            self._document(self._paths.font_progress(self._name), FontProgress)

    def _document(self, path: Path, cls: type[M]) -> M | None:
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            self._findings.missing.add(self._relative(path.name))
        except ValidationError as error:
            self._findings.problem(f"{self._relative(path.name)}: {one_line(error)}")
        return None


def expected_images(commit: FontCommit, config: ExportSessionConfig) -> int:
    """Images that a commit stands for."""
    return (commit.last_image_index - len(commit.failed_samples)) * len(config.variants)


def listing(folder: Path) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
    """The entries of a folder; none when there is no such folder."""
    try:
        return os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return nullcontext(iter(()))


def _is_about(line: ManifestLine, name: str, sample: int, variant: str) -> bool:
    return line.file_name == f"images/{name}" and line.sample == sample and line.variant == variant


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
