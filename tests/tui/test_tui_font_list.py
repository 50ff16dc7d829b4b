"""The list of fonts: searched, taken, left out, thousands of them."""

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input, Static
from tui_world import SIZES, Picture, a_face

from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.scouting import FontScan
from fontloom.model.session import FontProblem
from fontloom_tui.widgets.font_list import FontList, _Rows
from fontloom_tui.widgets.font_pattern import matches


def a_scan(number: int = 0) -> FontScan:
    lack = ExportError.of(ErrorCode.MISSING_CHARACTERS, "It has none of the set cyrillic.")
    few = (
        a_face(
            "Amiri-Regular", scripts={"Arab": 900, "Latn": 200}, main_script="Arab", character_count=1_100
        ),
        a_face("Caladea-Bold", weight=700),
        a_face("Caladea-Italic", italic=True),
        a_face("Symbols", lacking=lack, scripts={"Zyyy": 40}, main_script="Zyyy", character_count=40),
    )
    many = tuple(a_face(f"Noto-{n:05d}") for n in range(number))
    broken = FontProblem(
        path=Path("/fonts/Broken.ttf"),
        error=ExportError.of(ErrorCode.FONT_CORRUPT, "no tables"),
        skipped=False,
    )
    return FontScan(fonts=few + many, problems=(broken,))


class Shown(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []

    def compose(self) -> ComposeResult:
        yield FontList()

    def on_font_list_highlighted(self, event: FontList.Highlighted) -> None:
        self.heard.append(event.font.font_name)

    def on_font_list_selection_changed(self, event: FontList.SelectionChanged) -> None:
        self.heard.append(event.count)

    @property
    def fonts(self) -> FontList:
        return self.query_one(FontList)

    @property
    def said(self) -> str:
        return str(self.query_one("#said", Static).visual)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", {"Amiri-Regular", "Caladea-Bold", "Caladea-Italic", "Symbols"}),
        ("cala", {"Caladea-Bold", "Caladea-Italic"}),
        ("cala !bold", {"Caladea-Italic"}),
        ("*-bold", {"Caladea-Bold"}),
        ("script:arab", {"Amiri-Regular"}),
        ("script:ARAB", {"Amiri-Regular"}),
        ("!script:latn", {"Symbols"}),
        ("italic", {"Caladea-Italic"}),
        ("lacking", {"Symbols"}),
        ("style:bold", {"Caladea-Bold"}),
        ("file:amiri", {"Amiri-Regular"}),
        ("variable", set()),
        ("!", {"Amiri-Regular", "Caladea-Bold", "Caladea-Italic", "Symbols"}),
        ("[", set()),
    ],
)
def test_a_pattern_finds(pattern: str, found: set[str]) -> None:
    assert {font.info.font_name for font in a_scan().fonts if matches(pattern, font)} == found


async def test_fonts_are_taken_and_left_out_by_key() -> None:
    app = Shown()
    async with app.run_test(size=(80, 24)) as pilot:
        app.fonts.show(a_scan())
        app.query_one(_Rows).focus()
        await pilot.pause()
        assert [font.font_name for font in app.fonts.chosen] == [
            "Amiri-Regular",
            "Caladea-Bold",
            "Caladea-Italic",
        ]
        await pilot.press("space")
        assert app.fonts.left_out == {"Amiri-Regular"}
        assert app.fonts.selected is not None
        assert app.fonts.selected.font_name == "Caladea-Bold"
        await pilot.press("slash", *"cala", "enter", "x")
        assert app.fonts.chosen == ()
        assert app.said == "0 of 4 fonts taken · 2 shown · 1 lack the text · 1 problem"
        await pilot.press("o")
        assert [font.font_name for font in app.fonts.chosen] == ["Caladea-Bold", "Caladea-Italic"]
        await pilot.press("escape", "a")
        assert len(app.fonts.chosen) == 3
        assert app.heard[-1] == 3


async def test_another_text_changes_which_fonts_lack_it() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        app.fonts.show(a_scan())
        app.fonts.show_lacking(
            [ExportError.of(ErrorCode.MISSING_CHARACTERS, "It has none.", font_name="Caladea-Bold")]
        )
        await pilot.pause()
        assert [font.font_name for font in app.fonts.chosen] == ["Amiri-Regular", "Caladea-Italic", "Symbols"]


async def test_a_new_scan_keeps_what_was_left_out_and_the_mark() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        app.fonts.show(a_scan())
        app.query_one(_Rows).focus()
        await pilot.press("down", "space")
        app.fonts.show(a_scan(100))
        await pilot.pause()
        assert app.fonts.left_out == {"Caladea-Bold"}
        assert app.fonts.selected is not None
        assert app.fonts.selected.font_name == "Caladea-Italic"


async def test_ten_thousand_fonts_are_walked_and_clicked() -> None:
    app = Shown()
    async with app.run_test(size=(80, 24)) as pilot:
        app.fonts.show(a_scan(10_000))
        rows = app.query_one(_Rows)
        rows.focus()
        await pilot.press("end")
        assert rows.cursor == 10_004
        assert app.fonts.selected is None  # the problem at the end
        await pilot.press("up")
        assert app.fonts.selected is not None
        assert app.fonts.selected.font_name == "Noto-09999"
        await pilot.press("home", "pagedown")
        assert 0 < rows.cursor < 24
        await pilot.click(_Rows, offset=(5, 1))
        assert rows.cursor == rows.scroll_offset.y + 1


async def test_an_odd_name_does_not_steer_the_terminal() -> None:
    app = Shown()
    async with app.run_test(size=(80, 24)) as pilot:
        scan = FontScan(fonts=(a_face("Evil\x1b[2J\u202e[red]"),), problems=())
        app.fonts.show(scan)
        await pilot.pause()
        line = app.query_one(_Rows).render_line(0).text
        assert "\x1b" not in line
        assert "\u202e" not in line
        assert "[red]" in line


@pytest.mark.parametrize("size", SIZES)
async def test_pictures(size: tuple[int, int], picture: Picture) -> None:
    app = Shown()
    async with app.run_test(size=size) as pilot:
        app.fonts.show(a_scan(60))
        app.query_one(_Rows).focus()
        await pilot.press("down", "space")
        await pilot.pause()
        await picture(app)


async def test_pictures_of_looking_and_of_nothing(picture: Picture) -> None:
    app = Shown()
    async with app.run_test(size=(80, 24)) as pilot:
        app.fonts.show_progress(412, 1_830)
        await pilot.pause()
        await picture(app)
        app.fonts.show_problem(ExportError.of(ErrorCode.NO_FONTS, "there is no font file in what was named"))
        await pilot.pause()
        await picture(app)


async def test_typing_in_the_pattern_is_no_command() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        app.fonts.show(a_scan())
        app.query_one("#pattern", Input).focus()
        await pilot.press(*"axo")
        assert app.query_one("#pattern", Input).value == "axo"
        assert app.fonts.left_out == frozenset()
