"""The form as it was left: saved by itself a little after each change, and there next time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import ConfigDict, Field, ValidationError

from fontloom.model.base import SCHEMA_VERSION, Model
from fontloom.store.backend import StorageBackend
from fontloom_tui.save_status import SaveState, SaveStatus

KEY = "draft"
ASIDE = "draft-damaged"
DELAY_SECONDS = 2.0


class Draft(Model):
    """What was typed, right or wrong, by key of the setting."""

    # Another version may have kept more.
    model_config = ConfigDict(extra="ignore")

    schema_version: int = Field(SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION)
    values: dict[str, str] = Field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    """Names of fonts that were left out by choice."""


class Loaded(NamedTuple):
    """What was kept, if it can be used, and what has to be said about it."""

    draft: Draft | None = None
    notice: str = ""


def load_draft(documents: StorageBackend) -> Loaded:
    """The kept draft. One that cannot be read is moved aside, and never in the way."""
    try:
        data = documents.load(KEY)
    except OSError as error:
        return Loaded(notice=f"The draft cannot be read: {error.strerror}. The form begins with defaults.")
    if data is None:
        return Loaded()
    try:
        return Loaded(Draft.model_validate_json(data))
    except ValidationError:
        return Loaded(notice=_move_aside(documents, data))


def _move_aside(documents: StorageBackend, data: bytes) -> str:
    said = "The draft is damaged or from a newer fontloom. The form begins with defaults"
    try:
        documents.save(ASIDE, data)
        documents.delete(KEY)
    except OSError as error:
        return f"{said}; the draft could not be moved aside: {error.strerror}."
    return f"{said}; the draft is kept as {ASIDE}."


class DraftSaver:
    """Saves the newest draft some time after the last change, one save at a time.

    `tell` hears of every step. `wait` is how time passes.
    """

    def __init__(
        self,
        documents: StorageBackend,
        now: Callable[[], datetime],
        tell: Callable[[SaveStatus], object],
        *,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._documents = documents
        self._now = now
        self._tell = tell
        self._wait = wait
        self._pending: Draft | None = None
        self._timer: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._saves: set[asyncio.Task[None]] = set()

    def change(self, values: Mapping[str, str], left_out: tuple[str, ...] = ()) -> None:
        """The form is like this now."""
        # JSON holds no lone surrogates, which names of files can bring along.
        texts = {key: text.encode(errors="replace").decode() for key, text in values.items()}
        self._pending = Draft(values=texts, left_out=left_out)
        self._stop_timer()
        self._timer = asyncio.create_task(self._later())

    async def flush(self) -> None:
        """Saves at once what is not saved yet, after a save that is under way."""
        self._stop_timer()
        await self._save()

    async def _later(self) -> None:
        await self._wait(DELAY_SECONDS)
        # A save is a task of its own: the next change stops the timer, and never a save.
        save = asyncio.create_task(self._save())
        self._saves.add(save)
        save.add_done_callback(self._saves.discard)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def _save(self) -> None:
        async with self._turn:
            draft, self._pending = self._pending, None
            if draft is None:
                return
            self._tell(SaveStatus(SaveState.SAVING))
            try:
                await asyncio.to_thread(self._documents.save, KEY, draft.model_dump_json().encode())
            except OSError as error:
                # Kept, so that leaving tries once more; a change in the meantime is newer.
                self._pending = self._pending or draft
                self._tell(SaveStatus(SaveState.FAILED, reason=error.strerror or str(error)))
            else:
                self._tell(SaveStatus(SaveState.SAVED, self._now()))
