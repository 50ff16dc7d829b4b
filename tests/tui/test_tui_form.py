"""The form: made from the schema, checked as it is typed, moved about in by keys."""

from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input, Static
from tui_world import until

from fontloom.model.config import BlurKind, ExportSessionConfig
from fontloom.model.form import form_values
from fontloom.model.schema import settings
from fontloom_tui.widgets.choice_values import ChoiceValue, TogglesValue
from fontloom_tui.widgets.export_config_panel import ExportConfigPanel
from fontloom_tui.widgets.form_sections import form_sections
from fontloom_tui.widgets.path_selector import PathSelector
from fontloom_tui.widgets.setting_field import SettingField
from fontloom_tui.widgets.setting_values import ManyPaths, PathsValue, SourceValue
from fontloom_tui.widgets.structure_preview import StructurePreview, Volume

TITLES = [section.title for section in form_sections()]


class Shown(App[None]):
    def __init__(self, **texts: str) -> None:
        super().__init__()
        self.panel = ExportConfigPanel({key.replace("__", "."): text for key, text in texts.items()})
        self.changed: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.panel

    def on_export_config_panel_changed(self, event: ExportConfigPanel.Changed) -> None:
        self.changed.append(event.key)

    async def open(self, title: str, key: str | None = None) -> None:
        await self.panel.show(TITLES.index(title))
        self.panel.enter(key)

    def field(self, key: str) -> SettingField:
        return next(field for field in self.query(SettingField) if field.setting.key == key)

    def wrong(self, key: str) -> str:
        line = self.field(key).query_one("#wrong", Static)
        return str(line.visual) if line.display else ""

    @property
    def help(self) -> str:
        return str(self.query_one("#help", Static).visual)


async def typed(pilot: Pilot[Any], text: str) -> None:
    """Another text in the focused input."""
    await pilot.press("end", "ctrl+u", *text)


def test_every_setting_stands_in_one_section() -> None:
    found = [setting.key for section in form_sections() for setting in section.settings]
    assert sorted(found) == sorted(setting.key for setting in settings())
    assert TITLES == ["Fonts", "Text", "Style", "Effects", "Variants", "Output", "Engine"]


def test_settings_that_are_new_in_the_schema_find_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings()
    alone = known[0]._replace(path=("brightness",))
    grouped = known[0]._replace(path=("paper", "grain"), section="Paper")
    monkeypatch.setattr("fontloom_tui.widgets.form_sections.settings", lambda: (*known, alone, grouped))
    places = {setting.key: section.title for section in form_sections() for setting in section.settings}
    assert (places["brightness"], places["paper.grain"]) == ("Output", "Paper")
    assert form_sections()[-1].title == "Paper"


async def test_every_field_shows_its_value_and_is_made_when_first_needed() -> None:
    app = Shown()
    async with app.run_test(size=(100, 40)):
        assert len(app.query(SettingField)) == 1
        for title in TITLES:
            await app.open(title)
        values = form_values(ExportSessionConfig())
        assert {f.setting.key: f.value.text for f in app.query(SettingField)} == values
        assert app.panel.result == ExportSessionConfig()


async def test_what_is_typed_is_checked_at_once() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Output", "image_width")
        await typed(pilot, "4")
        await until(pilot, lambda: app.wrong("image_width"))
        assert app.wrong("image_width") == "at least 8 and at most 4,096 pixels"
        assert [problem.key for problem in app.panel.problems] == ["image_width"]
        await pilot.press("8")
        await until(pilot, lambda: not app.panel.problems)
        assert app.wrong("image_width") == ""
        assert isinstance(app.panel.result, ExportSessionConfig)
        assert app.panel.result.image_width == 48
        assert app.changed[-1] == "image_width"


async def test_a_rule_about_two_fields_is_told_at_both() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Text", "text.min_length")
        await typed(pilot, "20")
        await until(pilot, lambda: app.panel.problems)
        words = "Shortest text 20 is above Longest text 12"
        assert (app.wrong("text.min_length"), app.wrong("text.max_length")) == (words, words)


async def test_the_focused_field_is_explained() -> None:
    app = Shown()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.open("Text", "text.min_length")
        await until(pilot, lambda: "Shortest text" in app.help)
        assert "Fewest characters of a random string." in app.help
        assert "at least 1 and at most 200 characters · default 4 · --min-length" in app.help
        await pilot.press("tab")
        await until(pilot, lambda: "--max-length" in app.help)


