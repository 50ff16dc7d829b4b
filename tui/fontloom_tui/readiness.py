"""Whether an export can start, in one line: what will be made, or what is in the way and where."""

from typing import NamedTuple

from fontloom.model.config import ExportSessionConfig
from fontloom.model.form import FieldProblem
from fontloom.model.result import SpaceCheck
from fontloom.model.schema import settings
from fontloom.model.words import clean, count, size
from fontloom_tui.path_picking import Site
from fontloom_tui.project_names import PROJECTS, Place, Standing
from fontloom_tui.widgets.structure_preview import Volume


class Readiness(NamedTuple):
    """The line, and the setting that is in the way, if any."""

    words: str
    key: str | None


def readiness(
    result: ExportSessionConfig | tuple[FieldProblem, ...],
    place: Place | None,
    site: Site | None,
    *,
    looking: bool,
    fonts_problem: str,
    volume: Volume,
) -> Readiness:
    """Judges the form, the place of the project and the fonts, in this order."""
    if not isinstance(result, ExportSessionConfig):
        return Readiness(_correct(result), result[0].key)
    if place is not None and place.standing is not Standing.FREE:
        return Readiness(_taken(place), "project_name")
    if site is not None and not site.validation.valid:
        return Readiness(clean(site.validation.message), "output_path")
    if fonts_problem:
        return Readiness(clean(fonts_problem), "fonts")
    if looking:
        return Readiness("The fonts are being looked at …", "fonts")
    if not volume.fonts:
        return Readiness("No font is taken. Mark fonts with space in the list.", "fonts")
    where = str(result.output_path / result.project_name)
    return Readiness(f"{volume.words(where)}{_short_of(volume, site and site.room)}", None)


def _short_of(volume: Volume, room: SpaceCheck | None) -> str:
    """What the disk lacks, which stops nothing: the estimate is one, and a full disk only pauses."""
    if room is None:
        return ""
    if volume.disk_bytes is not None and room.free_bytes < volume.disk_bytes:
        return f". NOT ENOUGH ROOM: {size(room.free_bytes)} free, {size(volume.disk_bytes)} needed"
    if room.free_inodes is not None and room.free_inodes < volume.files:
        return f". NOT ENOUGH ROOM: {room.free_inodes:,} inodes free, {volume.files:,} needed"
    return ""


def _correct(problems: tuple[FieldProblem, ...]) -> str:
    titles = {setting.key: setting.field.title for setting in settings()}
    several: dict[str, list[str]] = {}
    for problem in problems:
        several.setdefault(problem.words, []).append(str(titles[problem.key]))
    told = "; ".join(f"{' and '.join(named)}: {words}" for words, named in several.items())
    verb = "needs" if len(problems) == 1 else "need"
    return clean(f"{count(len(problems), 'setting')} {verb} correcting: {told}")


def _taken(place: Place) -> str:
    ways = [f"ctrl+n: take {clean(place.free_name)}"]
    if place.standing in PROJECTS:
        ways.append("ctrl+g: resume it" if place.standing is Standing.UNFINISHED else "ctrl+g: open it")
    return f"{place.words} {', '.join(ways)}."
