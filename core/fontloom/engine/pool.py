"""Work in other processes: a protocol, and the local pool behind it."""

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol, TypeVar

import pebble
import psutil

from fontloom.model.errors import ErrorCode, FontloomError

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 5.0


class WorkerError(FontloomError):
    """The process that did the work crashed, was killed, or ran out of time. The work may be tried again."""


class Executor(Protocol):
    """Runs functions somewhere else."""

    async def run(self, function: Callable[..., T], *args: Any, timeout: float) -> T:
        """The result of function(*args). Raises WorkerError, or what the function raises."""
        ...

    def close(self) -> None:
        """Stops the workers; what is under way is lost. Idempotent."""
        ...


class LocalPool:
    """Processes on this machine. A crash, a kill or a timeout costs one task alone.

    `memory_mb` bounds the address space of a worker above what it has at its start; 0 is no bound.
    """

    def __init__(
        self,
        workers: int,
        memory_mb: int,
        prepare: Callable[..., None] | None = None,
        prepare_args: tuple[Any, ...] = (),
    ) -> None:
        # Forked from a small server with one thread: quick to start, and without locks held by others.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["fontloom.engine.worker"])
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        self._make: Callable[[int], _Crew] = lambda workers: _Crew(
            pebble.ProcessPool(
                max_workers=workers,
                context=context,
                initializer=_start_worker,
                initargs=(memory_mb, prepare, prepare_args),
            )
        )
        self._workers = workers
        self._crew = self._make(workers)
        self._leaving: list[_Crew] = []
        self._closed = False

    async def run(self, function: Callable[..., T], *args: Any, timeout: float) -> T:
        if self._closed:
            raise WorkerError(ErrorCode.WORKER_LOST, "the pool is closed")
        if not self._crew.active:
            self._crew.discard()
            self._crew = self._make(self._workers)
        try:
            result: T = await asyncio.wrap_future(self._crew.schedule(function, args, timeout))
        except pebble.ProcessExpired as error:
            raise _expired(error.exitcode) from error
        except BrokenProcessPool as error:
            raise WorkerError(ErrorCode.WORKER_LOST, "ended before it began the work") from error
        except TimeoutError as error:
            raise WorkerError(ErrorCode.RENDER_TIMEOUT, f"more than {timeout:g} s") from error
        except CancelledError as error:
            raise WorkerError(ErrorCode.WORKER_LOST, "the work was cancelled") from error
        except MemoryError as error:
            raise WorkerError(ErrorCode.RENDER_MEMORY, "over the memory limit") from error
        return result

    def resize(self, workers: int) -> None:
        """Gives new work to this many new processes. Those of before finish theirs, and end."""
        if self._closed or workers == self._workers:
            return
        self._crew.leave()
        self._leaving = [crew for crew in (*self._leaving, self._crew) if crew.present]
        self._workers = workers
        self._crew = self._make(workers)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            for crew in (self._crew, *self._leaving):
                crew.discard()


class _Crew:
    """Workers that are there together, and the work they were given."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._waiting: set[Future[Any]] = set()
        # Not one of the event loop's own threads: these write the dataset, and there are few of them.
        self._farewell = threading.Thread(target=self._finish, name="crew-leaving", daemon=True)

    @property
    def active(self) -> bool:
        """Whether it can be given work; starts the workers at the first time."""
        return bool(self._pool.active)

    @property
    def present(self) -> bool:
        """Whether it was told to leave and still has work to finish."""
        return self._farewell.is_alive()

    def schedule(self, function: Callable[..., T], args: tuple[Any, ...], timeout: float) -> Future[T]:
        future: Future[T] = self._pool.schedule(function, args=args, timeout=timeout)
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    def leave(self) -> None:
        """Takes no more work, finishes what it has, and ends. Nobody waits for that."""
        self._pool.close()
        self._farewell.start()

    def discard(self) -> None:
        """Ends at once; what is under way is lost."""
        self._pool.stop()
        if self._farewell.ident is None:
            self._finish()
        else:
            self._farewell.join(_STOP_SECONDS)

    def _finish(self) -> None:
        self._pool.join()
        for future in list(self._waiting):  # a pool that was stopped or broke forgets them
            with contextlib.suppress(InvalidStateError):
                future.set_exception(WorkerError(ErrorCode.WORKER_LOST, "the pool was closed"))


def _expired(exitcode: int | None) -> WorkerError:
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        code = ErrorCode.WORKER_LOST if exitcode == -signal.SIGKILL else ErrorCode.WORKER_CRASHED
        return WorkerError(code, f"ended by {name}")
    return WorkerError(ErrorCode.WORKER_CRASHED, f"exit status {exitcode}")


def _start_worker(memory_mb: int, prepare: Callable[..., None] | None, args: tuple[Any, ...]) -> None:
    """Makes the process a worker: it dies with its engine, leaves signals to it, and is bounded."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if memory_mb:
        limit = psutil.Process().memory_info().vms + memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if prepare is not None:
        prepare(*args)
