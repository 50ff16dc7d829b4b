"""A line of a log, taken apart: time, level, event, and the rest as key=value."""

from typing import Any, NamedTuple

import orjson

from fontloom.model.words import clean

LEVELS = ("debug", "info", "warning", "error")
"""From the least to the worst."""

_HEAD = ("time", "level", "event")
_FIRST = ("font", "font_name", "file", "sample", "samples", "detail", "message")
"""What tells most about an event comes first, so that it is seen on a narrow screen."""
_EVENT_WIDTH = 20
_LONG_VALUE = 60
"""Longer lists and objects are spread over rows."""


class LogLine(NamedTuple):
    """What is shown of a line. Without fields it is no JSON object, and shown as it is."""

    text: str
    fields: dict[str, Any]

    @property
    def level(self) -> str:
        """One of LEVELS, or nothing."""
        level = str(self.fields.get("level", "")).lower()
        return level if level in LEVELS else ""

    def columns(self, *, date: bool) -> tuple[tuple[str, str], ...]:
        """Texts and what each is: time, a level, event, key, value, or plain. In one row, cleaned."""
        if not self.fields:
            return ((_flat(self.text), "plain"),)
        time = _flat(str(self.fields.get("time", "")))[:19].replace("T", " ")
        level = self.level or "info"
        event = _flat(str(self.fields.get("event", "")))
        parts = [
            (f"{time if date else time[11:]:<{19 if date else 8}}  ", "time"),
            (f"{self.level[:4].upper() if self.level == 'warning' else self.level.upper():<5}  ", level),
            (f"{event:<{_EVENT_WIDTH}}  ", "event"),
        ]
        for key in self._order():
            parts += [(f"{_flat(key)}=", "key"), (f"{_value(self.fields[key])}  ", "value")]
        return tuple(parts)

    def _order(self) -> list[str]:
        told = {key for key, value in self.fields.items() if value is not None and key not in _HEAD}
        if self.fields.get("code") == self.fields.get("event"):
            told.discard("code")
        first = [key for key in _FIRST if key in told]
        return first + [key for key in self.fields if key in told and key not in first]

    def pretty(self) -> str:
        """The whole event over many rows: each field by itself, texts with their newlines. Cleaned."""
        if not self.fields:
            return clean(self.text)
        width = max(map(len, self.fields))
        rows = []
        for key in [*(key for key in _HEAD if key in self.fields), *self._order()]:
            value = self.fields[key]
            if not isinstance(value, str):
                flat = orjson.dumps(value).decode()
                long = len(flat) > _LONG_VALUE
                value = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if long else flat
            lines = clean(value).rstrip("\n").split("\n")
            if len(lines) == 1:
                rows.append(f"{clean(key):<{width}}  {lines[0]}")
            else:
                rows += [clean(key), *(f"  {line}" for line in lines)]
        return "\n".join(rows)


def read_line(text: str) -> LogLine:
    """Takes a line apart."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    return LogLine(text, found if isinstance(found, dict) else {})


def _value(value: object) -> str:
    if isinstance(value, str):
        text = _flat(value)
        return f'"{text}"' if " " in text or not text else text
    return _flat(orjson.dumps(value).decode())


def _flat(text: str) -> str:
    return text if text.isprintable() else clean(text.replace("\n", "⏎").replace("\t", " "))