async def test_keys_go_from_field_to_field() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Text", "text.source")

        def where() -> str:
            assert app.focused is not None
            return next(n.setting.key for n in app.focused.ancestors if isinstance(n, SettingField))

        for key, expected in [
            ("enter", "text.charset"),
            ("down", "text.characters"),
            ("down", "text.min_length"),
            ("enter", "text.max_length"),
            ("shift+tab", "text.min_length"),
        ]:
            await pilot.press(key)
            assert where() == expected
        await pilot.press("shift+tab", "up")
        assert where() == "text.charset"


async def test_numbers_step() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Output", "num_samples")
        await pilot.press("up", "up", "down", "shift+up")
        await until(pilot, lambda: app.panel.values["num_samples"] == "210")


async def test_switches_and_choices_turn() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Style")
        await pilot.press("space")
        await until(pilot, lambda: app.panel.values["style_variations"] == "no")
        await app.open("Text", "text.charset")
        await pilot.press("right", "right", "left", "left", "left")
        await until(pilot, lambda: app.panel.values["text.charset"] == "cyrillic")


async def test_a_choice_that_there_is_not_is_shown_and_left_for_the_first() -> None:
    app = Shown(text__charset="klingon")
    async with app.run_test() as pilot:
        await app.open("Text", "text.charset")
        assert app.wrong("text.charset").startswith("one of auto, digits")
        assert "klingon" in str(app.query_one(ChoiceValue).render())
        await pilot.press("right")
        await until(pilot, lambda: app.panel.values["text.charset"] == "auto")


async def test_several_are_turned_on_and_off() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Variants", "blur.kinds")
        await pilot.press("space", "right", "space")
        await until(pilot, lambda: app.panel.values["blur.kinds"] == "defocus")
        await pilot.press("right", "space")
        await until(pilot, lambda: app.panel.problems)
        assert app.wrong("blur.kinds") == "one of gaussian, motion, defocus"
        await pilot.press("right", "space")
        await until(pilot, lambda: not app.panel.problems)
        assert isinstance(app.panel.result, ExportSessionConfig)
        assert app.panel.result.blur.kinds == (BlurKind.GAUSSIAN,)


async def test_several_take_a_second_line_where_one_is_too_short() -> None:
    app = Shown()
    async with app.run_test(size=(70, 20)) as pilot:
        await app.open("Variants", "blur.kinds")
        toggles = app.query(TogglesValue).last()
        await until(pilot, lambda: toggles.size.height == 1)
        await pilot.resize_terminal(50, 20)
        await until(pilot, lambda: toggles.size.height == 2)
        await pilot.click(toggles, offset=(1, 1))
        await until(pilot, lambda: app.panel.values["blur.kinds"] == "gaussian,motion")


async def test_a_value_that_is_not_the_default_is_marked_and_can_be_taken_back() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Output", "num_samples")
        field = app.field("num_samples")
        assert not field.has_class("-changed")
        await typed(pilot, "7")
        await until(pilot, lambda: field.has_class("-changed"))
        await pilot.press("ctrl+d")
        await until(pilot, lambda: app.panel.values["num_samples"] == "100")
        assert not field.has_class("-changed")
        assert field.query_one(Input).value == "100"


@pytest.mark.parametrize(
    ("title", "turn_off", "unused"),
    [
        ("Style", ["space"], "style.margin"),
        ("Effects", ["space"], "effects.shadow_max"),
        ("Variants", ["right", "space"], "blur.strength_min"),
    ],
)
async def test_what_is_not_used_is_grey_and_explained_and_can_still_be_corrected(
    title: str, turn_off: list[str], unused: str
) -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open(title)
        line = app.query(".otherwise").last()
        assert not line.display
        await pilot.press(*turn_off)
        await until(pilot, lambda: line.display)
        assert app.field(unused).has_class("-unused")
        assert not app.query(SettingField).filter(".-unused").first().disabled
        await pilot.press("space")
        await until(pilot, lambda: not app.field(unused).has_class("-unused"))


