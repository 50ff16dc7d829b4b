"""Verification against real damage."""

import json
import os
import shutil

import pytest

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import EMPTY_DIGEST, FontStatus
from fontloom.model.session import SessionStatus
from fontloom.report import findings, verify
from fontloom.report.digest import chain, dataset_digest, sample_digest
from fontloom.report.verify import verify_project

BOTH = pytest.mark.parametrize("deep", [False, True])


def check(project, deep=False):
    return verify_project(project.paths.root, deep=deep)


def relative(project, path):
    return str(path.relative_to(project.paths.root))


@BOTH
def test_good_project_is_valid(project, deep):
    result = check(project, deep)
    assert (result.missing, result.changed, result.extra, result.problems) == ((), (), (), ())
    assert result.valid
    assert result.complete
    assert result.level == ("deep" if deep else "quick")
    assert result.images_expected == result.images_found == 14
    assert result.bytes_checked == sum(commit.bytes_written for commit in project.commits.values())
    assert result.digest == dataset_digest((name, commit.digest) for name, commit in project.commits.items())


@BOTH
def test_missing_image(project, deep):
    path = project.image(project.beta, 3, "blurred")
    path.unlink()
    result = check(project, deep)
    assert not result.valid
    assert result.missing == (relative(project, path),)
    assert result.images_found == 13
    # A deep digest is of what is there, so it cannot be that of the whole; a quick one is of the manifest.
    assert bool(result.problems) is deep


@BOTH
def test_image_of_other_size(project, deep):
    path = project.image(project.alpha, 1)
    with path.open("ab") as file:
        file.write(b"x")
    result = check(project, deep)
    assert result.changed == (relative(project, path),)
    assert not result.valid


def test_emptied_images_as_after_a_power_cut(project):
    paths = sorted(project.paths.images(project.alpha).iterdir())
    for path in paths:
        os.truncate(path, 0)
    result = check(project)
    assert sorted(result.changed) == [relative(project, path) for path in paths]
    assert not result.valid


def test_flipped_bit_is_seen_by_a_deep_look_only(project):
    path = project.image(project.alpha, 2)
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    assert check(project).valid
    result = check(project, deep=True)
    assert result.changed == (relative(project, path),)
    assert any(project.alpha in text and "digest" in text for text in result.problems)
    assert result.digest != check(project).digest


@BOTH
def test_symlink_instead_of_an_image(project, deep, tmp_path):
    path = project.image(project.alpha, 1)
    shutil.move(path, tmp_path / "elsewhere.png")
    path.symlink_to(tmp_path / "elsewhere.png")
    result = check(project, deep)
    assert result.changed == (relative(project, path),)
    assert any("not a regular file" in text for text in result.problems)


def test_pipe_instead_of_an_image_does_not_hang(project):
    path = project.image(project.alpha, 1)
    path.unlink()
    os.mkfifo(path)
    assert check(project, deep=True).changed == (relative(project, path),)


def test_extra_files_and_folders(project):
    extra = [
        project.paths.fonts / "Gamma" / "x.txt",
        project.paths.fonts / "stray.txt",
        project.paths.font(project.alpha) / "notes.txt",
        project.paths.font(project.alpha) / ".0123456789abcdef.tmp",
        project.image(project.alpha, 5),
        project.image(project.beta, 2),
        project.paths.images(project.alpha) / f"{project.alpha}_0001_clear.png",
        project.paths.images(project.alpha) / f"{project.alpha}_001_glowing.png",
        project.paths.images(project.alpha) / f"{project.beta}_001_clear.png",
    ]
    for path in extra:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    result = check(project)
    extra[0] = extra[0].parent
    assert result.extra == tuple(sorted(relative(project, path) for path in extra))
    assert not result.missing
    assert not result.valid


def test_unfinished_session_counts_only_what_is_committed(project):
    project.interrupt()
    (project.paths.images(project.alpha) / ".0123456789abcdef.tmp").write_bytes(b"x")
    result = check(project, deep=True)
    assert result.valid, result
    assert not result.complete
    assert result.images_expected == result.images_found == 10


