"""A typed path: completed, checked, picked from the folders."""

import os
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import DirectoryTree, Input, Static
from tui_world import Picture, until

from fontloom.model.result import PathValidation, SpaceCheck
from fontloom_tui.dialogs.path import PathDialog
from fontloom_tui.widgets.path_selector import PathSelector, completions


async def check(path: Path, count_bytes: int, inodes: int) -> tuple[PathValidation, SpaceCheck | None]:
    if path.name == "gone":
        raise OSError(5, "Input/output error")
    good = path.name != "bad"
    valid = PathValidation(
        path=path,
        valid=good,
        exists=good,
        writable=good,
        message="" if good else f"{path} is a file. Choose a folder.",
    )
    room = SpaceCheck(
        path=path,
        sufficient=count_bytes <= 10**9,
        free_bytes=10**9,
        needed_bytes=count_bytes,
        free_inodes=5_000,
        needed_inodes=inodes,
    )
    return valid, room


class Shown(App[None]):
    def __init__(self, value: str = "") -> None:
        super().__init__()
        self.start = value
        self.heard: list[str] = []
        self.picked: list[Path | None] = []

    def compose(self) -> ComposeResult:
        yield PathSelector(self.start, check=check)

    def on_path_selector_changed(self, event: PathSelector.Changed) -> None:
        self.heard.append(event.value)

    def on_path_selector_pick_asked(self, event: PathSelector.PickAsked) -> None:
        self.push_screen(PathDialog("Output folder", event.selector.value), self.picked.append)

    @property
    def verdict(self) -> str:
        return str(self.query_one("#verdict", Static).visual)

    @property
    def path(self) -> PathSelector:
        return self.query_one(PathSelector)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("fonts/latin", "fonts/.hidden", "fontsets", "output"):
        (tmp_path / "work" / name).mkdir(parents=True)
    (tmp_path / "work" / "fonts.toml").touch()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def test_completions_are_what_one_would_type(folders: Path) -> None:
    assert completions("fo", folders_only=True) == ["fonts/", "fontsets/"]
    assert completions("fo", folders_only=False) == ["fonts.toml", "fonts/", "fontsets/"]
    assert completions("fonts/", folders_only=True) == ["fonts/latin/"]
    assert completions("fonts/.", folders_only=True) == ["fonts/.hidden/"]
    assert completions(f"{folders}/out", folders_only=True) == [f"{folders}/output/"]
    assert completions("absent/x", folders_only=True) == []
    assert completions("fonts.toml/x", folders_only=True) == []


async def test_a_suggestion_is_taken_with_right(folders: Path) -> None:
    app = Shown()
    async with app.run_test() as pilot:
        app.query_one(Input).focus()
        await pilot.press(*"ou")
        await until(pilot, lambda: app.query_one(Input)._suggestion)
        await pilot.press("right")
        assert app.path.value == "output/"
        assert app.heard[-1] == "output/"


async def test_the_verdict_says_what_is_free_and_what_is_needed() -> None:
    app = Shown("/data")
    async with app.run_test() as pilot:
        app.path.needs(400_000_000, 3_000)
        await until(pilot, lambda: "needed" in app.verdict)
        assert (
            app.verdict == "exists, writable · 1.0 GB free, 400.0 MB needed · 5,000 files free, 3,000 needed"
        )
        assert app.path.good
        app.path.needs(4_000_000_000, 3_000)
        await until(pilot, lambda: "NOT ENOUGH" in app.verdict)
        assert not app.path.good


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type a path"),
        ("/bad", "/bad is a file. Choose a folder"),
        ("/gone", "/gone cannot be looked at: Input/output error"),
    ],
)
async def test_what_is_wrong_is_said(typed: str, words: str) -> None:
    app = Shown(typed)
    async with app.run_test() as pilot:
        await until(pilot, lambda: words in app.verdict)
        assert not app.path.good


async def test_a_folder_is_picked_by_key(folders: Path, picture: Picture) -> None:
    app = Shown("fonts")
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(Input).focus()
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        await pilot.press("backspace")
        tree = app.screen.query_one("_Tree")
        await until(pilot, lambda: len(tree.root.children) == 3)  # type: ignore[attr-defined]
        await pilot.press("home", "down", "down", "down", "enter")
        await until(pilot, lambda: app.picked)
        assert app.picked == [folders / "output"]


async def test_a_typed_path_is_chosen_and_escape_chooses_none(folders: Path) -> None:
    app = Shown("output")
    async with app.run_test(size=(80, 24)) as pilot:
        for keys, picked in ((("shift+tab", "enter"), folders / "output"), (("escape",), None)):
            app.query_one(Input).focus()
            await pilot.press("ctrl+o")
            await until(pilot, lambda: isinstance(app.focused, DirectoryTree))
            await pilot.press(*keys)
            await until(pilot, lambda: not isinstance(app.screen, PathDialog))
            found = app.picked[-1]
            assert (found and found.absolute()) == picked


def test_a_folder_that_cannot_be_read_completes_nothing(folders: Path) -> None:
    (folders / "link").symlink_to("link")
    assert os.path.lexists("link")
    assert completions("link/", folders_only=True) == []
