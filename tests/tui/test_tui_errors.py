"""The errors: in groups, searched, explained, copied, written, retried and left out, while they come in."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from one_screen import OneScreen
from textual.pilot import Pilot
from textual.widgets import Input, Static
from tui_world import SIZES, FakeEngine, FakeServices, Picture, a_font, until

from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import FontStatus
from fontloom_tui import messages
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.dialogs.save_as import SaveAsDialog
from fontloom_tui.screens.errors import ErrorsScreen
from fontloom_tui.widgets.error_groups import ErrorGroups


def line(code: ErrorCode, second: int, font: str | None = None, **values: Any) -> bytes:
    """A line of errors.log, as the engine writes it."""
    sample = values.pop("sample", None)
    error = ExportError.of(code, values.pop("detail", ""), font_name=font, sample=sample)
    known = error.model_dump(mode="json", exclude_none=True)
    time = f"2026-05-04T12:{second // 60:02d}:{second % 60:02d}.000000Z"
    return orjson.dumps(known | values | {"event": code, "level": "warning", "time": time}) + b"\n"


USUAL = [
    line(ErrorCode.FONT_CORRUPT, 1, detail="the file is empty", file="Empty.woff2", font_name=None),
    line(ErrorCode.FONT_CORRUPT, 2, detail="[b]no[/b] \x1b[2Jfont", file="Torn.ttf", font_name=None),
    *(
        line(ErrorCode.WORKER_CRASHED, n, "Font-0001", sample=n, detail="ended by SIGSEGV")
        for n in range(3, 9)
    ),
    line(ErrorCode.BLANK_IMAGE, 20, "Font-0002", sample=4, samples=[1, 2, 4]),
    line(ErrorCode.BLANK_IMAGE, 21, "Font-0007", sample=4),
    line(ErrorCode.DISK_FULL, 30, detail="OSError: [Errno 28] No space left on device"),
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "letters" / "logs" / "errors.log"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(USUAL))
    return path


@pytest.fixture
def engine(log: Path, services: FakeServices) -> FakeEngine:
    engine = FakeEngine(log.parent.parent)
    engine.change(a_font(1, 4, FontStatus.FAILED))
    services.engines[engine.project] = engine
    return engine


@pytest.fixture
def app(engine: FakeEngine, services: FakeServices) -> OneScreen:
    return OneScreen(engine.project, services, ErrorsScreen)


def rows(app: OneScreen) -> list[str]:
    """What can be read in the list."""
    shown = app.shown.query_one(ErrorGroups)
    return [row for y in range(shown.size.height) if (row := shown.render_line(y).text.strip())]


def told(app: OneScreen) -> str:
    return "\n".join(str(app.shown.query_one(part, Static).render()) for part in ("#cannot", "#told"))


def said(app: OneScreen, part: str) -> str:
    return str(app.shown.query_one(part, Static).render())


def selected(app: OneScreen) -> str:
    shown = app.shown.query_one(ErrorGroups)
    return shown.render_line(shown._cursor - shown._top).text.strip()


def offered(app: OneScreen, action: str) -> bool:
    return any(active.binding.action == action for active in app.shown.active_bindings.values())


async def ready(pilot: Pilot[None], app: OneScreen) -> None:
    """The log is read and the engine was asked."""
    await until(pilot, lambda: rows(app) and app.session.fonts)
    await pilot.pause()


async def test_errors_are_grouped_with_the_most_frequent_first(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        assert [row.split()[-1] for row in rows(app)] == ["6", "2", "2", "1"]
        assert "The font crashed the renderer" in rows(app)[0]
        assert "1 font" in rows(app)[0]
        assert "11 errors of 5 fonts" in said(app, "#head")
        assert "Leave the font out; the file may be hostile." in told(app)


async def test_fonts_and_their_errors_are_opened_and_closed(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("enter", "down", "right")
        await until(pilot, lambda: len(rows(app)) == 11)
        assert "Font-0001" in rows(app)[1]
        assert rows(app)[2].startswith("sample 8  ended by SIGSEGV")
        await pilot.press("down", "down")
        await until(pilot, lambda: "Samples  7" in told(app))
        await pilot.press("left")
        assert "Font-0001" in selected(app)
        await pilot.press("left", "left", "left")
        assert len(rows(app)) == 4


async def test_new_errors_come_in_and_the_cursor_stays_on_its_row(app: OneScreen, log: Path) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("down", "down", "enter", "down")
        before = selected(app)
        assert "Empty.woff2" in before
        with log.open("ab") as file:
            file.writelines(line(ErrorCode.RENDER_TIMEOUT, 40 + n, f"Font-{n:04d}") for n in range(9))
        await until(pilot, lambda: "20 errors" in said(app, "#head"))
        assert "longer than the limit" in rows(app)[0]
        assert selected(app) == before


async def test_only_what_matches_is_shown(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("slash", *"SIGSEGV", "enter")
        await until(pilot, lambda: len(rows(app)) == 2)
        assert "6 errors of 1 font" in said(app, "#head")
        assert "11 in all" in said(app, "#head")
        await pilot.press("slash", *"zz")
        await until(pilot, lambda: "No error matches." in said(app, "#empty"))
        await pilot.press("escape")
        await until(pilot, lambda: len(rows(app)) >= 4)
        assert not app.asked
        await pilot.press("escape")
        assert isinstance(app.asked[0], messages.GoBack)


async def test_the_errors_of_one_font_and_then_of_all(engine: FakeEngine, services: FakeServices) -> None:
    app = OneScreen(engine.project, services, lambda session: ErrorsScreen(session, "Font-0002"))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await until(pilot, lambda: len(rows(app)) == 2)
        assert "Errors of Font-0002" in said(app, "#head")
        await pilot.press("a")
        await until(pilot, lambda: "11 errors" in said(app, "#head"))


async def test_failed_fonts_are_retried_by_the_engine(app: OneScreen, engine: FakeEngine) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("r")
        await until(pilot, lambda: engine.told)
        assert engine.told == [("retry", ("Font-0001",))]


async def test_without_an_engine_a_retry_starts_one(app: OneScreen, engine: FakeEngine) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        engine.absent = True
        await pilot.press("r")
        await until(pilot, lambda: app.asked)
        (asked,) = app.asked
        assert isinstance(asked, messages.ResumeProject)
        assert asked.retry == ("Font-0001",)


async def test_a_busy_engine_is_named(app: OneScreen, engine: FakeEngine) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        engine.busy = True
        await pilot.press("r")
        await until(pilot, lambda: app.asked)
        assert isinstance(app.asked[0], messages.SayProblem)


async def test_what_was_left_out_at_the_start_is_not_offered_for_retry(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        assert offered(app, "retry")
        await pilot.press("down", "down")
        await until(pilot, lambda: "No retry: left out at the start." in told(app))
        assert not offered(app, "retry")
        assert not offered(app, "leave_out")
        await pilot.press("r")
        await pilot.press("down", "down")
        await until(pilot, lambda: "The disk is full." in told(app))
        assert "No retry" not in told(app)
        assert not offered(app, "retry")


async def test_fonts_are_left_out_when_that_is_meant(app: OneScreen, engine: FakeEngine) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        assert not offered(app, "leave_out")  # it has failed already
        await pilot.press("down")
        await until(pilot, lambda: "drew nothing visible" in selected(app))
        await pilot.press("k")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        assert engine.told == []
        await pilot.press("k")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: engine.told)
        assert engine.told == [("skip", ("Font-0002",))]  # Font-0007 is completed


async def test_an_entry_and_a_group_are_copied_in_plain_words(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("y")
        assert "The font crashed the renderer" in app.clipboard_text
        await pilot.press("down", "down", "right", "down", "down", "c")
        assert "Torn.ttf" in app.clipboard_text
        assert "[b]no[/b] \N{REPLACEMENT CHARACTER}[2Jfont" in app.clipboard_text
        assert "[b]no[/b]" in told(app)


async def test_the_errors_are_written_to_a_file_outside_the_project(
    app: OneScreen, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, SaveAsDialog))
        path = app.screen.query_one("#path", Input)
        assert path.value == str(tmp_path / "letters-errors.tsv")
        for bad, why in (
            (engine.project / "logs" / "mine.tsv", "inside the project"),
            (tmp_path / "no" / "mine.tsv", "does not exist"),
            (tmp_path, "is a folder"),
        ):
            path.value = str(bad)
            await pilot.press("enter")
            await until(pilot, lambda why=why: why in str(app.screen.query_one("#said", Static).render()))
            assert isinstance(app.screen, SaveAsDialog)
        path.value = str(tmp_path / "mine.tsv")
        await pilot.press("enter")
        await until(pilot, (tmp_path / "mine.tsv").exists)
        table = (tmp_path / "mine.tsv").read_text().splitlines()
        assert len(table) == 1 + 5 + 1
        assert [row.split("\t")[2] for row in table[1:3]] == ["Font-0001", "Font-0002"]


async def test_no_errors_and_then_one(app: OneScreen, log: Path) -> None:
    log.unlink()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: said(app, "#empty") == "No errors.")
        assert not offered(app, "export")
        log.write_bytes(USUAL[-1])
        await until(pilot, lambda: len(rows(app)) == 2)
        assert "The session itself" in rows(app)[1]


async def test_a_log_that_cannot_be_read_is_named(app: OneScreen, log: Path) -> None:
    log.unlink()
    log.mkdir()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "errors.log cannot be read" in said(app, "#empty"))
        log.rmdir()
        log.write_bytes(b"".join(USUAL))
        await until(pilot, lambda: len(rows(app)) == 4)


async def test_the_engine_is_gone(finished_project: Path, project: Path, services: FakeServices) -> None:
    app = OneScreen(project, services, ErrorsScreen)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await until(pilot, lambda: "no engine runs" in said(app, "#head"))
        assert "Broken.ttf" in "\n".join(rows(app))
        assert not offered(app, "retry")


async def test_thousands_of_fonts(app: OneScreen, log: Path) -> None:
    log.write_bytes(
        b"".join(line(ErrorCode.RENDER_FAILED, n % 3600, f"Font-{n % 5000:04d}") for n in range(20_000))
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "20,000 errors of 5,000 fonts" in said(app, "#head"))
        await pilot.press("end")
        await until(pilot, lambda: "Font-4999" in selected(app))
        await pilot.press("home")
        await until(pilot, lambda: "Drawing failed." in selected(app))


@pytest.mark.parametrize("size", SIZES)
async def test_how_the_errors_look(size: tuple[int, int], app: OneScreen, picture: Picture) -> None:
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        await pilot.press("enter", "down", "right")
        await until(pilot, lambda: len(rows(app)) == 11)
        await pilot.press("down")
        await until(pilot, lambda: "Samples  8" in told(app))
        await pilot.pause()
        await picture(app)


async def test_how_a_font_that_was_left_out_looks(app: OneScreen, picture: Picture) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("down", "down", "right", "down")
        await until(pilot, lambda: "No retry" in told(app))
        await pilot.pause()
        await picture(app)


async def test_how_no_errors_look(app: OneScreen, log: Path, picture: Picture) -> None:
    log.unlink()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: said(app, "#empty") == "No errors." and app.session.fonts)
        await pilot.pause()
        await picture(app)
