"""Font metadata, summary and dataset card."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import FontStatus
from fontloom.model.session import FontProblem
from fontloom.report.card import dataset_card
from fontloom.report.metadata import font_metadata
from fontloom.report.summary import build_summary


def with_problems(session, count):
    problems = tuple(
        FontProblem(
            path=Path(f"/home/me/bad|{number:03d}_[x].ttf"),
            error=ExportError.of(ErrorCode.FONT_CORRUPT, "/home/me/secret"),
            skipped=False,
        )
        for number in range(count)
    )
    return session.model_copy(update={"problems": problems})


def test_metadata_holds_no_path_and_counts_right(project):
    font = project.session.fonts[1]
    metadata = font_metadata(font, project.commits[project.beta], project.session.config)
    assert metadata.file_name == f"{project.beta}.ttf"
    assert (metadata.images, metadata.samples, metadata.failed_samples) == (6, 3, (2,))
    assert "/home" not in metadata.model_dump_json()
    for name in set(type(font).model_fields) - {"path"}:
        assert getattr(metadata, name) == getattr(font, name)


def test_summary_counts_and_failures(project):
    summary = build_summary(project.session, project.checkpoint())
    assert (summary.exported_images, summary.failed_images, summary.total_images) == (14, 2, 16)
    assert summary.images_per_second == 2.0
    assert (summary.fonts_completed, summary.fonts_failed, summary.fonts_skipped) == (2, 1, 1)
    # The duplicate is left out and is no failure; the font with a lost sample is completed and listed.
    assert [(failure.font_name, failure.status, failure.failed_images) for failure in summary.failures] == [
        ("broken.ttf", "failed", 0),
        (project.beta, "completed", 2),
    ]
    assert summary.failures[1].error.code is ErrorCode.BLANK_IMAGE


def test_summary_of_a_font_given_up_halfway(project):
    error = ExportError.of(ErrorCode.WORKER_CRASHED, font_name=project.alpha)
    project.change_commit(
        project.alpha, status=FontStatus.FAILED, last_image_index=2, completed_images=4, error=error
    )
    summary = build_summary(project.session, project.checkpoint(elapsed_seconds=0))
    failure = next(failure for failure in summary.failures if failure.font_name == project.alpha)
    assert (failure.status, failure.failed_images, failure.error) == ("failed", 4, error)
    assert (summary.fonts_completed, summary.fonts_failed) == (1, 2)
    assert summary.images_per_second == 0.0


def test_summary_lists_a_font_that_lacks_characters(project):
    lacking = FontProblem(
        path=Path("/f/x.ttf"),
        error=ExportError.of(ErrorCode.MISSING_CHARACTERS, "abc"),
        skipped=True,
        font_name="X",
    )
    session = project.session.model_copy(update={"problems": (lacking,)})
    summary = build_summary(session, project.checkpoint())
    assert (summary.failures[0].font_name, summary.failures[0].status) == ("X", "skipped")
    assert (summary.fonts_failed, summary.fonts_skipped) == (0, 1)


def test_card_does_not_depend_on_when_where_and_how_fast(project):
    session, checkpoint = project.session, project.checkpoint()
    card = dataset_card(session, checkpoint)
    moved = session.config.model_copy(
        update={
            "output_path": Path("/elsewhere"),
            "engine": session.config.engine.model_copy(update={"workers": 7}),
        }
    )
    other = session.model_copy(
        update={
            "session_id": "s2",
            "output_path": Path("/elsewhere"),
            "created_at": session.created_at + timedelta(days=9),
            "config": moved,
            "versions": dict(reversed(session.versions.items())),
        }
    )
    later = project.checkpoint(
        elapsed_seconds=99,
        commits=77,
        updated_at=checkpoint.updated_at + timedelta(days=9),
        fonts=dict(reversed(project.commits.items())),
    )
    assert dataset_card(other, later) == card
    assert "/home" not in card
    assert str(session.output_path) not in card


def test_card_tells_the_facts(project):
    card = dataset_card(project.session, project.checkpoint())
    summary = build_summary(project.session, project.checkpoint())
    assert f"| digest | `{summary.digest}` |" in card
    assert "| images | 14 |" in card
    assert "| Latn | 1 | 8 |" in card
    assert "| Cyrl | 1 | 6 |" in card
    assert "- n<1K\n" in card
    assert "Unfinished" not in card
    assert "broken.ttf | font\\_corrupt |" not in card
    assert "| broken.ttf | font_corrupt |" in card
    assert "| copy.ttf | font_duplicate |" in card


def test_card_lists_the_script_with_most_images_first(project):
    project.change_commit(project.alpha, completed_images=2)
    card = dataset_card(project.session, project.checkpoint())
    assert card.index("| Cyrl | 1 | 6 |") < card.index("| Latn | 1 | 2 |")


def test_card_settings_can_be_read_back(project):
    session = project.session.model_copy(update={"text_hash": "cd" * 32})
    block = re.search(r"```toml\n(.*?)\n```", dataset_card(session, project.checkpoint()), re.S)
    settings = tomllib.loads(block[1])
    assert settings.pop("versions") == session.versions
    assert settings["text"].pop("source_sha256") == "cd" * 32
    assert settings == session.config.plan()


@pytest.mark.parametrize(
    ("images", "size"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**12, "n>1T")],
)
def test_card_size_category(project, images, size):
    project.change_commit(project.alpha, completed_images=images - 6)
    front = dataset_card(project.session, project.checkpoint()).split("---\n")[1]
    assert f"size_categories:\n- {size}\n" in front


def test_card_patterns_match_the_files(project):
    front = dataset_card(project.session, project.checkpoint()).split("---\n")[1]
    patterns = re.findall(r'^    - "(.+)"$', front, re.M)
    matched = {path for pattern in patterns for path in project.paths.root.glob(pattern)}
    pictures = set(project.paths.fonts.rglob("*.png"))
    assert matched == pictures | set(project.paths.fonts.rglob("metadata.jsonl"))


def test_card_of_a_project_without_images_names_no_files(project):
    project.commits.clear()
    card = dataset_card(project.session, project.checkpoint())
    assert "configs:" not in card
    assert "**Unfinished**: 0 of 2 fonts are done." in card


def test_card_lists_the_first_fonts_left_out_and_escapes_them(project):
    card = dataset_card(with_problems(project.session, 25), project.checkpoint())
    assert card.count("| font_corrupt |") == 20
    assert "bad\\|000\\_\\[x\\].ttf" in card
    assert "And 5 more" in card
    assert re.search(r"\| 25 \|$", card, re.M)
    assert "secret" not in card


def test_card_python_examples_compile(project):
    for block in re.findall(
        r"```python\n(.*?)```", dataset_card(project.session, project.checkpoint()), re.S
    ):
        compile(block, "card", "exec")


def test_card_pillow_example_runs(project, monkeypatch):
    card = dataset_card(project.session, project.checkpoint())
    code = re.search(r"```python\n(import json.*?)```", card, re.S)[1]
    monkeypatch.chdir(project.paths.root)
    names = {}
    exec(code + "            seen = seen + 1 if 'seen' in dir() else 1\n            image.close()\n", names)
    assert names["seen"] == 14
    assert names["label"] == "text 4"
