"""The font screen: facts, progress, trouble, and real images in the terminal."""

from pathlib import Path

import pytest
from PIL import Image
from textual.color import Color
from textual.pilot import Pilot
from textual.widgets import Static
from tui_world import SIZES, FakeEngine, FakeServices, Picture, a_font, until
from watched_app import WatchedApp, an_engine, settled

from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import FontStatus
from fontloom.store.paths import ProjectPaths
from fontloom_tui import messages
from fontloom_tui.font_files import draw, last_samples, read_facts, read_trouble
from fontloom_tui.screens.font import FontScreen
from fontloom_tui.widgets.facts import Facts
from fontloom_tui.widgets.half_block import fit, half_block
from fontloom_tui.widgets.sample_grid import SampleGrid

NAME = "Caladea-Bold"


# Half blocks


def test_two_pixels_are_one_cell() -> None:
    image = Image.new("RGB", (3, 4), (10, 20, 30))
    image.putpixel((1, 1), (200, 0, 0))
    strips = half_block(image, 80)
    assert [strip.cell_length for strip in strips] == [3, 3]
    middle = [segment for segment in strips[0] if segment.style and segment.style.bgcolor][1]
    assert middle.text == "▀"
    assert middle.style is not None and middle.style.bgcolor is not None
    assert Color.from_rich_color(middle.style.bgcolor).rgb == (200, 0, 0)
    assert [segment.text for segment in strips[1]] == ["▀▀▀"]


@pytest.mark.parametrize(
    ("size", "room", "expected"),
    [
        ((256, 64), (80, None), (80, 10)),
        ((256, 64), (300, None), (256, 32)),
        ((256, 64), (80, 5), (40, 5)),
        ((64, 256), (80, 16), (8, 16)),
        ((4096, 8), (60, None), (60, 1)),
        ((1, 1), (60, 10), (1, 1)),
    ],
)
def test_images_keep_their_proportions_and_are_never_enlarged(
    size: tuple[int, int], room: tuple[int, int | None], expected: tuple[int, int]
) -> None:
    assert fit(*size, *room) == expected
    strips = half_block(Image.new("L", size), *room)
    assert (strips[0].cell_length, len(strips)) == expected


# What the files say


def test_the_last_samples_by_the_end_of_a_manifest(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = last_samples(project, NAME, 4)
    assert [sample.number for sample in samples] == [1, 2, 3, 4]
    assert all(set(sample.images) == {"clear", "blurred"} for sample in samples)
    assert all(path.is_file() for sample in samples for path in sample.images.values())
    assert [sample.number for sample in last_samples(project, NAME, 2)] == [1, 2], (
        "the others do not count yet"
    )
    manifest = ProjectPaths(project).manifest(NAME)
    size = len(b"".join(manifest.read_bytes().splitlines(keepends=True)[-2:]))
    monkeypatch.setattr("fontloom_tui.font_files._TAIL_BYTES", size + 10)
    assert [sample.number for sample in last_samples(project, NAME, 4)] == [4]
    with manifest.open("ab") as file:
        file.write(b'{"file_name":"images/torn')
    assert [sample.number for sample in last_samples(project, NAME, 9)] == [4]
    assert last_samples(project, "Nothing", 4) == ()


def test_an_image_that_cannot_be_read_is_said(project: Path) -> None:
    samples = last_samples(project, NAME, 4)
    samples[0].images["clear"].write_bytes(b"")
    samples[1].images["clear"].write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    samples[2].images["clear"].unlink()
    drawn = draw(samples, "clear", 60, 8)
    assert [bool(drawing.problem) for drawing in drawn] == [True, True, True, False]
    assert "no faint image" in draw(samples[:1], "faint", 60, 8)[0].problem


def test_what_went_wrong_with_a_font(project: Path) -> None:
    paths = ProjectPaths(project)
    assert read_trouble(project, NAME).reason is None
    folder = paths.failed_font(NAME)
    folder.mkdir(parents=True)
    error = ExportError.of(ErrorCode.RENDER_FAILED, "bad glyf table", font_name=NAME, sample=3)
    (folder / "error.json").write_text(error.model_dump_json())
    with paths.log("errors").open("a") as log:
        log.write(error.model_dump_json() + "\n" + error.model_dump_json() + "\n")
    trouble = read_trouble(project, NAME)
    assert trouble.reason == error
    assert trouble.counts == ((2, "Drawing failed.", "bad glyf table"),)


# The screen


def plain_image(number: int) -> Image.Image:
    """An image that no version of a library draws otherwise."""
    image = Image.new("RGB", (256, 64), (40 * number, 120, 200 - 40 * number))
    for left in range(16, 240, 32):
        image.paste((20, 20, 20), (left, 12, left + 4 * number, 52))
    return image


def an_app(services: FakeServices, project: Path, name: str = NAME) -> WatchedApp:
    return WatchedApp(project, services, lambda session: FontScreen(session, name))


async def shown(app: WatchedApp, pilot: Pilot[None]) -> None:
    """Looks once, and waits until all that was read is on the screen."""
    await pilot.pause()
    await app.look()
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


def text(app: WatchedApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).content)


