"""Errors in words: of a whole kind, of one font, and one by itself."""

from datetime import UTC, datetime

from fontloom.model.error_groups import ErrorEntry, ErrorGroup, FontErrors
from fontloom.model.errors import ErrorCategory
from fontloom.model.words import clean, count

SESSION = "The session itself"
"""What errors without a font belong to."""

_WHAT_HAPPENS: dict[str, str] = {
    ErrorCategory.TRANSIENT: "It is tried again by itself.",
    ErrorCategory.INPUT: "The font or the sample is left out; the rest goes on.",
    ErrorCategory.ENVIRONMENT: "The session waits until this is changed.",
    ErrorCategory.STORAGE: "What was not stored is made again once; then the session stops.",
    ErrorCategory.CONFIGURATION: "It was refused, and nothing was changed.",
    ErrorCategory.BUG: "The session stopped. Its state is kept.",
}


def font_words(font: FontErrors) -> str:
    """Whose errors these are, in one row."""
    return flat(font.font) or SESSION


def flat(text: str) -> str:
    """A text in one row, cleaned."""
    return clean(" ".join(text.split()))


def moment(time: datetime | None, *, year: bool = False) -> str:
    """A time in UTC."""
    if time is None:
        return ""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC" if year else "%m-%d %H:%M")


def samples_words(samples: tuple[int, ...]) -> str:
    """Numbers of samples, runs of them as from–to."""
    runs: list[list[int]] = []
    for sample in sorted(samples):
        if runs and sample <= runs[-1][1] + 1:
            runs[-1][1] = sample
        else:
            runs.append([sample, sample])
    words = ", ".join(f"{a:,}" if a == b else f"{a:,}–{b:,}" for a, b in runs)
    return f"sample {words}" if len(samples) == 1 else f"samples {words}" if samples else ""


def tell_group(group: ErrorGroup) -> str:
    """All that is known of a kind of error."""
    named = sum(bool(font.font) for font in group.fonts)
    rows = [
        clean(group.message),
        clean(group.suggested_action),
        "",
        f"Errors   {group.errors:,}" + (f", of {count(named, 'font')}" if named else ""),
        *_times(group.first, group.last),
        f"Code     {flat(group.code)}",
    ]
    happens = _WHAT_HAPPENS.get(group.category)
    return "\n".join(rows + ([happens] if happens else []))


def tell_font(group: ErrorGroup, font: FontErrors) -> str:
    """All that is known of one kind of error with one font."""
    rows = [
        font_words(font),
        clean(group.message),
        clean(group.suggested_action),
        *([clean(font.last_detail.strip())] if font.last_detail.strip() else []),
        "",
        f"Errors   {font.errors:,}",
        *_times(font.first, font.last),
        f"Code     {flat(group.code)}",
    ]
    return "\n".join(rows)


def tell_entry(group: ErrorGroup, font: FontErrors, entry: ErrorEntry) -> str:
    """One error with all its text."""
    rows = [font_words(font), clean(group.message), clean(group.suggested_action)]
    if entry.detail.strip():
        rows.append(clean(entry.detail.strip()))
    rows.append("")
    if entry.time is not None:
        rows.append(f"Time     {moment(entry.time, year=True)}")
    if entry.samples:
        rows.append(f"Samples  {samples_words(entry.samples).split(' ', 1)[1]}")
    rows += [f"Attempt  {entry.attempt}", f"Code     {flat(group.code)}"]
    if entry.traceback:
        rows += ["", clean(entry.traceback.rstrip())]
    return "\n".join(rows)


def _times(first: datetime | None, last: datetime | None) -> list[str]:
    if first is None or first == last:
        return [f"When     {moment(first, year=True)}"] if first else []
    return [f"First    {moment(first, year=True)}", f"Last     {moment(last, year=True)}"]
