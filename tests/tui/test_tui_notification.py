"""The box that says what is needed: when it is there, what it offers, and where the focus goes."""

from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widgets import Button, Input, Static
from tui_world import SIZES, FakeEngine, Picture

import fontloom_tui
from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import PerformanceMetrics, Snapshot
from fontloom_tui.widgets.error_notification import ErrorNotification

FULL = ExportError.of(
    ErrorCode.DISK_FULL,
    "OSError: [Errno 28] No space left on device: '/data/sets/letters/fonts/Caladea-Bold'",
)


class Box(App[None]):
    """A screen with nothing but the box and a place to type."""

    CSS_PATH = Path(fontloom_tui.__file__).parent / "app.tcss"
    AUTO_FOCUS = None

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[type[Message]] = []

    def compose(self) -> ComposeResult:
        yield ErrorNotification()
        yield Button("Fonts", id="fonts")
        yield Input(placeholder="Filter", id="filter")

    def _hear(self, message: Message) -> None:
        self.heard.append(type(message))

    on_error_notification_resume = on_error_notification_choose_output = on_error_notification_stop = _hear

    @property
    def box(self) -> ErrorNotification:
        return self.query_one(ErrorNotification)


async def moment(phase: str = "waiting", reason: ExportError | None = FULL, **changes: Any) -> Snapshot:
    snapshot = await FakeEngine(Path("letters")).snapshot()
    return snapshot.model_copy(update={"phase": phase, "reason": reason} | changes)


def words(app: Box) -> str:
    """What can be read in the box."""
    parts = [*app.box.query(Static), *app.box.query(Button)]
    return "\n".join(str(part.render()) for part in parts if part.display)


async def test_nothing_is_shown_while_nothing_needs_a_person() -> None:
    app = Box()
    async with app.run_test():
        for phase in ("running", "pausing", "paused", "finishing", "done", "failed", "waiting"):
            app.box.show(await moment(phase, None))
            assert not app.box.display, phase
        app.box.show(await moment("running", FULL))
        assert not app.box.display


async def test_a_full_disk_is_named_with_its_room_and_the_ways_out() -> None:
    app = Box()
    async with app.run_test(size=(80, 24)) as pilot:
        metrics = PerformanceMetrics(
            cpu_percent=0,
            memory_bytes=0,
            engine_memory_bytes=0,
            disk_free_bytes=3_100_000,
            disk_free_inodes=7,
        )
        app.box.show(await moment(metrics=metrics))
        await pilot.pause()
        text = words(app)
        for part in ("The disk is full.", "No space left", "Free space on the output disk", "3.1 MB free"):
            assert part in text
        assert app.box.size.height <= 5
        await pilot.press("R", "O", "S")
        assert app.heard == [
            ErrorNotification.Resume,
            ErrorNotification.ChooseOutput,
            ErrorNotification.Stop,
        ]


@pytest.mark.parametrize(
    ("code", "offered", "first"),
    [
        (ErrorCode.DISK_FULL, {"resume", "output", "stop"}, "resume"),
        (ErrorCode.NO_INODES, {"resume", "output", "stop"}, "resume"),
        (ErrorCode.QUOTA_EXCEEDED, {"resume", "output", "stop"}, "resume"),
        (ErrorCode.READ_ONLY, {"resume", "output", "stop"}, "resume"),
        (ErrorCode.PERMISSION_DENIED, {"resume", "output", "stop"}, "resume"),
        (ErrorCode.OUTPUT_GONE, {"resume", "output", "stop"}, "resume"),
        (ErrorCode.TOO_MANY_OPEN_FILES, {"resume", "stop"}, "stop"),
        (ErrorCode.SYNC_FAILED, {"resume", "output", "stop"}, "stop"),
        (ErrorCode.IO_ERROR, {"resume", "output", "stop"}, "stop"),
        (ErrorCode.BUG, {"resume", "stop"}, "resume"),
    ],
)
async def test_each_error_has_its_ways(code: ErrorCode, offered: set[str], first: str) -> None:
    app = Box()
    async with app.run_test() as pilot:
        app.box.show(await moment(reason=ExportError.of(code, "x")))
        await pilot.pause()
        assert {button.id for button in app.box.query(Button) if button.display} == offered
        assert app.focused is not None
        assert app.focused.id == first
        await pilot.press("R", "O", "S")
        tells = {"resume": "Resume", "output": "ChooseOutput", "stop": "Stop"}
        assert {kind.__name__ for kind in app.heard} == {tells[way] for way in offered}


async def test_without_an_engine_there_is_nothing_to_stop() -> None:
    app = Box()
    async with app.run_test() as pilot:
        app.box.show(await moment(), engine=False)
        await pilot.press("S")
        app.box.show(await moment("failed"))
        await pilot.press("S")
        assert app.heard == []
        assert "Stopped: The disk is full." in words(app)


async def test_focus_comes_and_goes_back_unless_somebody_types() -> None:
    app = Box()
    async with app.run_test() as pilot:
        app.query_one("#fonts").focus()
        await pilot.pause()
        app.box.show(await moment())
        await pilot.pause()
        assert app.box.has_focus_within
        await pilot.press("enter")
        assert app.heard == [ErrorNotification.Resume]
        app.box.show(await moment("running", None))
        await pilot.pause()
        assert not app.box.display
        assert app.focused is app.query_one("#fonts")

        typed = app.query_one("#filter", Input)
        typed.focus()
        await pilot.pause()
        app.box.show(await moment())
        await pilot.press("S", "O")
        assert typed.value == "SO"
        assert app.box.display
        assert app.heard == [ErrorNotification.Resume]


async def test_news_of_the_same_error_leave_the_focus_where_it_is() -> None:
    app = Box()
    async with app.run_test() as pilot:
        app.box.show(await moment())
        await pilot.pause()
        app.query_one("#fonts").focus()
        await pilot.pause()
        app.box.show(await moment())
        await pilot.pause()
        assert app.focused is app.query_one("#fonts")


async def test_words_of_the_world_steer_nothing() -> None:
    app = Box()
    async with app.run_test() as pilot:
        nasty = ExportError.of(ErrorCode.PERMISSION_DENIED, "[bold]/data/\x1b[2J\n[/nothing] sets")
        app.box.show(await moment(reason=nasty))
        await pilot.pause()
        assert "[bold]/data/\N{REPLACEMENT CHARACTER}[2J [/nothing] sets" in words(app)


@pytest.mark.parametrize("size", SIZES)
async def test_how_it_looks(size: tuple[int, int], picture: Picture) -> None:
    app = Box()
    async with app.run_test(size=size) as pilot:
        app.box.show(await moment())
        await pilot.pause()
        await picture(app)


async def test_how_a_failed_sync_looks(picture: Picture) -> None:
    app = Box()
    async with app.run_test(size=(80, 24)) as pilot:
        failed = ExportError.of(ErrorCode.SYNC_FAILED, "OSError: [Errno 5] Input/output error")
        app.box.show(await moment("failed", failed))
        await pilot.pause()
        await picture(app)
