"""A path that is typed: completed, checked while it is typed, or picked from the folders."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

from textual import work
from textual.app import ComposeResult
from textual.message import Message
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from fontloom.model.result import PathValidation, SpaceCheck
from fontloom.model.words import clean, size
from fontloom_tui.widgets import style_of

Kind = Literal["folder", "file", "any"]
Check = Callable[[Path, int, int], Awaitable[tuple[PathValidation, SpaceCheck | None]]]
"""Looks at a path that has to hold so many bytes and inodes."""

_PATIENCE_SECONDS = 0.2


def completions(typed: str, *, folders_only: bool, most: int = 200) -> list[str]:
    """What a typed path can become, as one would type it; folders end with a slash. Empty when unreadable."""
    folder, _, start = typed.rpartition("/")
    place = Path(f"{folder}/" if "/" in typed else ".").expanduser()
    found = []
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                if not entry.name.startswith(start) or (entry.name.startswith(".") and not start):
                    continue
                is_folder = entry.is_dir()
                if is_folder or not folders_only:
                    found.append(entry.name + "/" * is_folder)
    except OSError:
        return []
    head = f"{folder}/" if "/" in typed else ""
    return [head + name for name in sorted(found)[:most]]


class _PathSuggester(Suggester):
    def __init__(self, folders_only: bool) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._folders_only = folders_only

    async def get_suggestion(self, value: str) -> str | None:
        if not value:
            return None
        found = await asyncio.to_thread(completions, value, folders_only=self._folders_only, most=1)
        return found[0] if found and found[0] != value else None


class PathSelector(Widget):
    """An input for one path, with a line below that says whether it will do."""

    HELP = """
### A path
Type it; the grey part is a suggestion that **→** takes. **ctrl+o** picks from the folders.
`~` is your home folder; a relative path starts where fontloom was started.
The line below says whether the place will do, and what it has free.
"""
    DEFAULT_CSS = style_of(__file__)
    BINDINGS = [("ctrl+o", "pick", "Pick")]

    class Changed(Message):
        """Another path was typed or picked."""

        def __init__(self, selector: "PathSelector", value: str) -> None:
            super().__init__()
            self.selector = selector
            self.value = value

        @property
        def control(self) -> "PathSelector":
            """The selector."""
            return self.selector

    class PickAsked(Message):
        """The folders are to be shown; answer by setting `value`."""

        def __init__(self, selector: "PathSelector") -> None:
            super().__init__()
            self.selector = selector

        @property
        def control(self) -> "PathSelector":
            """The selector."""
            return self.selector

    def __init__(
        self,
        value: str = "",
        *,
        kind: Kind = "folder",
        check: Check | None = None,
        placeholder: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._start = value
        self.kind: Kind = kind
        self._check = check
        self._placeholder = placeholder
        self._needs = (0, 0)
        self._timer: Timer | None = None
        self.good = True
        """Whether the last check found nothing against the path."""

    def compose(self) -> ComposeResult:
        yield Input(
            self._start,
            placeholder=self._placeholder,
            suggester=_PathSuggester(self.kind == "folder"),
            compact=True,
            select_on_focus=False,
        )
        yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        self.call_after_refresh(self._look_soon)

    @property
    def value(self) -> str:
        """The path as typed."""
        return self.query_one(Input).value if self.is_mounted else self._start

    @value.setter
    def value(self, path: str) -> None:
        if self.is_mounted:
            self.query_one(Input).value = path
        else:
            self._start = path

    def needs(self, count_bytes: int, inodes: int) -> None:
        """How much has to fit there."""
        if self._needs != (count_bytes, inodes):
            self._needs = (count_bytes, inodes)
            self._look_soon()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._look_soon()
        self.post_message(self.Changed(self, event.value))

    def action_pick(self) -> None:
        """Asks for the folders to be shown."""
        self.post_message(self.PickAsked(self))

    # The check

    def _look_soon(self) -> None:
        if self._check is None or not self.is_mounted:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PATIENCE_SECONDS, self._look)

    @work(exclusive=True)
    async def _look(self) -> None:
        assert self._check is not None
        text = self.value.strip()
        if not text:
            self._say("Type a path, or pick one with ctrl+o.", good=False)
            return
        path = Path(text).expanduser()
        try:
            valid, room = await self._check(path, *self._needs)
        except OSError as error:
            self._say(f"{path} cannot be looked at: {error.strerror}.", good=False)
            return
        words = [valid.message.rstrip(".")] if valid.message else ["exists, writable" if valid.exists else ""]
        enough = True
        if valid.valid and room is not None:
            words += room_words(room)
            enough = room.sufficient
        self._say(" · ".join(word for word in words if word), good=valid.valid and enough)

    def _say(self, words: str, *, good: bool) -> None:
        self.good = good
        verdict = self.query_one("#verdict", Static)
        verdict.update(clean(words))
        verdict.set_class(not good, "bad")


def room_words(room: SpaceCheck) -> list[str]:
    """What a disk has free, and what is needed of it."""
    words = [f"{size(room.free_bytes)} free"]
    if room.needed_bytes:
        words[0] += f", {size(room.needed_bytes)} needed"
    if room.free_inodes is not None:
        words.append(f"{_many(room.free_inodes)} files free")
        if room.needed_inodes:
            words[1] += f", {room.needed_inodes:,} needed"
    if not room.sufficient:
        words.append("NOT ENOUGH")
    return words


def _many(number: int) -> str:
    return f"{number / 1e6:,.1f} M" if number >= 1_000_000 else f"{number:,}"
