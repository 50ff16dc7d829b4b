"""The run screen with thousands of fonts that all change at every look: processor, lag of the loop, bytes.

The app is the real one, with a driver that counts what a terminal would be sent. `--wire` reads each
snapshot from JSON, as it comes from an engine, and `--active N` lets only so many fonts change.
Usage: python tests/benchmarks/bench_tui_table.py [--fonts N] [--hertz N] [--seconds N] [--active N] [--wire]
       [--size 120x40] [--profile FILE]
"""

import argparse
import asyncio
import cProfile
import os
import statistics
import tempfile
from contextlib import ExitStack, nullcontext
from pathlib import Path
from time import perf_counter, process_time

os.environ |= {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_FPS": "15", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="fontloom-bench-")

from textual.drivers.headless_driver import HeadlessDriver

from fontloom.cli.face import Opening
from fontloom.model.progress import (
    FontProgress,
    FontStatus,
    OverallProgress,
    PerformanceMetrics,
    ProcessingStats,
    Snapshot,
)
from fontloom.model.session import SessionStatus
from fontloom_tui.app import FontloomApp
from fontloom_tui.preferences import Preferences, save_preferences
from fontloom_tui.services import LocalServices

PROJECT = Path("/data/sets/letters")
ROUNDS = 24
IMAGES = 20_000


class Counting(HeadlessDriver):
    """Takes what a terminal would be sent, and counts it."""

    sent = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        Counting.sent += len(data.encode())


def font(number: int, round_: int) -> FontProgress:
    """A font that is always a little further."""
    done = (number * 7 + round_ * 61) % IMAGES
    return FontProgress(
        font_name=f"NotoSansScript{number:04d}-SemiBold",
        status=FontStatus.PROCESSING,
        total_images=IMAGES,
        completed_images=done,
        failed_images=0,
        last_image_index=done // 2,
        bytes_written=done * 5_000,
        processing_rate=20 + (number * 13 + round_ * 17) % 400 / 10,
        estimated_time_remaining=(IMAGES - done) / 25,
        error_count=number % 97 == 0,
    )


def moment(round_: int, fonts: tuple[FontProgress, ...], total: int) -> Snapshot:
    """A snapshot with the fonts that changed."""
    done = 1_000_000 + round_ * 812
    return Snapshot(
        session_id="bench",
        project_path=str(PROJECT),
        status=SessionStatus.ACTIVE,
        phase="running",
        cursor=round_ + 1,
        overall=OverallProgress(
            total_images=total * IMAGES,
            exported_images=done,
            rendered_images=done + round_ * 3,
            failed_images=0,
            bytes_written=done * 5_000,
            fonts_total=total,
            fonts_completed=0,
            fonts_failed=0,
            fonts_skipped=0,
            fonts_processing=total,
        ),
        stats=ProcessingStats(
            images_per_second=800 + round_,
            average_images_per_second=790 + round_ / 10,
            bytes_per_second=4_000_000 + round_ * 1_000,
            elapsed_seconds=754.0 + round_,
            estimated_time_remaining=3_725.0 - round_,
            workers=2,
            batch_samples=64,
            commits=31 + round_,
        ),
        metrics=PerformanceMetrics(
            cpu_percent=180 + round_ % 9,
            memory_bytes=310 * 2**20,
            engine_memory_bytes=97 * 2**20,
            disk_free_bytes=48 * 10**9,
            disk_free_inodes=2_400_000,
        ),
        fonts=fonts,
    )


class Engine:
    """Answers at once with what was prepared."""

    def __init__(self, fonts: int, active: int, wire: bool) -> None:
        first = tuple(font(n, 0) for n in range(fonts))
        changing = [tuple(font(n, k) for n in range(active)) for k in range(1, ROUNDS)]
        moments = [moment(k, some, fonts) for k, some in enumerate((first, *changing))]
        self._moments = [m.model_dump_json().encode() for m in moments] if wire else moments
        self.looks = 0

    async def snapshot(self, cursor: int = 0) -> Snapshot:
        found = self._moments[self.looks % ROUNDS if self.looks < ROUNDS else 1 + self.looks % (ROUNDS - 1)]
        self.looks += 1
        return Snapshot.model_validate_json(found) if isinstance(found, bytes) else found

    async def close(self) -> None:
        """There is nothing to close."""


class Services(LocalServices):
    """This machine, with one prepared engine."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    async def connect(self, project: Path) -> Engine:  # type: ignore[override]
        return self._engine


async def lag(into: list[float]) -> None:
    """How late the loop is, every 5 ms, in ms."""
    while True:
        due = perf_counter() + 0.005
        await asyncio.sleep(0.005)
        into.append((perf_counter() - due) * 1000)


async def measure(options: argparse.Namespace) -> None:
    engine = Engine(options.fonts, options.active or options.fonts, options.wire)
    services = Services(engine)
    save_preferences(services.documents, Preferences(onboarded=True))
    app = FontloomApp(services, Opening(project=PROJECT))
    app.driver_class = Counting
    width, height = map(int, options.size.split("x"))
    running = asyncio.create_task(app.run_async(size=(width, height)))
    while engine.looks < 2 or app.session is None:
        if running.done():
            await running
        await asyncio.sleep(0.05)
    app.session.hertz = options.hertz
    await asyncio.sleep(1.5)

    late: list[float] = []
    watching = asyncio.create_task(lag(late))
    await asyncio.sleep(0)
    profile = cProfile.Profile() if options.profile else None
    with ExitStack() as stack:
        stack.enter_context(profile or nullcontext())
        sent, looks, cpu, began = Counting.sent, engine.looks, process_time(), perf_counter()
        await asyncio.sleep(options.seconds)
        seconds = perf_counter() - began
        used = (process_time() - cpu) / seconds
        looks = engine.looks - looks
        sent = Counting.sent - sent
    watching.cancel()
    app.exit()
    await running  # it takes what is printed until then
    if profile is not None:
        profile.dump_stats(options.profile)
    shares = statistics.quantiles(late, n=100)
    changing = options.active or options.fonts
    kind = ", from JSON" if options.wire else ""
    print(
        f"{options.fonts:,} fonts, {changing:,} change, {options.size}, {looks / seconds:.1f} looks/s{kind}"
    )
    print(f"processor   {used:.1%} of a core")
    print(f"lag         p50 {shares[49]:.1f} ms, p99 {shares[98]:.1f} ms, most {max(late):.1f} ms")
    print(f"terminal    {sent / seconds / 1000:.1f} KB/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=int, default=3_000)
    parser.add_argument("--active", type=int)
    parser.add_argument("--hertz", type=float, default=4.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--wire", action="store_true")
    parser.add_argument("--profile")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
