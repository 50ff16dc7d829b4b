"""The settings of ExportSessionConfig as a flat list: file, environment, flags and form are made from it."""

from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fontloom.model.config import ExportSessionConfig


class Setting(NamedTuple):
    """One setting."""

    path: tuple[str, ...]
    """Section, if any, and name."""
    section: str
    """Title of its section."""
    field: FieldInfo

    @property
    def key(self) -> str:
        """As in the configuration file: `num_samples`, `text.charset`."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return "FONTLOOM_" + "__".join(self.path).upper()

    @property
    def flag(self) -> str:
        """Its long option."""
        return f"--{self._extra['flag']}"

    @property
    def unit(self) -> str:
        """What it is counted in; may be empty."""
        return str(self._extra["unit"])

    @property
    def _extra(self) -> dict[str, Any]:
        extra = self.field.json_schema_extra
        return extra if isinstance(extra, dict) else {}

    @property
    def is_switch(self) -> bool:
        """Whether it is yes or no."""
        return self.field.annotation is bool

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return get_origin(self.field.annotation) is tuple

    @property
    def choices(self) -> tuple[str, ...]:
        """The values it can take, when they are few and have names."""
        return tuple(_choices(self.field.annotation))

    @property
    def allowed(self) -> str:
        """Its bounds in words; empty when it has none."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        length = " characters" if self.field.annotation is str else " values" if self.is_list else ""
        words = []
        for bound in self.field.metadata:
            match bound:
                case Ge(ge=value) | MinLen(min_length=value):
                    words.append(f"at least {_number(value)}{length}")
                case Gt(gt=value):
                    words.append(f"above {_number(value)}")
                case Le(le=value) | MaxLen(max_length=value):
                    words.append(f"at most {_number(value)}{length}")
                case Lt(lt=value):
                    words.append(f"below {_number(value)}")
                case _:
                    pass
        return " and ".join(words) + (f" {self.unit}" if words and self.unit else "")


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _choices(annotation: Any) -> Iterator[str]:
    origin = get_origin(annotation)
    if origin is Literal:
        yield from map(str, get_args(annotation))
    elif origin in (tuple, Union, UnionType):
        for part in get_args(annotation):
            yield from _choices(part)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(member.value) for member in annotation)


def settings() -> tuple[Setting, ...]:
    """All settings, in the order of the schema."""
    return tuple(_walk(ExportSessionConfig, (), "Session"))


def _walk(model: type[BaseModel], path: tuple[str, ...], section: str) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _walk(field.annotation, (*path, name), field.title or name)
        else:
            yield Setting((*path, name), section, field)
