"""What is typed to find fonts, and whether a font is meant."""

from fnmatch import fnmatchcase

from fontloom.model.scouting import ScannedFontInfo


def matches(pattern: str, font: ScannedFontInfo) -> bool:
    """Whether every word of a pattern fits a font.

    A word is a part of its name, or a whole name with * and ?; `script:arab` is a script it covers,
    `style:` and `file:` parts of its style and file name; `italic`, `variable` and `lacking` say what it
    is; `!` before a word turns it round.
    """
    return all(
        _fits(word.lstrip("!").lower(), font) != word.startswith("!")
        for word in pattern.split()
        if word.strip("!")
    )


def _fits(word: str, font: ScannedFontInfo) -> bool:
    info = font.info
    kind, colon, value = word.partition(":")
    if colon:
        match kind:
            case "script":
                return any(script.lower().startswith(value) for script in info.scripts)
            case "style":
                return value in info.style.lower()
            case "file":
                return value in info.path.name.lower()
    match word:
        case "italic":
            return info.italic
        case "variable":
            return info.instance is not None
        case "lacking":
            return font.lacking is not None
    name = info.font_name.lower()
    return fnmatchcase(name, word) if "*" in word or "?" in word else word in name
