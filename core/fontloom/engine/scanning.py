"""Which fonts a session is made of: found, inspected in workers, and able to write what is asked for."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from fontloom.engine.pool import LocalPool
from fontloom.fonts.cache import InspectionCache
from fontloom.fonts.inspection import Inspection, inspect_file
from fontloom.fonts.scan import Scan, ScannedFont, scan_fonts
from fontloom.model.config import EngineConfig, ExportSessionConfig, TextConfig
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.session import FontInfo, FontProblem
from fontloom.render.text import wanted_characters


async def inspect_fonts(
    paths: tuple[Path, ...],
    engine: EngineConfig,
    on_progress: Callable[[int, int], None] | None = None,
) -> Scan:
    """All fonts below the paths, each file inspected in a worker with a deadline.

    Raises FontloomError(NO_FONTS).
    """
    workers = engine.workers or os.cpu_count() or 1
    pool = LocalPool(workers, engine.worker_memory_mb)

    async def inspect(path: Path) -> Inspection:
        return await pool.run(inspect_file, path, timeout=engine.worker_timeout_seconds)

    try:
        with InspectionCache() as cache:
            return await scan_fonts(paths, inspect, cache=cache, limit=2 * workers, on_progress=on_progress)
    finally:
        pool.close()


async def choose_fonts(config: ExportSessionConfig) -> tuple[tuple[FontInfo, ...], tuple[FontProblem, ...]]:
    """Fonts to render, and those left out with the reason. Raises FontloomError(NO_FONTS)."""
    scan = await inspect_fonts(config.fonts, config.engine)
    lacking = lacking_fonts(scan.fonts, config.text)
    chosen = tuple(font.info for font in scan.fonts if font.info.font_name not in lacking)
    problems = scan.problems + tuple(
        FontProblem(
            path=font.info.path,
            font_name=font.info.font_name,
            error=lacking[font.info.font_name],
            skipped=True,
        )
        for font in scan.fonts
        if font.info.font_name in lacking
    )
    if not chosen:
        first = f": {problems[0].error.message} {problems[0].error.detail}" if problems else ""
        raise FontloomError(ErrorCode.NO_FONTS, f"{len(problems)} fonts were left out{first}")
    return chosen, problems


def lacking_fonts(fonts: Iterable[ScannedFont], text: TextConfig) -> dict[str, ExportError]:
    """Why fonts cannot write the text, by name; see `lacks_text`."""
    return {font.info.font_name: reason for font in fonts if (reason := lacks_text(font, text))}


def lacks_text(font: ScannedFont, text: TextConfig) -> ExportError | None:
    """Why a font cannot write random strings of the character set; words and lines are seen when drawn."""
    if text.path is not None or wanted_characters(text, font.characters, font.info.main_script):
        return None
    asked = repr(text.characters) if text.characters else f"the set {text.charset}"
    detail = f"It has none of {asked}."
    return ExportError.of(ErrorCode.MISSING_CHARACTERS, detail, font_name=font.info.font_name)
