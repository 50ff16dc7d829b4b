"""The live table of fonts: what is shown, in which order, and what is painted again."""

from collections.abc import Iterable

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from tui_world import a_font, until

from fontloom.model.progress import FontProgress, FontStatus
from fontloom_tui.messages import OpenFont
from fontloom_tui.widgets.font_cells import Kind, columns, row
from fontloom_tui.widgets.font_progress_display import FontProgressDisplay
from fontloom_tui.widgets.font_rows import FontRows, SortBy, matcher
from fontloom_tui.widgets.font_table import FontTable

PENDING, ACTIVE, DONE, FAILED, SKIPPED = (
    FontStatus.PENDING,
    FontStatus.PROCESSING,
    FontStatus.COMPLETED,
    FontStatus.FAILED,
    FontStatus.SKIPPED,
)


class Clock:
    """A clock that stands until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def named(fonts: Iterable[FontProgress]) -> dict[str, FontProgress]:
    return {font.font_name: font for font in fonts}


def names(*numbers: int) -> list[str]:
    return [f"Font-{number:04d}" for number in numbers]


# Order and filter


def test_active_fonts_come_first_and_equals_go_by_name() -> None:
    rows = FontRows(Clock())
    rows.update(
        named(
            [
                a_font(5, 0, PENDING),
                a_font(4, 200, DONE),
                a_font(3, 10, ACTIVE),
                a_font(2, 0, FAILED),
                a_font(1, 0, PENDING),
                a_font(0, 0, SKIPPED),
            ]
        )
    )
    assert rows.names == names(3, 1, 5, 2, 4, 0)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (SortBy.NAME, (0, 1, 2)),
        (SortBy.STATUS, (2, 1, 0)),
        (SortBy.PROGRESS, (0, 1, 2)),
        (SortBy.RATE, (1, 0, 2)),
        (SortBy.ERRORS, (2, 0, 1)),
    ],
)
def test_each_order_and_its_reverse(sort: SortBy, expected: tuple[int, ...]) -> None:
    rows = FontRows(Clock())
    rows.update(
        named(
            [
                a_font(0, 200, DONE, processing_rate=5.0),
                a_font(1, 90, ACTIVE, processing_rate=9.0),
                a_font(2, 3, FAILED, processing_rate=1.0, error_count=4),
            ]
        )
    )
    rows.choose(sort)
    assert rows.names == names(*expected)
    before = [rows.fonts[name] for name in rows.names]
    rows.choose(sort, reverse=True)
    if sort is SortBy.ERRORS:  # equals keep going by name
        assert rows.names == names(0, 1, 2)
    else:
        assert [rows.fonts[name] for name in rows.names] == before[::-1]


def test_rows_move_only_when_what_they_are_ordered_by_changes() -> None:
    fonts = named(a_font(n, n * 10) for n in range(4))
    rows = FontRows(Clock())
    rows.update(fonts)
    kept = rows.names
    for n in range(4):
        fonts[f"Font-{n:04d}"] = a_font(n, 150 - n)
    assert not rows.update(fonts)
    assert rows.names is kept
    fonts["Font-0000"] = a_font(0, 200, DONE)
    assert rows.update(fonts)
    assert rows.names == names(1, 2, 3, 0)


def test_an_order_by_what_always_changes_is_renewed_calmly() -> None:
    clock = Clock()
    rows = FontRows(clock)
    fonts = named(a_font(n, n * 10) for n in range(3))
    rows.update(fonts)
    rows.choose(SortBy.PROGRESS)
    assert rows.names == names(2, 1, 0)
    fonts["Font-0000"] = a_font(0, 100)
    assert not rows.update(fonts)
    clock.now += 2.9
    assert not rows.update(fonts)
    clock.now += 0.2
    assert rows.update(fonts)
    assert rows.names == names(0, 2, 1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", (0, 1, 2, 3)),
        ("FONT-0002", (2,)),
        ("status:failed", (3,)),
        ("status:active", (1,)),
        ("status:processing", (1,)),
        ("status:done", (2,)),
        ("errors", (1, 3)),
        ("errors status:act", (1,)),
        ("nothing", ()),
    ],
)
def test_the_filter_knows_names_states_and_errors(words: str, expected: tuple[int, ...]) -> None:
    fonts = [
        a_font(0, 0, PENDING),
        a_font(1, 20, ACTIVE, last_error="Drawing failed."),
        a_font(2, 200, DONE),
        a_font(3, 0, FAILED, error_count=1),
    ]
    assert [font.font_name for font in filter(matcher(words), fonts)] == names(*expected)


def test_a_font_enters_and_leaves_a_filtered_table_by_itself() -> None:
    fonts = named([a_font(0, 20, ACTIVE), a_font(1, 20, ACTIVE)])
    rows = FontRows(Clock())
    rows.update(fonts)
    rows.narrow("status:failed")
    assert rows.names == []
    fonts["Font-0001"] = a_font(1, 20, FAILED)
    assert rows.update(fonts)
    assert rows.names == names(1)


# Words of a row


@pytest.mark.parametrize("width", [60, 79, 94, 95, 119, 140, 199])
@pytest.mark.parametrize("longest", [4, 30, 90])
def test_columns_fill_any_width_exactly(width: int, longest: int) -> None:
    shown = columns(width, longest_name=longest, most_images=200_000)
    name = "N" * longest
    font = a_font(1, 40, last_error="x" * 300, font_name=name, error_count=3)
    assert sum(len(piece.text) for piece in row(font, shown)) == width


def test_what_there_is_room_for() -> None:
    kinds = {width: [c.kind for c in columns(width, longest_name=20, most_images=200)] for width in (79, 199)}
    assert kinds[79] == [Kind.STATUS, Kind.NAME, Kind.BAR, Kind.IMAGES, Kind.RATE, Kind.ERRORS]
    assert kinds[199] == [*kinds[79], Kind.LEFT, Kind.SIZE, Kind.LAST_ERROR]


def test_names_are_shortened_in_the_middle_and_shown_as_text() -> None:
    shown = columns(79, longest_name=90, most_images=200)
    text = "".join(p.text for p in row(a_font(1, font_name="Noto" + "x" * 80 + "BoldItalic"), shown))
    assert "Notox" in text and "…" in text and "BoldItalic" in text
    hostile = "".join(p.text for p in row(a_font(1, font_name="a\x1b[31m[b]b"), shown))
    assert "a\N{REPLACEMENT CHARACTER}[31m[b]b" in hostile
    wide = row(a_font(1, font_name="源ノ角ゴシック" * 9), shown)
    assert Segment.get_line_length([Segment(p.text) for p in wide]) == 79


# The table


class TableApp(App[None]):
    """The table alone."""

    def __init__(self, fonts: Iterable[FontProgress] = ()) -> None:
        super().__init__()
        self.fonts = named(fonts)
        self.clock = Clock()
        self.opened: list[str] = []
        self.painted: list[int] = []

    def compose(self) -> ComposeResult:
        yield FontProgressDisplay(clock=self.clock)

    def on_mount(self) -> None:
        self.query_one(FontTable).focus()

    def on_ready(self) -> None:
        self.show()

    @property
    def table(self) -> FontTable:
        return self.query_one(FontTable)

    def show(self, *changed: FontProgress) -> None:
        self.fonts |= named(changed)
        self.query_one(FontProgressDisplay).show(self.fonts)

    def count_painting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Notes which lines are asked to be painted; all is -1."""
        refresh = FontTable.refresh

        def noting(table: FontTable, *regions: Region, **options: bool) -> FontTable:
            self.painted += [region.y for region in regions] or [-1]
            return refresh(table, *regions, **options)

        monkeypatch.setattr(FontTable, "refresh", noting)

    def on_open_font(self, message: OpenFont) -> None:
        self.opened.append(message.font_name)

    def lines(self) -> list[str]:
        return [self.table.render_line(y).text for y in range(self.table.size.height)]

    def cursor_line(self) -> int:
        """The line of the screen that the cursor is on."""
        assert self.table.cursor is not None
        return self.table.names.index(self.table.cursor.font_name) - self.table.scroll_offset.y + 1


