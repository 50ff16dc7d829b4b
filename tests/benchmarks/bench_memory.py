"""Peak memory of the engine process from 10^4 to 10^5 images (and 10^6 with --million).

Usage: python tests/benchmarks/bench_memory.py [--million]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

BUDGET_MIB = 250


def peaks(images: int, folder: Path) -> tuple[int, int, float]:
    """Peak resident MiB of the engine and of the largest worker, and images a second."""
    command = [
        sys.executable, "-m", "fontloom_tui", "--headless", "--json", "--output", str(folder),
        "--project", f"p{images}", "--samples", str(images // 32), "--width", "64", "--height", "24",
        "--color-mode", "L", "--no-special-effects", "--min-free", "0",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    engine = worker = 0
    rate = 0.0
    assert process.stdout is not None
    for line in process.stdout:
        if '"event":"progress"' in line:
            engine = max(engine, _peak(process.pid))
            worker = max([worker, *(_peak(pid) for pid in _children(process.pid))])
        if '"event":"finished"' in line:
            rate = float(line.partition('"images_per_second":')[2].partition(",")[0])
    assert process.wait() == 0
    return engine, worker, rate


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) // 1024 if "VmHWM:" in status else 0


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_children(child)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--million", action="store_true")
    sizes = [10_000, 100_000] + ([1_000_000] if parser.parse_args().million else [])
    engines = []
    for images in sizes:
        with tempfile.TemporaryDirectory() as folder:
            engine, worker, rate = peaks(images, Path(folder))
        engines.append(engine)
        print(
            f"  {images:>9,} images: engine {engine} MiB, worker {worker} MiB, {rate:,.0f} images/s",
            flush=True,
        )
    growth = engines[-1] / engines[0]
    print(
        f"engine memory: {max(engines)} MiB at most (budget {BUDGET_MIB}), x {growth:.2f} from first to last"
    )


if __name__ == "__main__":
    main()
