"""The configure screen: journeys by keyboard from a first look to the start, at three sizes."""

import asyncio
import errno
import shutil
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from textual.app import App
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input, Static
from tui_world import SIZES, FakeServices, Picture, a_face, until

import fontloom_tui
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.scouting import FontPreview, FontScan, Lacking, PreviewImage, PreviewSample, ScanProgress
from fontloom.store.paths import ProjectPaths
from fontloom_tui import messages
from fontloom_tui.app import FontloomApp
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.dialogs.path import PathDialog
from fontloom_tui.drafts import ASIDE, KEY, Draft
from fontloom_tui.screens.configure import ConfigureScreen
from fontloom_tui.widgets.export_config_panel import ExportConfigPanel
from fontloom_tui.widgets.font_list import FontList
from fontloom_tui.widgets.page_tabs import PageTabs
from fontloom_tui.widgets.path_selector import PathSelector
from fontloom_tui.widgets.save_status_indicator import SaveStatusIndicator

SMALL, MEDIUM, LARGE = SIZES


class Scout:
    """Finds fonts without files. `gate` holds scans back; `refusal` is what they end with."""

    def __init__(self) -> None:
        names = ["Amiri-Regular", "Caladea-Bold", "Caladea-Italic", "Hanken-Light"]
        self.fonts = [a_face(name) for name in names]
        self.gate = asyncio.Event()
        self.gate.set()
        self.refusal: FontloomError | None = None
        self.scanned: list[tuple[Path, ...]] = []
        self.asked: list[str] = []
        self.lack: tuple[ExportError, ...] = ()

    async def scan(self, fonts: tuple[Path, ...], text: Any, engine: Any) -> FontScan:
        self.scanned.append(fonts)
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        return FontScan(fonts=tuple(self.fonts), problems=())

    async def scan_progress(self) -> ScanProgress:
        return ScanProgress(done=512, total=1_830)

    async def lacking(self, text: Any) -> Lacking:
        self.asked.append(text.characters)
        return Lacking(fonts=self.lack)

    async def preview(self, config: ExportSessionConfig, font: Any, first: int, samples: int) -> FontPreview:
        drawn = []
        for number in range(first, first + samples):
            images = tuple(PreviewImage(variant=v, png=a_png(config, number)) for v in config.variants)
            text = f"Text {number}"
            drawn.append(PreviewSample(sample=number, text=text, images=images, manifest_size=300))
        return FontPreview(font_name=font.font_name, samples=tuple(drawn))


def a_png(config: ExportSessionConfig, number: int) -> bytes:
    """An image of 5,000 bytes."""
    image = Image.new("RGB", (config.image_width, config.image_height), "white")
    ImageDraw.Draw(image).rectangle((20, 20, 60 + 40 * number, 44), fill="black")
    data = BytesIO()
    image.save(data, "png")
    return data.getvalue().ljust(5_000, b"\0")


class Shown(App[None]):
    """The look and the sizes of the real app around the screen, and what the screen asks of it."""

    CSS_PATH = Path(fontloom_tui.__file__).parent / "app.tcss"
    HORIZONTAL_BREAKPOINTS = FontloomApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = FontloomApp.VERTICAL_BREAKPOINTS

    def __init__(self, services: FakeServices, config: ExportSessionConfig | None = None) -> None:
        super().__init__()
        self.screen_shown = ConfigureScreen(services, config)
        self.asked: list[Message] = []

    def on_mount(self) -> None:
        self.push_screen(self.screen_shown)

    def _keep(self, message: Message) -> None:
        self.asked.append(message)

    on_go_back = on_resume_project = on_start_export = on_open_project = _keep

    @property
    def review(self) -> str:
        return str(self.screen_shown.query_one("#review", Static).visual)

    @property
    def panel(self) -> ExportConfigPanel:
        return self.screen_shown.query_one(ExportConfigPanel)

    @property
    def fonts(self) -> FontList:
        return self.screen_shown.query_one(FontList)

    @property
    def saved(self) -> str:
        return str(self.screen_shown.query_one(SaveStatusIndicator).visual)

    @property
    def page(self) -> str:
        return str(self.screen_shown.query_one(PageTabs).active_tab.label_text)  # type: ignore[union-attr]

    def heard(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.asked if isinstance(message, kind)]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Relative paths, which pictures can show, and the same clock everywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def scout(services: FakeServices) -> Scout:
    services.scouts = [Scout()]
    return services.scouts[0]


def is_measured(app: Shown) -> bool:
    return app.screen_shown._measured == app.screen_shown._changes


