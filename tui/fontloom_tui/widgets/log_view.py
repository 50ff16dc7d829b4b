"""A log of any size: only what is seen is read, and the loop never waits for the disk."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import Worker

from fontloom.model.words import clean
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.log_line import LEVELS, LogLine
from fontloom_tui.widgets.log_page import LogPage
from fontloom_tui.widgets.log_reader import Found, Log, LogReader, Matches, Want

_IDLE_SECONDS = 0.5
_TELL_SECONDS = 0.2


class LogStatus(NamedTuple):
    """What there is to say about the view."""

    lines: int
    matches: int | None
    """Lines that match, when only those are shown."""
    progress: float
    """How much of the log was looked through, from 0 to 1."""
    following: bool
    missed: int
    """Lines that came since the end is no longer followed."""
    problem: str


class LogView(ScrollView, can_focus=True):
    """The lines of a log, one below the other, with a cursor. Follows the end until scrolled up."""

    HELP = """\
### Log

The newest line is at the bottom, and the end is followed while the cursor is there. Move up to stop; `end`
or `f` follows again. `/` shows only lines that hold a text, `v` only those of a level or worse. `enter` shows
the whole event.
"""
    DEFAULT_CSS = style_of(__file__)
    COMPONENT_CLASSES: ClassVar = {
        f"log-view--{part}"
        for part in ("time", "event", "key", "value", "plain", "cursor", "blurred", "hint", *LEVELS)
    }
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("home,g", "home", "First line", show=False),
        Binding("end,f,G", "follow", "Follow"),
        Binding("left", "sideways(-1)", "Left", show=False),
        Binding("right", "sideways(1)", "Right", show=False),
        Binding("enter", "open", "Whole event", key_display="⏎"),
        Binding("w", "wrap", "Wrap"),
        Binding("y,c", "copy", "Copy"),
    ]

    class Changed(Message):
        """There is something new to say about the view."""

        def __init__(self, view: "LogView") -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> "LogView":
            return self.view

    class Opened(Message):
        """The line under the cursor is to be shown whole."""

        def __init__(self, line: LogLine) -> None:
            super().__init__()
            self.line = line

    class Copied(Message):
        """The line under the cursor is wanted in the clipboard."""

        def __init__(self, line: LogLine) -> None:
            super().__init__()
            self.line = line

    def __init__(self, source: Log, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.source = source
        self._reader = LogReader(source)
        self.following = True
        self.wrapped = False
        self.text, self.level = "", LEVELS[0]
        self._matches: Matches | None = None
        self._wake = asyncio.Event()
        self._watching: Worker[None] | None = None
        self._problem = ""
        self._cursor = 0
        self._rows = 0
        self._seen = 0
        self._provisional = False
        self._generation = 0
        self._page = LogPage(self._style)
        self._widest = 0
        self._placed: tuple[object, list[tuple[int, int]]] = (None, [])
        self._told = LogStatus(0, None, 0, True, 0, "")
        self._told_at = 0.0
        self._styles: dict[str, Style] = {}

    # Reading

    def watch_log(self) -> None:
        """Begins to look at the log, again and again."""
        if self._watching is None or self._watching.is_finished:
            self._watching = self.run_worker(self._watch, exclusive=True)

    def leave_log(self) -> None:
        """Looks no more."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self) -> None:
        while True:
            self._wake.clear()
            want = Want(
                self._top,
                self.size.height or 1,
                self.following,
                self._page.numbers,
                self._matches,
                self._rows if self._provisional else None,
                self._generation,
            )
            more = False
            try:
                found = await asyncio.to_thread(self._reader.look, want, self._wake.is_set)
            except OSError as error:
                self._problem = clean(f"The log cannot be read: {error}")
            else:
                self._problem = ""
                more = found.more
                if want.matches is self._matches:
                    self._take(found)
            self._tell()
            if not more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_IDLE_SECONDS):
                        await self._wake.wait()

    def _take(self, found: Found) -> None:
        if found.generation != self._generation:
            self._forget(found.generation)
        if found.provisional != self._provisional:
            self._page.repaint()
            self._provisional = found.provisional
        self._cursor += found.shift
        self._seen += found.shift
        if found.lines is not None:
            self._page.put(found.first, found.lines)
            self.refresh()
        if bool(found.rows) != bool(self._rows):
            self.refresh_bindings()
        self._rows = found.rows
        self._cursor = max(0, self._rows - 1) if self.following else min(self._cursor, max(0, self._rows - 1))
        self._set_room()
        if self.following:
            self._seen = self._rows
            self.scroll_to(y=self._end_top(), animate=False, immediate=True)
        elif found.shift:
            self.scroll_to(y=self._top + found.shift, animate=False, immediate=True)

    def _forget(self, generation: int) -> None:
        """Nothing is known of the log: it is another, or other lines of it are wanted."""
        self._generation = generation
        self._rows = self._cursor = self._seen = 0
        self._page.forget()
        self._provisional = False
        self.following = True
        self.refresh_bindings()
        self.refresh()

    def _tell(self) -> None:
        """Says what is new, not more often than can be read."""
        status, now = self.status, monotonic()
        hurry = status._replace(progress=0, lines=0, matches=None) != self._told._replace(
            progress=0, lines=0, matches=None
        )
        if status != self._told and (hurry or status.progress == 1 or now - self._told_at > _TELL_SECONDS):
            self._told, self._told_at = status, now
            self.post_message(self.Changed(self))

    @property
    def status(self) -> LogStatus:
        """What there is to say."""
        log, matches = self.source, self._matches
        done = log.indexed_bytes / log.size if log.size else 1.0
        if matches is not None and log.count:
            done *= matches.searched / log.count
        return LogStatus(
            log.count,
            None if matches is None else self._rows,
            min(1.0, done),
            self.following,
            max(0, self._rows - self._seen),
            self._problem,
        )

    # Filtering

    def filter(self, text: str, level: str) -> None:
        """Shows only lines that hold the text and are of the level or worse."""
        if (text, level) == (self.text, self.level):
            return
        self.text, self.level = text, level
        levels = () if level == LEVELS[0] else LEVELS[LEVELS.index(level) :]
        self._matches = self.source.matching(text, levels) if text or levels else None
        self._forget(self._generation)
        self._wake.set()

    # Moving

    @property
    def _top(self) -> int:
        return int(self.scroll_offset.y)

    @property
    def line(self) -> LogLine | None:
        """The line under the cursor."""
        return self._page.line(self._cursor)

    def action_move(self, lines: int) -> None:
        """Moves the cursor."""
        self._move_to(self._cursor + lines)

    def action_page(self, pages: int) -> None:
        """Moves the cursor by a page."""
        self._move_to(self._cursor + pages * max(1, self.size.height - 1))

    def action_home(self) -> None:
        """To the first line."""
        self._move_to(0)

    def action_follow(self) -> None:
        """To the last line, and on with it."""
        self._move_to(self._rows - 1)

    def action_sideways(self, direction: int) -> None:
        """Shows what is further left or right."""
        if not self.wrapped:
            self.scroll_to(x=self.scroll_offset.x + direction * 20, animate=False, immediate=True)

    def _move_to(self, line: int) -> None:
        self._cursor = min(max(0, line), max(0, self._rows - 1))
        self._follow_if(self._cursor >= self._rows - 1)
        top = min(self._top, self._cursor)
        top = self._end_top() if self.following else max(top, self._top_above(self._cursor, top))
        self._set_room()
        self.scroll_to(y=top, animate=False, immediate=True)
        self.refresh()

    def _follow_if(self, at_end: bool) -> None:
        if at_end != self.following:
            self.following = at_end
            self.refresh_bindings()
        if at_end:
            self._seen = self._rows
        self._wake.set()
        self._tell()

    def _top_above(self, last: int, least: int) -> int:
        """The first line of a screen that ends with this one."""
        top, room = last, self.size.height - self._page.height(last)
        while top > least and room >= self._page.height(top - 1):
            top -= 1
            room -= self._page.height(top)
        return top

    def _end_top(self) -> int:
        return self._top_above(self._rows - 1, 0) if self._rows else 0

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Keeps the cursor where it can be seen, also when the mouse scrolls."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) == round(new_value):
            return
        seen = self._visible()
        if seen and not seen[0][0] <= self._cursor <= seen[-1][0]:
            self._cursor = min(max(seen[0][0], self._cursor), seen[-1][0])
            self._follow_if(self._cursor >= self._rows - 1)
        self._wake.set()
        self.refresh()

    def on_resize(self) -> None:
        self._wake.set()
        self.refresh()

    # What is done with a line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "follow":
            return not self.following
        return bool(self._rows) if action in ("open", "copy") else True

    def action_wrap(self) -> None:
        """Long lines: folded, or read by moving sideways."""
        self.wrapped = not self.wrapped
        self._fit()
        self._move_to(self._cursor)
        self.scroll_to(x=0, animate=False, immediate=True)

    def action_open(self) -> None:
        """Shows the whole event."""
        if self.line is not None:
            self.post_message(self.Opened(self.line))

    def action_copy(self) -> None:
        """Copies the line."""
        if self.line is not None:
            self.post_message(self.Copied(self.line))

    def on_click(self, event: events.Click) -> None:
        rows = self._visible()
        if event.y < len(rows):
            self._move_to(rows[event.y][0])
            if event.chain == 2:
                self.action_open()

    # Painting

    def _set_room(self) -> None:
        """Tells the scroll bars how much there is: above the last screen, and as wide as what is seen."""
        self._fit()
        height = self.size.height
        end = self._end_top() if self.following or not self.wrapped else max(0, self._rows - 1)
        if not self.wrapped:
            seen = (self._page.rows(number)[0].cell_length for number, _ in self._visible())
            self._widest = max([self._widest, *seen])
        size = Size(1, end + height) if self.wrapped else Size(self._widest, self._rows)
        if size != self.virtual_size:
            self.virtual_size = size

    def _fit(self) -> None:
        self._page.fit(self.scrollable_content_region.width, wrapped=self.wrapped)

    def _style(self, part: str) -> Style:
        """The style of a part of a line; of nothing, that of the view."""
        if part not in self._styles:
            name = f"log-view--{part}"
            self._styles[part] = self.get_component_rich_style(name) if part else self.rich_style
        return self._styles[part]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._page.repaint()

    def _visible(self) -> list[tuple[int, int]]:
        """Line and part of it for each row of the screen."""
        key = (self._top, self.size, self._rows, self._page.changes)
        if self._placed[0] != key:
            rows: list[tuple[int, int]] = []
            number, height = self._top, self.size.height
            while len(rows) < height and number < self._rows:
                rows += [(number, part) for part in range(self._page.height(number))]
                number += 1
            self._placed = key, rows[:height]
        return self._placed[1]

    def render_line(self, y: int) -> Strip:
        self._fit()
        width, base = self.scrollable_content_region.width, self._style("")
        rows = self._visible()
        if y >= len(rows):
            hint = self._hint() if y == 0 and not rows else ""
            return Strip([Segment(hint, self._style("hint"))]).crop_extend(0, width, None).apply_style(base)
        number, part = rows[y]
        strip = self._page.rows(number)[part]
        left = 0 if self.wrapped else int(self.scroll_offset.x)
        strip = strip.crop_extend(left, left + width, None)
        if number == self._cursor:
            cursor = self._style("cursor" if self.has_focus else "blurred")
            strip = Strip(Segment.apply_style(strip, post_style=cursor), width)
        return strip.apply_style(base)

    def _hint(self) -> str:
        if self._problem:
            return self._problem
        if self.status.progress < 1:
            return "Reading …"
        return "Nothing was logged yet." if self._matches is None else "No line matches."
