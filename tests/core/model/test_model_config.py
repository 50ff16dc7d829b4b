"""The bounds of the configuration, and what it says of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fontloom.model.config import (
    BlurConfig,
    EngineConfig,
    ExportSessionConfig,
    StyleConfig,
    TextConfig,
)


@pytest.mark.parametrize(
    ("field", "lowest", "highest"),
    [
        ("num_samples", 1, 10_000_000),
        ("image_width", 8, 4096),
        ("image_height", 8, 4096),
        ("seed", 0, 2**63 - 1),
    ],
)
def test_numbers_are_taken_up_to_their_bounds_and_not_beyond(field: str, lowest: int, highest: int) -> None:
    for value in (lowest, highest):
        assert getattr(ExportSessionConfig.model_validate({field: value}), field) == value
    for value in (lowest - 1, highest + 1):
        with pytest.raises(ValidationError):
            ExportSessionConfig.model_validate({field: value})


@pytest.mark.parametrize(
    ("section", "field", "wrong"),
    [
        ("text", "min_length", 0),
        ("text", "max_length", 201),
        ("text", "characters", "a" * 10_001),
        ("text", "charset", "klingon"),
        ("style", "margin", 0.41),
        ("style", "size_min", 0.05),
        ("style", "rotation_max", -1),
        ("style", "min_contrast", 256),
        ("style", "alignments", []),
        ("style", "alignments", ["middle"]),
        ("effects", "noise_probability", 1.01),
        ("effects", "perspective_max", 0),
        ("effects", "shadow_max", 1),
        ("blur", "kinds", []),
        ("blur", "strength_min", 0),
        ("engine", "workers", -1),
        ("engine", "batch_seconds", 0),
        ("engine", "durability", "none"),
        ("engine", "worker_timeout_seconds", 0.5),
    ],
)
def test_values_out_of_bounds_are_refused_and_located(section: str, field: str, wrong: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        ExportSessionConfig.model_validate({section: {field: wrong}})
    assert {error["loc"][:2] for error in refused.value.errors()} == {(section, field)}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_none_are_refused(number: float) -> None:
    for section, field in (("style", "margin"), ("effects", "noise_max"), ("engine", "batch_seconds")):
        with pytest.raises(ValidationError):
            ExportSessionConfig.model_validate({section: {field: number}})


@pytest.mark.parametrize(
    ("model", "values", "words"),
    [
        (TextConfig, {"min_length": 9, "max_length": 3}, "min_length 9 is above max_length 3"),
        (
            BlurConfig,
            {"strength_min": 0.3, "strength_max": 0.1},
            "strength_min 0.3 is above strength_max 0.1",
        ),
        (TextConfig, {"source": "internet"}, "allowed: random, words:FILE, lines:FILE"),
        (TextConfig, {"source": "words:"}, "allowed: random, words:FILE, lines:FILE"),
        (TextConfig, {"source": "pages:book.txt"}, "allowed: random, words:FILE, lines:FILE"),
        (ExportSessionConfig, {"variants": ["clear", "clear"]}, "each variant can be named once"),
        (ExportSessionConfig, {"output_path": "a\0b"}, "a path cannot contain a NUL character"),
        (ExportSessionConfig, {"fonts": ["a\0b"]}, "a path cannot contain a NUL character"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(
    model: type, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        model.model_validate(values)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".hidden", "a/b", "a\\b", "a\0b", " a", "a ", "a:b", "a*", "a\nb", "a\x1b[2J", "n" * 101],
)
def test_a_project_name_cannot_leave_the_output_folder(name: str) -> None:
    with pytest.raises(ValidationError):
        ExportSessionConfig(project_name=name)


@pytest.mark.parametrize("name", ["dataset", "run 7", "字体", "a.b", "n" * 100])
def test_project_names_in_any_script_are_taken(name: str) -> None:
    assert ExportSessionConfig(project_name=name).project_name == name


@given(st.text(max_size=20))
def test_a_project_name_that_is_taken_is_one_part_of_a_path(name: str) -> None:
    try:
        taken = ExportSessionConfig(project_name=name).project_name
    except ValidationError:
        return
    assert Path("out", taken).parent == Path("out")
    assert Path("out", taken).name == taken
    assert taken.isprintable()


@pytest.mark.parametrize(
    "values", [{"samples": 3}, {"text": {"lenght": 3}}, {"engine": {"threads": 3}}, {"numSamples": 3}]
)
def test_unknown_keys_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        ExportSessionConfig.model_validate(values)


def test_a_configuration_cannot_be_changed() -> None:
    config = ExportSessionConfig()
    with pytest.raises(ValidationError, match="frozen"):
        config.num_samples = 5
    with pytest.raises(ValidationError, match="frozen"):
        config.text.min_length = 5
    assert config == ExportSessionConfig()


def test_the_text_source_has_a_kind_and_a_path() -> None:
    assert (TextConfig().kind, TextConfig().path) == ("random", None)
    words = TextConfig(source="words:/data/c:d.txt")
    assert (words.kind, words.path) == ("words", Path("/data/c:d.txt"))


def test_a_configuration_survives_json() -> None:
    config = ExportSessionConfig(
        fonts=(Path("/fonts"),),
        seed=2**63 - 1,
        text=TextConfig(source="lines:/c.txt", characters="é字"),
        engine=EngineConfig(workers=3),
    )
    assert ExportSessionConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    "same",
    [
        ExportSessionConfig(project_name="other"),
        ExportSessionConfig(output_path=Path("/elsewhere")),
        ExportSessionConfig(fonts=(Path("/fonts"),)),
        ExportSessionConfig(engine=EngineConfig(workers=7, batch_seconds=3)),
    ],
)
def test_the_plan_leaves_out_paths_and_the_engine(same: ExportSessionConfig) -> None:
    assert same.plan() == ExportSessionConfig().plan()


@pytest.mark.parametrize(
    "other",
    [
        ExportSessionConfig(num_samples=101),
        ExportSessionConfig(seed=1),
        ExportSessionConfig(image_width=257),
        ExportSessionConfig(variants=("blurred", "clear")),
        ExportSessionConfig(style_variations=False),
        ExportSessionConfig(text=TextConfig(max_length=13)),
        ExportSessionConfig(style=StyleConfig(margin=0.09)),
        ExportSessionConfig(blur=BlurConfig(strength_max=0.07)),
    ],
)
def test_the_plan_holds_what_decides_the_bytes(other: ExportSessionConfig) -> None:
    assert other.plan() != ExportSessionConfig().plan()


def test_the_plan_knows_a_text_file_by_its_kind_and_not_its_place() -> None:
    here = ExportSessionConfig(text=TextConfig(source="words:/here/w.txt")).plan()
    there = ExportSessionConfig(text=TextConfig(source="words:/there/w.txt")).plan()
    lines = ExportSessionConfig(text=TextConfig(source="lines:/here/w.txt")).plan()
    assert here == there != lines


def test_the_plan_is_json() -> None:
    plan = ExportSessionConfig().plan()
    assert json.loads(json.dumps(plan)) == plan
