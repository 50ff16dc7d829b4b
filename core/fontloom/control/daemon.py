"""The engine as a process of its own: `python -m fontloom.control.daemon`, started by the launcher."""

import asyncio
import faulthandler
import os
import signal
import sys
import traceback
from contextlib import suppress

from pydantic import ValidationError

from fontloom.control.address import socket_path
from fontloom.control.host import serve_and_run
from fontloom.control.launcher import Launched, LaunchRequest, Report
from fontloom.engine.manager import PersistentExportManager
from fontloom.model.errors import ErrorCode, ExitCode, ExportError, FontloomError, classify, exit_code
from fontloom.model.session import ExportSession


def main() -> int:
    """Reads a LaunchRequest from stdin, says on stdout whether the engine is ready, and runs it."""
    faulthandler.enable()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    herald = _Herald()
    try:
        request = LaunchRequest.model_validate_json(sys.stdin.buffer.readline())
    except ValidationError as error:
        return herald.fail(ExportError.of(ErrorCode.PROTOCOL, f"The request cannot be read: {error}"))
    return asyncio.run(_serve(request, herald))


async def _serve(request: LaunchRequest, herald: "_Herald") -> int:
    manager = PersistentExportManager(stay=True)
    beginning = asyncio.create_task(_begin(manager, request))
    _handle_signals(manager, beginning)
    try:
        await asyncio.wait({beginning})
        if beginning.cancelled():
            return ExitCode.PAUSED
        session = beginning.result()
        return await serve_and_run(manager, lambda: herald.ready(session))
    except FontloomError as error:
        return herald.fail(error.error)
    except OSError as error:
        traceback.print_exc()
        return herald.fail(ExportError.of(classify(error), str(error)))
    finally:
        await manager.close()


async def _begin(manager: PersistentExportManager, request: LaunchRequest) -> ExportSession:
    if request.config is not None:
        return await manager.create_session(request.config)
    assert request.project_path is not None
    return await manager.resume_session(
        request.project_path,
        accept_versions=request.accept_versions,
        engine=request.engine,
        retry=request.retry,
    )


def _handle_signals(manager: PersistentExportManager, beginning: "asyncio.Task[ExportSession]") -> None:
    """The first signal saves and ends, the second ends at once. Before there is a session, one is enough."""
    asked = False

    def arrived() -> None:
        nonlocal asked
        if not beginning.done():
            beginning.cancel()
        elif asked:
            manager.abort()
        else:
            asked = True
            manager.pause(leave=True)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, arrived)


class _Herald:
    """Says one thing on what was stdout. What anything else prints goes where stderr goes."""

    def __init__(self) -> None:
        self._channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def ready(self, session: ExportSession) -> None:
        """The engine listens and is about to run."""
        launched = Launched(
            pid=os.getpid(),
            socket=socket_path(session.session_id),
            session_id=session.session_id,
            project_path=session.project_path,
        )
        self._say(Report(ready=launched))

    def fail(self, error: ExportError) -> int:
        """The engine cannot start. Returns the exit status."""
        self._say(Report(error=error))
        return exit_code(error.code)

    def _say(self, report: Report) -> None:
        if self._channel.closed:
            return
        # The launcher may be gone by now; the run does not need it.
        with suppress(BrokenPipeError), self._channel as channel:
            channel.write(report.model_dump_json().encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
