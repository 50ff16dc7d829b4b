"""From paths to the fonts of a session."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fontloom.fonts.cache import FileKey, InspectionCache
from fontloom.fonts.coverage import Ranges, from_ranges
from fontloom.fonts.discovery import find_font_files, starter_font_files
from fontloom.fonts.inspection import FaceFacts, Inspection
from fontloom.fonts.naming import unique_folder_names
from fontloom.model.errors import ErrorCategory, ErrorCode, ExportError, FontloomError
from fontloom.model.session import FontInfo, FontProblem

Inspect = Callable[[Path], Awaitable[Inspection]]
"""Runs `inspect_file` where a hostile font does no harm. Raises FontloomError."""

_ABOUT_THE_FONT = (ErrorCategory.INPUT, ErrorCategory.TRANSIENT)


class ScannedFont(NamedTuple):
    """A font, and the code points it has glyphs for."""

    info: FontInfo
    characters: frozenset[int]


class Scan(NamedTuple):
    """The fonts by name, and what was left out, by file."""

    fonts: tuple[ScannedFont, ...]
    problems: tuple[FontProblem, ...]


async def scan_fonts(
    paths: Sequence[Path],
    inspect: Inspect,
    *,
    cache: InspectionCache | None,
    limit: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> Scan:
    """Find and inspect the fonts of files and folders; without paths, the starter fonts.

    At most `limit` inspections are under way at once. `on_progress` gets files done and files in all. A font
    that fails becomes a problem and the rest goes on; an error that is not the font's is raised. Raises
    FontloomError(NO_FONTS) when nothing usable is left.
    """
    files, unreadable = await asyncio.to_thread(_find, paths)
    keys, known = await asyncio.to_thread(_look_up, files, cache)
    fresh = _Inspections(files, known, inspect, on_progress)
    try:
        await fresh.run(limit)
    finally:
        if cache:
            learned = [(key, fresh.done[path]) for path, key in keys.items() if path in fresh.learned]
            await asyncio.to_thread(cache.store, learned)
    return await asyncio.to_thread(_assemble, files, fresh.done, fresh.failed, unreadable)


def _find(paths: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[FontProblem, ...]]:
    return find_font_files(paths) if paths else (starter_font_files(), ())


def _look_up(
    files: Sequence[Path], cache: InspectionCache | None
) -> tuple[dict[Path, FileKey], dict[Path, Inspection]]:
    """The keys of the files, taken before anything is read, and what the cache knows of them."""
    keys: dict[Path, FileKey] = {}
    for path in files:
        try:
            keys[path] = FileKey.of(path)
        except OSError:
            continue  # Gone since it was found: its inspection will say so.
    known = cache.find(keys.values()) if cache else {}
    return keys, {key.path: inspection for key, inspection in known.items()}


class _Inspections:
    """Inspections under way, and how they ended."""

    def __init__(
        self,
        files: Sequence[Path],
        known: Mapping[Path, Inspection],
        inspect: Inspect,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        self.done: dict[Path, Inspection] = dict(known)
        self.failed: dict[Path, ExportError] = {}
        self.learned: set[Path] = set()
        self._total = len(files)
        self._waiting = iter([path for path in files if path not in known])
        self._inspect = inspect
        self._on_progress = on_progress

    async def run(self, limit: int) -> None:
        """Inspect what is not known yet."""
        self._report()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(limit, self._total)):
                    group.create_task(self._work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _work(self) -> None:
        for path in self._waiting:
            try:
                self.done[path] = await self._inspect(path)
                self.learned.add(path)
            except FontloomError as error:
                if error.error.category not in _ABOUT_THE_FONT:
                    raise
                self.failed[path] = error.error
            self._report()

    def _report(self) -> None:
        if self._on_progress:
            self._on_progress(len(self.done) + len(self.failed), self._total)


def _assemble(
    files: Sequence[Path],
    done: Mapping[Path, Inspection],
    failed: Mapping[Path, ExportError],
    unreadable: Sequence[FontProblem],
) -> Scan:
    """Leave out copies, name the fonts, sort them."""
    problems = list(unreadable)
    fonts: list[ScannedFont] = []
    kept: dict[str, Path] = {}
    characters: dict[Ranges, frozenset[int]] = {}  # The weights of a family mostly share one set.
    for path in files:
        if path in failed:
            problems.append(FontProblem(path=path, error=failed[path], skipped=False))
            continue
        inspection = done[path]
        first = kept.setdefault(inspection.content_hash, path)
        if first != path:
            error = ExportError.of(ErrorCode.FONT_DUPLICATE, f"the same bytes as {first}")
            problems.append(FontProblem(path=path, error=error, skipped=True))
            continue
        problems += [FontProblem(path=path, error=p.error, skipped=False) for p in inspection.problems]
        for face in inspection.faces:
            if face.ranges not in characters:
                characters[face.ranges] = from_ranges(face.ranges)
            fonts.append(ScannedFont(_unnamed(path, inspection, face), characters[face.ranges]))
    if not fonts:
        raise FontloomError(ErrorCode.NO_FONTS, _why_none(problems))
    wanted = [(info.postscript_name or info.full_name, info.identity) for info, _ in fonts]
    named = [
        font._replace(info=font.info.model_copy(update={"font_name": name}))
        for font, name in zip(fonts, unique_folder_names(wanted), strict=True)
    ]
    return Scan(tuple(sorted(named, key=lambda font: font.info.font_name)), tuple(problems))


def _unnamed(path: Path, inspection: Inspection, face: FaceFacts) -> FontInfo:
    return FontInfo(
        font_name="",
        path=path,
        file_size=inspection.file_size,
        content_hash=inspection.content_hash,
        **face.model_dump(exclude={"ranges"}),
    )


def _why_none(problems: Sequence[FontProblem]) -> str:
    if not problems:
        return "there is no font file in what was named"
    error = problems[0].error
    return f"{len(problems)} left out, the first being {problems[0].path}: {error.message} {error.detail}"
