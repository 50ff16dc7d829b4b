import os
from pathlib import Path

import pytest

from fontloom.fonts.discovery import find_font_files, starter_font_files
from fontloom.model.errors import ErrorCode, FontloomError


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(files: tuple[Path, ...], root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in files]


def test_folders_are_walked_by_name_for_font_extensions(tmp_path: Path) -> None:
    for name in (
        "b.TTF",
        "a.otf",
        "c/z.woff2",
        "c/d/e.Ttc",
        "c/y.otc",
        "x.woff",
        "no.txt",
        "ttf",
        "c/README",
    ):
        touch(tmp_path / name)
    files, problems = find_font_files([tmp_path])
    assert names(files, tmp_path) == ["a.otf", "b.TTF", "c/d/e.Ttc", "c/y.otc", "c/z.woff2", "x.woff"]
    assert problems == ()


def test_named_paths_keep_their_order_and_may_have_any_extension(tmp_path: Path) -> None:
    odd, folder = touch(tmp_path / "zz.bin"), touch(tmp_path / "f" / "a.ttf").parent
    touch(folder / "other.bin")
    files, _ = find_font_files([odd, folder])
    assert names(files, tmp_path) == ["zz.bin", "f/a.ttf"]
    assert names(find_font_files([folder, odd])[0], tmp_path) == ["f/a.ttf", "zz.bin"]


def test_paths_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.ttf")
    monkeypatch.chdir(tmp_path)
    assert find_font_files([Path("a.ttf")])[0] == (tmp_path / "a.ttf",)


def test_what_links_reach_twice_is_taken_once(tmp_path: Path) -> None:
    real = touch(tmp_path / "m" / "a.ttf")
    (tmp_path / "m" / "b.ttf").symlink_to(real)
    os.link(real, tmp_path / "m" / "c.ttf")
    (tmp_path / "n").symlink_to(tmp_path / "m")
    files, problems = find_font_files([tmp_path, real, tmp_path])
    assert names(files, tmp_path) == ["m/a.ttf"]
    assert problems == ()


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "f.ttf")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    files, problems = find_font_files([tmp_path])
    assert names(files, tmp_path) == ["a/f.ttf"]
    assert [p.path.name for p in problems] == ["self"]


def test_broken_links_and_odd_files_are_problems(tmp_path: Path) -> None:
    touch(tmp_path / "a.ttf")
    (tmp_path / "gone.ttf").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.ttf")
    files, problems = find_font_files([tmp_path])
    assert names(files, tmp_path) == ["a.ttf"]
    assert [(p.path.name, p.error.code, p.skipped) for p in problems] == [
        ("gone.ttf", ErrorCode.FONT_UNREADABLE, False),
        ("pipe.ttf", ErrorCode.FONT_UNREADABLE, False),
    ]
    assert "link is broken" in problems[0].error.detail
    assert "regular" in problems[1].error.detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_and_folders_are_problems(tmp_path: Path) -> None:
    touch(tmp_path / "a.ttf").chmod(0)
    folder = touch(tmp_path / "closed" / "b.ttf").parent
    folder.chmod(0)
    try:
        files, problems = find_font_files([tmp_path])
    finally:
        folder.chmod(0o700)
    assert files == ()
    assert [p.path.name for p in problems] == ["a.ttf", "closed"]


def test_a_refusal_of_the_system_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.ttf")
    touch(tmp_path / "closed" / "b.ttf")
    listdir = os.listdir

    def refuse(path: Path) -> list[str]:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    files, problems = find_font_files([tmp_path])
    assert names(files, tmp_path) == ["a.ttf"]
    assert "Permission denied" in problems[0].error.detail


def test_a_name_that_is_not_utf8_is_a_problem_that_can_be_written(tmp_path: Path) -> None:
    touch(tmp_path / "a.ttf")
    try:
        with open(os.fsencode(tmp_path) + b"/\xff\n.ttf", "wb") as file:
            file.write(b"x")
    except OSError:
        pytest.skip("this file system holds UTF-8 names only")
    files, problems = find_font_files([tmp_path])
    assert names(files, tmp_path) == ["a.ttf"]
    assert "UTF-8" in problems[0].error.detail
    assert "\n" not in problems[0].error.detail
    assert problems[0].model_dump_json()


def test_a_named_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FontloomError, match=r"nowhere\.ttf") as caught:
        find_font_files([tmp_path, tmp_path / "nowhere.ttf"])
    assert caught.value.error.code is ErrorCode.NO_FONTS
    with pytest.raises(FontloomError):
        find_font_files([touch(tmp_path / "file") / "below"])


def test_the_starter_fonts_are_there_in_order() -> None:
    files = starter_font_files()
    assert [path.name for path in files][:3] == [
        "AmaticSC-Bold.ttf",
        "AmaticSC-Regular.ttf",
        "Caladea-Bold.ttf",
    ]
    assert {path.suffix for path in files} == {".ttf", ".otf"}
    assert len(files) >= 16
    assert starter_font_files() == files


def test_a_missing_starter_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fontloom.fonts.discovery.STARTER_PACKAGES", ("font_not_there",))
    with pytest.raises(FontloomError, match="font-not-there"):
        starter_font_files()
