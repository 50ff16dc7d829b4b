"""What stands where a project is to be made, and whether an export can start."""

import json
from pathlib import Path

import pytest

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.form import FieldProblem, check
from fontloom.model.result import PathValidation, SpaceCheck
from fontloom.store.lock import ProjectLock
from fontloom.store.paths import ProjectPaths
from fontloom_tui.path_picking import Site, look_at_output
from fontloom_tui.project_names import Place, Standing, look_at
from fontloom_tui.readiness import Readiness, readiness
from fontloom_tui.widgets.structure_preview import Volume

SOME = Volume(fonts=3, samples=10, variants=2, bytes_per_sample=1_000.0)
FREE = Place(Path("/sets/letters"), Standing.FREE, "", "letters")


def test_a_name_that_nothing_has_is_free(tmp_path: Path) -> None:
    assert look_at(tmp_path, "letters") == (tmp_path / "letters", Standing.FREE, "", "letters")
    assert look_at(tmp_path / "not" / "yet", "letters").standing is Standing.FREE


def test_an_empty_folder_and_a_start_that_was_cut_short_are_free(tmp_path: Path) -> None:
    (tmp_path / "letters" / ".fontloom").mkdir(parents=True)
    (tmp_path / "letters" / "fonts").mkdir()
    (tmp_path / "letters" / ".0123.tmp").touch()
    assert look_at(tmp_path, "letters").standing is Standing.FREE


def test_a_finished_project(project: Path) -> None:
    place = look_at(project.parent, "letters")
    assert place.standing is Standing.FINISHED
    assert (place.words, place.free_name) == ("letters exists and is finished.", "letters-2")


def test_an_unfinished_and_a_running_project(project: Path) -> None:
    paths = ProjectPaths(project)
    for file in (paths.progress, *paths.backups, paths.journal, paths.summary):
        file.unlink(missing_ok=True)
    place = look_at(project.parent, "letters")
    assert (place.standing, place.words) == (Standing.UNFINISHED, "letters exists and is unfinished (0%).")
    session = json.loads(paths.session.read_bytes())["session_id"]
    lock = ProjectLock(paths)
    lock.acquire(session)
    try:
        assert look_at(project.parent, "letters").standing is Standing.RUNNING
    finally:
        lock.release()


def test_other_things_in_the_way_are_named(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "holiday.jpg").touch()
    (tmp_path / "letters-2").mkdir()
    place = look_at(tmp_path, "letters")
    assert (place.standing, place.words) == (Standing.OTHER, "letters holds other files (holiday.jpg).")
    assert place.free_name == "letters-3"
    (tmp_path / "file").touch()
    assert look_at(tmp_path, "file").words == "file is a file, or lies below one."


def test_a_project_that_cannot_be_read_is_in_the_way_too(project: Path) -> None:
    ProjectPaths(project).session.write_bytes(b"?")
    place = look_at(project.parent, "letters")
    assert place.standing is Standing.OTHER
    assert place.words.startswith("letters cannot be used: ")


async def test_an_output_folder_is_looked_at_with_its_room(tmp_path: Path) -> None:
    site = await look_at_output(tmp_path, 1, 1)
    assert site.validation.valid
    assert site.room is not None
    assert site.room.sufficient
    (tmp_path / "file").touch()
    site = await look_at_output(tmp_path / "file", 1, 1)
    assert not site.validation.valid
    assert site.room is None


# Readiness


def a_site(free_bytes: int = 10**12, free_inodes: int | None = None, valid: bool = True) -> Site:
    validation = PathValidation(
        path=Path("/sets"), valid=valid, exists=True, writable=valid, message="" if valid else "It is closed."
    )
    room = SpaceCheck(
        path=Path("/sets"),
        sufficient=True,
        free_bytes=free_bytes,
        needed_bytes=0,
        free_inodes=free_inodes,
        needed_inodes=0,
    )
    return Site(validation, room)


def judged(
    config: ExportSessionConfig | tuple[FieldProblem, ...] | None = None,
    place: Place | None = FREE,
    site: Site | None = None,
    *,
    looking: bool = False,
    fonts_problem: str = "",
    volume: Volume = SOME,
) -> Readiness:
    config = config or ExportSessionConfig(output_path=Path("/sets"), project_name="letters")
    return readiness(config, place, site, looking=looking, fonts_problem=fonts_problem, volume=volume)


def test_what_will_be_made_is_told_when_nothing_is_in_the_way() -> None:
    words = "3 fonts × 10 samples × 2 variants = 60 images, about 30.0 KB, into /sets/letters"
    assert judged() == (words, None)
    assert judged(site=a_site()) == (words, None)


def test_wrong_settings_are_counted_and_named() -> None:
    one = check({"image_width": "4"})
    assert judged(one) == (
        "1 setting needs correcting: Width: at least 8 and at most 4,096 pixels",
        "image_width",
    )
    several = check({"image_width": "4", "text.min_length": "20"})
    assert judged(several).words == (
        "3 settings need correcting: Width: at least 8 and at most 4,096 pixels; "
        "Shortest text and Longest text: Shortest text 20 is above Longest text 12"
    )


@pytest.mark.parametrize(
    ("standing", "ways"),
    [
        (Standing.UNFINISHED, "ctrl+n: take letters-2, ctrl+g: resume it."),
        (Standing.RUNNING, "ctrl+n: take letters-2, ctrl+g: open it."),
        (Standing.FINISHED, "ctrl+n: take letters-2, ctrl+g: open it."),
        (Standing.OTHER, "ctrl+n: take letters-2."),
    ],
)
def test_a_name_that_is_taken_is_told_with_the_ways_out(standing: Standing, ways: str) -> None:
    place = Place(Path("/sets/letters"), standing, "It is taken.", "letters-2")
    assert judged(place=place) == (f"It is taken. {ways}", "project_name")


def test_a_folder_that_will_not_do_is_told() -> None:
    assert judged(site=a_site(valid=False)) == ("It is closed.", "output_path")


def test_too_little_room_is_told_and_stops_nothing() -> None:
    told = judged(site=a_site(free_bytes=50_000))
    assert told.key is None
    assert "NOT ENOUGH ROOM: 50.0 KB free, " in told.words
    assert "NOT ENOUGH ROOM: 12 inodes free, 95 needed" in judged(site=a_site(free_inodes=12)).words
    unknown = SOME._replace(bytes_per_sample=None)
    assert "NOT ENOUGH" not in judged(site=a_site(free_bytes=0), volume=unknown).words


def test_fonts_that_are_missing_or_yet_to_be_found_are_told() -> None:
    assert judged(looking=True).key == "fonts"
    assert judged(volume=SOME._replace(fonts=0)).words.startswith("No font is taken.")
    error = FontloomError(ErrorCode.NO_FONTS, "/a\x1b does not exist").error
    told = judged(fonts_problem=f"{error.message} {error.detail}")
    assert told == ("No usable font was found. /a� does not exist", "fonts")
