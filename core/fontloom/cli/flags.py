"""Command-line flags made from the schema, so that file, environment and flags never differ."""

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from cyclopts import Group, Parameter

from fontloom.model.schema import Setting, settings


def with_flags(function: Callable[..., int], *, section: str | None = None) -> Callable[..., int]:
    """The function with a flag for each setting, or for those of one section of the schema.

    It is called with `flags`, a dict of the given ones by key, beside its own parameters.
    """
    chosen = [s for s in settings() if section is None or s.path[0] == section]
    names = {_name(setting): setting.key for setting in chosen}

    def call(*args: Any, **kwargs: Any) -> int:
        given = {key: kwargs.pop(name, None) for name, key in names.items()}
        return function(*args, flags={k: v for k, v in given.items() if v is not None}, **kwargs)

    own = inspect.signature(function)
    kept = [p for p in own.parameters.values() if p.name != "flags"]
    call.__signature__ = own.replace(parameters=[*kept, *_parameters(chosen)])  # type: ignore[attr-defined]
    call.__doc__ = function.__doc__
    call.__name__ = function.__name__
    return call


def _parameters(chosen: Iterable[Setting]) -> list[inspect.Parameter]:
    groups: dict[str, Group] = {}
    parameters = []
    for position, setting in enumerate(chosen):
        group = groups.setdefault(setting.section, Group(setting.section, sort_key=position))
        kind: Any = bool if setting.is_switch else list[str] if setting.is_list else str
        parameters.append(
            inspect.Parameter(
                _name(setting),
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[
                    kind | None,
                    Parameter(
                        name=setting.flag,
                        help=_help(setting),
                        group=group,
                        consume_multiple=setting.is_list,
                        negative_iterable=(),
                        show_default=False,
                    ),
                ],
            )
        )
    return parameters


def _name(setting: Setting) -> str:
    return "_".join(setting.path)


def _help(setting: Setting) -> str:
    bounds = setting.allowed
    default = _default(setting)
    facts = "; ".join(part for part in (bounds, f"default {default}" if default else "") if part)
    return f"{setting.field.description} [{facts}]" if facts else str(setting.field.description)


def _default(setting: Setting) -> str:
    value = setting.field.default
    if setting.is_switch:
        return "yes" if value else "no"
    if setting.is_list:
        return ",".join(map(str, value))
    return str(value)
