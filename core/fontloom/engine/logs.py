"""The three logs of a project: JSON Lines, one object an event."""

from pathlib import Path
from typing import Any

import orjson
import structlog

from fontloom.model.errors import ErrorCategory, ExportError
from fontloom.store.paths import ProjectPaths

_GOES_ON = frozenset({ErrorCategory.TRANSIENT, ErrorCategory.INPUT})


def _dumps(event: dict[str, Any], **_: Any) -> bytes:
    return orjson.dumps(event, default=str)


class SessionLogs:
    """Writes export.log, errors.log and performance.log. A log that cannot be written stops no export."""

    def __init__(self, paths: ProjectPaths) -> None:
        paths.logs.mkdir(parents=True, exist_ok=True)
        self._files = {kind: _open(paths.log(kind)) for kind in ("export", "errors", "performance")}
        self._loggers = {
            kind: structlog.wrap_logger(
                structlog.BytesLogger(file),
                processors=[
                    structlog.processors.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                    structlog.processors.JSONRenderer(serializer=_dumps),
                ],
            )
            for kind, file in self._files.items()
        }

    def export(self, event: str, **values: Any) -> None:
        """What the session did."""
        self._write("export", "info", event, values)

    def error(self, error: ExportError, **values: Any) -> None:
        """What went wrong: a warning when the export goes on by itself, an error otherwise."""
        level = "warning" if error.category in _GOES_ON else "error"
        known = error.model_dump(mode="json", exclude_none=True)
        self._write("errors", level, error.code, known | values)

    def performance(self, event: str, **values: Any) -> None:
        """What it took."""
        self._write("performance", "debug", event, values)

    def _write(self, kind: str, level: str, event: str, values: dict[str, Any]) -> None:
        try:
            getattr(self._loggers[kind], level)(event, **values)
        except OSError:
            # The disk that cannot take a log line fails at the next commit too, and is dealt with there.
            return

    def close(self) -> None:
        """Closes the files."""
        for file in self._files.values():
            file.close()


def _open(path: Path) -> Any:
    return path.open("ab", buffering=0)
