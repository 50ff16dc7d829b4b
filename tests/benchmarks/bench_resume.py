"""Time from `fontloom resume` to ready to render, against fonts and images.

The project is made by the engine's own writers, without drawing: half of the fonts are committed, four
are under way with images on the disk, the others wait. Usage: python tests/benchmarks/bench_resume.py
"""

import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from fontloom.engine.scanning import choose_fonts
from fontloom.engine.versions import rendering_versions
from fontloom.model.config import ExportSessionConfig
from fontloom.model.progress import FontCommit, FontStatus
from fontloom.model.session import ExportSession
from fontloom.store.atomic import write_state
from fontloom.store.journal import Journal, JournalEntry
from fontloom.store.paths import ProjectPaths, image_name
from fontloom.store.state import new_checkpoint, save_checkpoint, with_fonts

BUDGET_SECONDS = 2.0
ROUNDS = 3


def make_project(folder: Path, fonts: int, images: int) -> Path:
    """A project of which half of the images are committed."""
    samples = images // fonts // 2
    config = ExportSessionConfig(output_path=folder, project_name="project", num_samples=samples)
    (first, *_), _ = asyncio.run(choose_fonts(config))
    (folder / "fonts").mkdir()
    infos = []
    for number in range(fonts):
        path = folder / "fonts" / f"{number}.ttf"
        shutil.copyfile(first.path, path)
        infos.append(first.model_copy(update={"font_name": f"Font-{number:05d}", "path": path}))
    paths = ProjectPaths(folder / "project")
    for made in (paths.state, paths.fonts, paths.logs):
        made.mkdir(parents=True)
    session = ExportSession(
        session_id="bench",
        project_name="project",
        output_path=folder,
        created_at=datetime.now(UTC),
        config=config,
        fonts=tuple(infos),
        versions=rendering_versions(),
    )
    write_state(paths.session, session)
    commits = {}
    for number, info in enumerate(infos[: fonts // 2 + 4]):
        done = samples if number < fonts // 2 else samples // 2
        status = FontStatus.COMPLETED if done == samples else FontStatus.PROCESSING
        lines = b"x" * 700 * done * 2
        commits[info.font_name] = FontCommit(
            status=status,
            last_image_index=done,
            completed_images=2 * done,
            bytes_written=20_000 * done,
            manifest_bytes=len(lines),
            digest="ab" * 32,
        )
        paths.images(info.font_name).mkdir(parents=True)
        if status is FontStatus.PROCESSING:
            paths.manifest(info.font_name).write_bytes(lines + b"y" * 5000)
            for sample in range(1, done + 5):
                for variant in config.variants:
                    (paths.images(info.font_name) / image_name(info.font_name, sample, variant)).touch()
    journal = Journal(paths.journal, sync=False)
    journal.append([JournalEntry(font_name=name, commit=commit) for name, commit in commits.items()])
    checkpoint = with_fonts(new_checkpoint(session), commits, 2)
    half = checkpoint.model_copy(update={"journal_bytes": journal.length})
    save_checkpoint(paths, half, durable=False)
    journal.close()
    return paths.root


def ready_after(project: Path) -> float:
    """Seconds from the start of the command until the engine says that it has started."""
    command = [sys.executable, "-m", "fontloom_tui", "resume", str(project), "--json"]
    began = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if '"event":"started"' in line:
            break
    else:
        raise RuntimeError("the engine did not start")
    seconds = perf_counter() - began
    process.kill()
    process.communicate()
    return seconds


def main() -> None:
    worst = 0.0
    for fonts, images in ((300, 100_000), (300, 1_000_000), (3_000, 100_000), (3_000, 1_000_000)):
        with tempfile.TemporaryDirectory() as folder:
            project = make_project(Path(folder), fonts, images)
            seconds = statistics.median(ready_after(project) for _ in range(ROUNDS))
        worst = max(worst, seconds)
        print(f"  {fonts:>5,} fonts, {images:>9,} images: ready after {seconds:.2f} s", flush=True)
    print(f"resume: ready after {worst:.2f} s at most (budget {BUDGET_SECONDS} s)")


if __name__ == "__main__":
    main()
