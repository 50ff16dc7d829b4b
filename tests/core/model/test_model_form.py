"""The configuration as texts: there and back, and what is wrong with a text in words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fontloom.cli.settings import load_config
from fontloom.model.config import Alignment, BlurKind, Charset, ExportSessionConfig
from fontloom.model.errors import FontloomError
from fontloom.model.form import (
    PATHS_SEPARATOR,
    FieldProblem,
    check,
    default_text,
    form_values,
    holds_paths,
    is_number,
    stepped,
)
from fontloom.model.schema import Setting, settings

SETTINGS = {setting.key: setting for setting in settings()}
_paths = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1).map(
    lambda text: Path("/" + text)
)


def problems(**texts: str) -> tuple[FieldProblem, ...]:
    found = check({key.replace("__", "."): text for key, text in texts.items()})
    assert not isinstance(found, ExportSessionConfig)
    return found


def test_every_setting_has_a_text_and_the_defaults_come_back() -> None:
    values = form_values(ExportSessionConfig())
    assert values.keys() == SETTINGS.keys()
    assert values == {key: default_text(setting) for key, setting in SETTINGS.items()}
    assert check(values) == ExportSessionConfig()
    assert check({}) == ExportSessionConfig()


@given(
    fonts=st.lists(_paths, max_size=3),
    margin=st.floats(0, 0.4),
    seed=st.integers(0, 2**63 - 1),
    kinds=st.lists(st.sampled_from(BlurKind), min_size=1, max_size=3, unique=True),
    effects=st.booleans(),
    characters=st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
)
def test_any_configuration_comes_back(
    fonts: list[Path], margin: float, seed: int, kinds: list[BlurKind], effects: bool, characters: str
) -> None:
    config = ExportSessionConfig.model_validate(
        {
            "fonts": fonts,
            "seed": seed,
            "enable_special_effects": effects,
            "style": {"margin": margin},
            "blur": {"kinds": kinds},
            "text": {"characters": characters, "charset": Charset.GREEK},
        }
    )
    assert check(form_values(config)) == config


def test_numbers_are_written_as_one_types_them() -> None:
    config = ExportSessionConfig.model_validate({"style": {"rotation_max": 3.0, "margin": 0.1 + 0.2}})
    values = form_values(config)
    assert values["style.rotation_max"] == "3"
    assert values["style.margin"] == "0.30000000000000004"


def test_lists_are_told_apart_from_paths() -> None:
    config = check({"style.alignments": " left , right", "fonts": PATHS_SEPARATOR.join(["/a,b", "/c:d", ""])})
    assert isinstance(config, ExportSessionConfig)
    assert config.style.alignments == (Alignment.LEFT, Alignment.RIGHT)
    assert config.fonts == (Path("/a,b"), Path("/c:d"))
    assert {key for key, setting in SETTINGS.items() if holds_paths(setting)} == {"fonts", "output_path"}


def test_home_is_found_in_every_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    config = check({"output_path": "~/sets", "fonts": "~/fonts", "text.source": "words:~/w.txt"})
    assert isinstance(config, ExportSessionConfig)
    assert (config.output_path, config.fonts) == (Path("/home/ada/sets"), (Path("/home/ada/fonts"),))
    assert config.text.path == Path("/home/ada/w.txt")


def test_keys_that_are_no_settings_are_passed_over() -> None:
    assert check({"gone": "1", "text.gone": "1", "nowhere.at.all": "1"}) == ExportSessionConfig()


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("image_width", "4", "at least 8 and at most 4,096 pixels"),
        ("image_width", "", "a whole number, at least 8 and at most 4,096 pixels"),
        ("image_width", "12.5", "a whole number, at least 8 and at most 4,096 pixels"),
        ("seed", "9" * 5_000, "a whole number, at least 0 and below 9,223,372,036,854,775,808"),
        ("style.margin", "wide", "a number, at least 0 and at most 0.4 of height"),
        ("style.margin", "nan", "at least 0 and at most 0.4 of height"),
        ("style_variations", "perhaps", "yes or no"),
        ("text.charset", "klingon", "one of " + ", ".join(Charset)),
        ("variants", "clear,clear", "each variant can be named once"),
        ("blur.kinds", "", "one of gaussian, motion, defocus"),
        ("text.source", "web:x", "random, words:FILE, lines:FILE"),
        ("project_name", "a/b", 'no / \\ : * ? " < > |, no leading dot, no spaces at the ends'),
        ("project_name", "", "at least 1 characters and at most 100 characters"),
        ("output_path", "a\0b", "a path cannot contain a NUL character"),
    ],
)
def test_a_text_that_will_not_do_is_told_what_will(key: str, text: str, words: str) -> None:
    assert check({key: text}) == (FieldProblem(key, words),)


def test_a_list_that_is_wrong_twice_is_told_once() -> None:
    assert problems(variants="x,y") == (FieldProblem("variants", "one of clear, blurred"),)


def test_a_rule_about_two_settings_is_told_at_both_by_their_titles() -> None:
    words = "Shortest text 20 is above Longest text 12"
    assert problems(text__min_length="20") == (
        FieldProblem("text.min_length", words),
        FieldProblem("text.max_length", words),
    )


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = problems(num_samples="0", image_width="x", blur__strength_min="0.4")
    keys = [problem.key for problem in found]
    assert keys == ["num_samples", "image_width", "blur.strength_min", "blur.strength_max"]


@pytest.mark.parametrize(
    ("key", "text"),
    [("image_width", "4"), ("style.margin", "x"), ("text.source", "web:x"), ("style_variations", "maybe")],
)
def test_flags_and_form_say_the_same(key: str, text: str) -> None:
    with pytest.raises(FontloomError) as refused:
        load_config(None, {}, {key: text})
    (problem,) = problems(**{key.replace(".", "__"): text})
    assert refused.value.error.detail.endswith(f"is not allowed; allowed: {problem.words}")


@pytest.mark.parametrize(
    ("key", "text", "steps", "expected"),
    [
        ("num_samples", "100", 1, "110"),
        ("num_samples", "5", -1, "1"),
        ("num_samples", "9999999", 10, "10000000"),
        ("text.min_length", "4", -1, "3"),
        ("style.margin", "0.08", 1, "0.09"),
        ("style.margin", "0.08", -10, "0"),
        ("style.rotation_max", "3", 1, "4"),
        ("blur.strength_min", "0.02", -5, "0.01"),
        ("seed", "0", -1, "0"),
        ("image_width", "wide", 1, "256"),
        ("image_width", "nan", 1, "256"),
    ],
)
def test_numbers_step_within_their_bounds(key: str, text: str, steps: int, expected: str) -> None:
    assert stepped(SETTINGS[key], text, steps) == expected


@pytest.mark.parametrize("setting", [s for s in settings() if is_number(s)], ids=lambda s: s.key)
def test_a_step_up_from_the_default_is_another_good_value(setting: Setting) -> None:
    up = stepped(setting, default_text(setting), 1)
    assert up != default_text(setting)
    assert isinstance(check({setting.key: up}), ExportSessionConfig)
    assert float(stepped(setting, up, -1)) == float(default_text(setting))