async def ready(pilot: Pilot[Any], app: Shown) -> None:
    await until(pilot, lambda: "about" in app.review and is_measured(app))


async def turn_to(pilot: Pilot[Any], app: Shown, title: str) -> None:
    while app.page.rstrip("!") != title:
        before = app.page
        await pilot.press("ctrl+pagedown")
        await until(pilot, lambda before=before: app.page != before)  # type: ignore[misc]
    if title not in ("Preview", "Review"):
        await until(pilot, lambda: app.panel.has_focus_within)
        place = [s.title for s in app.panel.sections].index(title)
        await until(pilot, lambda: app.panel.place == place)


async def go_to(pilot: Pilot[Any], app: Shown, key: str) -> None:
    await turn_to(pilot, app, app.panel.sections[app.panel.place_of(key)].title)
    app.panel.enter(key)


async def typed(pilot: Pilot[Any], text: str) -> None:
    await pilot.press("end", "ctrl+u", *text)


async def settled(pilot: Pilot[Any], app: Shown) -> None:
    """Nothing blinks, and everything is drawn."""
    for field in app.screen.query(Input):
        field.cursor_blink = False
    for selector in app.screen.query("PathValue #verdict"):
        selector.display = False  # what the disk has free
    await pilot.wait_for_scheduled_animations()
    await pilot.pause()


# What will be made


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_first_look(
    services: FakeServices, scout: Scout, size: tuple[int, int], picture: Picture
) -> None:
    scout.fonts = [a_face(f"Noto-{n:04d}") for n in range(1_830)]
    app = Shown(services)
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        assert app.review == (
            "1,830 fonts × 100 samples × 2 variants = 366,000 images, about 1.9 GB, into output/dataset"
        )
        assert app.fonts.selected is not None
        await settled(pilot, app)
        await picture(app)


@pytest.mark.parametrize(
    "title", ["Text", "Style", "Effects", "Variants", "Output", "Engine", "Preview", "Review"]
)
async def test_each_page(services: FakeServices, scout: Scout, title: str, picture: Picture) -> None:
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await turn_to(pilot, app, title)
        if title == "Preview":
            await until(pilot, lambda: app.screen_shown.query_one("SamplePreview").has_focus)
        await settled(pilot, app)
        await picture(app)


async def test_a_change_changes_what_will_be_made(services: FakeServices, scout: Scout) -> None:
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await go_to(pilot, app, "num_samples")
        await typed(pilot, "7")
        await until(pilot, lambda: "4 fonts × 7 samples × 2 variants = 56 images" in app.review)
        await go_to(pilot, app, "variants")
        await pilot.press("right", "space")
        await until(pilot, lambda: "× 1 variant = 28 images, about 148.4 KB" in app.review)


# What is wrong


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_wrong_values_are_told_and_led_to(
    services: FakeServices, scout: Scout, size: tuple[int, int], picture: Picture
) -> None:
    app = Shown(services)
    async with app.run_test(size=size, notifications=False) as pilot:
        await ready(pilot, app)
        await go_to(pilot, app, "image_width")
        await typed(pilot, "4")
        await until(pilot, lambda: app.review.startswith("1 setting needs correcting: Width: at least 8"))
        await go_to(pilot, app, "text.min_length")
        await typed(pilot, "20")
        await until(pilot, lambda: app.review.startswith("3 settings need correcting: Width: "))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.page == "Output!" and app.panel.has_focus_within)
        assert app.heard(messages.StartExport) == []
        await until(pilot, lambda: app.saved == "draft saved 12:00")
        await settled(pilot, app)
        await picture(app)


async def test_fonts_that_are_not_there_are_told(services: FakeServices, scout: Scout) -> None:
    scout.refusal = FontloomError(ErrorCode.NO_FONTS, "/nowhere does not exist")
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: app.review == "No usable font was found. /nowhere does not exist")
        assert app.page == "Fonts!"
        scout.refusal = None
        await typed(pilot, "/fonts")
        await until(pilot, lambda: scout.scanned[-1] == (Path("/fonts"),))
        await ready(pilot, app)
        await until(pilot, lambda: app.page == "Fonts")


async def test_a_scan_shows_how_far_it_is_and_the_start_waits_for_it(
    services: FakeServices, scout: Scout
) -> None:
    scout.gate.clear()
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        said = app.fonts.query_one("#said", Static)
        await until(pilot, lambda: "512 of 1,830 files" in str(said.visual))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.review == "The fonts are being looked at …")
        assert app.heard(messages.StartExport) == []
        scout.gate.set()
        await ready(pilot, app)


