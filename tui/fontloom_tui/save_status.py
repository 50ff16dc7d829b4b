"""How a document stands that is saved by itself."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class SaveState(StrEnum):
    """How the last change stands."""

    IDLE = "idle"
    SAVING = "saving"
    SAVED = "saved"
    FAILED = "failed"


class SaveStatus(NamedTuple):
    """How the last change stands, and since when or why."""

    state: SaveState = SaveState.IDLE
    at: datetime | None = None
    reason: str = ""
