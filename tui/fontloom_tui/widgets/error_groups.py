"""Errors as a tree: kinds, the fonts that have them, and each error by itself."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fontloom.model.error_groups import ErrorEntry, ErrorGroup
from fontloom.model.errors import ErrorCategory
from fontloom.model.words import count
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.error_node import ErrorNode, NodeKey
from fontloom_tui.widgets.error_words import flat, font_words, moment, samples_words

Entries = Mapping[tuple[str, str], tuple[ErrorEntry, ...]]
"""Errors by code and font."""

_TONES: dict[str, str] = {
    ErrorCategory.TRANSIENT: "mild",
    ErrorCategory.INPUT: "warning",
    ErrorCategory.CONFIGURATION: "warning",
}


class ErrorGroups(ScrollView, can_focus=True):
    """One line a row, only those that are seen are drawn. The cursor stays on its row when others come."""

    HELP = """\
### Errors

One line for each kind of error, the most frequent first. `→` or `enter` shows the fonts that have it, and the
errors of a font; `←` closes them. The selected line is explained in full beside the list.
"""
    DEFAULT_CSS = style_of(__file__)
    COMPONENT_CLASSES: ClassVar = {
        f"error-groups--{part}" for part in ("cursor", "blurred", "error", "warning", "mild", "muted")
    }
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("right", "open", "Open", show=False),
        Binding("left", "close", "Close", show=False),
        Binding("enter,space", "turn", "Open", key_display="⏎"),
    ]

    class Opened(Message):
        """Errors of another font are to be shown."""

    class Selected(Message):
        """The cursor is on another row, or the row is no longer as it was."""

        def __init__(self, node: ErrorNode | None) -> None:
            super().__init__()
            self.node = node

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._groups: tuple[ErrorGroup, ...] = ()
        self._entries: Entries = {}
        self._opened: set[NodeKey] = set()
        self._rows: list[ErrorNode] = []
        self._cursor = 0
        self._styles: dict[str, Style] = {}

    # What is shown

    def show(self, groups: tuple[ErrorGroup, ...], entries: Entries) -> None:
        """Shows these groups, and these errors of fonts that are open. The cursor stays on its row."""
        if not self._groups and len(groups) == 1:
            self._opened.add((groups[0].code, None, None))
        if (groups, entries) != (self._groups, self._entries):
            self._groups, self._entries = groups, entries
            self._arrange()

    def open_all(self) -> None:
        """Shows the fonts of all groups."""
        self._opened.update((group.code, None, None) for group in self._groups)
        self._arrange()

    @property
    def opened_fonts(self) -> tuple[tuple[str, str], ...]:
        """Code and font of the rows whose errors are to be shown."""
        return tuple((code, font) for code, font, _ in self._opened if font is not None)

    def _arrange(self) -> None:
        key = self.node.key if self.node else None
        row = self._cursor - self._top
        self._rows = list(self._unfold())
        keys = {node.key: place for place, node in enumerate(self._rows)}
        self._cursor = self._nearest(keys, key)
        self.virtual_size = Size(1, len(self._rows))
        self.scroll_to(y=self._cursor - row, animate=False, immediate=True)
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Selected(self.node))

    def _nearest(self, keys: dict[NodeKey, int], key: NodeKey | None) -> int:
        """Where the row of a key is now, or what it was part of, or what took its place."""
        if key is not None:
            code, font, _ = key
            for known in (key, (code, font, None), (code, None, None)):
                if known in keys:
                    return keys[known]
        return max(0, min(self._cursor, len(keys) - 1))

    def _unfold(self) -> Iterator[ErrorNode]:
        for group in self._groups:
            top = ErrorNode(group)
            yield top
            if top.key not in self._opened:
                continue
            for font in group.fonts:
                node = ErrorNode(group, font)
                yield node
                if node.key in self._opened:
                    entries = self._entries.get((group.code, font.font), ())
                    before = font.errors - len(entries)
                    for number, entry in reversed(list(enumerate(entries, before))):
                        yield ErrorNode(group, font, entry, number)

    @property
    def node(self) -> ErrorNode | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    # Moving

    @property
    def _top(self) -> int:
        return int(self.scroll_offset.y)

    def action_move(self, rows: int) -> None:
        """Moves the cursor."""
        self._move_to(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Moves the cursor by a page."""
        self._move_to(self._cursor + pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the first row."""
        self._move_to(0)

    def action_last(self) -> None:
        """To the last row."""
        self._move_to(len(self._rows) - 1)

    def _move_to(self, row: int) -> None:
        self._cursor = max(0, min(row, len(self._rows) - 1))
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Selected(self.node))

    def _keep_in_sight(self) -> None:
        height = max(1, self.size.height)
        top = min(max(self._top, self._cursor - height + 1), self._cursor)
        if top != self._top:
            self.scroll_to(y=top, animate=False, immediate=True)

    def on_resize(self) -> None:
        self.virtual_size = Size(1, len(self._rows))
        self.call_after_refresh(self._keep_in_sight)

    # Opening and closing

    def action_open(self) -> None:
        """Shows what the row holds."""
        if self.node is not None and self.node.entry is None and self.node.key not in self._opened:
            self._opened.add(self.node.key)
            self._arrange()
            if self.node.font is not None:
                self.post_message(self.Opened())

    def action_close(self) -> None:
        """Hides what the row holds; of a row that is closed, goes to what it is part of."""
        if self.node is None:
            return
        if self.node.key in self._opened:
            self._opened.discard(self.node.key)
            self._arrange()
        elif self.node.font is not None:
            code, font, number = self.node.key
            parent = (code, None if number is None else font, None)
            self._move_to(next(place for place, node in enumerate(self._rows) if node.key == parent))

    def action_turn(self) -> None:
        """Opens or closes the row."""
        if self.node is not None and self.node.key in self._opened:
            self.action_close()
        else:
            self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "turn" or (self.node is not None and self.node.entry is None)

    def on_click(self, event: events.Click) -> None:
        row = self._top + event.y
        if row < len(self._rows):
            again = row == self._cursor
            self._move_to(row)
            if again:
                self.action_turn()

    # Painting

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def _style(self, part: str) -> Style:
        """The style of a part of a row; of nothing, that of the list."""
        if part not in self._styles:
            name = f"error-groups--{part}"
            self._styles[part] = self.get_component_rich_style(name) if part else self.rich_style
        return self._styles[part]

    def render_line(self, y: int) -> Strip:
        row, width = self._top + y, self.scrollable_content_region.width
        if row >= len(self._rows):
            return Strip.blank(width, self._style(""))
        left, right, tone = self._cells(self._rows[row])
        room = max(0, width - cell_len(right) - 2)
        strip = Strip(
            [
                Segment(set_cell_size(_cut(left, room), room), self._style(tone) if tone else None),
                Segment(f" {right} ", self._style("muted") if tone == "muted" else None),
            ]
        )
        if row == self._cursor:
            cursor = self._style("cursor" if self.has_focus else "blurred")
            strip = Strip(Segment.apply_style(strip, post_style=cursor), width)
        return strip.apply_style(self._style(""))

    def _cells(self, node: ErrorNode) -> tuple[str, str, str]:
        """Left text, right text and tone of a row."""
        mark = "▾" if node.key in self._opened else "▸"
        if node.font is None:
            group = node.group
            fonts = count(len(node.fonts), "font") if node.fonts else ""
            tone = _TONES.get(group.category, "error")
            return (
                f"{mark} {flat(group.message) or flat(group.code)}",
                f"{fonts:>11} {group.errors:>8,}",
                tone,
            )
        if node.entry is None:
            font = node.font
            return f"  {mark} {font_words(font)}", f"{moment(font.last):>11} {font.errors:>8,}", ""
        entry = node.entry
        words = [samples_words(entry.samples), flat(entry.detail)]
        attempt = f"attempt {entry.attempt}" if entry.attempt > 1 else ""
        return (
            f"      {'  '.join(filter(None, words)) or 'no detail'}",
            f"{attempt}  {moment(entry.time)}",
            "muted",
        )


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)).rstrip() + "…"
