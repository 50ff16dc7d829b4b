"""From defaults, file, environment and flags to one configuration."""

import json
import os
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from fontloom.cli.settings import engine_config, load_config
from fontloom.model.config import Charset, EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.schema import Setting, settings

TWO_VALUES: dict[str, tuple[Any, Any]] = {
    "project_name": ("one", "two"),
    "output_path": ("/one", "/two"),
    "fonts": (["/one", "/one b"], ["/two"]),
    "text.source": ("words:/one", "lines:/two"),
    "text.characters": ("abc", "äöü"),
    "text.max_length": (50, 60),
    "blur.strength_min": (0.01, 0.03),
    "blur.strength_max": (0.2, 0.3),
    "seed": (1, 2**63 - 1),
}
"""Where two values that differ from the default cannot be guessed from the schema."""


def two_values(setting: Setting) -> tuple[Any, Any]:
    """Two values as they stand in a file, neither of them the default where there are enough."""
    if setting.key in TWO_VALUES:
        return TWO_VALUES[setting.key]
    default: Any = setting.field.default
    if isinstance(default, bool):
        return not default, default
    if setting.is_list:
        return [setting.choices[0]], [setting.choices[1]]
    if isinstance(default, Enum):
        others = [choice for choice in setting.choices if choice != default.value]
        return others[0], [*others, default.value][1]
    if isinstance(default, int):
        return default + 1, default + 2
    return default * 1.1, default * 0.9


def value_of(config: ExportSessionConfig, setting: Setting) -> Any:
    value: Any = config
    for part in setting.path:
        value = getattr(value, part)
    return value


def expected(setting: Setting, value: Any) -> Any:
    """The value as the configuration holds it."""
    for name in reversed(setting.path):
        value = {name: value}
    return value_of(ExportSessionConfig.model_validate(value), setting)


def toml(key: str, value: Any) -> str:
    section, _, name = key.rpartition(".")
    head = f"[{section}]\n" if section else ""
    return f"{head}{name} = {json.dumps(value, ensure_ascii=False)}\n"


def in_environment(setting: Setting, value: Any) -> dict[str, str]:
    if setting.is_list:
        value = (os.pathsep if setting.key == "fonts" else ",").join(value)
    return {setting.variable: str(value)}


def as_flag(value: Any) -> Any:
    """As the command hands it over: switches are bool, lists are list[str], all else is text."""
    return value if isinstance(value, bool | list) else str(value)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_config(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_config


def message(file: Path | None = None, environ: dict[str, str] | None = None, **flags: Any) -> str:
    """What a wrong configuration is told."""
    with pytest.raises(FontloomError) as refused:
        load_config(file, environ or {}, {key.replace("__", "."): value for key, value in flags.items()})
    assert refused.value.error.code is ErrorCode.CONFIG_INVALID
    return refused.value.error.detail


def test_without_anything_the_defaults_hold() -> None:
    assert load_config(None, {"HOME": "/root", "PATH": "/bin"}, {}) == ExportSessionConfig()


@pytest.mark.parametrize("setting", settings(), ids=lambda s: s.key)
def test_each_setting_file_then_environment_then_flag(setting: Setting, write: Any) -> None:
    first, second = two_values(setting)
    assert expected(setting, first) != expected(setting, second)
    assert expected(setting, first) != setting.field.default

    file = write(toml(setting.key, first))
    assert value_of(load_config(file, {}, {}), setting) == expected(setting, first)

    environ = in_environment(setting, second)
    assert value_of(load_config(file, environ, {}), setting) == expected(setting, second)
    assert value_of(load_config(None, environ, {}), setting) == expected(setting, second)

    flags = {setting.key: as_flag(first)}
    assert value_of(load_config(file, environ, flags), setting) == expected(setting, first)
    flags = {setting.key: as_flag(second)}
    assert value_of(load_config(file, {}, flags), setting) == expected(setting, second)


def test_sources_are_joined_setting_by_setting(write: Any) -> None:
    file = write("num_samples = 1\nseed = 1\n[text]\nmin_length = 1\nmax_length = 9\n")
    environ = {"FONTLOOM_SEED": "2", "FONTLOOM_TEXT__MAX_LENGTH": "8"}
    config = load_config(file, environ, {"image_width": "300", "text.charset": "digits"})
    assert (config.num_samples, config.seed, config.image_width) == (1, 2, 300)
    assert (config.text.min_length, config.text.max_length) == (1, 8)
    assert config.text.charset is Charset.DIGITS


@pytest.mark.parametrize(
    ("text", "wrong", "near"),
    [
        ("num_sample = 3", "num_sample", "num_samples"),
        ("[text]\nmin_lenght = 3", "text.min_lenght", "text.min_length"),
        ("[engin]\nworkers = 3", "engin", "engine"),
        ("[style]\nrotation = 3", "style.rotation", "style.rotation_max"),
    ],
)
def test_an_unknown_key_in_a_file_names_the_nearest(text: str, wrong: str, near: str, write: Any) -> None:
    file = write(text)
    assert message(file) == f"{wrong} ({file}): there is no such setting; did you mean {near}?"


def test_an_unknown_key_that_is_near_to_nothing_is_still_named(write: Any) -> None:
    assert message(write("zzz = 3")).endswith("zzz (" + str(write("zzz = 3")) + "): there is no such setting")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("FONTLOOM_NUM_SAMPLE", "FONTLOOM_NUM_SAMPLES"),
        ("FONTLOOM_TEXT_CHARSET", "FONTLOOM_TEXT__CHARSET"),
        ("FONTLOOM_WORKERS", "FONTLOOM_ENGINE__WORKERS"),
    ],
)
def test_an_unknown_variable_names_the_nearest(name: str, near: str) -> None:
    words = message(environ={name: "3"})
    assert words == f"{name} (environment): there is no such setting; did you mean {near}?"


