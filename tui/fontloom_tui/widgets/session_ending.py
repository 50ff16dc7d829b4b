"""What became of a session that is over or whose engine is gone, and what to do next."""

import shlex
from pathlib import Path

from textual.content import Content
from textual.widgets import Static

from fontloom.model.errors import ExportError
from fontloom.model.progress import Snapshot
from fontloom.model.result import SessionSummary
from fontloom.model.words import clean, count, duration, size
from fontloom_tui.widgets import style_of

_NEXT = {
    "paused": "The engine has ended. All that is counted is safe, and space goes on from there.",
    "waiting": "The engine has ended. Once that is put right, space goes on from where it was.",
    "interrupted": "The engine died. All that is counted is safe, and space goes on from there.",
    "cancelled": "What was made stays. space goes on with it after all.",
    "failed": "All that is counted is safe. l shows the logs, e the errors; space tries to go on.",
    "running": "An engine holds this project and cannot be reached from here. This is what its files say.",
}


class SessionEnding(Static):
    """A few lines, or nothing while an engine works."""

    DEFAULT_CSS = style_of(__file__)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._said: Content | None = None

    def show_summary(self, summary: SessionSummary, project: Path) -> None:
        """What a completed session made, its digest, and how to check it."""
        here = clean(shlex.quote(str(project)))
        made = (
            f"{summary.exported_images:,} images of {count(summary.fonts_completed, 'font')}, "
            f"{size(summary.bytes_written)}, in {duration(summary.elapsed_seconds)} "
            f"({summary.images_per_second:,.0f} images/s)"
        )
        left_out = summary.fonts_failed + summary.fonts_skipped
        lost = [count(left_out, "font")] if left_out else []
        lost += [count(summary.failed_images, "image")] if summary.failed_images else []
        missing = f". Left out: {' and '.join(lost)}, see failed/ and summary.json." if lost else "."
        self._say(
            Content.assemble(
                ("Made   ", "$foreground-muted"),
                (made + missing),
                ("\nDigest ", "$foreground-muted"),
                summary.digest,
                ("\nData   ", "$foreground-muted"),
                f"{here}/fonts",
                ("\nCheck  ", "$foreground-muted"),
                (f"fontloom verify --deep {here}", "bold"),
            )
        )

    def show_problem(self, error: ExportError) -> None:
        """Why the summary cannot be read."""
        self._say(Content.styled(f"{clean(error.message)} {clean(error.detail)}", "$text-error"))

    def show_next(self, snapshot: Snapshot) -> None:
        """What can be done with a session whose engine is gone."""
        words = _NEXT.get(snapshot.phase)
        if words is None:
            self.hide()
        else:
            self._say(Content(words))

    def hide(self) -> None:
        """There is nothing to say."""
        self._said = None
        self.display = False

    def _say(self, words: Content) -> None:
        if words != self._said:
            self._said = words
            self.update(words)
        self.display = True
