"""The configuration as texts that a person types, and what is wrong with them in words."""

import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple, get_args

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError

from fontloom.model.config import AnyPath, ExportSessionConfig
from fontloom.model.schema import Setting, settings

PATHS_SEPARATOR = "\0"
"""Between the paths of one text: the only character that no path holds."""

_WHOLE, _NUMBER, _SWITCH = "a whole number", "a number", "yes or no"
_KINDS = {
    "path_type": "a path",
    "tuple_type": "a list",
    "bool_parsing": _SWITCH,
    "bool_type": _SWITCH,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "int_type": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
}
"""What a value of the wrong kind should have been, by pydantic's name for the error."""


class Refusal(NamedTuple):
    """A value that the schema refuses."""

    key: str
    """Of the setting; of a section, or empty, when it is a rule about several settings."""
    setting: Setting | None
    value: Any
    words: str
    """`allowed: …`, or a sentence."""


class FieldProblem(NamedTuple):
    """What is wrong with one field."""

    key: str
    words: str


def refusals(error: ValidationError, base: tuple[str, ...] = ()) -> Iterator[Refusal]:
    """All that a configuration, or its section `base`, was refused for: the words of file, flags and form."""
    known = {setting.key: setting for setting in settings()}
    for problem in error.errors():
        parts = (*base, *map(str, problem["loc"]))
        keys = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        setting = next((known[key] for key in keys if key in known), None)
        words = problem["msg"].removeprefix("Value error, ")
        if setting and problem["type"] != "value_error":
            allowed = _allowed(setting, _KINDS.get(problem["type"]))
            words = f"allowed: {allowed}" if allowed else words
        yield Refusal(setting.key if setting else ".".join(parts), setting, problem["input"], words)


def _allowed(setting: Setting, kind: str | None) -> str:
    numbers = kind in (_WHOLE, _NUMBER)
    return ", ".join(part for part in (kind, setting.allowed if numbers or not kind else "") if part)


def holds_paths(setting: Setting) -> bool:
    """Whether a setting is a path or a list of paths."""
    annotation = setting.field.annotation
    return annotation is Path or AnyPath in get_args(annotation)


def is_number(setting: Setting) -> bool:
    """Whether a setting is counted or measured."""
    return setting.field.annotation in (int, float)


def form_values(config: ExportSessionConfig) -> dict[str, str]:
    """The text of each field, by key."""
    return {setting.key: field_text(setting, _value(config, setting)) for setting in settings()}


def field_text(setting: Setting, value: Any) -> str:
    """A value as it is typed."""
    if setting.is_switch:
        return "yes" if value else "no"
    if setting.is_list:
        return (PATHS_SEPARATOR if holds_paths(setting) else ",").join(map(str, value))
    if isinstance(value, float):
        return short if float(short := f"{value:g}") == value else repr(value)
    return str(value)


def default_text(setting: Setting) -> str:
    """The default as it is typed."""
    return field_text(setting, setting.field.default)


def _value(config: ExportSessionConfig, setting: Setting) -> Any:
    value: Any = config
    for part in setting.path:
        value = getattr(value, part)
    return value


def check(values: Mapping[str, str]) -> ExportSessionConfig | tuple[FieldProblem, ...]:
    """The configuration that the texts of the fields stand for, or all that is wrong with them.

    Defaults stand for missing keys; keys that are no settings are passed over. `~` in a path is home.
    """
    tree: dict[str, Any] = {}
    for setting in settings():
        if setting.key in values:
            part = tree
            for name in setting.path[:-1]:
                part = part.setdefault(name, {})
            part[setting.path[-1]] = _read(setting, values[setting.key])
    try:
        return ExportSessionConfig.model_validate(tree)
    except ValidationError as error:
        found = [problem for refusal in refusals(error) for problem in _problems(refusal)]
    # A list can be refused for several of its values in the same words.
    return tuple(dict.fromkeys(found))


def _read(setting: Setting, text: str) -> Any:
    if holds_paths(setting):
        if not setting.is_list:
            return os.path.expanduser(text)
        return [os.path.expanduser(path) for path in text.split(PATHS_SEPARATOR) if path]
    if setting.is_list:
        return [part.strip() for part in text.split(",") if part.strip()]
    if setting.key == "text.source":
        kind, colon, path = text.partition(":")
        return f"{kind}{colon}{os.path.expanduser(path)}"
    return text


def _problems(refusal: Refusal) -> Iterator[FieldProblem]:
    words = refusal.words.removeprefix("allowed: ")
    if refusal.setting is not None:
        yield FieldProblem(refusal.key, words)
        return
    # A rule about several settings tells their names: each of them has the problem, told by its title.
    within = [s for s in settings() if s.path[:-1] == tuple(filter(None, refusal.key.split(".")))]
    titles = {s.path[-1]: str(s.field.title) for s in within}
    told = re.sub(r"\w+", lambda word: titles.get(word[0], word[0]), words)
    named = [s for s in within if re.search(rf"\b{s.path[-1]}\b", words)]
    for setting in named or within[:1]:
        yield FieldProblem(setting.key, told)


def stepped(setting: Setting, text: str, steps: int) -> str:
    """The number some steps up or down, within its bounds; the default for what is no number.

    Steps fit the default: 10 for 256, 1 for 32, 0.01 for 0.08.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        return default_text(setting)
    if not value.is_finite():
        return default_text(setting)
    size = _step(setting)
    least, most = _bounds(setting, size)
    return f"{min(most, max(least, value + steps * size)):f}"


def _step(setting: Setting) -> Decimal:
    default = Decimal(default_text(setting))
    if setting.field.annotation is int:
        return Decimal(10 ** max(0, default.adjusted() - 1))
    return Decimal(1).scaleb((default / 2).adjusted())


def _bounds(setting: Setting, step: Decimal) -> tuple[Decimal, Decimal]:
    """The least and most that can be stepped to."""
    least, most = Decimal("-Infinity"), Decimal("Infinity")
    for bound in setting.field.metadata:
        match bound:
            case Ge(ge=value):
                least = Decimal(str(value))
            case Gt(gt=value):
                least = Decimal(str(value)) + step
            case Le(le=value):
                most = Decimal(str(value))
            case Lt(lt=value):
                most = Decimal(str(value)) - step
            case _:
                pass
    return least, most