def grid(app: WatchedApp) -> list[str]:
    widget = app.screen.query_one(SampleGrid)
    return [widget.render_line(y).text.rstrip() for y in range(widget.content_size.height)]


def keys(app: WatchedApp) -> set[str]:
    return {key for key, active in app.screen.active_bindings.items() if active.enabled}


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
async def test_a_font_that_is_done(
    services: FakeServices,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    picture: Picture,
) -> None:
    for sample in last_samples(project, NAME, 4):
        for path in sample.images.values():
            plain_image(sample.number).save(path)
    monkeypatch.chdir(project.parent.parent)
    app = an_app(services, Path("sets/letters"))
    async with app.run_test(size=size) as pilot:
        await shown(app, pilot)
        assert text(app, "#state") == "done"
        facts = app.screen.query_one(Facts)
        assert "Caladea Bold, weight 700, ttf" in str(facts.query_one("#value-font", Static).content)
        assert "made for Latin" in str(facts.query_one("#value-glyphs", Static).content)
        assert not facts.query_one("#value-axes").display
        app.screen.query_one("#progress", Static).update("8 of 8 images")  # bytes differ by processor
        await pilot.pause()
        await settled(app, pilot)
        await picture(app)


async def test_samples_and_variants_by_keyboard(services: FakeServices, project: Path) -> None:
    app = an_app(services, project)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        texts = {sample.number: sample.text for sample in last_samples(project, NAME, 4)}
        assert text(app, "#caption") == "Sample 4 · clear, 1 of 2 variants · the newest"
        assert f"4 {texts[4]}" in grid(app)
        assert "left" in keys(app) and "right" not in keys(app)
        await pilot.press("left", "left")
        await until(pilot, lambda: "Sample 2" in text(app, "#caption"))
        await until(pilot, lambda: f"2 {texts[2]}" in grid(app))
        assert "right" in keys(app)
        await pilot.press("v")
        await until(pilot, lambda: text(app, "#caption") == "Sample 2 · blurred, 2 of 2 variants")
        await pilot.press("left", "left", "left")
        await until(pilot, lambda: "Sample 1 " in text(app, "#caption"))
        await until(pilot, lambda: "left" not in keys(app))
        await pilot.press("right", "right", "right", "right")
        await until(pilot, lambda: "newest" in text(app, "#caption"))
        await pilot.press("y", "e", "escape")
        await until(pilot, lambda: app.last(messages.GoBack))
        facts = read_facts(project, NAME)
        assert facts.info is not None and app.copied == str(facts.info.path)
        opened = app.last(messages.OpenErrors)
        assert isinstance(opened, messages.OpenErrors) and opened.font_name == NAME


async def test_more_room_shows_more(services: FakeServices, project: Path) -> None:
    app = an_app(services, project)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        await pilot.resize_terminal(200, 50)
        await until(pilot, lambda: "Samples 1–4" in text(app, "#caption"))
        assert "left" not in keys(app)


@pytest.fixture
def engine(services: FakeServices, project: Path) -> FakeEngine:
    found = an_engine(services, project)
    found.fonts.clear()
    return found


