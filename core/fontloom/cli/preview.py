"""The preview command: a contact sheet of what would be made."""

import asyncio
from pathlib import Path

from fontloom.cli.output import put, say
from fontloom.engine.preview import preview_fonts
from fontloom.engine.scanning import choose_fonts
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExitCode, FontloomError
from fontloom.report.sheet import contact_sheet
from fontloom.store.atomic import write_atomic


def preview(config: ExportSessionConfig, out: Path, *, rows: int, columns: int) -> int:
    """Writes the sheet. Returns the exit status; raises FontloomError."""
    for name, value in (("--rows", rows), ("--columns", columns)):
        if not 1 <= value <= 200:
            raise FontloomError(
                ErrorCode.CONFIG_INVALID, f"{name}: {value} is not allowed; allowed: 1 to 200"
            )
    columns = min(columns, config.num_samples)
    fonts, problems = asyncio.run(choose_fonts(config))
    step = max(1, len(fonts) / rows)
    chosen = [fonts[int(i * step)] for i in range(min(rows, len(fonts)))]
    shown = asyncio.run(preview_fonts(config, chosen, columns))
    table = [
        (one.font_name, [image.png for sample in one.samples for image in sample.images], one.reason)
        for one in shown
    ]
    try:
        write_atomic(out, contact_sheet(table, columns * len(config.variants)))
    except OSError as error:
        raise FontloomError(ErrorCode.CONFIG_INVALID, f"--out: {out}: {error.strerror}") from error
    say(f"{len(shown)} of {len(fonts)} fonts; {len(problems)} left out.")
    put(str(out))
    return ExitCode.DONE