def test_a_section_written_as_a_value_is_explained(write: Any) -> None:
    file = write('text = "random"')
    assert message(file) == f"text ({file}): write it as a section, [text]"


def test_a_setting_written_as_a_section_is_refused(write: Any) -> None:
    assert message(write("[num_samples]\nx = 1")).startswith("num_samples (--samples, ")


@pytest.mark.parametrize("text", ["num_samples = ", "= 3", "[text", 'a = "\x00"', "seed = 1\nseed = 2"])
def test_a_file_that_is_not_toml_is_named(text: str, write: Any) -> None:
    file = write(text)
    assert message(file).startswith(f"{file} is not TOML: ")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"seed = 1 # \xff")
    assert message(file).startswith(f"{file} is not TOML: ")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert message(missing) == f"{missing}: No such file or directory"
    assert message(tmp_path) == f"{tmp_path}: Is a directory"


def test_a_value_out_of_bounds_is_told_field_value_origin_and_bounds(write: Any) -> None:
    bounds = "is not allowed; allowed: at least 1 and at most 10,000,000"
    file = write("num_samples = 0")
    assert message(file) == f"num_samples (--samples, {file}): 0 {bounds}"
    assert message(None, {"FONTLOOM_NUM_SAMPLES": "0"}) == (
        f"num_samples (--samples, environment variable FONTLOOM_NUM_SAMPLES): '0' {bounds}"
    )
    assert message(num_samples="0") == f"num_samples (--samples, flag): '0' {bounds}"


def test_the_origin_told_is_that_of_the_value_that_counts(write: Any) -> None:
    file = write("num_samples = 5")
    assert "flag" in message(file, {"FONTLOOM_NUM_SAMPLES": "7"}, num_samples="0")
    assert load_config(write("num_samples = 0"), {}, {"num_samples": "5"}).num_samples == 5


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ('num_samples = "many"', "num_samples (--samples, ", "at least 1 and at most 10,000,000"),
        ("image_width = 25.5", "image_width (--width, ", "at least 8 and at most 4,096 pixels"),
        ('fonts = "one.ttf"', "fonts (--fonts, ", "allowed: a list"),
        ('variants = "clear"', "variants (--variants, ", "allowed: a list"),
        ("style_variations = 3", "style_variations (--style-variations, ", "allowed: yes or no"),
        ("fonts = [3]", "fonts (--fonts, ", "allowed: a path"),
        ('[text]\ncharset = "klingon"', "text.charset (--charset, ", "latin, greek, cyrillic"),
        ('[blur]\nkinds = ["box"]', "blur.kinds (--blur-kinds, ", "one of gaussian, motion, defocus"),
        ('[text]\nsource = "web:x"', "text.source (--text, ", "allowed: random, words:FILE, lines:FILE"),
        ('[text]\nsource = "words:"', "text.source (--text, ", "allowed: random, words:FILE, lines:FILE"),
        (
            'style_variations = "perhaps"',
            "style_variations (--style-variations, ",
            "allowed: yes or no",
        ),
        ("[style]\nmargin = nan", "style.margin (--margin, ", "at least 0 and at most 0.4 of height"),
        ("[text]\nmin_length = 9\nmax_length = 3", "text: ", "min_length 9 is above max_length 3"),
    ],
)
def test_a_wrong_value_in_a_file_is_told_what_is_allowed(text: str, start: str, end: str, write: Any) -> None:
    words = message(write(text))
    assert words.startswith(start)
    assert words.endswith(end)


