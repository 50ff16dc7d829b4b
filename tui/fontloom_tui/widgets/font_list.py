"""The fonts that were found: searched, looked at, taken and left out."""

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, ProgressBar, Static

from fontloom.model.errors import ExportError
from fontloom.model.scouting import FontScan, ScannedFontInfo
from fontloom.model.session import FontInfo, FontProblem
from fontloom.model.words import clean, count
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.font_pattern import matches

_Row = ScannedFontInfo | FontProblem


class _Rows(ScrollView, can_focus=True):
    """One line a font. Only what is seen is drawn."""

    HELP = """
### Fonts
**space** takes a font or leaves it out. **/** searches: parts of names, `*` and `?`, `script:arab`,
`style:bold`, `file:noto`, `italic`, `variable`, `lacking`, and `!word` for the opposite.
**a** takes all that are shown, **x** leaves them out, **o** takes only them.
Fonts that lack the text asked for are marked **–** with the reason and left out by themselves;
files that are no good are listed at the end, marked **!**.
"""
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move(-1000000000)", "First", show=False),
        Binding("end", "move(1000000000)", "Last", show=False),
        Binding("space", "turn", "Take / leave"),
        Binding("a", "take", "Take shown"),
        Binding("x", "leave", "Leave shown"),
        Binding("o", "only", "Only shown"),
        Binding("slash", "search", "Search", key_display="/"),
    ]
    COMPONENT_CLASSES: ClassVar = {"rows--cursor", "rows--muted", "rows--bad", "rows--good"}

    cursor: reactive[int] = reactive(0, repaint=False)

    class Asked(Message):
        """A key that concerns the whole list."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    class Moved(Message):
        """Another row is marked."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[_Row] = []
        self.left_out: set[str] = set()

    def put(self, rows: list[_Row]) -> None:
        """Shows these rows; the mark stays on its font when it is among them."""
        marked = self.marked
        self.rows = rows
        name = marked.info.font_name if isinstance(marked, ScannedFontInfo) else None
        names = [row.info.font_name if isinstance(row, ScannedFontInfo) else None for row in rows]
        self.virtual_size = Size(self.size.width, len(rows))
        self.set_reactive(_Rows.cursor, names.index(name) if name and name in names else 0)
        self.refresh()
        self._reveal()
        if self.marked is not marked:
            self.post_message(self.Moved())

    @property
    def marked(self) -> _Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows))

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.rows) - 1))

    def watch_cursor(self, before: int, after: int) -> None:
        self.repaint(before)
        self.repaint(after)
        self._reveal()
        self.post_message(self.Moved())

    def repaint(self, row: int) -> None:
        """Draws one row again, if it is seen."""
        self.refresh(Region(0, row - self.scroll_offset.y, self.size.width, 1))

    def _reveal(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Moves the mark."""
        self.cursor += by

    def action_page(self, direction: int) -> None:
        """Moves the mark by what is seen."""
        self.cursor += direction * max(1, self.size.height - 1)

    def on_click(self, event: events.Click) -> None:
        self.cursor = event.y + self.scroll_offset.y

    def action_turn(self) -> None:
        """Takes the marked font or leaves it out, and goes on to the next."""
        self.post_message(self.Asked("toggle"))

    def action_take(self) -> None:
        """Takes all that are shown."""
        self.post_message(self.Asked("take"))

    def action_leave(self) -> None:
        """Leaves out all that are shown."""
        self.post_message(self.Asked("leave"))

    def action_only(self) -> None:
        """Leaves out all that are not shown."""
        self.post_message(self.Asked("only"))

    def action_search(self) -> None:
        """Goes to the pattern."""
        self.post_message(self.Asked("search"))

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        width = self.size.width
        if row >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        shown = self.rows[row]
        mark, name, facts, look = self._cells(shown)
        style = self.rich_style + self._look(look)
        if row == self.cursor:
            style += self._look("rows--cursor") if self.has_focus else Style(bold=True)
        room = max(8, width - len(facts) - 5)
        text = f" {mark} {name[:room]:<{room}} {facts} "
        return Strip([Segment(text[:width].ljust(width), style)], width)

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(name) if name else Style.null()

    def _cells(self, row: _Row) -> tuple[str, str, str, str]:
        if isinstance(row, FontProblem):
            facts = clean(row.error.message)[: max(10, self.size.width // 2)]
            return "!", clean(row.path.name), facts, "rows--muted" if row.skipped else "rows--bad"
        info = row.info
        facts = f"{info.main_script:<4} {info.character_count:>7,}"
        if self.size.width >= 56:
            facts = f"{info.weight:>4}{' italic' if info.italic else '       '} {facts}"
        if row.lacking is not None:
            return "–", clean(info.font_name), facts, "rows--muted"
        out = info.font_name in self.left_out
        return " " if out else "✓", clean(info.font_name), facts, "rows--muted" if out else ""


class FontList(Widget):
    """A pattern, the fonts that fit it, and what the marked one is."""

    DEFAULT_CSS = style_of(__file__)
    BINDINGS: ClassVar = [Binding("escape", "clear", "Show all", show=False)]

    class Highlighted(Message):
        """Another font is marked."""

        def __init__(self, font: FontInfo) -> None:
            super().__init__()
            self.font = font

    class SelectionChanged(Message):
        """So many fonts are taken now."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._fonts: tuple[ScannedFontInfo, ...] = ()
        self._problems: tuple[FontProblem, ...] = ()

    def compose(self) -> ComposeResult:
        yield Input(placeholder="/ search: noto script:arab !bold", compact=True, id="pattern")
        yield Static("", id="said", markup=False)
        yield ProgressBar(show_eta=False, id="looking")
        yield _Rows()
        yield Static("", id="facts", markup=False)

    def on_mount(self) -> None:
        self.query_one("#looking").display = False

    @property
    def _rows(self) -> _Rows:
        return self.query_one(_Rows)

    # What is shown

    def show_progress(self, done: int, total: int) -> None:
        """Fonts are being looked at."""
        bar = self.query_one("#looking", ProgressBar)
        bar.display = True
        bar.update(total=total or None, progress=done)
        self._say(f"Looking at the fonts: {done:,} of {total:,} files" if total else "Looking for fonts …")

    def show_problem(self, error: ExportError) -> None:
        """There are no fonts to show, and why."""
        self._fonts, self._problems = (), ()
        self.query_one("#looking").display = False
        self._rows.put([])
        self.query_one("#facts", Static).update("")
        self._say(f"{error.message} {error.detail} {error.suggested_action}", bad=True)
        self.post_message(self.SelectionChanged(0))

    def show(self, scan: FontScan) -> None:
        """Shows what was found. What was left out before stays left out."""
        self._fonts, self._problems = scan.fonts, scan.problems
        self.query_one("#looking").display = False
        self._filter()
        self._changed()

    def show_lacking(self, errors: Iterable[ExportError]) -> None:
        """Another text is asked for: these fonts cannot write it."""
        lacking = {error.font_name: error for error in errors}
        self._fonts = tuple(
            font.model_copy(update={"lacking": lacking.get(font.info.font_name)}) for font in self._fonts
        )
        self._filter()
        self._changed()

    @property
    def chosen(self) -> tuple[FontInfo, ...]:
        """The fonts that are taken and can write the text."""
        out = self._rows.left_out
        return tuple(f.info for f in self._fonts if f.lacking is None and f.info.font_name not in out)

    @property
    def left_out(self) -> frozenset[str]:
        """Names of the fonts that were left out by choice."""
        known = {font.info.font_name for font in self._fonts}
        return frozenset(self._rows.left_out & known)

    def leave_out(self, names: Iterable[str]) -> None:
        """Leaves fonts out by name, also such as are yet to be found."""
        self._rows.left_out |= set(names)

    @property
    def selected(self) -> FontInfo | None:
        """The marked font."""
        row = self._rows.marked
        return row.info if isinstance(row, ScannedFontInfo) else None

    def _filter(self) -> None:
        pattern = self.query_one("#pattern", Input).value
        fonts: list[_Row] = [font for font in self._fonts if matches(pattern, font)]
        self._rows.put(fonts if pattern.strip() else fonts + list(self._problems))

    def _changed(self) -> None:
        taken = len(self.chosen)
        lacking = sum(font.lacking is not None for font in self._fonts)
        words = [f"{taken:,} of {count(len(self._fonts), 'font')} taken"]
        if self.query_one("#pattern", Input).value.strip():
            words.append(f"{len(self._rows.rows):,} shown")
        if lacking:
            words.append(f"{lacking:,} lack the text")
        if self._problems:
            words.append(count(len(self._problems), "problem"))
        self._say(" · ".join(words))
        self.post_message(self.SelectionChanged(taken))

    def _say(self, words: str, *, bad: bool = False) -> None:
        said = self.query_one("#said", Static)
        said.update(clean(words))
        said.set_class(bad, "bad")

    # What is typed

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter()
        self._changed()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._rows.focus()

    def action_clear(self) -> None:
        """Shows all fonts again."""
        self.query_one("#pattern", Input).value = ""
        self._rows.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is something to clear only when a pattern is typed or being typed."""
        if action == "clear":
            pattern = self.query_one("#pattern", Input)
            return bool(pattern.value) or pattern.has_focus
        return True

    def on__rows_asked(self, event: _Rows.Asked) -> None:
        event.stop()
        rows = self._rows
        shown = {row.info.font_name for row in rows.rows if isinstance(row, ScannedFontInfo)}
        match event.what:
            case "search":
                self.query_one("#pattern").focus()
                return
            case "toggle":
                if self.selected is None:
                    return
                rows.left_out ^= {self.selected.font_name}
                rows.repaint(rows.cursor)
                rows.cursor += 1
            case "take":
                rows.left_out -= shown
            case "leave":
                rows.left_out |= shown
            case "only":
                rows.left_out = {font.info.font_name for font in self._fonts} - shown
        rows.refresh()
        self._changed()

    def on__rows_moved(self, event: _Rows.Moved) -> None:
        event.stop()
        row = self._rows.marked
        facts = self.query_one("#facts", Static)
        if row is None:
            facts.update("No font fits the pattern; esc shows all." if self._fonts else "")
            return
        facts.update(clean(_facts(row)))
        if isinstance(row, ScannedFontInfo):
            self.post_message(self.Highlighted(row.info))


def _facts(row: _Row) -> str:
    if isinstance(row, FontProblem):
        return f"{row.path.name}: {row.error.message} {row.error.detail}"
    info = row.info
    scripts = ", ".join(f"{script} {number:,}" for script, number in list(info.scripts.items())[:5])
    first = f"{info.family} {info.style} · {info.format} · {info.path.name}"
    second = f"covers {scripts}{' …' if len(info.scripts) > 5 else ''}"
    if row.lacking is not None:
        second = f"left out: {row.lacking.message} {row.lacking.detail}"
    return f"{first}\n{second}"