async def test_all_fields_can_be_replaced_at_once_those_not_made_yet_among_them() -> None:
    app = Shown(image_width="4", num_samples="3")
    async with app.run_test() as pilot:
        await app.open("Output")
        app.panel.put(form_values(ExportSessionConfig()))
        await until(pilot, lambda: "" in app.changed)
        assert app.panel.result == ExportSessionConfig()
        assert app.field("num_samples").value.text == "100"
        assert app.wrong("image_width") == ""
        await app.open("Engine")
        assert app.field("engine.workers").value.text == "0"


async def test_all_sections_stand_below_each_other_where_there_is_room() -> None:
    app = Shown()

    def seen() -> set[str]:
        return {field.setting.section for field in app.query(SettingField) if field.region.height}

    async with app.run_test(size=(100, 60)) as pilot:
        await app.panel.show_all(True)
        await app.open("Text")
        every = {setting.section for setting in settings()}
        await until(pilot, lambda: seen() == every)
        assert not app.field("fonts").region.height
        for _ in range(6):
            await pilot.press("tab")
        await until(pilot, lambda: app.panel.place == TITLES.index("Style"))
        await app.panel.show_all(False)
        await until(pilot, lambda: seen() <= {"Style", "Session"})


# Paths


async def test_font_paths_take_a_line_each() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Fonts")
        paths = app.query_one(PathsValue)
        assert len(paths.query(PathSelector)) == 1
        await typed(pilot, "/a")
        await until(pilot, lambda: len(paths.query(PathSelector)) == 2)
        await pilot.press("down")
        await typed(pilot, "/b:c,d")
        await until(pilot, lambda: len(paths.query(PathSelector)) == 3)
        assert isinstance(app.panel.result, ExportSessionConfig)
        assert app.panel.result.fonts == (Path("/a"), Path("/b:c,d"))
        await pilot.press("ctrl+d")
        await until(pilot, lambda: len(paths.query(PathSelector)) == 1)
        assert app.panel.values["fonts"] == ""


async def test_many_font_paths_are_told_by_their_number() -> None:
    app = Shown(fonts="\0".join(f"/fonts/{n}.ttf" for n in range(1_200)))
    async with app.run_test() as pilot:
        await app.open("Fonts")
        assert str(app.query_one(ManyPaths).render()) == "1,200 files and folders, the first /fonts/0.ttf"
        await pilot.press("ctrl+d")
        await until(pilot, lambda: len(app.query(PathSelector)) == 1)


async def test_a_picked_text_file_keeps_what_it_is_a_file_of() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        await app.open("Text")
        source = app.query_one(SourceValue)
        source.take("/w.txt")
        await until(pilot, lambda: app.panel.values["text.source"] == "words:/w.txt")
        source.value = "lines:/x"
        assert source.path == "/x"
        source.take("/c.txt")
        await until(pilot, lambda: app.panel.values["text.source"] == "lines:/c.txt")


# What will be made


def test_the_volume_of_an_export() -> None:
    volume = Volume(fonts=1_830, samples=100, variants=2, bytes_per_sample=10_300.0)
    assert volume.images == 366_000
    assert volume.files == 366_000 + 5 * 1_830 + 20
    assert volume.words("/data/x") == (
        "1,830 fonts × 100 samples × 2 variants = 366,000 images, about 1.9 GB, into /data/x"
    )
    assert volume.disk_bytes is not None
    assert volume.content_bytes == 1_884_900_000 < volume.disk_bytes
    unknown = Volume(1, 1, 1, None)
    assert unknown.words("x\x1b") == "1 font × 1 sample × 1 variant = 1 image, into x�"
    assert unknown.disk_bytes is None


@pytest.mark.parametrize(
    ("fonts", "samples", "variants"), [(3, 100, ["clear", "blurred"]), (1, 1, ["clear"])]
)
async def test_the_tree_of_an_export(fonts: int, samples: int, variants: list[str]) -> None:
    config = ExportSessionConfig.model_validate({"num_samples": samples, "variants": variants})

    class Tree(App[None]):
        def compose(self) -> ComposeResult:
            yield StructurePreview()

    app = Tree()
    async with app.run_test():
        shown = app.query_one(StructurePreview)
        shown.show(config, Volume(fonts, samples, len(variants), 9_000.0), "Amiri")
        tree = str(shown.visual)
    assert "Amiri_001_clear.png" in tree
    assert ("… 2 more" in tree) == (fonts == 3)
    assert ("… 198 more" in tree) == (samples == 100)
    assert "about 2.7 MB" in tree if fonts == 3 else "about 9.0 KB" in tree
