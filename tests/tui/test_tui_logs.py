"""The logs: followed, scrolled, filtered, read whole; small, growing, damaged and absent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from one_screen import OneScreen
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static
from tui_world import SIZES, FakeEngine, FakeServices, Picture, until

from fontloom_tui import messages
from fontloom_tui.dialogs.event import EventDialog
from fontloom_tui.screens.logs import LogsScreen
from fontloom_tui.widgets.log_line import read_line
from fontloom_tui.widgets.log_view import LogView

LEVELS = ["debug", "info", "warning", "error"]


def line(number: int, **values: Any) -> bytes:
    known = {
        "font": f"Font-{number:05d}",
        "images": number,
        "event": "font finished",
        "level": LEVELS[number % 4],
        "time": f"2026-05-04T12:{number // 60 % 60:02d}:{number % 60:02d}.123456Z",
    }
    return orjson.dumps(known | values) + b"\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    logs = tmp_path / "letters" / "logs"
    logs.mkdir(parents=True)
    return logs


@pytest.fixture
def app(folder: Path, services: FakeServices) -> OneScreen:
    services.engines[folder.parent] = FakeEngine(folder.parent)
    return OneScreen(folder.parent, services, LogsScreen)


def view(app: OneScreen) -> LogView:
    return next(view for view in app.shown.query(LogView) if view.display)


def status(app: OneScreen) -> str:
    return str(app.shown.query_one("#status", Static).render())


def rows(app: OneScreen) -> list[str]:
    """What can be read on the screen."""
    shown = view(app)
    return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)]


def texts(app: OneScreen) -> str:
    return "\n".join(rows(app))


async def shows(pilot: Pilot[None], app: OneScreen, text: str) -> None:
    await until(pilot, lambda: text in texts(app))


async def test_the_end_is_shown_and_followed(app: OneScreen, folder: Path) -> None:
    log = folder / "export.log"
    log.write_bytes(b"".join(map(line, range(500))))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "Font-00499")
        assert "Font-00470" not in texts(app)
        assert "500 lines" in status(app)
        assert "following" in status(app)
        with log.open("ab") as file:
            file.write(line(500))
        await shows(pilot, app, "Font-00500")


async def test_who_scrolls_up_stays_there_and_hears_of_new_lines(app: OneScreen, folder: Path) -> None:
    log = folder / "export.log"
    log.write_bytes(b"".join(map(line, range(500))))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "Font-00499")
        await pilot.press("pageup", "pageup")
        await shows(pilot, app, "Font-00460")
        before = rows(app)
        with log.open("ab") as file:
            file.writelines(map(line, range(500, 1503)))
        await until(pilot, lambda: "1,003 new lines below: end follows" in status(app))
        assert rows(app) == before
        await pilot.press("end")
        await shows(pilot, app, "Font-01502")
        assert "following the end" in status(app)


async def test_the_first_line_is_reached_and_the_cursor_reads_what_is_under_it(
    app: OneScreen, folder: Path
) -> None:
    (folder / "export.log").write_bytes(b"".join(map(line, range(5_000))))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "Font-04999")
        await pilot.press("home")
        await shows(pilot, app, "Font-00000")
        await pilot.press("down", "down", "y")
        await until(pilot, lambda: app.clipboard_text)
        assert orjson.loads(app.clipboard_text)["font"] == "Font-00002"


async def test_only_matching_lines_are_shown(app: OneScreen, folder: Path) -> None:
    (folder / "export.log").write_bytes(b"".join(map(line, range(3_000))))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "Font-02999")
        await pilot.press("slash", *"FONT-0012")
        await until(pilot, lambda: status(app).startswith("10 of 3,000 lines"))
        await shows(pilot, app, "Font-00129")
        assert "Font-00130" not in texts(app)
        await pilot.press("enter")
        assert app.focused is view(app)
        await pilot.press("v", "v", "v")
        await until(pilot, lambda: status(app).startswith("2 of 3,000 lines"))
        assert "error" in status(app)
        await pilot.press("v", "escape")
        await shows(pilot, app, "Font-02999")
        assert not app.asked
        await pilot.press("escape")
        await until(pilot, lambda: app.asked)
        assert isinstance(app.asked[0], messages.GoBack)


async def test_nothing_matches(app: OneScreen, folder: Path) -> None:
    (folder / "export.log").write_bytes(b"".join(map(line, range(30))))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "Font-00029")
        await pilot.press("slash", *"nowhere")
        await shows(pilot, app, "No line matches.")


async def test_each_log_has_its_key_its_place_and_its_filter(app: OneScreen, folder: Path) -> None:
    (folder / "export.log").write_bytes(line(1))
    (folder / "errors.log").write_bytes(line(2, event="font_corrupt"))
    (folder / "performance.log").write_bytes(line(3, event="commit"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "font finished")
        await pilot.press("2")
        await shows(pilot, app, "font_corrupt")
        await pilot.press("slash", *"zzz", "enter")
        await shows(pilot, app, "No line matches.")
        await pilot.press("3")
        await shows(pilot, app, "commit")
        assert not app.shown.query_one("#filter").display
        await pilot.press("2")
        await shows(pilot, app, "No line matches.")
        assert app.shown.query_one("#filter", Input).value == "zzz"


async def test_an_event_is_shown_whole_with_its_traceback(app: OneScreen, folder: Path) -> None:
    trace = "Traceback (most recent call last):\n  File x, line 1\nValueError: \x1b[31mno"
    (folder / "errors.log").write_bytes(line(1, event="bug", level="error", traceback=trace))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(pilot, app, "bug")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, EventDialog))
        await pilot.press("y")
        shown = app.clipboard_text.splitlines()
        assert shown[0].split() == ["time", "2026-05-04T12:00:01.123456Z"]
        assert "  File x, line 1" in [row[2:] for row in shown]
        assert "\x1b" not in app.clipboard_text
        await pilot.press("escape")
        assert app.screen is app.shown


async def test_long_lines_are_folded_and_the_last_is_seen_whole(app: OneScreen, folder: Path) -> None:
    (folder / "export.log").write_bytes(
        b"".join(line(n, detail=f"{n} " + "abc " * 60 + f"end-{n}") for n in range(40))
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "Font-00039")
        assert "end-39" not in texts(app)
        await pilot.press("w")
        await shows(pilot, app, "end-39")
        await pilot.press("home")
        await shows(pilot, app, "end-0")
        assert "".join(row for row in rows(app)[:5]).count("abc") == 60
        await pilot.press("w", "end")
        await shows(pilot, app, "Font-00039")
        assert "end-39" not in texts(app)
        for _ in range(20):
            await pilot.press("right")
        await shows(pilot, app, "end-39")


async def test_lines_that_are_no_json_steer_nothing(app: OneScreen, folder: Path) -> None:
    (folder / "export.log").write_bytes(
        b"\x1b[2J[bold]oops[/bold]\xff\n[1, 2]\n"
        + line(7, event="[red]\x07", odd={"a": [1]})
        + b"half a line"
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "oops")
        shown = rows(app)
        assert shown[0] == "\N{REPLACEMENT CHARACTER}[2J[bold]oops[/bold]\N{REPLACEMENT CHARACTER}"
        assert shown[1] == "[1, 2]"
        assert "[red]\N{REPLACEMENT CHARACTER}" in shown[2]
        assert "3 lines" in status(app)
        assert "half" not in texts(app)


async def test_absent_empty_replaced_and_unreadable(app: OneScreen, folder: Path) -> None:
    log = folder / "export.log"
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "Nothing was logged yet.")
        log.write_bytes(b"".join(map(line, range(100))))
        await shows(pilot, app, "Font-00099")
        await pilot.press("home")
        log.unlink()
        log.write_bytes(line(777))
        await shows(pilot, app, "Font-00777")
        await until(pilot, lambda: status(app).startswith("1 line "))
        log.unlink()
        log.mkdir()
        await until(pilot, lambda: "cannot be read" in status(app))


class SlowLog:
    """A log whose index takes a step for each time it is allowed one."""

    def __init__(self, count: int) -> None:
        self.generation, self.count, self.indexed_bytes, self.size = 0, 0, 0, count
        self.allowed = 0

    def index_more(self, budget_bytes: int = 0) -> bool:
        if self.allowed:
            self.indexed_bytes = self.count = self.size
        return self.count < self.size

    def lines(self, first: int, count: int) -> tuple[str, ...]:
        return tuple(f"line {n}" for n in range(first, min(first + count, self.count)))

    def tail(self, limit_bytes: int = 0) -> tuple[str, ...]:
        return tuple(f"line {n}" for n in range(self.size - 200, self.size))

    def matching(self, text: str = "", levels: object = ()) -> Any:
        raise NotImplementedError


async def test_the_end_is_seen_before_a_big_log_is_indexed_and_nothing_jumps_when_it_is() -> None:
    log = SlowLog(1_000_000)

    class One(App[None]):
        def compose(self) -> Iterator[LogView]:
            yield LogView(log)

    app = One()
    async with app.run_test(size=(80, 24)) as pilot:
        shown = app.query_one(LogView)
        shown.focus()
        shown.watch_log()

        def seen() -> list[str]:
            return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)]

        await until(pilot, lambda: seen()[-1] == "line 999999")
        assert log.count == 0
        await pilot.press("pageup", "pageup")
        await until(pilot, lambda: seen()[0] == "line 999953")
        log.allowed = 1
        await until(pilot, lambda: shown.status.lines == 1_000_000)
        await until(pilot, lambda: shown.virtual_size.height == 1_000_000)
        await until(pilot, lambda: all(seen()))
        assert seen()[0] == "line 999953"
        await pilot.press("home")
        await until(pilot, lambda: seen()[0] == "line 0")


def test_the_columns_of_a_line() -> None:
    found = read_line(
        '{"b":1,"font_name":"X","none":null,"text":"a b","event":"commit","level":"warning","time":"T"}'
    )
    assert "".join(text for text, _ in found.columns(date=False)).split() == [
        "WARN", "commit", "font_name=X", "b=1", 'text="a', 'b"',
    ]  # fmt: skip
    assert [part for _, part in found.columns(date=False)][:3] == ["time", "warning", "event"]
    assert read_line("plain").columns(date=True) == (("plain", "plain"),)


@pytest.mark.parametrize("size", SIZES)
async def test_how_the_logs_look(
    size: tuple[int, int], app: OneScreen, folder: Path, picture: Picture
) -> None:
    (folder / "export.log").write_bytes(b"".join(map(line, range(120))) + b"Killed\n" + line(121))
    async with app.run_test(size=size) as pilot:
        await shows(pilot, app, "Font-00121")
        await pilot.press("up", "up")
        await pilot.pause()
        await picture(app)


async def test_how_a_filter_and_a_fold_look(app: OneScreen, folder: Path, picture: Picture) -> None:
    (folder / "export.log").write_bytes(b"".join(line(n, detail="word " * 20) for n in range(120)))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, app, "Font-00119")
        await pilot.press("w", "v", "v", "slash", *"Font-0001")
        await until(pilot, lambda: "6 of 120" in status(app))
        await shows(pilot, app, "Font-00019")
        app.shown.query_one("#filter", Input).cursor_blink = False
        await pilot.pause()
        await picture(app)


async def test_how_an_event_looks(app: OneScreen, folder: Path, picture: Picture) -> None:
    trace = "Traceback (most recent call last):\n  File x, line 1\nValueError: no"
    (folder / "errors.log").write_bytes(line(3, event="bug", traceback=trace, samples=[1, 2]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(pilot, app, "bug")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, EventDialog))
        await pilot.pause()
        await picture(app)
