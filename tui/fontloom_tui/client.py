"""The poller: asks the engine of one project for snapshots, one at a time, and tells the screens."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import FontProgress, Snapshot
from fontloom_tui.services import Engine, Services

_HISTORY = 240
_LEAST_RATE, _MOST_RATE = 0.5, 4.0
_OFFLINE_SECONDS = 3.0
"""Files change only when someone starts an engine again."""


class Link(StrEnum):
    """How we know what we show."""

    CONNECTING = "connecting"
    LIVE = "live"
    BUSY = "busy"
    """The engine is there and did not answer in time."""
    OFFLINE = "offline"
    """There is no engine: what is shown comes from the files."""


class SessionWatch:
    """One project as it is now. `tell` is called after each look, with what is known last."""

    def __init__(self, project: Path, services: Services, tell: Callable[[Snapshot | None], object]) -> None:
        self.project = project
        self.link = Link.CONNECTING
        self.snapshot: Snapshot | None = None
        self.fonts: dict[str, FontProgress] = {}
        """All fonts by name. An entry is replaced when the font changed, never altered."""
        self.rates: deque[float] = deque(maxlen=_HISTORY)
        """Images per second at each look, oldest first."""
        self.problem: FontloomError | None = None
        """Why the project cannot be shown at all."""
        self._services = services
        self._tell = tell
        self._engine: Engine | None = None
        self._hertz = 1.0
        self._wake = asyncio.Event()

    @property
    def hertz(self) -> float:
        """Looks per second, from 0.5 to 4."""
        return self._hertz

    @hertz.setter
    def hertz(self, value: float) -> None:
        self._hertz = min(_MOST_RATE, max(_LEAST_RATE, value))
        self._wake.set()

    async def run(self) -> None:
        """Looks until cancelled, or until the project cannot be read."""
        try:
            while self.problem is None:
                self._wake.clear()
                await self._look()
                rest = 1 / self._hertz if self.link is not Link.OFFLINE else _OFFLINE_SECONDS
                with suppress(TimeoutError):
                    async with asyncio.timeout(rest):
                        await self._wake.wait()
        finally:
            await self.close()

    async def _look(self) -> None:
        try:
            snapshot = await self._ask()
        except TimeoutError:
            self.link = Link.BUSY
            self._tell(self.snapshot)
            return
        except FontloomError as error:
            self.problem = error
            self._tell(self.snapshot)
            return
        self.snapshot = snapshot
        if self.link is Link.LIVE:
            self.rates.append(snapshot.stats.images_per_second)
        for font in snapshot.fonts:
            self.fonts[font.font_name] = font
        self._tell(snapshot)

    async def _ask(self) -> Snapshot:
        try:
            if self._engine is None:
                self._engine = await self._services.connect(self.project)
                cursor = 0
            else:
                cursor = 0 if self.snapshot is None else self.snapshot.cursor
            snapshot = await self._engine.snapshot(cursor)
        except FontloomError as error:
            if error.error.code is not ErrorCode.ENGINE_ABSENT:
                raise
            await self._hang_up()
            self.link = Link.OFFLINE
            return await self._services.offline(self.project)
        self.link = Link.LIVE
        return snapshot

    async def _hang_up(self) -> None:
        if self._engine is not None:
            await self._engine.close()
            self._engine = None

    async def close(self) -> None:
        """Leaves the engine. Idempotent."""
        await self._hang_up()

    # Steering: each asks the engine, and looks again at once. Raises FontloomError, TimeoutError.

    @property
    def engine(self) -> Engine:
        """The engine. Raises FontloomError(ENGINE_ABSENT)."""
        if self._engine is None:
            raise FontloomError(ErrorCode.ENGINE_ABSENT, str(self.project))
        return self._engine

    async def pause(self, *, leave: bool = False) -> None:
        """Finishes what is in flight; with `leave` the engine ends."""
        await self.engine.pause(leave=leave)
        self._wake.set()

    async def resume(self) -> None:
        """Goes on after a pause."""
        await self.engine.resume()
        self._wake.set()

    async def cancel(self) -> None:
        """Ends the session; what is committed stays."""
        await self.engine.cancel()
        self._wake.set()

    async def retry(self, fonts: tuple[str, ...] = ()) -> int:
        """Does fonts again; all that failed when none is named. Returns how many."""
        done = await self.engine.retry(fonts)
        self._wake.set()
        return done.count

    async def skip(self, fonts: tuple[str, ...]) -> int:
        """Leaves fonts out. Returns how many."""
        done = await self.engine.skip(fonts)
        self._wake.set()
        return done.count

    async def set_workers(self, count: int) -> None:
        """Changes the number of rendering processes."""
        await self.engine.set_workers(count)
        self._wake.set()

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen without a new engine."""
        return self.link is Link.OFFLINE

    @property
    def live(self) -> bool:
        """Whether there is an engine to ask, be it busy."""
        return self.link in (Link.LIVE, Link.BUSY)
