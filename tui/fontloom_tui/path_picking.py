"""Paths of a screen: picked in a dialog, and looked at."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from textual.screen import Screen

from fontloom.model.result import PathValidation, SpaceCheck
from fontloom.store.room import check_disk_space, validate_output_path
from fontloom_tui.dialogs.path import PathDialog
from fontloom_tui.widgets.path_selector import PathSelector
from fontloom_tui.widgets.setting_values import SourceValue


class Site(NamedTuple):
    """Whether projects can be made in a folder, and what its disk has free if so."""

    validation: PathValidation
    room: SpaceCheck | None


async def look_at_output(path: Path, needed_bytes: int, inodes: int) -> Site:
    """Looks at a folder that is to hold so many bytes and inodes. Raises OSError."""

    def look() -> Site:
        valid = validate_output_path(path)
        return Site(valid, check_disk_space(path, needed_bytes, inodes) if valid.valid else None)

    return await asyncio.to_thread(look)


class PathPicking(Screen[None]):
    """A screen whose paths can be picked."""

    def on_path_selector_pick_asked(self, event: PathSelector.PickAsked) -> None:
        """Shows files and folders."""
        selector = event.selector
        check = look_at_output if selector.kind == "folder" else None

        def take(path: str) -> None:
            selector.value = path

        self._pick(PathDialog("Pick a path", selector.value, kind=selector.kind, check=check), take)

    def on_source_value_pick_asked(self, event: SourceValue.PickAsked) -> None:
        """Shows files."""
        self._pick(PathDialog("Pick a text file", event.value.path, kind="file"), event.value.take)

    def _pick(self, dialog: PathDialog, take: Callable[[str], object]) -> None:
        def picked(path: Path | None) -> None:
            if path is not None:
                take(str(path))

        self.app.push_screen(dialog, picked)