def test_all_wrong_values_are_told_at_once(write: Any) -> None:
    lines = message(write("num_samples = 0\nimage_width = 1"), image_height="1").splitlines()
    assert [line.split()[0] for line in lines] == ["num_samples", "image_width", "image_height"]


def test_paths_in_a_file_start_at_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Any
) -> None:
    file = write('output_path = "out"\nfonts = ["a", "/b", "../c"]\n[text]\nsource = "words:w:1.txt"')
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for config in (load_config(file, {}, {}), load_config(Path("../config.toml"), {}, {})):
        assert config.output_path.resolve() == tmp_path / "out"
        fonts = [path.resolve() for path in config.fonts]
        assert fonts == [tmp_path / "a", Path("/b"), tmp_path.parent / "c"]
        assert config.text.path is not None
        assert config.text.path.resolve() == tmp_path / "w:1.txt"


def test_home_in_a_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Any) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    config = load_config(
        write('output_path = "~/out"\nfonts = ["~/f"]\n[text]\nsource = "lines:~/t"'), {}, {}
    )
    assert config.output_path == Path("/home/someone/out")
    assert config.fonts == (Path("/home/someone/f"),)
    assert config.text.source == "lines:/home/someone/t"


def test_paths_in_environment_and_flags_are_taken_as_they_are() -> None:
    config = load_config(None, {"FONTLOOM_OUTPUT_PATH": "out"}, {"fonts": ["a", "b,c:d"]})
    assert config.output_path == Path("out")
    assert config.fonts == (Path("a"), Path("b,c:d"))


def test_lists_in_the_environment() -> None:
    environ = {
        "FONTLOOM_FONTS": os.pathsep.join(["/a", "/b, c"]),
        "FONTLOOM_VARIANTS": "blurred,clear",
        "FONTLOOM_BLUR__KINDS": "motion",
    }
    config = load_config(None, environ, {})
    assert config.fonts == (Path("/a"), Path("/b, c"))
    assert config.variants == ("blurred", "clear")
    assert config.blur.kinds == ("motion",)
    assert load_config(None, {"FONTLOOM_FONTS": ""}, {}).fonts == ()


def test_lists_in_flags_are_words_or_joined_by_commas() -> None:
    for given in (["blurred", "clear"], ["blurred,clear"]):
        assert load_config(None, {}, {"variants": given}).variants == ("blurred", "clear")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("yes", True), ("true", True), ("0", False), ("no", False), ("off", False)],
)
def test_switches_in_the_environment(text: str, value: bool) -> None:
    assert load_config(None, {"FONTLOOM_STYLE_VARIATIONS": text}, {}).style_variations is value


def test_a_path_that_is_not_utf8_is_refused() -> None:
    assert message(output_path=os.fsdecode(b"/o\xff")).endswith(
        "a path has to be UTF-8: it is kept in JSON files"
    )


def test_engine_settings_are_replaced_by_flags_alone() -> None:
    base = EngineConfig(workers=3, min_free_mb=7)
    changed = engine_config(base, {"engine.workers": "5"})
    assert (changed.workers, changed.min_free_mb) == (5, 7)
    with pytest.raises(FontloomError) as refused:
        engine_config(base, {"engine.workers": "-1"})
    assert refused.value.error.detail == (
        "engine.workers (--workers, flag): '-1' is not allowed; allowed: at least 0 and at most 1,024"
    )
