"""Font screen: what a font is, how far it is, and the last images that were made of it."""

import asyncio
from collections.abc import Awaitable, Callable

from fontTools.unicodedata import script_name
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from fontloom.model.errors import FontloomError
from fontloom.model.progress import FontProgress, FontStatus
from fontloom.model.session import FontInfo
from fontloom.model.words import clean, count, duration, size
from fontloom_tui import messages
from fontloom_tui.client import SessionWatch
from fontloom_tui.font_files import (
    FontFacts,
    FontSample,
    FontTrouble,
    draw,
    last_samples,
    read_facts,
    read_trouble,
)
from fontloom_tui.widgets.facts import Facts
from fontloom_tui.widgets.font_rows import STATUS_WORDS, has_errors
from fontloom_tui.widgets.sample_grid import Picture, SampleGrid

_LOOKS = {
    FontStatus.PENDING: "$foreground-muted",
    FontStatus.PROCESSING: "$text-warning",
    FontStatus.COMPLETED: "$text-success",
    FontStatus.FAILED: "$text-error",
    FontStatus.SKIPPED: "$foreground-muted",
}
_NO_SAMPLES = {
    FontStatus.PENDING: "No samples yet: this font is still to come.",
    FontStatus.PROCESSING: "No samples yet: the first are being drawn.",
    FontStatus.COMPLETED: "No images are left of this font.",
    FontStatus.FAILED: "Not one sample of this font could be kept.",
    FontStatus.SKIPPED: "The font was left out before its first sample.",
}


