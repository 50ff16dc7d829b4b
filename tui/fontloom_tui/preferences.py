"""What the app remembers of its user's choices."""

from contextlib import suppress

from pydantic import Field, ValidationError

from fontloom.model.base import Model
from fontloom.store.backend import StorageBackend

_KEY = "preferences"


class Preferences(Model):
    """Choices that are there next time."""

    theme: str = "textual-dark"
    hertz: float = Field(1.0, ge=0.5, le=4.0)
    """Looks at the engine per second."""
    onboarded: bool = False
    """Whether the first steps were shown."""


def load_preferences(documents: StorageBackend) -> Preferences:
    """The remembered choices; the defaults when there are none that can be read."""
    try:
        return Preferences.model_validate_json(documents.load(_KEY) or b"{}")
    except (OSError, ValidationError):
        return Preferences()


def save_preferences(documents: StorageBackend, preferences: Preferences) -> None:
    """Remembers them, if the state folder can be written."""
    with suppress(OSError):
        documents.save(_KEY, preferences.model_dump_json().encode())
