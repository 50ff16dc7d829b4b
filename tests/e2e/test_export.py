"""The main job, as its user runs it."""

import json
from collections.abc import Callable
from pathlib import Path

from PIL import Image


def test_every_image_can_be_read_and_has_its_label(command, reference: Path) -> None:
    for manifest in sorted(reference.glob("fonts/*/metadata.jsonl")):
        lines = [json.loads(line) for line in manifest.read_text().splitlines()]
        assert len(lines) == 120
        for line in lines:
            with Image.open(manifest.parent / line["file_name"]) as image:
                image.load()
                assert image.size == (line["width"], line["height"]) == (64, 24)
                low, high = image.getextrema()
                assert high - low > 20, f"{line['file_name']} shows nothing"
            assert line["font"] == manifest.parent.name
            assert line["text"]
            assert len(line["clusters"]) == len(line["boxes"])


def test_one_worker_makes_the_bytes_of_two(
    command, reference: Path, tmp_path: Path, digest: Callable[[Path], str]
) -> None:
    done = command.export(tmp_path, "one", "--workers", "1", "--batch-seconds", "0.3")
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "one") == digest(reference)


def test_process_durability_makes_the_same_bytes(
    command, reference: Path, tmp_path: Path, digest: Callable[[Path], str]
) -> None:
    done = command.export(tmp_path, "quick", "--durability", "process")
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "quick") == digest(reference)


def test_the_dataset_holds_no_time_no_host_and_no_path(command, reference: Path, tmp_path: Path) -> None:
    assert command.export(tmp_path, "whole").returncode == 0
    for path in sorted(reference.rglob("*")):
        inside = path.relative_to(reference)
        dataset = inside.parts[0] == "fonts" and inside.name != "progress.json"
        if path.is_file() and (dataset or inside.name == "README.md"):
            assert path.read_bytes() == (tmp_path / "whole" / inside).read_bytes(), inside


def test_another_seed_makes_other_images(command, reference: Path, tmp_path: Path, digest) -> None:
    assert command.export(tmp_path, "other", "--seed", "1").returncode == 0
    assert digest(tmp_path / "other") != digest(reference)


def test_bad_fonts_are_left_out_with_a_reason_and_the_rest_goes_on(
    command, tmp_path: Path, reference: Path
) -> None:
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    good = (reference / "session.json").read_text()
    source = Path(json.loads(good)["fonts"][0]["path"])
    (fonts / "good.ttf").write_bytes(source.read_bytes())
    (fonts / "copy.ttf").write_bytes(source.read_bytes())
    (fonts / "short.ttf").write_bytes(source.read_bytes()[:5000])
    (fonts / "empty.otf").touch()
    (fonts / "text.ttf").write_text("not a font")
    done = command.export(tmp_path, "bad", samples=5, fonts=[fonts])
    assert done.returncode == 3, done.stderr
    summary = json.loads((tmp_path / "bad" / "summary.json").read_text())
    assert summary["exported_images"] == 10
    reasons = {Path(f["path"]).name: f["error"]["code"] for f in summary["failures"]}
    assert reasons == {"short.ttf": "font_corrupt", "empty.otf": "font_corrupt", "text.ttf": "font_corrupt"}
    errors = [
        json.loads(line) for line in (tmp_path / "bad" / "logs" / "errors.log").read_text().splitlines()
    ]
    assert {error["code"] for error in errors} == {"font_corrupt", "font_duplicate"}
    assert all(error["suggested_action"] and error["time"] for error in errors)


def test_characters_that_no_font_has(command, tmp_path: Path) -> None:
    done = command.export(tmp_path, "none", "--characters", "語漢")
    assert done.returncode == 2
    assert "語漢" in done.stderr
    assert not (tmp_path / "none").exists()


def test_words_and_lines(command, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("alpha beta\ngamma 漢字\n")
    assert command.export(tmp_path, "words", "--text", f"words:{words}", samples=20).returncode == 0
    texts = {
        json.loads(line)["text"]
        for manifest in (tmp_path / "words").glob("fonts/*/metadata.jsonl")
        for line in manifest.read_text().splitlines()
    }
    assert texts == {"alpha", "beta", "gamma"}


def test_an_existing_project_is_not_touched(command, reference: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in reference.rglob("*")}
    again = command.export(reference.parent, reference.name)
    assert again.returncode == 2
    assert "finished" in again.stderr
    resumed = command.run("resume", reference)
    assert resumed.returncode == 2
    locks = {
        reference / ".fontloom",
        reference / ".fontloom" / "lock",
        reference / ".fontloom" / "owner.json",
    }
    after = {path: path.stat().st_mtime_ns for path in reference.rglob("*")}
    assert {p: t for p, t in after.items() if p not in locks} == {
        p: t for p, t in before.items() if p not in locks
    }


def test_a_folder_with_other_files_is_refused(command, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    done = command.export(tmp_path, "mine")
    assert done.returncode == 2
    assert "thesis.tex" in done.stderr
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