@pytest.mark.parametrize(
    ("status", "words", "offered"),
    [
        (FontStatus.PENDING, "No samples yet: this font is still to come.", {"x"}),
        (FontStatus.PROCESSING, "No samples yet: the first are being drawn.", {"x"}),
        (FontStatus.FAILED, "Not one sample of this font could be kept.", {"r"}),
        (FontStatus.SKIPPED, "The font was left out before its first sample.", {"r"}),
    ],
)
async def test_a_font_without_samples(
    services: FakeServices,
    project: Path,
    engine: FakeEngine,
    status: FontStatus,
    words: str,
    offered: set[str],
    picture: Picture,
) -> None:
    failed = status is FontStatus.FAILED
    engine.change(a_font(1, 0, status, font_name=NAME, error_count=3 if failed else 0))
    if failed:
        folder = ProjectPaths(project).failed_font(NAME)
        folder.mkdir(parents=True)
        error = ExportError.of(ErrorCode.RENDER_FAILED, "bad glyf table", font_name=NAME)
        (folder / "error.json").write_text(error.model_dump_json())
    app = an_app(services, project)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        assert grid(app)[0] == words
        assert keys(app) & {"x", "r", "v", "left", "right"} == offered
        if failed:
            said = text(app, "#trouble")
            assert "Drawing failed. bad glyf table" in said and "leave the font out" in said
            await settled(app, pilot)
            await picture(app)


async def test_new_samples_appear_and_the_one_looked_at_stays(
    services: FakeServices, project: Path, engine: FakeEngine
) -> None:
    engine.change(a_font(1, 4, font_name=NAME, last_image_index=2))
    app = an_app(services, project)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        assert "Sample 2 " in text(app, "#caption")
        engine.change(a_font(1, 6, font_name=NAME, last_image_index=3))
        await shown(app, pilot)
        assert "Sample 3 " in text(app, "#caption")
        await pilot.press("left")
        await until(pilot, lambda: "Sample 2 " in text(app, "#caption"))
        engine.change(a_font(1, 8, font_name=NAME, last_image_index=4))
        await shown(app, pilot)
        assert "Sample 2 " in text(app, "#caption")


async def test_retry_and_leaving_out_with_an_engine(
    services: FakeServices, project: Path, engine: FakeEngine
) -> None:
    engine.change(a_font(1, 8, font_name=NAME, error_count=1, failed_images=2))
    app = an_app(services, project)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        await pilot.press("r", "x")
        await until(pilot, lambda: len(engine.told) == 2)
        assert set(engine.told) == {("retry", (NAME,)), ("skip", (NAME,))}
        engine.busy = True
        await pilot.press("r")
        await until(pilot, lambda: app.problems)


async def test_retry_without_an_engine_starts_one(
    services: FakeServices, project: Path, engine: FakeEngine
) -> None:
    app = an_app(services, project)
    async with app.run_test(size=(80, 24)) as pilot:
        engine.absent = True
        await shown(app, pilot)
        app.session.fonts[NAME] = a_font(1, 0, FontStatus.FAILED, font_name=NAME, error_count=1)
        app.screen.post_message(messages.Watched(app.session.snapshot))
        await until(pilot, lambda: "r" in keys(app))
        assert "x" not in keys(app)
        await pilot.press("r")
        await until(pilot, lambda: app.last(messages.ResumeProject))
        asked = app.last(messages.ResumeProject)
        assert isinstance(asked, messages.ResumeProject)
        assert asked.project == project and asked.retry == (NAME,)


async def test_a_font_that_the_session_does_not_have(services: FakeServices, project: Path) -> None:
    app = an_app(services, project, "Broken[b]\x1b")
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        assert "no font of this name" in grid(app)[0]
        assert "Broken[b]\N{REPLACEMENT CHARACTER}" in text(app, "#where")
        assert keys(app).isdisjoint({"y", "v", "r", "x"})


async def test_a_session_that_cannot_be_read(services: FakeServices, project: Path) -> None:
    ProjectPaths(project).session.write_bytes(b"")
    app = an_app(services, project)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "cannot be read" in grid(app)[0])
