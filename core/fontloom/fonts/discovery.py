"""Finding font files in files and folders."""

import importlib.util
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from fontloom.fonts.naming import plain_line
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.session import FontProblem

EXTENSIONS = frozenset({".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2"})
STARTER_PACKAGES = ("font_amatic_sc", "font_caladea", "font_hanken_grotesk")

_FileId = tuple[int, int]


def find_font_files(paths: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[FontProblem, ...]]:
    """The font files that are named or lie in named folders, as absolute paths, and what could not be read.

    In the order of `paths`, folders walked by name. A named file is taken whatever its extension; a file
    that links reach twice is taken once. Raises FontloomError(NO_FONTS) for a named path that is not there.
    """
    walk = _Walk()
    for path in paths:
        absolute = Path(os.path.abspath(os.path.expanduser(path)))
        try:
            absolute.stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            detail = f"{plain_line(str(path), 1000)} does not exist"
            raise FontloomError(ErrorCode.NO_FONTS, detail) from error
        except OSError:
            pass  # The walk meets the same error and records it.
        walk.take(absolute)
    return tuple(walk.files), tuple(walk.problems)


def starter_font_files() -> tuple[Path, ...]:
    """The fonts that come with the install. Raises FontloomError(NO_FONTS) when a package is missing."""
    return find_font_files([folder for name in STARTER_PACKAGES for folder in _package_folders(name)])[0]


def _package_folders(name: str) -> Iterator[Path]:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise FontloomError(ErrorCode.NO_FONTS, f"the package {name.replace('_', '-')} is not installed")
    yield from map(Path, spec.submodule_search_locations)


class _Walk:
    """Files and problems found so far, and what was already seen."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.problems: list[FontProblem] = []
        self._seen: set[_FileId] = set()

    def take(self, start: Path) -> None:
        """A named path and all below it."""
        stack = [start]
        while stack:
            path = stack.pop()
            try:
                status = path.stat()
                if stat.S_ISDIR(status.st_mode):
                    if self._is_new(status):
                        stack.extend(path / name for name in sorted(os.listdir(path), reverse=True))
                elif path == start or path.suffix.lower() in EXTENSIONS:
                    self._take_file(path, status)
            except OSError as error:
                broken_link = isinstance(error, FileNotFoundError) and path.is_symlink()
                self._refuse(path, "the link is broken" if broken_link else error.strerror or str(error))

    def _take_file(self, path: Path, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            self._refuse(path, "not a regular file")
        elif not os.access(path, os.R_OK):
            self._refuse(path, "permission denied")
        elif not _is_utf8(path):
            self._refuse(path, "its path is not valid UTF-8")
        elif self._is_new(status):
            self.files.append(path)

    def _is_new(self, status: os.stat_result) -> bool:
        identity = (status.st_dev, status.st_ino)
        new = identity not in self._seen
        self._seen.add(identity)
        return new

    def _refuse(self, path: Path, reason: str) -> None:
        # Problems are written as JSON, which holds no undecodable bytes.
        shown = Path(os.fsencode(path).decode(errors="replace"))
        detail = f"{plain_line(str(shown), 1000)}: {plain_line(reason)}"
        error = ExportError.of(ErrorCode.FONT_UNREADABLE, detail)
        self.problems.append(FontProblem(path=shown, error=error, skipped=False))


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
