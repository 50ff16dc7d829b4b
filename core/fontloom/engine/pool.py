"""Work in other processes: a protocol, and the local pool behind it."""

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
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
        self._make: Callable[[], Any] = lambda: pebble.ProcessPool(
            max_workers=workers,
            context=context,
            initializer=_start_worker,
            initargs=(memory_mb, prepare, prepare_args),
        )
        self._pool = self._make()
        self._waiting: set[Future[Any]] = set()
        self._closed = False

    async def run(self, function: Callable[..., T], *args: Any, timeout: float) -> T:
        if self._closed:
            raise WorkerError(ErrorCode.WORKER_LOST, "the pool is closed")
        if not self._pool.active:
            self._discard()
            self._pool = self._make()
        future = self._pool.schedule(function, args=args, timeout=timeout)
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        try:
            result: T = await asyncio.wrap_future(future)
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

    def _discard(self) -> None:
        self._pool.stop()
        self._pool.join(_STOP_SECONDS)
        for future in list(self._waiting):  # a stopped pool forgets them
            with contextlib.suppress(InvalidStateError):
                future.set_exception(WorkerError(ErrorCode.WORKER_LOST, "the pool was closed"))

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._discard()


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
