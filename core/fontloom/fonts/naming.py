"""Names that are safe to show and to use as folders."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

MAX_BYTES = 80
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
_SUFFIX_LENGTHS = (0, 8, 16, 32, 64)


def plain_line(text: str, limit: int = 200) -> str:
    """One line without control, bidirectional or unencodable characters, of at most `limit` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def compact(text: str) -> str:
    """The ASCII letters and digits of a text, accents dropped; may be empty."""
    return re.sub(r"[^A-Za-z0-9]", "", unicodedata.normalize("NFKD", text))


def folder_name(text: str) -> str:
    """A folder name that cannot leave its parent: ASCII letters, digits, '-' and '_', at most 80 bytes."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    name = re.sub(r"[^A-Za-z0-9_]+", "-", letters).strip("-")[:MAX_BYTES].rstrip("-")
    if not name:
        return _digest(text)[:12]
    return f"{name}_" if name.lower() in _RESERVED else name


def unique_folder_names(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Folder names of (wanted text, identity), unique also where case does not count.

    All that collide get a hash of their identity, so no name depends on the order. Raises ValueError
    when two identities are the same.
    """
    if len({identity for _, identity in pairs}) != len(pairs):
        raise ValueError("identities must differ")
    bases = [folder_name(text) for text, _ in pairs]
    levels = [0] * len(pairs)
    while True:
        names = [
            _with_suffix(base, _digest(identity)[: _SUFFIX_LENGTHS[level]])
            for base, (_, identity), level in zip(bases, pairs, levels, strict=True)
        ]
        uses = Counter(name.lower() for name in names)
        colliding = [i for i, name in enumerate(names) if uses[name.lower()] > 1]
        if not colliding:
            return names
        for i in colliding:
            levels[i] = min(levels[i] + 1, len(_SUFFIX_LENGTHS) - 1)


def _with_suffix(base: str, suffix: str) -> str:
    return f"{base[: MAX_BYTES - 1 - len(suffix)].rstrip('-')}-{suffix}" if suffix else base


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
