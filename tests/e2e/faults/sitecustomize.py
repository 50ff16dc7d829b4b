"""Real faults, put into a process of fontloom before it begins.

FAULT_KILL_AT=k          SIGKILL to the engine at its k-th call that changes a disk
FAULT_TORN=1             with it: half of the data of that write reaches the file first
FAULT_CALLS=file         append the number of such calls to a file at exit
FAULT_FONT=name          the fault below strikes when this font is drawn
FAULT_DRAW=segfault|hang|memory|one|once|unmarked|slow
                         (unmarked: segfault until the file FAULT_MARK is there; slow: 20 samples a second)
FAULT_INSPECT=hang       workers hang when they read a font to inspect it
FAULT_INSPECT=unmarked   the same until the file FAULT_MARK is there
"""

import ctypes
import os
import signal
import sys
import time

_at = int(os.environ.get("FAULT_KILL_AT", "0"))
_torn = os.environ.get("FAULT_TORN") == "1"
_calls = 0
_engine = os.environ.get("FAULT_ENGINE")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal ends the process before this does


def _count(real, data_at=None):
    def call(*args, **kwargs):
        global _calls  # noqa: PLW0603 - a count for the process
        if os.environ.get("FAULT_ENGINE") == str(os.getpid()):
            _calls += 1
            if _calls == _at:
                if _torn and data_at is not None:
                    data = args[data_at]
                    real(args[0], data[: len(data) // 2])
                _die()
        return real(*args, **kwargs)

    return call


if _engine is None and (_at or "FAULT_CALLS" in os.environ):
    # The first process of the run is the engine; forked and spawned ones find the variable set.
    os.environ["FAULT_ENGINE"] = str(os.getpid())
    os.write = _count(os.write, data_at=1)
    for _name in (
        "replace",
        "rename",
        "link",
        "ftruncate",
        "truncate",
        "fsync",
        "fdatasync",
        "unlink",
        "mkdir",
    ):
        setattr(os, _name, _count(getattr(os, _name)))
    if "FAULT_CALLS" in os.environ:
        import atexit

        @atexit.register
        def _report() -> None:
            if os.environ.get("FAULT_ENGINE") == str(os.getpid()):
                with open(os.environ["FAULT_CALLS"], "a") as file:
                    print(_calls, file=file)


class _DrawFault:
    """Replaces drawing in workers once the renderer is imported."""

    def find_spec(self, name, path=None, target=None):
        if name == "fontloom.engine.worker":
            sys.meta_path.remove(self)
            from fontloom.render import sample

            sample.render_sample = _draw(sample.render_sample)


def _draw(real):
    what = os.environ["FAULT_DRAW"]
    font_hash = os.environ["FAULT_FONT"]

    def render_sample(config, font, source, number):
        if font.identity.startswith(font_hash):
            if what == "segfault" or (what == "unmarked" and not os.path.exists(os.environ["FAULT_MARK"])):
                ctypes.string_at(0)
            elif what == "hang":
                while True:
                    time.sleep(1)
            elif what == "memory":
                hoard = []
                while True:
                    hoard.append(bytearray(64 * 2**20))
            elif what == "one" and number == 7:
                ctypes.string_at(0)
            elif what == "slow":
                time.sleep(0.05)
        if what == "once":
            mark = os.environ["FAULT_MARK"]
            try:
                os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(config, font, source, number)

    return render_sample


if "FAULT_DRAW" in os.environ:
    sys.meta_path.insert(0, _DrawFault())


class _InspectFault:
    """Makes workers hang when they read a font to inspect it; the engine itself reads as ever."""

    def find_spec(self, name, path=None, target=None):
        if name == "fontloom.fonts.inspection":
            sys.meta_path.remove(self)
            from fontloom.fonts import loading

            real = loading.read_font_file

            def read_font_file(font):
                while not _may_inspect():
                    time.sleep(0.05)
                return real(font)

            loading.read_font_file = read_font_file


def _may_inspect() -> bool:
    what = os.environ["FAULT_INSPECT"]
    return os.path.exists(os.environ["FAULT_MARK"]) if what == "unmarked" else what == str(os.getpid())


if "FAULT_INSPECT" in os.environ:
    if os.environ["FAULT_INSPECT"] == "hang":
        os.environ["FAULT_INSPECT"] = str(os.getpid())
    sys.meta_path.insert(0, _InspectFault())
