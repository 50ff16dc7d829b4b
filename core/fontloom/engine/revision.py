"""Fonts that begin again, or are left out, on request: one commit between two shifts."""

import asyncio
from collections.abc import Mapping

from fontloom.engine.commit import GroupCommit
from fontloom.engine.exporter import FileSystemExporter
from fontloom.engine.logs import SessionLogs
from fontloom.engine.recovery import changed_files
from fontloom.engine.tracker import FontProgressTracker
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.progress import FINISHED, FontCommit, FontStatus
from fontloom.model.session import ExportSession, SessionStatus

_NOTHING = FontCommit()


def fonts_to_retry(
    session: ExportSession, commits: Mapping[str, FontCommit], fonts: tuple[str, ...]
) -> tuple[str, ...]:
    """Of these fonts those that have begun; when none is named, all that failed in anything.

    Raises FontloomError(CONFIG_INVALID) for a font that the session does not have.
    """
    if fonts:
        return tuple(name for name in _known(session, fonts) if commits.get(name, _NOTHING) != _NOTHING)
    return tuple(
        font.font_name
        for font in session.fonts
        if (commit := commits.get(font.font_name, _NOTHING)).failed_samples
        or commit.status in (FontStatus.FAILED, FontStatus.SKIPPED)
    )


def _known(session: ExportSession, fonts: tuple[str, ...]) -> tuple[str, ...]:
    """The fonts, each once."""
    names = {font.font_name for font in session.fonts}
    for name in fonts:
        if name not in names:
            raise FontloomError(ErrorCode.CONFIG_INVALID, f"fonts: the session has no font {name!r}")
    return tuple(dict.fromkeys(fonts))


class Revision:
    """Keeps what is wanted of fonts until it can be carried out.

    A font begins again at its first sample, whichever failed: manifest and digest are in sample order.
    """

    def __init__(
        self,
        session: ExportSession,
        exporter: FileSystemExporter,
        commit: GroupCommit,
        tracker: FontProgressTracker,
        logs: SessionLogs,
    ) -> None:
        self._session = session
        self._fonts = {font.font_name: font for font in session.fonts}
        self._exporter = exporter
        self._commit = commit
        self._tracker = tracker
        self._logs = logs
        self._begins: dict[str, bool] = {}
        """Of each font that something is wanted of, whether it begins again; else it is left out."""
        self._leftovers: set[str] = set()
        """Fonts that begin again, and whose files of before may still be there."""

    @property
    def pending(self) -> bool:
        """Whether there is anything to carry out."""
        return bool(self._begins or self._leftovers)

    def retry(self, fonts: tuple[str, ...]) -> int:
        """Wants what `fonts_to_retry` finds to begin again. Returns how many; raises as that does."""
        found = fonts_to_retry(self._session, self._foreseen(), fonts)
        self._begins.update(dict.fromkeys(found, True))
        return len(found)

    def skip(self, fonts: tuple[str, ...]) -> int:
        """Wants these fonts left out where they are unfinished. Returns how many; raises as `retry` does."""
        foreseen = self._foreseen()
        found = [
            name
            for name in _known(self._session, fonts)
            if foreseen.get(name, _NOTHING).status not in FINISHED
        ]
        self._begins.update(dict.fromkeys(found, False))
        return len(found)

    def _foreseen(self) -> dict[str, FontCommit]:
        """The fonts as they will be once all that is wanted is done."""
        return self._tracker.commits | {
            name: self._after(name, again) for name, again in self._begins.items()
        }

    def _after(self, name: str, again: bool) -> FontCommit:
        before = self._before(name)
        if again:
            return _NOTHING
        if before.status in FINISHED:
            return before
        error = ExportError.of(ErrorCode.FONT_LEFT_OUT, font_name=name)
        return before.model_copy(update={"status": FontStatus.SKIPPED, "error": error})

    def _before(self, name: str) -> FontCommit:
        return self._tracker.commits.get(name, _NOTHING)

    async def carry_out(self, status: SessionStatus, reason: ExportError | None) -> None:
        """Commits what is wanted, and removes what no longer counts. No shift may be under way.

        `status` and `reason` are those of the session. Raises as `GroupCommit.settle` does; what was not
        done then is still wanted.
        """
        if not self.pending:
            return
        begins = dict(self._begins)
        changed = await self._changed([name for name, again in begins.items() if again])
        commits = {
            name: after
            for name, again in begins.items()
            if name not in changed and (after := self._after(name, again)) != self._before(name)
        }
        if commits:
            await self._amend(commits, status, reason)
        for name, again in begins.items():
            if self._begins[name] is again:  # nothing else was wanted of it meanwhile
                del self._begins[name]
        for name in tuple(self._leftovers):
            if self._before(name) == _NOTHING:
                await self._exporter.begin_again(self._fonts[name])
            self._leftovers.remove(name)

    async def _amend(
        self, commits: dict[str, FontCommit], status: SessionStatus, reason: ExportError | None
    ) -> None:
        again = [name for name, commit in commits.items() if commit == _NOTHING]
        left_out = [name for name in commits if name not in again]
        # A finished font is not looked at by recovery: its files are in order before it becomes one.
        for name in left_out:
            await self._exporter.end_early(self._fonts[name], commits[name])
        self._leftovers.update(again)
        await self._commit.amend(commits, status, reason)
        await self._exporter.export_progress([self._tracker.font_progress(name) for name in commits])
        if again:
            self._logs.export("fonts begin again", fonts=again)
        if left_out:
            self._logs.export("fonts left out", fonts=left_out)

    async def _changed(self, names: list[str]) -> set[str]:
        """Fonts whose file is another now. They keep what they have: they would only lose their images."""
        fonts = [self._fonts[name] for name in names]
        files = await asyncio.to_thread(changed_files, fonts)
        changed = [font for font in fonts if font.path in files]
        for font in changed:
            detail = f"{font.path}: {files[font.path]}"
            error = ExportError.of(ErrorCode.FONT_CHANGED, detail, font_name=font.font_name)
            self._tracker.failed(error)
            self._logs.error(error)
        return {font.font_name for font in changed}
