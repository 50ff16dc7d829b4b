"""Values in words for people, the same in the command and on the screens."""


def clean(text: str) -> str:
    """The text without what steers a terminal: names of fonts and files, and lines of logs, only ever show.

    Replaced are control characters (C0 but the newline, C1), marks of direction, and whatever else has
    no picture of its own, lone surrogates among it. The length stays.
    """
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def size(count: float) -> str:
    """Bytes for a person."""
    for unit in ("B", "KB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float | None) -> str:
    """Time for a person."""
    if seconds is None:
        return "?"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def age(seconds: float) -> str:
    """How long ago something was. A clock that was set back makes it no future."""
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86_400:
        return f"{seconds // 3600:.0f} h ago"
    return f"{count(int(seconds // 86_400), 'day')} ago"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number and what it counts: `1 font`, `1,200 fonts`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