def test_unfinished_session_still_needs_what_is_committed(project):
    project.interrupt()
    project.image(project.alpha, 2).unlink()
    project.image(project.alpha, 3).unlink()
    (project.paths.images(project.alpha) / "foreign.txt").write_bytes(b"x")
    result = check(project)
    assert result.missing == (relative(project, project.image(project.alpha, 2)),)
    assert result.extra == (f"fonts/{project.alpha}/images/foreign.txt",)


def test_finished_session_with_an_unfinished_font(project):
    project.interrupt()
    project.write_checkpoint(status=SessionStatus.COMPLETED)
    result = check(project)
    assert any(f"font {project.alpha}: not finished" in text for text in result.problems)
    assert any("behind the committed" in text for text in result.problems)
    assert len(result.extra) == 4


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda lines: lines[1:], id="first line gone"),
        pytest.param(lambda lines: lines[:-1], id="last line gone"),
        pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], id="two lines swapped"),
        pytest.param(lambda lines: [lines[0], *lines], id="a line twice"),
        pytest.param(lambda lines: [*lines[:3], b"{not json}\n", *lines[4:]], id="a bad line"),
        pytest.param(lambda lines: [*lines[:3], lines[3][:-9]], id="cut in a line"),
        pytest.param(lambda lines: [b"\0" * len(b"".join(lines))], id="zeros"),
        pytest.param(
            lambda lines: [lines[0].replace(b"text 1", b"text 9"), *lines[1:]], id="a label changed"
        ),
        pytest.param(lambda lines: [*lines, lines[-1]], id="a line more"),
    ],
)
def test_damaged_manifest(project, damage):
    path = project.paths.manifest(project.alpha)
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    result = check(project)
    assert not result.valid
    assert any(project.alpha in text for text in result.problems)
    assert not any(project.beta in text for text in result.problems)
    # The images are all there, and are looked at whatever the manifest is worth.
    assert (result.missing, result.extra) == ((), ())
    assert result.images_found == 14


def test_manifest_committed_in_the_wrong_order(project):
    """Its digest agrees, since that is of the lines as they stand; but they are not those of a session."""
    path = project.paths.manifest(project.alpha)
    lines = path.read_bytes().splitlines()
    lines[0], lines[1] = lines[1], lines[0]
    path.write_bytes(b"\n".join(lines) + b"\n")
    hashed = [(bytes.fromhex(json.loads(line)["sha256"]), line) for line in lines]
    digests = [sample_digest(hashed[start : start + 2]) for start in range(0, len(hashed), 2)]
    project.change_commit(project.alpha, digest=chain(EMPTY_DIGEST, digests))
    project.write_checkpoint()
    first, second = (f"images/{project.alpha}_001_{variant}.png" for variant in ("clear", "blurred"))
    due = f"a line about {second} where {first} is due"
    assert any(due in text for text in check(project).problems)


def test_missing_manifest(project):
    project.paths.manifest(project.alpha).unlink()
    result = check(project)
    assert result.missing == (f"fonts/{project.alpha}/metadata.jsonl",)
    assert not result.valid


def test_changed_hash_in_a_manifest_line(project):
    path = project.paths.manifest(project.alpha)
    lines = path.read_bytes().splitlines(keepends=True)
    sha = json.loads(lines[0])["sha256"].encode()
    path.write_bytes(lines[0].replace(sha, sha[::-1]) + b"".join(lines[1:]))
    assert any("digest" in text for text in check(project).problems)
    assert check(project, deep=True).changed == (relative(project, project.image(project.alpha, 1)),)


def test_whole_font_folder_missing(project):
    shutil.rmtree(project.paths.font(project.beta))
    result = check(project)
    assert len(result.missing) == 6 + 3
    assert result.images_found == 8