def some(count: int, active: int = 0) -> list[FontProgress]:
    return [a_font(n, 10, ACTIVE) if n < active else a_font(n, 0, PENDING) for n in range(count)]


async def test_only_visible_rows_that_changed_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TableApp(some(500, active=3))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        app.count_painting(monkeypatch)
        app.show()
        assert app.painted == []
        app.show(a_font(1, 11), a_font(400, 0, PENDING, bytes_written=5))
        assert app.painted == [2]
        app.painted.clear()
        app.show(a_font(1, 11))  # another object that says the same
        assert app.painted == []


async def test_the_cursor_moves_opens_and_stays_in_view() -> None:
    app = TableApp(some(50))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: app.opened == names(2))
        await pilot.press("end")
        assert app.table.cursor is not None and app.table.cursor.font_name == "Font-0049"
        assert app.cursor_line() == 19
        await pilot.press("pageup", "up")
        assert app.table.cursor.font_name == "Font-0030"
        assert 1 <= app.cursor_line() <= 19
        await pilot.press("home", "up")
        assert app.table.cursor.font_name == "Font-0000"
        assert "Font-0000" in app.lines()[1]


async def test_the_mouse_marks_opens_and_sorts() -> None:
    app = TableApp(some(50))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        await pilot.click(FontTable, offset=(20, 4))
        assert app.table.cursor is not None and app.table.cursor.font_name == "Font-0003"
        await pilot.click(FontTable, offset=(20, 6), times=2)
        await until(pilot, lambda: app.opened == names(5))
        await pilot.click(FontTable, offset=(15, 0))
        assert app.table.sort is SortBy.NAME
        await pilot.click(FontTable, offset=(15, 0))
        assert app.table.names[0] == "Font-0049"
        assert "▼" in app.lines()[0]


