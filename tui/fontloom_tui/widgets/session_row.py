"""One line for each project: which columns there is room for, and what is in them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from textual.content import Content

from fontloom.model.result import ProjectProblem
from fontloom.model.words import age, clean, size
from fontloom_tui.widgets.project_words import (
    MUTED,
    Project,
    bar,
    colour,
    part_done,
    percent,
    short_name,
    state_of,
)

_GAP = 2
_STATE = 11
_LEAST_NAME = 12
_MOST_NAME = 32


class Columns(NamedTuple):
    """Widths in cells; a column of none is left out."""

    name: int
    bar: int
    images: int
    fonts: int
    size: int
    folder: int
    of_all: bool
    """Images as done of all, not as all."""

    @classmethod
    def fit(cls, width: int, projects: Iterable[Project]) -> "Columns":
        """The columns for a line of this width."""
        roomy = width >= 100
        counts = [_images(project, roomy) for project in projects]
        columns = cls(
            name=0,
            bar=14 if roomy else 8,
            images=max(map(len, (*counts, "images"))) if width >= 70 else 0,
            fonts=7 if roomy else 0,
            size=9 if roomy else 0,
            folder=0,
            of_all=roomy,
        )
        left = max(_LEAST_NAME, width - columns._taken)
        name = min(left, _MOST_NAME)
        folder = left - name - _GAP
        return columns._replace(name=name, folder=folder) if folder >= 12 else columns._replace(name=left)

    @property
    def _taken(self) -> int:
        others = [_STATE, self.bar + 5, self.images, self.fonts, self.size, 10]
        return sum(width + _GAP for width in others if width)


def head(columns: Columns) -> Content:
    """The titles above the lines."""
    return _join(
        "state".ljust(_STATE),
        "project".ljust(columns.name),
        "done".ljust(columns.bar + 5),
        "images".rjust(columns.images) if columns.images else None,
        "fonts".rjust(columns.fonts) if columns.fonts else None,
        "size".rjust(columns.size) if columns.size else None,
        "saved".rjust(10),
        "folder" if columns.folder else None,
    )


def row(project: Project, columns: Columns, now: datetime) -> Content:
    """One project. What cannot be read has the reason in place of the numbers."""
    state = state_of(project)
    word = Content.styled(state.ljust(_STATE), colour(state))
    name = _cut(short_name(project.project_path), columns.name)
    if isinstance(project, ProjectProblem):
        return _join(word, name, Content.styled(clean(project.error.message), MUTED))
    part = part_done(project)
    return _join(
        word,
        name,
        Content.assemble(bar(part, columns.bar, colour(state)), percent(part).rjust(5)),
        _images(project, columns.of_all).rjust(columns.images) if columns.images else None,
        f"{project.fonts:,}".rjust(columns.fonts) if columns.fonts else None,
        size(project.bytes_written).rjust(columns.size) if columns.size else None,
        age((now - project.updated_at).total_seconds()).rjust(10),
        _end(str(project.project_path.parent), columns.folder) if columns.folder else None,
    )


def _images(project: Project, of_all: bool) -> str:
    if isinstance(project, ProjectProblem):
        return ""
    done = f"{project.exported_images:,} / " if of_all else ""
    return f"{done}{project.total_images:,}"


def _join(*cells: Content | str | None) -> Content:
    present: Sequence[Content] = [Content(cell) if isinstance(cell, str) else cell for cell in cells if cell]
    return Content(" " * _GAP).join(present)


def _cut(text: str, width: int) -> Content:
    return Content(clean(text)).truncate(width, ellipsis=True, pad=True)


def _end(text: str, width: int) -> Content:
    """The end of a path, which tells more than its start."""
    text = clean(text)
    text = text if len(text) <= width else f"…{text[1 - width :]}"
    return Content.styled(text, MUTED)
