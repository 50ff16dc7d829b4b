"""Verification: whether a project holds exactly what its checkpoint says."""

from collections.abc import Callable
from pathlib import Path

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import FINISHED, Checkpoint, FontCommit
from fontloom.model.result import ValidationResult
from fontloom.model.session import ExportSession, SessionStatus
from fontloom.report.digest import dataset_digest
from fontloom.report.findings import Findings
from fontloom.report.verify_font import FontVerifier, Rules, expected_images, listing
from fontloom.store.atomic import is_temporary, read_state
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint

_PROGRESS_EVERY = 256
"""Images between two calls of `on_progress`."""


def verify_project(
    project_path: Path, *, deep: bool = False, on_progress: Callable[[int, int], None] | None = None
) -> ValidationResult:
    """Compare a project with its checkpoint; quickly by names and sizes, or deep by reading every image.

    Of an unfinished session only what the checkpoint counts is checked, so a running one can be verified.
    Blocking, in bounded memory. `on_progress` gets images done and in all. Raises FontloomError(NO_PROJECT),
    FontloomError(STATE_UNREADABLE or STATE_FROM_FUTURE) for session.json, and OSError.
    """
    paths = ProjectPaths(project_path)
    try:
        session = read_state(paths.session, ExportSession)
    except (FileNotFoundError, NotADirectoryError):
        raise FontloomError(ErrorCode.NO_PROJECT, str(project_path)) from None
    findings = Findings()
    checkpoint = _newest_checkpoint(paths, session, findings)
    commits = checkpoint.fonts
    finished = checkpoint.status is SessionStatus.COMPLETED
    _check_agreement(session, checkpoint, findings)
    _check_folders(paths, session, finished, findings)

    # A font without a commit has nothing to check but what may lie in its folder.
    fonts = [(font, commits.get(font.font_name, FontCommit())) for font in session.fonts]
    total = sum(expected_images(commit, session.config) for _, commit in fonts)
    done = found = bytes_checked = 0

    def count() -> None:
        nonlocal done
        done += 1
        if on_progress and done % _PROGRESS_EVERY == 0:
            on_progress(done, total)

    rules = Rules(session.config, finished, deep)
    digests = []
    for font, commit in fonts:
        verifier = FontVerifier(paths, font, commit, rules, findings)
        verifier.run(count)
        found += verifier.found
        bytes_checked += verifier.bytes_checked
        digests.append((font.font_name, verifier.digest))
    if on_progress:
        on_progress(done, total)

    wrong = (findings.missing.kept, findings.changed.kept, findings.extra.kept, findings.problems)
    return ValidationResult(
        project_path=project_path,
        level="deep" if deep else "quick",
        valid=not any(wrong),
        complete=finished,
        digest=dataset_digest(digests),
        images_expected=total,
        images_found=found,
        bytes_checked=bytes_checked,
        missing=tuple(findings.missing.kept),
        changed=tuple(findings.changed.kept),
        extra=tuple(sorted(findings.extra.kept)),
        problems=findings.problems,
    )


def _newest_checkpoint(paths: ProjectPaths, session: ExportSession, findings: Findings) -> Checkpoint:
    """The checkpoint that a resume would start from, with the journal after it."""
    checkpoint, damaged = load_checkpoint(paths, session)
    for path in damaged:
        findings.problem(f"{path.relative_to(paths.root)} is damaged, or of another session")
    begun = checkpoint.fonts or not paths.journal.exists()
    if begun and not paths.progress.exists():
        findings.missing.add(paths.progress.name)
    return checkpoint


def _check_agreement(session: ExportSession, checkpoint: Checkpoint, findings: Findings) -> None:
    """Whether session and checkpoint speak of the same fonts, and the checkpoint's totals of its fonts."""
    names = {font.font_name for font in session.fonts}
    for name in checkpoint.fonts.keys() - names:
        findings.problem(f"font {name}: in progress.json, but not in session.json")
    counted = sum(commit.completed_images for commit in checkpoint.fonts.values())
    if counted != checkpoint.exported_images:
        findings.problem(f"progress.json counts {checkpoint.exported_images} images, its fonts {counted}")
    if checkpoint.status is SessionStatus.COMPLETED:
        for font in session.fonts:
            commit = checkpoint.fonts.get(font.font_name)
            if commit is None or commit.status not in FINISHED:
                findings.problem(f"font {font.font_name}: not finished, though the session is")


def _check_folders(paths: ProjectPaths, session: ExportSession, finished: bool, findings: Findings) -> None:
    names = {font.font_name for font in session.fonts}
    with listing(paths.fonts) as entries:
        for entry in entries:
            accounted = entry.name in names and entry.is_dir()
            if not accounted and (finished or not is_temporary(entry.name)):
                findings.extra.add(f"fonts/{entry.name}")