class FontScreen(Screen[None]):
    """One font of the watched project."""

    HELP = """
### Font
What the font is, and real images of the dataset, the newest last. **left** and **right** show others, **v**
the next variant. **r** draws a font of which something failed again, from its first sample. **x** leaves the
font out: what is made of it stays, and **r** takes it in again.
"""
    CSS_PATH = "font.tcss"
    BINDINGS = [
        Binding("left", "turn(-1)", "Earlier", key_display="←"),
        Binding("right", "turn(1)", "Later", key_display="→"),
        Binding("v", "variant", "Variant"),
        Binding("r", "retry", "Retry", tooltip="Do this font again"),
        Binding("x", "leave_out", "Leave out", tooltip="Make no more of this font"),
        Binding("e", "errors", "Errors"),
        Binding("y", "copy_path", "Copy path", tooltip="Copy the path of the font file"),
        Binding("escape", "back", "Back", key_display="esc"),
    ]

    def __init__(self, session: SessionWatch, font_name: str) -> None:
        super().__init__()
        self._session = session
        self._font_name = font_name
        self._facts: FontFacts | None = None
        self._problem = ""
        self._samples: tuple[FontSample, ...] = ()
        self._first: int | None = None
        """Index of the first sample that is shown; the newest ones when None."""
        self._page = 1
        self._turns: tuple[bool, bool] = (False, False)
        """Whether there are earlier and later samples."""
        self._variant = 0
        self._wanted: object = None
        self._read: object = None
        """What the font stood at when its files are to be read, and when they were."""
        self._reading = False
        self._applies: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Horizontal(id="head"):
            yield Static(
                f"{clean(self._session.project.name)} › {clean(self._font_name)}", id="where", markup=False
            )
            yield Static("", id="state", markup=False)
        yield Static("", id="progress", markup=False)
        yield Facts("font", "glyphs", "scripts", "axes", "file")
        yield Static("", id="trouble", markup=False)
        yield Static("", id="caption", markup=False)
        yield SampleGrid()
        yield Footer(compact=True, show_command_palette=False)

    @property
    def _progress(self) -> FontProgress | None:
        return self._session.fonts.get(self._font_name)

    # Showing

    def on_screen_resume(self) -> None:
        self._show()

    def on_watched(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _show(self) -> None:
        progress = self._progress
        if progress is not None:
            self._show_progress(progress)
        self._wanted = progress and (progress.last_image_index, progress.status, progress.error_count)
        if not self._reading and (self._wanted != self._read or (self._facts is None and not self._problem)):
            self._reading = True
            self._read_files()
        self._refresh_keys()

    def _show_progress(self, progress: FontProgress) -> None:
        word = STATUS_WORDS[progress.status]
        self.query_one("#state", Static).update(Content.styled(word, f"{_LOOKS[progress.status]} bold"))
        parts = [
            f"{progress.completed_images:,} of {progress.total_images:,} images",
            f"{progress.processing_rate:.1f} images/s" if progress.processing_rate else "",
            f"{duration(progress.estimated_time_remaining)} left"
            if progress.estimated_time_remaining
            else "",
            size(progress.bytes_written) if progress.bytes_written else "",
            f"{progress.failed_images:,} failed" if progress.failed_images else "",
        ]
        words = " · ".join(part for part in parts if part)
        room = max(0, self.size.width - len(words) - 4)
        share = progress.completed_images / max(progress.total_images, 1)
        done = "━" * int(room * share)
        self.query_one("#progress", Static).update(
            Content.assemble(words, "  ", (done, "$primary"), ("─" * (room - len(done)), "$panel-lighten-2"))
        )

    @work(group="files")
    async def _read_files(self) -> None:
        """Reads what can have changed, until nothing more has; a slow disk delays it and starves nothing."""
        while True:
            self._read = self._wanted
            await self._read_once()
            if self._read == self._wanted:
                break
        self._reading = False

    async def _read_once(self) -> None:
        project, progress = self._session.project, self._progress
        try:
            if self._facts is None:
                self._facts = await asyncio.to_thread(read_facts, project, self._font_name)
                self._show_facts(self._facts)
            if progress is not None and (has_errors(progress) or progress.status is FontStatus.SKIPPED):
                self._show_trouble(await asyncio.to_thread(read_trouble, project, self._font_name), progress)
            else:
                self.query_one("#trouble").display = False
            up_to = progress.last_image_index if progress else 0
            self._samples = await asyncio.to_thread(last_samples, project, self._font_name, up_to)
        except (FontloomError, OSError) as error:
            self._problem = str(error)
        self._draw()
        self._refresh_keys()

    def _show_facts(self, facts: FontFacts) -> None:
        info = facts.info
        if info is None:
            self._problem = "The session has no font of this name: it was left out before the session began."
            return
        scripts = ", ".join(f"{script_name(code)} {number:,}" for code, number in info.scripts.items())
        axes = ", ".join(f"{clean(tag)} {value:g}" for tag, value in info.axes.items())
        named = f" ({clean(info.instance_name)})" if info.instance_name else ""
        glyphs = f"{count(info.glyph_count, 'glyph')}, {count(info.character_count, 'character')}"
        self.query_one(Facts).tell(
            {
                "font": _face(info),
                "glyphs": f"{glyphs}, made for {script_name(info.main_script)}",
                "scripts": scripts,
                "axes": f"{axes}{named}" if axes else "",
                "file": f"{clean(info.path.name)}, {size(info.file_size)}",
            }
        )

    def _show_trouble(self, trouble: FontTrouble, progress: FontProgress) -> None:
        reason, over = trouble.reason, progress.status in (FontStatus.FAILED, FontStatus.SKIPPED)
        lines = []
        if over and reason is not None:
            lines += [f"{reason.message} {reason.detail}", reason.suggested_action]
        elif progress.last_error:
            lines.append(f"Last error: {progress.last_error}")
        lines += [f"{count(c.errors, 'error')}: {c.message} {c.last_detail}" for c in trouble.counts[:3]]
        box = self.query_one("#trouble", Static)
        box.update("\n".join(" ".join(clean(line).split()) for line in lines if line.strip()))
        box.display = bool(lines)

    # Samples

    @property
    def _variants(self) -> tuple[str, ...]:
        return tuple(self._facts.config.variants) if self._facts else ()

    @work(group="drawing", exclusive=True)
    async def _draw(self) -> None:
        grid, facts, progress = self.query_one(SampleGrid), self._facts, self._progress
        caption = self.query_one("#caption", Static)
        if self._problem or facts is None or not self._samples:
            caption.display = False
            nothing = _NO_SAMPLES[progress.status] if progress else ""
            grid.say(self._problem or (nothing if facts else "Reading …"))
            return
        places = grid.places(facts.config.image_width, facts.config.image_height)
        self._page = places.across * places.down
        last = max(0, len(self._samples) - self._page)
        start = last if self._first is None else min(self._first, last)
        self._turns = start > 0, start < last
        self._refresh_keys()
        shown = self._samples[start : start + self._page]
        variant = self._variants[self._variant]
        drawn = await asyncio.to_thread(draw, shown, variant, places.columns, places.rows)
        numbers = f"{shown[0].number:,}" + (f"–{shown[-1].number:,}" if len(shown) > 1 else "")
        which = f"{self._variant + 1} of {len(self._variants)} variants"
        newest = " · the newest" if 0 < start == last else ""
        caption.update(f"Sample{'s' if len(shown) > 1 else ''} {numbers} · {variant}, {which}{newest}")
        caption.display = True
        grid.show([Picture(*drawing) for drawing in drawn], places)

    def action_turn(self, direction: int) -> None:
        """Shows earlier or later samples."""
        last = max(0, len(self._samples) - self._page)
        start = last if self._first is None else min(self._first, last)
        start = max(0, start + direction * self._page)
        self._first = None if start >= last else start
        self._draw()

    def action_variant(self) -> None:
        """Shows the next variant."""
        self._variant = (self._variant + 1) % max(1, len(self._variants))
        self._draw()

    # Keys

    def _refresh_keys(self) -> None:
        progress = self._progress
        applies = (
            progress and (progress.status, has_errors(progress)),
            self._session.live,
            self._facts is None,
            bool(self._samples),
            self._turns,
        )
        if applies != self._applies:
            self._applies = applies
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        progress = self._progress
        if action == "turn":
            return self._turns[parameters[0] == 1]
        if action == "variant":
            return len(self._variants) > 1 and bool(self._samples)
        if action == "copy_path":
            return self._facts is not None and self._facts.info is not None
        if action == "retry":
            return progress is not None and (has_errors(progress) or progress.status is FontStatus.SKIPPED)
        if action == "leave_out":
            unfinished = (FontStatus.PENDING, FontStatus.PROCESSING)
            return self._session.live and progress is not None and progress.status in unfinished
        return True

    def action_retry(self) -> None:
        """Does the font again."""
        if self._session.live:
            self._steer(self._session.retry, "It begins again.")
        else:
            self.post_message(messages.ResumeProject(self._session.project, retry=(self._font_name,)))

    def action_leave_out(self) -> None:
        """Makes no more of this font."""
        self._steer(self._session.skip, "The font is left out. r takes it in again.")

    @work(group="steering")
    async def _steer(self, ask: Callable[[tuple[str, ...]], Awaitable[int]], done: str) -> None:
        try:
            concerned = await ask((self._font_name,))
        except (FontloomError, TimeoutError) as error:
            self.post_message(messages.SayProblem(error))
        else:
            self.notify(done if concerned else "There was nothing to do.", timeout=4)

    def action_errors(self) -> None:
        """Shows the errors of this font."""
        self.post_message(messages.OpenErrors(self._font_name))

    def action_copy_path(self) -> None:
        """Copies the path of the font file."""
        if self._facts is not None and self._facts.info is not None:
            self.app.copy_to_clipboard(str(self._facts.info.path))
            self.notify("The path of the font is on the clipboard.", timeout=3)

    def action_back(self) -> None:
        """Leaves the screen."""
        self.post_message(messages.GoBack())


def _face(info: FontInfo) -> str:
    parts = [
        f"{info.family} {info.style}",
        f"weight {info.weight}",
        "italic" if info.italic else "",
        info.format,
    ]
    return clean(", ".join(part for part in parts if part))
