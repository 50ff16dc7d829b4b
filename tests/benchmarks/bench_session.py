"""Session throughput against a bare loop that draws, blurs, encodes and writes the same images.

The bare loop runs in as many processes, keeps no state, writes no labels and syncs nothing. Both make
the same images of the starter fonts, in turn, and the ratio of each pair is printed.
Usage: python tests/benchmarks/bench_session.py [--images N] [--rounds N] [--durability full|process]
"""

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import cv2

from fontloom.engine.manager import PersistentExportManager
from fontloom.engine.scanning import choose_fonts
from fontloom.fonts.loading import load_sfnt
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.session import FontInfo
from fontloom.render.font import RenderFont
from fontloom.render.png import encode
from fontloom.render.sample import render_sample
from fontloom.render.text import open_text


def bare(config: ExportSessionConfig, work: list[tuple[FontInfo, int, int]], folder: Path) -> None:
    """Draws, blurs, encodes and writes, and nothing else."""
    cv2.setNumThreads(1)
    source = open_text(config.text)
    for info, first, last in work:
        font = RenderFont(
            load_sfnt(info.path),
            face_index=info.face_index,
            axes=info.axes,
            identity=info.identity,
            main_script=info.main_script,
        )
        images = folder / info.font_name
        images.mkdir(exist_ok=True)
        for number in range(first, last + 1):
            for variant, pixels, _ in render_sample(config, font, source, number).images:
                with open(images / f"{info.font_name}_{number:03d}_{variant}.png", "wb") as file:
                    file.write(encode(pixels))


def time_bare(config: ExportSessionConfig, fonts: tuple[FontInfo, ...], folder: Path, workers: int) -> float:
    """Seconds of the bare loop, its work shared out evenly beforehand."""
    folder.mkdir()
    shares: list[list[tuple[FontInfo, int, int]]] = [[] for _ in range(workers)]
    for info in fonts:
        edges = [round(config.num_samples * k / workers) for k in range(workers + 1)]
        for k in range(workers):
            shares[k].append((info, edges[k] + 1, edges[k + 1]))
    context = get_context("forkserver")
    processes = [context.Process(target=bare, args=(config, share, folder)) for share in shares]
    began = perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return perf_counter() - began


async def time_session(config: ExportSessionConfig) -> float:
    """Seconds of a whole session, from the first task to the summary."""
    manager = PersistentExportManager()
    await manager.create_session(config)
    began = perf_counter()
    await manager.run()
    seconds = perf_counter() - began
    await manager.close()
    assert manager.summary is not None and manager.summary.exported_images == manager.summary.total_images
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=24_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--durability", default="full")
    parser.add_argument("--folder", default=None, help="where to write; default: the temp folder")
    args = parser.parse_args()
    workers = os.cpu_count() or 1
    ratios = []
    with tempfile.TemporaryDirectory(dir=args.folder) as temp:
        base = ExportSessionConfig(
            output_path=Path(temp), engine=EngineConfig(workers=workers, durability=args.durability)
        )
        fonts, _ = asyncio.run(choose_fonts(base))
        samples = max(1, args.images // (2 * len(fonts)))
        base = base.model_copy(update={"num_samples": samples})
        images = samples * 2 * len(fonts)
        print(f"{images} images of {len(fonts)} fonts, {workers} workers, durability {args.durability}")
        for number in range(args.rounds):
            loop = Path(temp) / f"bare-{number}"
            config = base.model_copy(update={"project_name": f"session-{number}"})
            bare_seconds = time_bare(config, fonts, loop, workers)
            os.sync()
            session_seconds = asyncio.run(time_session(config))
            ratios.append(bare_seconds / session_seconds)
            print(
                f"  bare {images / bare_seconds:7.0f} images/s   session {images / session_seconds:7.0f} "
                f"images/s   ratio {ratios[-1]:.3f}",
                flush=True,
            )
            shutil.rmtree(loop)
            shutil.rmtree(Path(temp) / f"session-{number}")
            os.sync()
    print(f"session against bare loop: {statistics.median(ratios):.3f} (budget 0.90)")


if __name__ == "__main__":
    main()
