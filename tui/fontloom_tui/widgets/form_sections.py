"""How the settings of the schema are laid out in sections of the form."""

from typing import NamedTuple

from fontloom.model.schema import Setting, settings

_ORDER = ("Fonts", "Text", "Style", "Effects", "Variants", "Output", "Engine")
"""Sections that the schema has and that are not named come after these."""

_PLACES = {
    "fonts": "Fonts",
    "style_variations": "Style",
    "enable_special_effects": "Effects",
    "variants": "Variants",
    "blur": "Variants",
}
"""Where settings without a section stand, and sections that stand with others; else in Output, or apart."""


class Need(NamedTuple):
    """What has to be chosen for the other settings of a section to be used."""

    key: str
    value: str
    otherwise: str


_NEEDS = {
    "Style": Need(
        "style_variations", "yes", "Style variations are off: what is below is kept, and not used."
    ),
    "Effects": Need(
        "enable_special_effects", "yes", "Special effects are off: what is below is kept, and not used."
    ),
    "Variants": Need("variants", "blurred", "No blurred variant: what is below is kept, and not used."),
}


class FormSection(NamedTuple):
    """One page of the form."""

    title: str
    settings: tuple[Setting, ...]
    need: Need | None


def form_sections() -> tuple[FormSection, ...]:
    """All settings of the schema, in sections."""
    found: dict[str, list[Setting]] = {title: [] for title in _ORDER}
    for setting in settings():
        alone = len(setting.path) == 1
        title = _PLACES.get(setting.path[0], "Output" if alone else setting.section)
        found.setdefault(title, []).append(setting)
    return tuple(FormSection(title, tuple(inside), _NEEDS.get(title)) for title, inside in found.items())