async def test_another_text_shows_which_fonts_lack_it(services: FakeServices, scout: Scout) -> None:
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        scout.lack = (ExportError.of(ErrorCode.MISSING_CHARACTERS, "none", font_name="Amiri-Regular"),)
        await go_to(pilot, app, "text.characters")
        await typed(pilot, "xyz")
        await until(pilot, lambda: app.review.startswith("3 fonts"))
        await until(pilot, lambda: scout.asked[-1] == "xyz")


async def test_a_text_that_changed_during_the_scan_is_looked_at_after_it(
    services: FakeServices, scout: Scout
) -> None:
    scout.gate.clear()
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await go_to(pilot, app, "text.characters")
        await typed(pilot, "q")
        await until(pilot, lambda: app.panel.values["text.characters"] == "q")
        scout.gate.set()
        await until(pilot, lambda: scout.asked == ["q"])


# Fonts that are left out


async def test_fonts_that_are_left_out_make_a_list_of_files(services: FakeServices, scout: Scout) -> None:
    collection = {"path": Path("/fonts/Both.ttc")}
    scout.fonts += [a_face("Both-One", **collection), a_face("Both-Two", **collection)]
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        assert app.review.startswith("6 fonts")
        app.fonts.leave_out(["Amiri-Regular", "Both-Two"])
        await pilot.press("tab", *"caladea", "enter", "a")
        # A font of a collection brings the others along.
        await until(pilot, lambda: app.review.startswith("5 fonts"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.heard(messages.StartExport))
        (start,) = app.heard(messages.StartExport)
        assert start.config.fonts == tuple(
            Path(f"/fonts/{name}")
            for name in ("Caladea-Bold.ttf", "Caladea-Italic.ttf", "Hanken-Light.ttf", "Both.ttc")
        )


async def test_fonts_that_were_left_out_are_left_out_next_time(services: FakeServices, scout: Scout) -> None:
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await pilot.press("tab", *"bold", "enter", "x")
        await until(pilot, lambda: app.review.startswith("3 fonts"))
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        assert app.review.startswith("3 fonts")


# The start


async def test_a_start_with_what_was_given(services: FakeServices, scout: Scout) -> None:
    given = ExportSessionConfig.model_validate({"num_samples": 3, "fonts": ["/a", "/b"], "project_name": "p"})
    app = Shown(services, given)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.heard(messages.StartExport))
        assert app.heard(messages.StartExport)[0].config == given
        assert scout.scanned == [(Path("/a"), Path("/b"))]


# The project's name


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_finished_project_of_the_name(
    services: FakeServices,
    scout: Scout,
    project: Path,
    size: tuple[int, int],
    picture: Picture,
) -> None:
    app = Shown(services, ExportSessionConfig(output_path=Path("sets"), project_name="letters"))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.review.startswith("letters exists and is finished. ctrl+n: "))
        await go_to(pilot, app, "project_name")
        await until(pilot, lambda: is_measured(app))
        await settled(pilot, app)
        await picture(app)
        await pilot.press("ctrl+g")
        assert app.heard(messages.OpenProject)[0].project == project
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "into sets/letters-2" in app.review)
        await pilot.press("ctrl+n", "ctrl+g")
        assert app.panel.values["project_name"] == "letters-2"
        assert len(app.heard(messages.OpenProject)) == 1


async def test_an_unfinished_project_of_the_name_can_be_resumed(
    services: FakeServices, scout: Scout, project: Path
) -> None:
    paths = ProjectPaths(project)
    for file in (paths.progress, *paths.backups, paths.journal, paths.summary):
        file.unlink(missing_ok=True)
    app = Shown(services, ExportSessionConfig(output_path=Path("sets"), project_name="letter"))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await go_to(pilot, app, "project_name")
        await pilot.press("end", "s")
        await until(pilot, lambda: "ctrl+g: resume it" in app.review)
        await pilot.press("ctrl+g")
        assert app.heard(messages.ResumeProject)[0].project == project


async def test_a_name_that_was_taken_meanwhile_is_seen_at_the_start(
    services: FakeServices, scout: Scout, finished_project: Path
) -> None:
    app = Shown(services, ExportSessionConfig(output_path=Path("sets"), project_name="letters"))
    async with app.run_test(size=SMALL, notifications=False) as pilot:
        await ready(pilot, app)
        shutil.copytree(finished_project, "sets/letters")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.page == "Output!" and app.panel.has_focus_within)
        assert app.heard(messages.StartExport) == []


