"""A run without a screen: the engine in the foreground, with signals, progress, and an exit status."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from types import TracebackType

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from fontloom.cli.output import put, say, say_error
from fontloom.control.host import serve_and_run
from fontloom.engine.manager import PersistentExportManager
from fontloom.model.errors import ExitCode, FontloomError, exit_code
from fontloom.model.progress import Snapshot
from fontloom.model.session import ExportSession, SessionStatus
from fontloom.model.words import clean, duration, size

_PLAIN_SECONDS = 5.0
_LIVE_SECONDS = 0.25

Begin = Callable[[PersistentExportManager], Awaitable[ExportSession]]


def run_headless(begin: Begin, *, json: bool) -> int:
    """Begins a session and runs it to its end. Returns the exit status."""
    return asyncio.run(_run(begin, json=json))


async def _run(begin: Begin, *, json: bool) -> int:
    manager = PersistentExportManager()
    display = _display(json)
    signals = _Signals()
    say("Looking at the fonts …")
    beginning = asyncio.ensure_future(begin(manager))
    signals.lead_to(lambda _: beginning.cancel())
    try:
        session = await beginning
    except FontloomError as error:
        say_error(error.error)
        return exit_code(error.error.code)
    except asyncio.CancelledError:
        say("Stopped before the export began.")
        return signals.status
    signals.lead_to(lambda first: manager.pause(leave=True) if first else manager.abort())
    with display:
        watching = asyncio.create_task(_watch(manager, display))
        try:
            code = await serve_and_run(manager, lambda: display.began(session))
        except FontloomError as error:  # there is no place for the socket
            say_error(error.error)
            return exit_code(error.error.code)
        finally:
            watching.cancel()
            await asyncio.wait({watching})
            last = manager.snapshot(0)
            await manager.close()
        display.show(last)
    _say_end(manager, last, code, json=json)
    stopped = last.status is SessionStatus.PAUSED and last.reason is None
    return signals.status if stopped and signals.number is not None else code


async def _watch(manager: PersistentExportManager, display: "_Display") -> None:
    cursor = 0
    while True:
        await asyncio.sleep(display.seconds)
        snapshot = manager.snapshot(cursor)
        cursor = snapshot.cursor
        display.show(snapshot)


def _say_end(manager: PersistentExportManager, last: Snapshot, code: ExitCode, *, json: bool) -> None:
    if json:
        if manager.summary is not None:
            put(f'{{"event":"finished","summary":{manager.summary.model_dump_json()}}}')
        else:
            put(f'{{"event":"ended","status":"{last.status}","exit_code":{int(code)}}}')
    summary = manager.summary
    if summary is not None:
        left_out = summary.fonts_failed + summary.fonts_skipped
        say(
            f"Done: {summary.exported_images:,} images of {summary.fonts_completed} fonts, "
            f"{size(summary.bytes_written)}, in {duration(summary.elapsed_seconds)} "
            f"({summary.images_per_second:,.0f} images/s)."
        )
        if left_out or summary.failed_images:
            say(f"Left out: {left_out} fonts, {summary.failed_images} images. See failed/ and summary.json.")
        if not json:
            put(last.project_path)
        return
    if last.reason is not None:
        say_error(last.reason)
    say(f"{last.overall.exported_images:,} of {last.overall.total_images:,} images are safe. To go on:")
    say(f"  fontloom resume {last.project_path}")


class _Signals:
    """Leads SIGINT, SIGTERM and SIGHUP to whatever can deal with them now."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._lead: Callable[[bool], object] = lambda _: None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._arrived, number)

    def lead_to(self, lead: Callable[[bool], object]) -> None:
        """`lead` is told whether it is the first signal."""
        self._lead = lead

    @property
    def status(self) -> int:
        """The exit status of a command that a signal ended."""
        return 128 + (self.number or 0)

    def _arrived(self, number: int) -> None:
        first = self.number is None
        self.number = self.number or number
        self._lead(first)


class _Display:
    """Says how far a run is. This one says nothing."""

    seconds = _PLAIN_SECONDS

    def __enter__(self) -> "_Display":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def began(self, session: ExportSession) -> None:
        """The engine is ready."""

    def show(self, snapshot: Snapshot) -> None:
        """Time for the next word."""


class _Lines(_Display):
    """A plain line every few seconds, for logs."""

    def began(self, session: ExportSession) -> None:
        say(f"{session.total_images:,} images of {len(session.fonts)} fonts -> {session.project_path}")

    def show(self, snapshot: Snapshot) -> None:
        if snapshot.status is SessionStatus.COMPLETED:
            return  # the end is told in full
        overall, stats = snapshot.overall, snapshot.stats
        say(
            f"{snapshot.phase}: {overall.exported_images:,}/{overall.total_images:,} images, "
            f"{overall.fonts_completed}/{overall.fonts_total} fonts, "
            f"{stats.images_per_second:,.0f} images/s, "
            f"{duration(stats.estimated_time_remaining)} left, {snapshot.error_count} errors"
        )


class _Events(_Display):
    """JSON Lines on stdout, for programs."""

    seconds = 1.0

    def began(self, session: ExportSession) -> None:
        event = {
            "event": "started",
            "session_id": session.session_id,
            "project_path": str(session.project_path),
            "fonts": len(session.fonts),
            "total_images": session.total_images,
        }
        put(orjson.dumps(event).decode())

    def show(self, snapshot: Snapshot) -> None:
        put(f'{{"event":"progress",{snapshot.model_dump_json(exclude={"fonts"})[1:]}')


class _Live(_Lines):
    """A bar that moves, for a terminal."""

    seconds = _LIVE_SECONDS

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>5.1f} %  {task.fields[words]}"),
            console=Console(stderr=True),
            auto_refresh=False,
        )
        self._task = self._progress.add_task("starting", total=None, words="")

    def __enter__(self) -> "_Live":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, snapshot: Snapshot) -> None:
        overall, stats = snapshot.overall, snapshot.stats
        self._progress.update(
            self._task,
            description=clean(snapshot.phase),
            total=overall.total_images,
            completed=overall.exported_images + overall.failed_images,
            words=f"{overall.exported_images:,} images  {stats.images_per_second:,.0f}/s  "
            f"{duration(stats.estimated_time_remaining)} left  "
            f"{overall.fonts_completed}/{overall.fonts_total} fonts",
            refresh=True,
        )


def _display(json: bool) -> _Display:
    if json:
        return _Events()
    return _Live() if sys.stderr.isatty() else _Lines()
