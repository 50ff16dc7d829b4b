"""From defaults, file, environment and flags to one configuration, with messages for a person."""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.form import refusals
from fontloom.model.schema import Setting, settings

_PREFIX = "FONTLOOM_"

Origins = dict[str, str]
"""Where the value of each key came from."""


def load_config(
    file: Path | None, environ: Mapping[str, str], flags: Mapping[str, Any]
) -> ExportSessionConfig:
    """The configuration: defaults < file < environment < flags.

    `flags` holds values by key (`text.charset`), without those not given. Raises
    FontloomError(CONFIG_INVALID) that names every wrong value, where it came from and what is allowed.
    """
    values, origins = _merge(file, environ, flags)
    try:
        return ExportSessionConfig.model_validate(values)
    except ValidationError as error:
        raise FontloomError(ErrorCode.CONFIG_INVALID, _explain(error, origins)) from error


def engine_config(base: EngineConfig, flags: Mapping[str, Any]) -> EngineConfig:
    """The engine's settings with some replaced by flags. Raises FontloomError(CONFIG_INVALID)."""
    given = {key.removeprefix("engine."): value for key, value in flags.items()}
    try:
        return EngineConfig.model_validate(base.model_dump() | given)
    except ValidationError as error:
        origins = dict.fromkeys(flags, "flag")
        raise FontloomError(ErrorCode.CONFIG_INVALID, _explain(error, origins, ("engine",))) from error


def _merge(
    file: Path | None, environ: Mapping[str, str], flags: Mapping[str, Any]
) -> tuple[dict[str, Any], Origins]:
    known = {setting.key: setting for setting in settings()}
    values: dict[str, Any] = {}
    origins: Origins = {}
    if file is not None:
        for key, value in _flatten(_read(file), file, known).items():
            _put(values, key, _from_folder(key, value, file.absolute().parent))
            origins[key] = str(file)
    variables = {setting.variable: setting for setting in known.values()}
    for name, text in environ.items():
        if not name.startswith(_PREFIX):
            continue
        if name not in variables:
            raise _unknown(name, "environment", list(variables))
        setting = variables[name]
        _put(values, setting.key, _split(setting, text))
        origins[setting.key] = f"environment variable {name}"
    for key, value in flags.items():
        several = known[key].is_list and key != "fonts"
        _put(values, key, _split(known[key], ",".join(value)) if several else value)
        origins[key] = "flag"
    return values, origins


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise FontloomError(ErrorCode.CONFIG_INVALID, f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FontloomError(ErrorCode.CONFIG_INVALID, f"{file} is not TOML: {error}") from error


def _flatten(table: dict[str, Any], file: Path, known: dict[str, Setting]) -> dict[str, Any]:
    sections = {setting.path[0] for setting in known.values() if len(setting.path) > 1}
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if name in sections:
            if not isinstance(value, dict):
                reason = f"{name} ({file}): write it as a section, [{name}]"
                raise FontloomError(ErrorCode.CONFIG_INVALID, reason)
            flat |= {f"{name}.{inner}": part for inner, part in value.items()}
        else:
            flat[name] = value
    for key in flat:
        if key not in known:
            raise _unknown(key, str(file), [*known, *sections])
    return flat


def _from_folder(key: str, value: Any, folder: Path) -> Any:
    """Relative paths in a file start at the folder of the file, and ~ at home: no shell sees them."""
    if key == "output_path" and isinstance(value, str):
        return folder / os.path.expanduser(value)
    if key == "fonts" and isinstance(value, list):
        return [folder / os.path.expanduser(path) if isinstance(path, str) else path for path in value]
    if key == "text.source" and isinstance(value, str) and ":" in value:
        kind, _, path = value.partition(":")
        return f"{kind}:{folder / os.path.expanduser(path)}" if path else value
    return value


def _split(setting: Setting, text: str) -> Any:
    if not setting.is_list:
        return text
    return [part for part in text.split(os.pathsep if setting.key == "fonts" else ",") if part]


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    section, dot, name = key.rpartition(".")
    (values.setdefault(section, {}) if dot else values)[name] = value


def _unknown(key: str, origin: str, known: list[str]) -> FontloomError:
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return FontloomError(ErrorCode.CONFIG_INVALID, f"{key} ({origin}): there is no such setting{hint}")


def _explain(error: ValidationError, origins: Origins, base: tuple[str, ...] = ()) -> str:
    lines = []
    for refusal in refusals(error, base):
        if refusal.setting is None:
            lines.append(f"{refusal.key or 'configuration'}: {refusal.words}")
            continue
        origin = f", {origins[refusal.key]}" if refusal.key in origins else ""
        name = f"{refusal.key} ({refusal.setting.flag}{origin})"
        lines.append(f"{name}: {refusal.value!r} is not allowed; {refusal.words}")
    return "\n".join(lines)
