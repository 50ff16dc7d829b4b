"""What an interrupted session needs before it can go on. Costs time by fonts, not by images."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

from fontloom.engine.exporter import remove_uncommitted
from fontloom.engine.versions import changed_versions, rendering_versions
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import FINISHED, Checkpoint, FontCommit
from fontloom.model.session import ExportSession, FontInfo
from fontloom.store.atomic import remove_temporary
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint

_MOST_NAMED = 5
_READERS = 4


class Recovered(NamedTuple):
    """A session that can go on."""

    checkpoint: Checkpoint
    moved_aside: tuple[str, ...]
    """Damaged state files, by the names they have now."""
    removed_images: int
    """Images that were written and not committed."""


class RecoveryManager:
    """Brings a project back to its last commit. The lock must be held."""

    def __init__(self, paths: ProjectPaths, session: ExportSession) -> None:
        self._paths = paths
        self._session = session

    def recover(self, *, accept_versions: bool = False) -> Recovered:
        """Finds the last commit, checks that the plan still holds, and removes what was not committed.

        Raises FontloomError: PLAN_CHANGED, VERSIONS_CHANGED, STATE_FROM_FUTURE (nothing is touched then);
        OSError.
        """
        checkpoint, bad = load_checkpoint(self._paths, self._session)
        self._check_versions(accept=accept_versions)
        self._check_text()
        self._check_fonts(checkpoint)
        self._check_manifests(checkpoint)
        moved = tuple(self._move_aside(path) for path in bad)
        self._cut_journal(checkpoint.journal_bytes)
        return Recovered(checkpoint, moved, self._remove_uncommitted(checkpoint))

    def _check_versions(self, *, accept: bool) -> None:
        changed = changed_versions(self._session.versions, rendering_versions())
        if changed and not accept:
            raise FontloomError(ErrorCode.VERSIONS_CHANGED, "; ".join(changed))

    def _check_text(self) -> None:
        path = self._session.config.text.path
        if path is None:
            return
        try:
            found = hash_file(path)
        except OSError as error:
            raise FontloomError(ErrorCode.PLAN_CHANGED, f"text {path}: {error.strerror}") from error
        if found != self._session.text_hash:
            raise FontloomError(ErrorCode.PLAN_CHANGED, f"text {path} has other content")

    def _check_fonts(self, checkpoint: Checkpoint) -> None:
        changed = changed_files(
            font
            for font in self._session.fonts
            if checkpoint.fonts.get(font.font_name, FontCommit()).status not in FINISHED
        )
        if changed:
            named = "; ".join(f"{path}: {reason}" for path, reason in list(changed.items())[:_MOST_NAMED])
            more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
            raise FontloomError(ErrorCode.PLAN_CHANGED, named + more)

    def _check_manifests(self, checkpoint: Checkpoint) -> None:
        """What was committed of unfinished fonts has to be there: going on would fill a gap with zeros."""
        for name, commit in checkpoint.fonts.items():
            if commit.status in FINISHED or not commit.completed_images:
                continue
            manifest = self._paths.manifest(name)
            try:
                found = manifest.stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                raise FontloomError(ErrorCode.PLAN_CHANGED, f"{manifest} is missing") from None
            if found < commit.manifest_bytes:
                detail = f"{manifest} has {found} of {commit.manifest_bytes} committed bytes"
                raise FontloomError(ErrorCode.PLAN_CHANGED, detail)

    def _move_aside(self, path: Path) -> str:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self._paths.state / f"damaged-{path.name}-{stamp}"
        path.rename(aside)
        return aside.name

    def _cut_journal(self, length: int) -> None:
        """Cuts a torn tail, so that what is appended next can be read."""
        if self._paths.journal.exists() and self._paths.journal.stat().st_size > length:
            os.truncate(self._paths.journal, length)

    def _remove_uncommitted(self, checkpoint: Checkpoint) -> int:
        present = {entry.name for entry in os.scandir(self._paths.fonts)}
        removed = 0
        for font in self._session.fonts:
            commit = checkpoint.fonts.get(font.font_name, FontCommit())
            if font.font_name not in present:
                continue
            if commit.status not in FINISHED:
                removed += remove_uncommitted(self._paths, font.font_name, commit)
            remove_temporary(self._paths.font(font.font_name))
        remove_temporary(self._paths.root)
        remove_temporary(self._paths.state)
        return removed


def hash_file(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def changed_files(fonts: Iterable[FontInfo]) -> dict[Path, str]:
    """Files that are not those the session began with, and in what."""
    wanted = {font.path: font.content_hash for font in fonts}
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(_hash_or_reason, wanted)
        return {
            path: reason or "has other content"
            for (path, wanted_hash), (found_hash, reason) in zip(wanted.items(), found, strict=True)
            if found_hash != wanted_hash
        }


def _hash_or_reason(path: Path) -> tuple[str, str]:
    try:
        return hash_file(path), ""
    except OSError as error:
        return "", error.strerror or str(error)
