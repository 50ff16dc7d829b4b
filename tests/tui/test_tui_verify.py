"""The verify dialog: quick or deep, stopped, good, not good, and not possible."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sessions_app import Recorder, opened, settle
from textual.pilot import Pilot
from textual.widgets import Static
from tui_world import SIZES, FakeServices, Picture, until

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.result import ValidationResult
from fontloom.report.verify import verify_project
from fontloom_tui.dialogs.verify import Stage, VerifyDialog

LETTERS = Path("/data/sets/letters")


def a_result(**changes: Any) -> ValidationResult:
    """A good quick one."""
    values = {
        "project_path": LETTERS,
        "level": "quick",
        "valid": True,
        "complete": True,
        "digest": "0123456789abcdef" * 4,
        "images_expected": 382_400,
        "images_found": 382_400,
        "bytes_checked": 1_930_000_000,
    }
    return ValidationResult(**(values | changes))


MISSING = tuple(f"fonts/Caladea-Bold/images/Caladea-Bold_{n:03d}_clear.png" for n in range(1, 141))
BAD = a_result(
    valid=False,
    images_found=382_260,
    missing=MISSING,
    extra=("fonts/notes\x1b.txt",),
    problems=("font Caladea-Bold: its images and labels have another digest than was committed",),
)


@asynccontextmanager
async def asked(
    services: FakeServices, size: tuple[int, int] = (80, 24), project: Path = LETTERS
) -> AsyncIterator[tuple[Recorder, Pilot[int]]]:
    async with opened(services, size) as (app, pilot):
        await app.push_screen(VerifyDialog(services, project))
        await until(pilot, lambda: app.focused is not None)
        yield app, pilot


def dialog(app: Recorder) -> VerifyDialog:
    assert isinstance(app.screen, VerifyDialog)
    return app.screen


def judged(app: Recorder) -> bool:
    return dialog(app).stage is Stage.VERDICT


def words(app: Recorder) -> str:
    return "\n".join(str(static.visual) for static in app.screen.query(Static) if static.region)


async def test_it_asks_which(services: FakeServices, picture: Picture) -> None:
    async with asked(services) as (app, pilot):
        await settle(app, pilot)
        await picture(app)
        assert not services.verified


@pytest.mark.parametrize(("key", "deep"), [("1", False), ("2", True), ("enter", False)])
async def test_quick_and_deep(services: FakeServices, key: str, deep: bool) -> None:
    services.verdict = a_result(level="deep" if deep else "quick")
    async with asked(services) as (app, pilot):
        await pilot.press(key)
        await until(pilot, lambda: judged(app))
        assert services.verified == [(LETTERS, deep)]
        assert "The dataset is good." in words(app)
        assert "382,400 of 382,400" in words(app)
        assert ("1.9 GB read" in words(app)) == deep


@pytest.mark.parametrize("size", SIZES[:2])
async def test_good(services: FakeServices, picture: Picture, size: tuple[int, int]) -> None:
    services.verdict = a_result()
    async with asked(services, size) as (app, pilot):
        await pilot.press("1")
        await until(pilot, lambda: judged(app))
        await settle(app, pilot)
        await picture(app)
        await pilot.press("y")
        assert app.copied == "0123456789abcdef" * 4
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.sessions)


async def test_a_quick_one_can_go_deeper(services: FakeServices) -> None:
    services.verdict = a_result()
    async with asked(services) as (app, pilot):
        await pilot.press("1")
        await until(pilot, lambda: judged(app))
        services.verdict = a_result(level="deep")
        await pilot.press("2")
        await until(pilot, lambda: "deep check" in words(app))
        await pilot.press("2", "1")
        assert services.verified == [(LETTERS, False), (LETTERS, True)]


@pytest.mark.parametrize("size", [(60, 18), *SIZES])
async def test_not_good(services: FakeServices, picture: Picture, size: tuple[int, int]) -> None:
    services.verdict = BAD
    async with asked(services, size) as (app, pilot):
        await pilot.press("1")
        await until(pilot, lambda: judged(app))
        await until(pilot, lambda: "NOT good" in words(app))
        said = words(app)
        assert "140 missing, 1 extra, 1 contradictory" in said
        assert "and 40 more" in said
        assert "notes�.txt" in said
        await settle(app, pilot)
        assert app.screen.query_one("#leave").region in app.screen.query_one(".dialog").region
        await picture(app)


async def test_findings_scroll_by_keyboard(services: FakeServices) -> None:
    services.verdict = BAD
    async with asked(services) as (app, pilot):
        await pilot.press("1")
        await until(pilot, lambda: judged(app))
        text = dialog(app).text
        await pilot.press("down", "down", "up", "pagedown", "end")
        await until(pilot, lambda: text.scroll_offset.y == text.max_scroll_y > 0)
        await pilot.press("pageup", "home")
        await until(pilot, lambda: text.scroll_offset.y == 0)


async def test_what_is_saved_of_an_unfinished_session(services: FakeServices) -> None:
    services.verdict = a_result(complete=False)
    async with asked(services) as (app, pilot):
        await pilot.press("1")
        await until(pilot, lambda: "not done yet" in words(app))
        assert "Resume it" in words(app)


async def test_it_can_be_stopped(services: FakeServices) -> None:
    ended = asyncio.Event()

    async def endless(project: Path, *, deep: bool) -> ValidationResult:
        try:
            return await asyncio.Future[ValidationResult]()
        finally:
            ended.set()

    services.verify = endless  # type: ignore[method-assign]
    async with asked(services) as (app, pilot):
        await pilot.press("2")
        await until(pilot, lambda: dialog(app).stage is Stage.WORKING)
        assert "Reading every image … 0:0" in words(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.sessions)
        await until(pilot, ended.is_set)


async def test_it_cannot_be_verified(services: FakeServices) -> None:
    services.verdict = FontloomError(ErrorCode.STATE_UNREADABLE, "session.json: it ends in the middle")
    async with asked(services) as (app, pilot):
        await pilot.press("1")
        await until(pilot, lambda: "could not be verified" in words(app))
        assert "it ends in the middle" in words(app)
        assert "Restore session.json" in words(app)
        await pilot.press("y", "2")
        assert app.copied == ""
        assert len(services.verified) == 1


async def test_a_real_dataset_with_a_missing_image(services: FakeServices, project: Path) -> None:
    next(project.glob("fonts/*/images/*.png")).unlink()
    services.verdict = verify_project(project)
    async with asked(services, project=project) as (app, pilot):
        await pilot.press("1")
        await until(pilot, lambda: "NOT good" in words(app))
        assert "23 of 24 images" in words(app)
