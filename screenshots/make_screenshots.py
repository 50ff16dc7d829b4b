"""Makes the pictures of the README: the real app on a real export, driven by its keys.

Everything shown happened: the fonts are those named by --fonts, or the starter fonts; the engine runs, is
paused, is killed, and is found again. Usage: python screenshots/make_screenshots.py [--fonts FOLDER]
"""

import argparse
import asyncio
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import resvg_py
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph
from textual.pilot import Pilot

from fontloom.cli.face import Opening
from fontloom.fonts.discovery import starter_font_files
from fontloom.model.config import ExportSessionConfig
from fontloom.store.lock import read_owner
from fontloom.store.paths import ProjectPaths
from fontloom_tui.app import FontloomApp
from fontloom_tui.client import SessionWatch
from fontloom_tui.preferences import Preferences, save_preferences
from fontloom_tui.services import LocalServices

HERE = Path(__file__).parent
MONOSPACE = "DejaVu Sans Mono"
WIDE, SMALL = (120, 40), (80, 24)
PATIENCE_SECONDS = 120.0
MOST_FONTS = 300


def save(app: FontloomApp, name: str) -> None:
    """Writes the screen as SVG and PNG."""
    svg = app.export_screenshot(title="fontloom")
    (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")
    shown = re.sub("Fira Code", MONOSPACE, svg)
    png = resvg_py.svg_to_bytes(svg_string=shown, monospace_family=MONOSPACE)
    (HERE / f"{name}.png").write_bytes(bytes(png))
    print(f"screenshots/{name}.svg .png", flush=True)


@asynccontextmanager
async def shown(opening: Opening, size: tuple[int, int]) -> AsyncIterator[tuple[FontloomApp, Pilot[int]]]:
    """The app, as the command would open it."""
    services = LocalServices()
    save_preferences(services.documents, Preferences(onboarded=True, hertz=4.0))
    app = FontloomApp(services, opening)
    async with app.run_test(size=size) as pilot:
        yield app, pilot


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Lets the app work until the condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await pilot.pause(0.05)


def watched(app: FontloomApp) -> SessionWatch:
    """The session that is shown."""
    assert app.session is not None
    return app.session


def phase(app: FontloomApp) -> str:
    """Its phase; empty before the first look."""
    session = app.session
    return session.snapshot.phase if session is not None and session.snapshot is not None else ""


def images(app: FontloomApp) -> int:
    """Its committed images."""
    session = app.session
    return session.snapshot.overall.exported_images if session and session.snapshot else 0


async def pictures(folder: Path, fonts: Path) -> None:
    """All pictures, in the order of a session's life."""
    config = ExportSessionConfig(
        project_name="letters", output_path=Path("datasets"), fonts=(fonts,), num_samples=200, seed=7
    )
    async with shown(Opening(config=config), WIDE) as (app, pilot):
        await until(pilot, lambda: "taken" in text_of(app, "FontList #said"))
        await until(pilot, lambda: "a sample" in str(app.screen.query_one("SamplePreview").border_subtitle))
        await pilot.pause(1)
        save(app, "configure")
    async with shown(Opening(config=config, start=True), WIDE) as (app, pilot):
        await until(pilot, lambda: images(app) > 5_000 and len(watched(app).rates) > 30)
        save(app, "run")
        await pilot.resize_terminal(*SMALL)
        await pilot.pause(1)
        save(app, "run-80x24")
        await pilot.resize_terminal(*WIDE)
        await pilot.press("space")
        await until(pilot, lambda: phase(app) == "paused")
        await pilot.pause(1)
        save(app, "paused")
        await pilot.press("e")
        await pilot.pause(2)
        await pilot.press("right")
        await pilot.pause(1)
        save(app, "errors")
        await pilot.press("escape", "space")
        await until(pilot, lambda: phase(app) == "running")
        project = watched(app).project
        owner = read_owner(ProjectPaths(project))
        assert owner is not None
        os.kill(owner.pid, signal.SIGKILL)
        await until(pilot, lambda: not psutil.pid_exists(owner.pid) or phase(app) == "interrupted")
    async with shown(Opening(), WIDE) as (app, pilot):
        await until(pilot, lambda: "SessionRecoveryDialog" in type(app.screen).__name__)
        await pilot.pause(1)
        save(app, "recovery")


def text_of(app: FontloomApp, selector: str) -> str:
    """The words in a part of the screen; empty when it is not there."""
    found = app.screen.query(selector)
    return str(found.first().visual) if found else ""


def gather(folder: Path, source: Path | None) -> Path:
    """A folder with the fonts to show, and a few that are not what they seem."""
    fonts = folder / "fonts"
    fonts.mkdir()
    files = sorted(source.rglob("*.[ot]tf")) if source else list(starter_font_files())
    for file in files[:: max(1, len(files) // MOST_FONTS)]:
        (fonts / file.name).symlink_to(file)
    good = next(path for path in starter_font_files() if path.suffix == ".ttf")
    (fonts / "Broken.ttf").write_bytes(b"\0\1\0\0" + b"no table" * 40)
    (fonts / "Empty.otf").touch()
    (fonts / "Half-Loaded.ttf").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (fonts / "Twin.ttf").write_bytes(good.read_bytes())
    (fonts / "Twin-Copy.ttf").write_bytes(good.read_bytes())
    blank = TTFont(good)
    for name in blank.getGlyphOrder():
        blank["glyf"][name] = Glyph()
    blank.save(fonts / "ABlank.ttf")
    return fonts


def main() -> None:
    """Makes a world of its own, and the pictures in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path)
    given = parser.parse_args()
    folder = Path(tempfile.gettempdir()) / "work"  # its path is on the pictures
    folder.mkdir()
    for name in ("STATE", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
    os.chdir(folder)
    try:
        asyncio.run(pictures(folder, gather(folder, given.fonts).relative_to(folder)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