async def test_a_folder_that_will_not_do_is_in_the_way(services: FakeServices, scout: Scout) -> None:
    Path("file").touch()
    app = Shown(services, ExportSessionConfig(output_path=Path("file")))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: app.review and app.review.startswith("dataset is a file"))
        await go_to(pilot, app, "output_path")
        await typed(pilot, "elsewhere")
        await until(pilot, lambda: "into elsewhere/dataset" in app.review)


# Drafts


async def test_a_draft_is_there_next_time_wrong_values_among_it(services: FakeServices, scout: Scout) -> None:
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await go_to(pilot, app, "image_width")
        await typed(pilot, "4x")
        await until(pilot, lambda: app.panel.values["image_width"] == "4x")
        await pilot.press("escape")
        assert app.heard(messages.GoBack)
    assert Draft.model_validate_json(services.documents.kept[KEY]).values["image_width"] == "4x"
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: app.review.startswith("1 setting needs correcting: Width"))


async def test_a_given_configuration_goes_before_the_draft(services: FakeServices, scout: Scout) -> None:
    services.documents.save(KEY, Draft(values={"num_samples": "9"}).model_dump_json().encode())
    app = Shown(services, ExportSessionConfig(num_samples=8))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "8 samples" in app.review)


async def test_a_damaged_draft_is_said(services: FakeServices, scout: Scout) -> None:
    services.documents.save(KEY, b"{")
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        assert next(note.message for note in app._notifications).endswith(f"kept as {ASIDE}.")


@pytest.mark.parametrize("broken", [False, True], ids=["saved", "failed"])
async def test_how_a_draft_stands_is_shown(
    services: FakeServices, scout: Scout, broken: bool, picture: Picture
) -> None:
    if broken:
        services.documents.broken = OSError(errno.ENOSPC, "No space left on device")
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await go_to(pilot, app, "num_samples")
        await typed(pilot, "250")
        expected = "draft NOT saved: No space left on device" if broken else "draft saved 12:00"
        await until(pilot, lambda: app.saved == expected)
        await until(pilot, lambda: "250 samples" in app.review)
        await settled(pilot, app)
        await picture(app)


async def test_all_defaults_come_back_when_that_is_meant(services: FakeServices, scout: Scout) -> None:
    app = Shown(services, ExportSessionConfig(num_samples=8, image_width=99))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        assert app.panel.values["num_samples"] == "8"
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: app.panel.result == ExportSessionConfig())


# Getting about


async def test_pages_turn_by_keys_round_and_round(services: FakeServices, scout: Scout) -> None:
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        seen = []
        for _ in range(9):
            seen.append(app.page)
            before = app.page
            await pilot.press("ctrl+pageup")
            await until(pilot, lambda before=before: app.page != before)  # type: ignore[misc]
        assert seen[:4] == ["Fonts", "Review", "Preview", "Engine"]
        assert (len(set(seen)), app.page) == (9, "Fonts")
        await until(pilot, lambda: app.panel.has_focus_within)
        await pilot.press("pagedown")
        await until(pilot, lambda: app.page == "Text")


async def test_another_size_has_other_pages(services: FakeServices, scout: Scout) -> None:
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await turn_to(pilot, app, "Review")
        await pilot.resize_terminal(*MEDIUM)
        await until(pilot, lambda: app.page == "Fonts")
        await pilot.press("ctrl+pageup")
        await until(pilot, lambda: app.page == "Engine")
        await pilot.resize_terminal(*SMALL)
        await until(pilot, lambda: not app.screen_shown.query_one("SamplePreview").region.height)
        assert app.page == "Engine"


async def test_a_path_is_picked_in_a_dialog(services: FakeServices, scout: Scout, tmp_path: Path) -> None:
    app = Shown(services)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot, app)
        await go_to(pilot, app, "text.source")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        app.screen.dismiss(tmp_path / "words.txt")
        await until(pilot, lambda: app.panel.values["text.source"] == f"words:{tmp_path}/words.txt")
        await go_to(pilot, app, "output_path")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        app.screen.dismiss(tmp_path)
        await until(pilot, lambda: app.panel.values["output_path"] == str(tmp_path))
        assert app.screen_shown.query(PathSelector)


@pytest.mark.parametrize("size", [SMALL, MEDIUM], ids=str)
async def test_pages_that_are_turned_in_haste_do_not_turn_back(
    services: FakeServices, scout: Scout, size: tuple[int, int]
) -> None:
    app = Shown(services)
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        for _ in range(5):
            app.screen_shown.action_turn(1)
            await asyncio.sleep(0)
        await until(pilot, lambda: app.panel.has_focus_within and app.panel.place == 5)
        await pilot.pause()
        assert app.page == "Output"
