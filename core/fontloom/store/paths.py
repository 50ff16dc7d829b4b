"""Where everything of a project is."""

import os
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path

_LONGEST_NAME = 100


def image_name(font_name: str, sample: int, variant: str) -> str:
    """File name of one image: at least three digits, as many as needed."""
    return f"{font_name}_{sample:03d}_{variant}.png"


def free_name(output: Path, name: str) -> str:
    """A project's name when nothing in the output folder has it, else the next that is free.

    `letters-2` follows `letters`, and `letters-3` follows `letters-2`.
    """
    if not os.path.lexists(output / name):
        return name
    found = re.fullmatch(r"(.+)-(\d{1,3})", name)
    stem, first = (found[1], int(found[2]) + 1) if found else (name, 2)
    tails = (f"-{number}" for number in count(first))
    names = (stem[: _LONGEST_NAME - len(tail)] + tail for tail in tails)
    return next(name for name in names if not os.path.lexists(output / name))


@dataclass(frozen=True, slots=True)
class ProjectPaths:
    """The files and folders of the project at `root`."""

    root: Path

    @property
    def session(self) -> Path:
        """Identity, configuration and fonts."""
        return self.root / "session.json"

    @property
    def progress(self) -> Path:
        """The checkpoint."""
        return self.root / "progress.json"

    @property
    def summary(self) -> Path:
        """Written when the session completes."""
        return self.root / "summary.json"

    @property
    def card(self) -> Path:
        """The dataset card."""
        return self.root / "README.md"

    @property
    def fonts(self) -> Path:
        """One folder a font."""
        return self.root / "fonts"

    @property
    def failed(self) -> Path:
        """One folder for each font that could not be done."""
        return self.root / "failed"

    @property
    def logs(self) -> Path:
        """JSON Lines logs."""
        return self.root / "logs"

    @property
    def state(self) -> Path:
        """What only the engine needs."""
        return self.root / ".fontloom"

    @property
    def journal(self) -> Path:
        """One line a committed batch."""
        return self.state / "journal.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the engine."""
        return self.state / "lock"

    @property
    def owner(self) -> Path:
        """Who holds the lock."""
        return self.state / "owner.json"

    @property
    def backups(self) -> tuple[Path, Path, Path]:
        """Earlier checkpoints, newest first."""
        return (
            self.state / "progress.1.json",
            self.state / "progress.2.json",
            self.state / "progress.3.json",
        )

    def font(self, name: str) -> Path:
        """Folder of a font."""
        return self.fonts / name

    def images(self, name: str) -> Path:
        """Folder of a font's images."""
        return self.font(name) / "images"

    def manifest(self, name: str) -> Path:
        """One line for each committed image of a font."""
        return self.font(name) / "metadata.jsonl"

    def font_metadata(self, name: str) -> Path:
        """What a font is, and statistics of its images."""
        return self.font(name) / "metadata.json"

    def font_progress(self, name: str) -> Path:
        """How far a font is."""
        return self.font(name) / "progress.json"

    def failed_font(self, name: str) -> Path:
        """Folder that says why a font could not be done."""
        return self.failed / name

    def log(self, kind: str) -> Path:
        """A log file: export, errors or performance."""
        return self.logs / f"{kind}.log"
