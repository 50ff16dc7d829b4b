"""The scout: `python -m fontloom.control.scout`, with a socket to the terminal app as its stdin.

It opens fonts on behalf of the app: a hostile font must not take the screen down, and a pool of processes
cannot be started inside a running Textual app. It ends, and its workers with it, when the app lets go of the
socket or is killed.
"""

import asyncio
import faulthandler
import os
import socket
from typing import Any

from fontloom.control.protocol import MAX_ANSWER, NoParams, RequestError, encode_fault, encode_result
from fontloom.control.requests import fault_of, no_method, read_params, read_request
from fontloom.control.scout_protocol import (
    PREVIEW_SECONDS,
    PREVIEW_WORKERS,
    LackingParams,
    PreviewParams,
    ScanParams,
)
from fontloom.engine.pool import LocalPool
from fontloom.engine.preview import preview_font
from fontloom.engine.scanning import inspect_fonts, lacking_fonts
from fontloom.engine.worker import Batch
from fontloom.fonts.scan import ScannedFont
from fontloom.model.base import Model
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.scouting import FontPreview, FontScan, Lacking, ScannedFontInfo, ScanProgress


def main() -> None:
    """Answers on stdin until the other end is closed."""
    faulthandler.enable()
    connection = socket.socket(fileno=os.dup(0))  # which workers do not inherit
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    asyncio.run(_serve(connection))


async def _serve(connection: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=connection, limit=MAX_ANSWER)
    scout = _Scout()
    answers: set[asyncio.Task[None]] = set()
    try:
        while True:
            task = asyncio.create_task(_answer(scout, await reader.readuntil(b"\n"), writer))
            answers.add(task)
            task.add_done_callback(answers.discard)
    except (asyncio.IncompleteReadError, OSError):
        scout.close()
        os._exit(0)  # without waiting for threads that look at a slow disk


async def _answer(scout: "_Scout", line: bytes, writer: asyncio.StreamWriter) -> None:
    try:
        request = read_request(line)
    except RequestError as error:
        writer.write(encode_fault(None, error.fault))
        return
    try:
        answer = encode_result(request.id, await scout.call(request.method, request.params))
    except Exception as error:  # noqa: BLE001 - a question that fails must not end what others wait for
        answer = encode_fault(request.id, fault_of(request.method, error))
    writer.write(answer)


class _Scout:
    """Carries requests out, several at once."""

    def __init__(self) -> None:
        self._scanning: asyncio.Task[FontScan] | None = None
        self._progress = ScanProgress(done=0, total=0)
        self._scanned: tuple[ScannedFont, ...] = ()
        self._pool: LocalPool | None = None
        self._memory_mb = 0

    def close(self) -> None:
        """Ends the workers."""
        if self._scanning is not None:
            self._scanning.cancel()
        if self._pool is not None:
            self._pool.close()

    async def call(self, method: str, params: Any) -> Model:
        """The answer to a method. Raises RequestError, FontloomError."""
        match method:
            case "scan":
                return await self._scan(read_params(ScanParams, params))
            case "scan_progress":
                read_params(NoParams, params)
                return self._progress
            case "lacking":
                return await self._lacking(read_params(LackingParams, params))
            case "preview":
                return await self._preview(read_params(PreviewParams, params))
        raise no_method(method)

    # Scans

    async def _scan(self, params: ScanParams) -> FontScan:
        if self._scanning is not None:
            self._scanning.cancel()
        self._scanning = asyncio.create_task(self._look(params))
        try:
            return await self._scanning
        except asyncio.CancelledError:
            raise FontloomError(ErrorCode.WORKER_LOST, "A newer scan took the place of this one.") from None

    async def _look(self, params: ScanParams) -> FontScan:
        self._report(0, 0)
        self._scanned = ()
        scan = await inspect_fonts(params.fonts, params.engine, self._report)
        lacking = await asyncio.to_thread(lacking_fonts, scan.fonts, params.text)
        self._scanned = scan.fonts
        fonts = tuple(
            ScannedFontInfo(info=font.info, lacking=lacking.get(font.info.font_name)) for font in scan.fonts
        )
        return FontScan(fonts=fonts, problems=scan.problems)

    def _report(self, done: int, total: int) -> None:
        self._progress = ScanProgress(done=done, total=total)

    async def _lacking(self, params: LackingParams) -> Lacking:
        lacking = await asyncio.to_thread(lacking_fonts, self._scanned, params.text)
        return Lacking(fonts=tuple(lacking.values()))

    # Previews

    async def _preview(self, params: PreviewParams) -> FontPreview:
        engine = params.config.engine
        batch = Batch(params.font, params.first, params.samples)
        seconds = min(engine.worker_timeout_seconds, PREVIEW_SECONDS)
        return await preview_font(self._workers(engine.worker_memory_mb), params.config, batch, seconds)

    def _workers(self, memory_mb: int) -> LocalPool:
        if self._pool is None or self._memory_mb != memory_mb:
            if self._pool is not None:
                self._pool.close()
            self._pool = LocalPool(PREVIEW_WORKERS, memory_mb)
            self._memory_mb = memory_mb
        return self._pool


if __name__ == "__main__":
    main()
