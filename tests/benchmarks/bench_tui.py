"""The terminal app on a session of 3,000 fonts at full speed, 120x40: its cost, and its cost to the engine.

A real engine runs detached; a real app watches it in a pseudo-terminal that is read at once. Measured are
the app's processor time, the bytes it writes to the terminal, the lag of its event loop, and the engine's
throughput in turns without and with the app.
Usage: python tests/benchmarks/bench_tui.py [--seconds N] [--rounds N]
"""

import argparse
import asyncio
import fcntl
import json
import os
import pty
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from pathlib import Path
from time import perf_counter, sleep

import psutil

from fontloom.control.client import ControlClient
from fontloom.control.launcher import Launched, LaunchRequest, launch
from fontloom.fonts.discovery import starter_font_files
from fontloom.model.config import EngineConfig, ExportSessionConfig, TextConfig

COLUMNS, LINES = 120, 40
FONTS = 3_000
WARM_SECONDS = 4.0
LAG_STEP_SECONDS = 0.01


def make_fonts(folder: Path) -> None:
    """Copies of the starter fonts that differ by a few bytes behind their end: none is a duplicate."""
    folder.mkdir()
    files = [path.read_bytes() for path in starter_font_files()]
    for number in range(FONTS):
        (folder / f"Font-{number:04d}.ttf").write_bytes(
            files[number % len(files)] + number.to_bytes(8, "big")
        )


async def begin(folder: Path) -> Launched:
    config = ExportSessionConfig(
        project_name="bench",
        output_path=folder,
        fonts=(folder / "fonts",),
        num_samples=10_000,
        image_width=128,
        image_height=32,
        color_mode="L",
        text=TextConfig(min_length=3, max_length=6),
        engine=EngineConfig(batch_seconds=0.05),
    )
    return await launch(LaunchRequest(config=config), timeout=600)


async def images_per_second(launched: Launched, seconds: float) -> float:
    """Committed images a second over a while."""
    async with await ControlClient.connect(launched.socket, timeout=60) as client:
        cursor = 2**62
        before, began = (await client.snapshot(cursor)).overall.exported_images, perf_counter()
        await asyncio.sleep(seconds)
        after = (await client.snapshot(cursor)).overall.exported_images
        return (after - before) / (perf_counter() - began)


class Terminal:
    """A terminal of 120x40 with the app in it, always read at once."""

    def __init__(self, project: Path, report: Path) -> None:
        self.bytes = 0
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "SSH_TTY": "/dev/pts/0"}
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--app", str(project), str(report)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, args=(ours,), daemon=True)
        self._reader.start()

    def _read(self, ours: int) -> None:
        while True:
            try:
                data = os.read(ours, 2**16)
            except OSError:
                return
            if not data:
                return
            self.bytes += len(data)

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def run_app(project: Path, report: Path) -> None:
    """The app, with a task that measures the lag of its loop from the moment a signal asks for it."""
    from fontloom_tui.terminal import prepare

    prepare(os.environ)
    import fontloom_tui
    from fontloom.cli.face import Opening
    from fontloom_tui.app import FontloomApp
    from fontloom_tui.driver import TerminalDriver
    from fontloom_tui.services import LocalServices

    class Measured(FontloomApp):
        CSS_PATH = Path(fontloom_tui.__file__).with_name("app.tcss")

        async def on_mount(self) -> None:
            lags: list[float] = []
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, lags.clear)

            def ended() -> None:
                report.write_text(json.dumps(lags))
                self.exit(0)

            loop.add_signal_handler(signal.SIGTERM, ended)

            async def probe() -> None:
                while True:
                    began = perf_counter()
                    await asyncio.sleep(LAG_STEP_SECONDS)
                    lags.append(perf_counter() - began - LAG_STEP_SECONDS)

            self.run_worker(probe())
            report.with_suffix(".ready").touch()

    async def main() -> None:
        await Measured(LocalServices(), Opening(project=project), TerminalDriver).run_async()

    asyncio.run(main())


async def measure(seconds: float, rounds: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="fontloom-bench-"))
    os.environ |= {"XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache")}
    await asyncio.to_thread(make_fonts, folder / "fonts")
    launched = await begin(folder)
    try:
        await asyncio.sleep(WARM_SECONDS)
        ratios, cpus, rates, lags = [], [], [], []
        for _ in range(rounds):
            alone = await images_per_second(launched, seconds)
            report = folder / "lags.json"
            report.with_suffix(".ready").unlink(missing_ok=True)
            terminal = Terminal(launched.project_path, report)
            while not report.with_suffix(".ready").exists():
                if terminal.process.poll() is not None:
                    raise RuntimeError(f"the app ended with {terminal.process.returncode}")
                await asyncio.sleep(0.1)
            await asyncio.sleep(WARM_SECONDS)
            process = psutil.Process(terminal.process.pid)
            terminal.process.send_signal(signal.SIGUSR1)
            times, size, began = process.cpu_times(), terminal.bytes, perf_counter()
            watched = await images_per_second(launched, seconds)
            spent = perf_counter() - began
            after = process.cpu_times()
            cpus.append((after.user + after.system - times.user - times.system) / spent)
            rates.append((terminal.bytes - size) / spent)
            await asyncio.to_thread(terminal.close)
            lags += json.loads(report.read_text())
            ratios.append(watched / alone)
            print(
                f"{alone:,.0f} images/s alone, {watched:,.0f} watched: {watched / alone:.3f}; "
                f"app {cpus[-1]:.1%} of a core, {rates[-1] / 1000:.1f} KB/s",
                flush=True,
            )
        lags.sort()
        at = [lags[int(len(lags) * part)] * 1000 for part in (0.5, 0.99)]
        print(f"throughput with the app {statistics.median(ratios):.3f} of that without (budget 0.97)")
        print(f"processor {statistics.median(cpus):.1%} of a core (budget 10 %)")
        print(f"terminal {statistics.median(rates) / 1000:.1f} KB/s (budget 50 KB/s)")
        print(
            f"loop lag p50 {at[0]:.1f} ms, p99 {at[1]:.1f} ms (budget 50 ms), most {lags[-1] * 1000:.0f} ms"
        )
    finally:
        async with await ControlClient.connect(launched.socket, timeout=60) as client:
            await client.cancel()
        while (
            psutil.pid_exists(launched.pid) and psutil.Process(launched.pid).status() != psutil.STATUS_ZOMBIE
        ):
            sleep(0.1)
        shutil.rmtree(folder)


def main() -> None:
    if sys.argv[1:2] == ["--app"]:
        run_app(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=15.0)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    asyncio.run(measure(given.seconds, given.rounds))


if __name__ == "__main__":
    main()
