"""The live table of thousands of fonts: only visible rows that say something new are painted again."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fontloom.model.progress import FontProgress
from fontloom.model.words import clean, count
from fontloom_tui.messages import OpenFont
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.font_cells import SORT_OF, Column, Piece, columns, header, row
from fontloom_tui.widgets.font_rows import FontRows, SortBy

_KEPT = 1_000
"""Rows that are kept as painted, visible or not."""


class _Line(NamedTuple):
    """A row as it is painted."""

    font: FontProgress
    pieces: tuple[Piece, ...]
    strip: Strip


class FontTable(ScrollView, can_focus=True):
    """All fonts, a line each, below a line of titles that stays."""

    HELP = """
### Fonts
A row is a font. **enter** opens it; the arrows, **page up**, **page down**, **home** and **end** move; a
click on a title sorts. While it *follows*, the cursor rides on the first active font. Move it, and it
stays on its font, wherever that goes.
"""
    DEFAULT_CSS = style_of(__file__)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"font-table--{look}"
        for look in ("header", "sorted", "cursor", "good", "bad", "warn", "muted", "bar", "rest")
    }
    BINDINGS: ClassVar = [
        Binding("enter", "open", "Open"),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(0)", "First", show=False),
        Binding("end", "edge(1)", "Last", show=False),
    ]

    class Steered(Message):
        """Order, filter or following were changed by hand."""

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = FontRows(clock)
        self._follow = True
        self._cursor: str | None = None
        self._columns: tuple[Column, ...] = ()
        self._styles: dict[str, Style] = {}
        self._lines: dict[str, _Line] = {}
        self._painted: list[tuple[Strip | None, bool]] = []
        self._titles: tuple[Piece, ...] = ()
        self._some_active = False
        self._at_work = True

    def show(self, fonts: Mapping[str, FontProgress], *, at_work: bool = True) -> None:
        """Shows the fonts as they are now. An entry that is the same object has not changed."""
        if at_work is not self._at_work:
            self._at_work = at_work
            self._forget()
        before = self._rows.row_of(self._cursor)
        grown = len(fonts) != len(self._rows.fonts)
        moved = self._rows.update(fonts)
        if grown:
            self._lay_out()
        self._settle(before, moved)

    @property
    def cursor(self) -> FontProgress | None:
        """The font under the cursor."""
        return None if self._cursor is None else self._rows.fonts.get(self._cursor)

    @property
    def names(self) -> list[str]:
        """The fonts shown, from top to bottom."""
        return self._rows.names

    # Steering

    @property
    def sort(self) -> SortBy:
        """What the fonts are ordered by."""
        return self._rows.sort

    @property
    def filter(self) -> str:
        """Which fonts are shown."""
        return self._rows.filter

    @property
    def follow(self) -> bool:
        """Whether the active fonts are kept in view."""
        return self._follow

    def order(self, sort: SortBy, *, reverse: bool) -> None:
        """Orders the fonts by something else."""
        self._rearrange(lambda: self._rows.choose(sort, reverse=reverse))

    def next_order(self) -> None:
        """Orders by what comes next."""
        orders = list(SortBy)
        self.order(orders[(orders.index(self.sort) + 1) % len(orders)], reverse=False)

    def turn(self) -> None:
        """Reverses the order."""
        self.order(self.sort, reverse=not self._rows.reverse)

    def narrow(self, words: str) -> None:
        """Shows only fonts that match."""
        self._rearrange(lambda: self._rows.narrow(words))

    def set_follow(self, follow: bool) -> None:
        """Keeps the active fonts in view from now on, or the cursor where it is."""
        self._follow = follow
        self._rearrange(lambda: None)

    def _rearrange(self, change: Callable[[], None]) -> None:
        before = self._rows.row_of(self._cursor)
        change()
        self._settle(before, True)
        self.post_message(self.Steered())

    def action_open(self) -> None:
        """Opens the font under the cursor."""
        if self._cursor is not None:
            self.post_message(OpenFont(self._cursor))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "open" or self._cursor is not None

    def action_move(self, rows: int) -> None:
        """Moves the cursor."""
        self._move_to((self._rows.row_of(self._cursor) or 0) + rows)

    def action_page(self, pages: int) -> None:
        """Moves the cursor by a screenful."""
        self.action_move(pages * max(1, self._page - 1))

    def action_edge(self, last: int) -> None:
        """Moves the cursor to an end."""
        self._move_to(last * (len(self.names) - 1))

    def _move_to(self, row: int) -> None:
        if not self.names:
            return
        row = max(0, min(row, len(self.names) - 1))
        self._cursor = self.names[row]
        self._follow = False
        top = self.scroll_offset.y
        self._scroll(max(row - self._page + 1, min(top, row)))
        self._repaint()
        self.post_message(self.Steered())

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            kinds = [
                column.kind for column in self._columns if column.x <= offset.x <= column.x + column.width
            ]
            sort = SORT_OF.get(kinds[0]) if kinds else None
            if sort is not None:
                self.order(sort, reverse=sort is self.sort and not self._rows.reverse)
            return
        row = self.scroll_offset.y + offset.y - 1
        if row < len(self.names):
            self._move_to(row)
            if event.chain > 1:
                self.action_open()

    # Where things are

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _scroll(self, top: int) -> None:
        top = max(0, min(top, len(self.names) - self._page))
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)

    def _settle(self, before: int | None, moved: bool) -> None:
        """Finds the cursor and the view again, and paints what changed. `before` is the cursor's last row."""
        names = self.names
        if moved:
            self.virtual_size = Size(0, len(names) + 1)
        first = self._rows.first_active() if self._follow else None
        self._some_active = first is not None and self._at_work
        if first is not None:
            self._cursor = names[first]
            top = self.scroll_offset.y
            seen = 0 <= first - top < max(1, self._page * 2 // 3)
            self._scroll(top if seen else first - self._page // 4)
        elif moved:
            after = self._rows.row_of(self._cursor)
            if after is None:
                self._cursor = names[min(before or 0, len(names) - 1)] if names else None
                after = self._rows.row_of(self._cursor)
            top = self.scroll_offset.y
            if after is not None and before is not None and 0 <= before - top < self._page:
                top += after - before  # it stays on its line of the screen
            self._scroll(top)
        self._repaint()

    # Painting

    def on_resize(self) -> None:
        self._lay_out()
        self._scroll(self.scroll_offset.y)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._forget()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._painted = self._visible()

    def _lay_out(self) -> None:
        fonts = self._rows.fonts.values()
        longest = max((len(font.font_name) for font in fonts), default=0)
        most = max((font.total_images for font in fonts), default=0)
        found = columns(self._width, longest_name=longest, most_images=most)
        if found != self._columns:
            self._columns = found
            self._forget()

    def _forget(self) -> None:
        """Has everything painted anew: the width or the colours changed."""
        self._styles.clear()
        self._lines.clear()
        self._painted = []
        self.refresh()

    def _repaint(self) -> None:
        """Has those lines painted that no longer say what is so."""
        width = self._width
        titles = self._header()
        if titles != self._titles:
            self._titles = titles
            self.refresh(Region(0, 0, width, 1))
        was, now = self._painted, self._visible()
        if len(was) != len(now) or not self.names:
            self.refresh()
        else:
            for y, (old, new) in enumerate(zip(was, now, strict=True), 1):
                if old[0] is not new[0] or old[1] is not new[1]:
                    self.refresh(Region(0, y, width, 1))
        self._painted = now

    def _header(self) -> tuple[Piece, ...]:
        shown, all_of_them = len(self.names), len(self._rows.fonts)
        fonts = count(all_of_them, "font") if not self.filter else f"{shown:,} of {all_of_them:,} fonts"
        if self._follow and self._some_active:
            fonts += ", follow"
        return header(self._columns, self.sort, fonts, descending=self._rows.descending)

    def _visible(self) -> list[tuple[Strip | None, bool]]:
        """What each line below the titles shows, and whether the cursor is there."""
        top = self.scroll_offset.y
        names = self.names[top : top + self._page]
        shown: list[tuple[Strip | None, bool]] = [(self._strip(name), name == self._cursor) for name in names]
        return shown + [(None, False)] * (self._page - len(names))

    def _strip(self, name: str) -> Strip:
        font = self._rows.fonts[name]
        known = self._lines.get(name)
        if known is not None and known.font is font:
            return known.strip
        pieces = row(font, self._columns, at_work=self._at_work)
        if known is not None and known.pieces == pieces:
            strip = known.strip
        else:
            strip = Strip([Segment(text, self._style(look)) for text, look in pieces])
        if len(self._lines) > _KEPT:
            self._lines.clear()
        self._lines[name] = _Line(font, pieces, strip)
        return strip

    def _style(self, look: str) -> Style:
        found = self._styles.get(look)
        if found is None:
            found = self.get_component_rich_style(f"font-table--{look}") if look else self.rich_style
            self._styles[look] = found
        return found

    def render_line(self, y: int) -> Strip:
        width, names = self._width, self.names
        if y == 0:
            strip = Strip([Segment(text, self._style(look)) for text, look in self._header()])
            return strip.adjust_cell_length(width, self._style("header"))
        place = self.scroll_offset.y + y - 1
        if place >= len(names):
            said = self._nothing() if y == 2 and not names else ""
            return Strip([Segment(said, self._style("muted"))]).adjust_cell_length(width, self._style(""))
        strip = self._strip(names[place])
        if names[place] == self._cursor:
            strip = Strip([Segment(strip.text, self._style("cursor"))])
        return strip.adjust_cell_length(width, self._style(""))

    def _nothing(self) -> str:
        if not self._rows.fonts:
            return " No fonts yet."
        return f" No font matches “{clean(self.filter)}”. esc shows all again."
