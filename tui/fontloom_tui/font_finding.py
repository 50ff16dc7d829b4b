"""The fonts of the configure screen: looked for, listed, and made part of a configuration."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from fontloom.control.scout_client import Scout
from fontloom.model.config import EngineConfig, ExportSessionConfig, TextConfig
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.session import FontInfo
from fontloom_tui.services import Services
from fontloom_tui.widgets.font_list import FontList

_LOOK_SECONDS = 0.25
_MEASURED_FONTS, _MEASURED_SAMPLES = 6, 4


class FontFinder:
    """Fills a FontList. One `scan` at a time: cancel the older one."""

    def __init__(self, services: Services, fonts: FontList) -> None:
        self._services = services
        self._list = fonts
        self._found: tuple[FontInfo, ...] = ()
        self._able: tuple[FontInfo, ...] = ()
        self.busy = False
        """Whether fonts are being looked at."""
        self.problem = ""
        """Why there are no fonts."""

    @property
    def settled(self) -> bool:
        """Whether the list shows what was found."""
        return not self.busy and not self.problem

    async def scan(self, places: tuple[Path, ...], text: TextConfig, engine: EngineConfig) -> None:
        """Looks at the fonts of files and folders, and shows them or why there are none."""
        self.busy, self.problem = True, ""
        try:
            scout = await self._services.scout()
            following = asyncio.create_task(self._follow(scout))
            try:
                scan = await scout.scan(places, text, engine)
            finally:
                following.cancel()
        except FontloomError as error:
            self._refuse(error.error)
        except TimeoutError as error:
            self._refuse(ExportError.of(ErrorCode.WORKER_LOST, str(error)))
        else:
            self._found = tuple(font.info for font in scan.fonts)
            self._able = tuple(font.info for font in scan.fonts if font.lacking is None)
            self.busy = False
            self._list.show(scan)

    async def _follow(self, scout: Scout) -> None:
        self._list.show_progress(0, 0)
        try:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                progress = await scout.scan_progress()
                self._list.show_progress(progress.done, progress.total)
        except (FontloomError, TimeoutError):
            return  # The scan itself tells what is wrong.

    def _refuse(self, error: ExportError) -> None:
        self.busy, self.problem = False, f"{error.message} {error.detail}".strip()
        self._found = self._able = ()
        self._list.show_problem(error)

    async def look_at_text(self, text: TextConfig) -> None:
        """Shows which fonts lack characters of another text. Raises FontloomError, TimeoutError."""
        if self._found and not self.busy:
            scout = await self._services.scout()
            errors = (await scout.lacking(text)).fonts
            lacking = {error.font_name for error in errors}
            self._able = tuple(font for font in self._found if font.font_name not in lacking)
            self._list.show_lacking(errors)

    def taken(self) -> tuple[FontInfo, ...]:
        """The fonts that are made: those chosen, and those that can write in the same files."""
        if not self._list.left_out:
            return self._list.chosen
        files = {font.path for font in self._list.chosen}
        return tuple(font for font in self._able if font.path in files)

    async def measure(self, config: ExportSessionConfig) -> float | None:
        """Bytes of a sample, by some of fonts from all over those taken; None when none can be drawn.

        Raises FontloomError, TimeoutError.
        """
        fonts = self.taken()
        if not fonts:
            return None
        scout = await self._services.scout()
        sizes = []
        for place in range(_MEASURED_FONTS):
            font = fonts[place * (len(fonts) - 1) // (_MEASURED_FONTS - 1)]
            preview = await scout.preview(config, font, 1, min(_MEASURED_SAMPLES, config.num_samples))
            sizes += [sample.size for sample in preview.samples if sample.images]
        return fmean(sizes) if sizes else None

    def configured(self, config: ExportSessionConfig) -> ExportSessionConfig:
        """The configuration with the files of the chosen fonts, if any font was left out."""
        if not self._list.left_out:
            return config
        return config.model_copy(update={"fonts": _files(self._list.chosen)})


def _files(fonts: Sequence[FontInfo]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(font.path for font in fonts))
