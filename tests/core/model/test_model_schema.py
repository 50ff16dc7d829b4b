"""The flat list of settings that file, environment, flags and form are made from."""

from enum import Enum

import pytest
from pydantic import BaseModel

from fontloom.model.config import ExportSessionConfig
from fontloom.model.schema import Setting, settings

SETTINGS = {setting.key: setting for setting in settings()}


def leaves(model: BaseModel, prefix: str = "") -> set[str]:
    """Keys of the plain values, by walking over a value and not over the schema."""
    keys: set[str] = set()
    for name, value in model:
        keys |= leaves(value, f"{prefix}{name}.") if isinstance(value, BaseModel) else {prefix + name}
    return keys


def test_every_leaf_of_the_configuration_is_a_setting() -> None:
    assert set(SETTINGS) == leaves(ExportSessionConfig())


@pytest.mark.parametrize("setting", settings(), ids=lambda s: s.key)
def test_every_setting_can_be_shown_and_set(setting: Setting) -> None:
    assert setting.field.title
    description = setting.field.description
    assert description is not None
    assert description.endswith(".")
    assert setting.section
    assert setting.flag.startswith("--")
    assert setting.flag == setting.flag.lower().replace("_", "-")
    assert setting.variable.startswith("FONTLOOM_")


@pytest.mark.parametrize("setting", settings(), ids=lambda s: s.key)
def test_every_default_stands_in_the_schema_itself(setting: Setting) -> None:
    value: object = ExportSessionConfig()
    for part in setting.path:
        value = getattr(value, part)
    assert setting.field.default == value


def test_flags_and_variables_are_unique() -> None:
    assert len({s.flag for s in SETTINGS.values()}) == len(SETTINGS)
    assert len({s.variable for s in SETTINGS.values()}) == len(SETTINGS)


def test_a_key_has_its_variable_and_section() -> None:
    charset = SETTINGS["text.charset"]
    assert (charset.variable, charset.flag, charset.section) == (
        "FONTLOOM_TEXT__CHARSET",
        "--charset",
        "Text",
    )
    assert SETTINGS["num_samples"].section == "Session"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("num_samples", "at least 1 and at most 10,000,000"),
        ("image_width", "at least 8 and at most 4,096 pixels"),
        ("style.size_min", "above 0.05 and at most 1 of fit"),
        ("style.alignments", "one of left, center, right"),
        ("effects.noise_probability", "at least 0 and at most 1"),
        ("text.characters", "at most 10,000 characters"),
        ("seed", "at least 0 and below 9,223,372,036,854,775,808"),
        ("color_mode", "one of L, RGB"),
        ("variants", "one of clear, blurred"),
        ("output_path", ""),
        ("style_variations", ""),
    ],
)
def test_bounds_in_words(key: str, words: str) -> None:
    assert SETTINGS[key].allowed == words


def test_kinds_of_settings() -> None:
    assert {key for key, s in SETTINGS.items() if s.is_switch} == {
        "style_variations",
        "enable_special_effects",
    }
    assert {key for key, s in SETTINGS.items() if s.is_list} == {
        "fonts",
        "variants",
        "style.alignments",
        "blur.kinds",
    }


def test_choices_are_those_of_the_type() -> None:
    for setting in SETTINGS.values():
        annotation = setting.field.annotation
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            assert setting.choices == tuple(member.value for member in annotation)
    assert SETTINGS["num_samples"].choices == ()