async def test_the_cursor_stays_on_its_font_and_on_its_line() -> None:
    app = TableApp(some(60, active=4))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        await pilot.press("down", "down")
        line = app.cursor_line()
        app.show(a_font(2, 200, DONE))
        assert app.table.cursor is app.fonts["Font-0002"]
        assert app.table.names[-1] == "Font-0002"
        assert app.cursor_line() > line  # the end of the table is the end
        app.show(a_font(2, 50, ACTIVE))
        assert 1 <= app.cursor_line() <= 19


async def test_following_rides_on_the_first_active_font_until_the_cursor_is_moved() -> None:
    app = TableApp(some(60, active=2))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        table = app.table
        assert table.follow and "follow" in app.lines()[0]
        app.show(a_font(0, 200, DONE), a_font(1, 200, DONE), a_font(2, 5, ACTIVE))
        assert table.cursor is app.fonts["Font-0002"]
        assert table.scroll_offset.y == 0
        table.order(SortBy.NAME, reverse=False)
        app.show(a_font(2, 200, DONE), a_font(50, 5, ACTIVE))
        assert table.cursor is app.fonts["Font-0050"]
        assert 1 <= app.cursor_line() <= 19
        await pilot.press("up")
        assert not table.follow and "follow" not in app.lines()[0]
        app.show(a_font(50, 200, DONE), a_font(10, 5, ACTIVE))
        assert table.cursor is app.fonts["Font-0049"]
        table.set_follow(True)
        assert table.cursor is app.fonts["Font-0010"]


async def test_the_filter_line() -> None:
    app = TableApp(some(60, active=2))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        display = app.query_one(FontProgressDisplay)
        display.open_filter()
        await pilot.press(*"0012")
        await until(pilot, lambda: app.table.names == names(12))
        assert "1 of 60 fonts" in app.lines()[0]
        await pilot.press("enter")
        assert app.focused is app.table and display.filtering
        await pilot.press("enter")
        await until(pilot, lambda: app.opened == names(12))
        display.open_filter()
        await pilot.press(*"x")
        await until(pilot, lambda: not app.table.names)
        assert "No font matches “x”" in app.lines()[2]
        assert app.table.cursor is None
        display.close_filter()
        await until(pilot, lambda: len(app.table.names) == 60)
        assert not display.filtering and app.focused is app.table
        assert app.table.cursor is not None


async def test_no_fonts_yet() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert "No fonts yet" in app.lines()[2]
        await pilot.press("down", "end", "enter", "pagedown")
        assert app.opened == []


async def test_rows_fit_when_the_terminal_changes() -> None:
    app = TableApp(some(60))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        await pilot.press("end")
        await pilot.resize_terminal(150, 10)
        await until(pilot, lambda: len(app.lines()[0]) == app.table.scrollable_content_region.width > 100)
        assert "last error" in app.lines()[0]
        assert {len(line) for line in app.lines()} == {app.table.scrollable_content_region.width}


async def test_steering_by_hand_is_told() -> None:
    told: list[Message] = []

    class Told(TableApp):
        def on_font_table_steered(self, message: FontTable.Steered) -> None:
            told.append(message)

    app = Told(some(5))
    async with app.run_test() as pilot:
        await pilot.pause()
        app.table.next_order()
        app.table.turn()
        await until(pilot, lambda: len(told) == 2)
        assert app.table.sort is SortBy.NAME and app.table.names == names(4, 3, 2, 1, 0)
