"""A session's state and numbers in words, and the looks of them."""

from collections.abc import Sequence
from typing import NamedTuple

from fontloom.model.errors import ErrorCode
from fontloom.model.progress import PerformanceMetrics, Snapshot
from fontloom.model.words import duration, size

LOW_BYTES = 2 * 10**9
LOW_INODES = 100_000
"""Below these what the disk has left is shown as a warning."""

_NEEDS = {
    ErrorCode.DISK_FULL: "disk space",
    ErrorCode.NO_INODES: "inodes on the disk",
    ErrorCode.QUOTA_EXCEEDED: "disk quota",
    ErrorCode.READ_ONLY: "a writable disk",
    ErrorCode.PERMISSION_DENIED: "permission to write",
    ErrorCode.TOO_MANY_OPEN_FILES: "a higher limit of open files",
    ErrorCode.OUTPUT_GONE: "the output folder",
}
_LOOKS = {
    "running": "$text-success",
    "done": "$text-success",
    "waiting": "$text-error",
    "failed": "$text-error",
    "cancelled": "$foreground-muted",
}
_GLYPHS = {"running": "▶", "done": "✓", "failed": "✗", "waiting": "!", "cancelled": "–", "paused": "║"}
_BARS = " ▁▂▃▄▅▆▇█"


class Saying(NamedTuple):
    """Words and their style."""

    text: str
    style: str = ""


def state(snapshot: Snapshot) -> Saying:
    """The phase, and what it waits for."""
    phase, reason = snapshot.phase, snapshot.reason
    words = phase
    if phase == "waiting" and reason is not None:
        words = f"waiting for {_NEEDS.get(reason.code, 'you')}"
    return Saying(f"{_GLYPHS.get(phase, '○')} {words}", f"{_LOOKS.get(phase, '$text-warning')} bold")


def at_work(snapshot: Snapshot) -> bool:
    """Whether images are being drawn, by an engine that is there."""
    return snapshot.phase in ("starting", "running", "pausing")


def part(snapshot: Snapshot) -> float:
    """How much is done, from 0 to 1. Failed images count: nothing more will come of them."""
    overall = snapshot.overall
    return min(1.0, (overall.exported_images + overall.failed_images) / max(overall.total_images, 1))


def percent(snapshot: Snapshot) -> str:
    """How much is done; 100 % is said only when it is so."""
    tenths = int(part(snapshot) * 1000)
    return f"{tenths // 10}.{tenths % 10} %"


def images(snapshot: Snapshot) -> str:
    """Images done of all."""
    return f"{snapshot.overall.exported_images:,} of {snapshot.overall.total_images:,} images"


def safe(snapshot: Snapshot) -> str:
    """What survives anything, and what does not yet."""
    overall = snapshot.overall
    waiting = max(0, overall.rendered_images - overall.exported_images)
    drawn = f", {waiting:,} drawn and not yet safe" if waiting else ""
    return f"{overall.exported_images:,} durable{drawn}"


def rates(snapshot: Snapshot, *, live: bool) -> list[str]:
    """Images and bytes a second: now while it works, and on average."""
    stats = snapshot.stats
    average = _rate(stats.average_images_per_second)
    if not live or snapshot.phase not in ("running", "pausing"):
        return [f"{average} images/s on average"]
    now = _rate(stats.images_per_second)
    return [f"{now} images/s now", f"{average} on average", f"{size(stats.bytes_per_second)}/s"]


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 or rate == 0 else f"{rate:.1f}"


def times(snapshot: Snapshot) -> list[str]:
    """Working time so far and to come."""
    left = snapshot.stats.estimated_time_remaining
    words = [f"{duration(snapshot.stats.elapsed_seconds)} elapsed"]
    if snapshot.phase not in ("done", "cancelled", "failed", "finishing") and left is not None:
        words.append(f"{duration(left)} left")
    return words


def fonts(snapshot: Snapshot) -> list[Saying]:
    """Fonts by what became of them."""
    overall = snapshot.overall
    counts = [
        (overall.fonts_processing, "active" if at_work(snapshot) else "begun", ""),
        (overall.fonts_failed, "failed", "$text-error"),
        (overall.fonts_skipped, "skipped", "$text-warning"),
    ]
    done = Saying(f"{overall.fonts_completed:,} of {overall.fonts_total:,} done")
    return [done, *(Saying(f"{number:,} {word}", look) for number, word, look in counts if number)]


def machine(metrics: PerformanceMetrics | None, workers: int) -> list[Saying]:
    """What the run uses, and what the disk has left."""
    said = [Saying(f"{workers} workers" if workers != 1 else "1 worker")]
    if metrics is None:
        return said
    said += [
        Saying(f"CPU {metrics.cpu_percent:.0f} %"),
        Saying(f"{size(metrics.memory_bytes)} memory"),
        _left(f"{size(metrics.disk_free_bytes)} left on disk", metrics.disk_free_bytes < LOW_BYTES),
    ]
    if metrics.disk_free_inodes is not None:
        inodes = metrics.disk_free_inodes
        said.append(_left(f"{_short(inodes)} inodes", inodes < LOW_INODES))
    return said


def _left(words: str, low: bool) -> Saying:
    return Saying(f"{words}: low", "$text-warning bold") if low else Saying(words)


def _short(number: int) -> str:
    return f"{number / 1e6:.1f} M" if number >= 1_000_000 else f"{number:,}"


def sparkline(values: Sequence[float], width: int) -> str:
    """The last values, one a column; the highest bar is the largest."""
    last = list(values)[-width:] if width > 0 else []
    most = max(last, default=0.0)
    if most <= 0:
        return "".rjust(width)
    return "".join(_BARS[max(1, round(value / most * 8)) if value > 0 else 0] for value in last).rjust(width)
