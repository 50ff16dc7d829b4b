"""The scout, for the terminal app that starts it."""

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import platformdirs

from fontloom.control.connection import Connection
from fontloom.control.protocol import NoParams
from fontloom.control.scout_protocol import PREVIEW_WORKERS, LackingParams, PreviewParams, ScanParams
from fontloom.model.config import EngineConfig, ExportSessionConfig, TextConfig
from fontloom.model.errors import ErrorCode, FontloomError, classify
from fontloom.model.scouting import FontPreview, FontScan, Lacking, ScanProgress
from fontloom.model.session import FontInfo

_COMMAND = (sys.executable, "-P", "-m", "fontloom.control.scout")
_SCAN_SECONDS = 86_400.0  # each font has a deadline of its own
_END_SECONDS = 10.0


class Scout(Connection):
    """A process that opens fonts; several tasks may ask it at once.

    Every question raises FontloomError: WORKER_LOST when the scout is gone, CONFIG_INVALID for a path that
    is not UTF-8, or what the scout says is wrong; and TimeoutError when it does not answer in time.
    """

    peer = "The scout"
    absent = ErrorCode.WORKER_LOST
    _process: asyncio.subprocess.Process

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout: float) -> None:
        super().__init__(reader, writer, timeout)
        self._turns = asyncio.Semaphore(PREVIEW_WORKERS)

    @classmethod
    async def start(cls, command: Sequence[str] | None = None, *, timeout: float = 60.0) -> Self:
        """Starts a scout in a session of its own, which Ctrl-C of the terminal does not reach.

        It ends with this process at the latest. What it prints goes to a log in the user's state folder.
        Does not wait until it is ready. Raises FontloomError for what the system refuses.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await _start(command or _COMMAND, theirs)
            except BaseException as error:
                ours.close()
                if isinstance(error, OSError):
                    raise FontloomError(classify(error), str(error)) from error
                raise
        scout = await cls.over(ours, timeout)
        scout._process = process
        return scout

    async def close(self) -> None:
        """Ends the scout and its workers; idempotent."""
        await super().close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def scan(self, fonts: tuple[Path, ...], text: TextConfig, engine: EngineConfig) -> FontScan:
        """The fonts of files and folders, the starter fonts without any; may take minutes.

        A newer scan replaces an older one, which raises WORKER_LOST. Raises NO_FONTS.
        """
        params = ScanParams(fonts=fonts, text=text, engine=engine)
        return await self._ask("scan", params, FontScan, timeout=_SCAN_SECONDS)

    async def scan_progress(self) -> ScanProgress:
        """How far the scan is that is under way."""
        return await self._ask("scan_progress", NoParams(), ScanProgress)

    async def lacking(self, text: TextConfig) -> Lacking:
        """The fonts of the last scan that cannot write the text."""
        return await self._ask("lacking", LackingParams(text=text), Lacking)

    async def preview(
        self, config: ExportSessionConfig, font: FontInfo, first: int, samples: int
    ) -> FontPreview:
        """Samples of a font from number `first` on, 200 at most, as a session would draw them.

        What the font does to its worker is the preview's error. A call that is cancelled before its turn
        costs nothing. Raises TEXT_SOURCE.
        """
        config = config.model_copy(update={"fonts": ()})  # many, and none of them matters here
        params = PreviewParams(config=config, font=font, first=first, samples=samples)
        await self._turns.acquire()
        asked = asyncio.create_task(self._ask("preview", params, FontPreview))
        # The turn ends with the answer, also when nobody waits for it any more.
        asked.add_done_callback(lambda _: self._turns.release())
        return await asyncio.shield(asked)


async def _start(command: Sequence[str], connection: socket.socket) -> asyncio.subprocess.Process:
    folder = platformdirs.user_state_path("fontloom") / "logs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Begun anew by each scout, and appended to: two of them may write it.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    log = os.open(folder / "scout.log", flags, 0o600)
    try:
        return await asyncio.create_subprocess_exec(
            *command, stdin=connection.fileno(), stdout=log, stderr=log, start_new_session=True
        )
    finally:
        os.close(log)
