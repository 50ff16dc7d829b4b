"""What verification finds, in bounded memory however much is wrong."""

from collections.abc import Iterator

FINDINGS_KEPT = 1_000
"""Entries kept of each list."""


class Findings:
    """Collects paths and problems. Only the first entries of each kind are kept; the rest are counted."""

    def __init__(self) -> None:
        self.missing = _Kind("missing files")
        self.changed = _Kind("changed files")
        self.extra = _Kind("extra files")
        self._problems = _Kind("problems")

    def problem(self, text: str) -> None:
        """Something that contradicts something else."""
        self._problems.add(text)

    @property
    def problems(self) -> tuple[str, ...]:
        """The problems, and how much is left off each list."""
        kinds = (self.missing, self.changed, self.extra, self._problems)
        return (*self._problems.kept, *(note for kind in kinds for note in kind.note()))


class _Kind:
    def __init__(self, name: str) -> None:
        self.kept: list[str] = []
        self._name = name
        self._count = 0

    def add(self, entry: str) -> None:
        self._count += 1
        if len(self.kept) < FINDINGS_KEPT:
            self.kept.append(entry)

    def note(self) -> Iterator[str]:
        if self._count > FINDINGS_KEPT:
            yield f"{self._count - FINDINGS_KEPT:,} more {self._name} are not listed"