@pytest.mark.parametrize("name", ["metadata.json", "progress.json"])
def test_font_documents(project, name):
    path = project.paths.font(project.alpha) / name
    path.write_bytes(path.read_bytes()[:-5])
    assert any(relative(project, path) in text for text in check(project).problems)
    path.unlink()
    assert check(project).missing == (relative(project, path),)


def test_font_metadata_that_says_something_else(project):
    path = project.paths.font_metadata(project.alpha)
    said = path.read_text()
    path.write_text(said.replace('"glyph_count": 200', '"glyph_count": 201'))
    assert path.read_text() != said
    assert check(project).changed == (relative(project, path),)


def test_counts_that_contradict_each_other(project):
    project.change_commit(project.alpha, completed_images=7)
    project.write_checkpoint(exported_images=99)
    problems = "\n".join(check(project).problems)
    assert f"font {project.alpha}: 7 images are counted, 8 expected" in problems
    assert "counts 99 images, its fonts 13" in problems


def test_a_checkpoint_of_another_session_is_passed_over_for_a_copy(project):
    project.write_checkpoint(session_id="other")
    result = check(project)
    assert any("of another session" in text for text in result.problems)
    assert result.images_found == result.images_expected == 14


def test_font_of_the_checkpoint_that_the_session_does_not_know(project):
    project.commits["Delta"] = project.commits[project.alpha]
    project.write_checkpoint()
    result = check(project)
    assert any("font Delta" in text for text in result.problems)
    assert result.images_expected == 14


def test_completed_font_that_lacks_samples(project):
    project.change_commit(project.alpha, last_image_index=3)
    project.write_checkpoint()
    assert any("sample 3 of 4" in text for text in check(project).problems)


def test_failed_font_without_images_is_no_trouble(project):
    shutil.rmtree(project.paths.font(project.alpha))
    commit = type(project.commits[project.alpha])(status=FontStatus.FAILED)
    project.commits[project.alpha] = commit
    project.write_checkpoint()
    assert check(project).valid


def test_bad_checkpoint_falls_back_on_a_copy_and_says_so(project):
    project.write_checkpoint()
    project.paths.progress.write_bytes(b"\0" * 4096)
    result = check(project)
    assert result.images_found == result.images_expected == 14
    assert len(result.problems) == 1
    assert "progress.json is damaged" in result.problems[0]
    project.paths.progress.unlink()
    assert check(project).missing == ("progress.json",)


def test_no_checkpoint_at_all(project):
    project.paths.progress.unlink()
    result = check(project)
    assert not result.valid
    assert not result.complete
    assert result.images_expected == 0


def test_not_a_project(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(FontloomError) as caught:
            verify_project(path)
        assert caught.value.error.code is ErrorCode.NO_PROJECT


def test_bad_session_file(project):
    project.paths.session.write_bytes(project.paths.session.read_bytes()[:-30])
    with pytest.raises(FontloomError, match=r"session\.json") as caught:
        check(project)
    assert caught.value.error.code is ErrorCode.STATE_UNREADABLE


def test_long_lists_are_cut_and_counted(project, monkeypatch):
    monkeypatch.setattr(findings, "FINDINGS_KEPT", 5)
    shutil.rmtree(project.paths.images(project.alpha))
    result = check(project)
    assert len(result.missing) == 5
    assert result.problems == ("3 more missing files are not listed",)


def test_progress_is_told_to_the_end(project, monkeypatch):
    monkeypatch.setattr(verify, "_PROGRESS_EVERY", 4)
    calls = []
    verify_project(project.paths.root, on_progress=lambda done, total: calls.append((done, total)))
    assert calls == [(4, 14), (8, 14), (12, 14), (14, 14)]


def test_verify_writes_nothing(project):
    def state():
        return {
            path: path.lstat().st_mtime_ns
            for path in (project.paths.root, *sorted(project.paths.root.rglob("*")))
        }

    before = state()
    check(project, deep=True)
    assert state() == before
