"""The pixels of a few samples, kept in golden_digests.json: a change of a library or of fontloom that
changes them is seen here. Not the files: the deflate library compresses by processor.

When the change is meant, raise `RENDERER` in fontloom.engine.versions and renew the file:

    FONTLOOM_RENEW_GOLDEN=1 python -m pytest tests/core/render/test_render_golden.py
"""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from fontloom.engine.versions import changed_versions, rendering_versions
from fontloom.model.config import BlurConfig, EffectsConfig, ExportSessionConfig
from fontloom.render.font import RenderFont
from fontloom.render.sample import render_sample
from fontloom.render.text import open_text

FILE = Path(__file__).with_name("golden_digests.json")
ALL_EFFECTS = EffectsConfig(noise_probability=1, perspective_probability=1, shadow_probability=1)
PLAIN = {"style_variations": False, "enable_special_effects": False}
CASES: dict[str, tuple[str, int, ExportSessionConfig]] = {
    "caladea RGB": ("Caladea-Regular", 1, ExportSessionConfig()),
    "caladea L, seed 5, sample 1000": ("Caladea-Regular", 1000, ExportSessionConfig(color_mode="L", seed=5)),
    "caladea RGB plain": ("Caladea-Regular", 1, ExportSessionConfig(**PLAIN)),
    "amatic L plain": ("AmaticSC-Regular", 2, ExportSessionConfig(color_mode="L", **PLAIN)),
    "hanken RGB style": ("HankenGrotesk-Regular", 3, ExportSessionConfig(enable_special_effects=False)),
    "hanken RGB gaussian, all effects, 1024x128": (
        "HankenGrotesk-Regular",
        4,
        ExportSessionConfig(
            image_width=1024, image_height=128, effects=ALL_EFFECTS, blur=BlurConfig(kinds=("gaussian",))
        ),
    ),
    "amatic L motion, all effects, 195x48": (
        "AmaticSC-Regular",
        5,
        ExportSessionConfig(
            image_width=195,
            image_height=48,
            color_mode="L",
            effects=ALL_EFFECTS,
            blur=BlurConfig(kinds=("motion",)),
        ),
    ),
    "caladea RGB defocus, effects without style": (
        "Caladea-Regular",
        6,
        ExportSessionConfig(style_variations=False, effects=ALL_EFFECTS, blur=BlurConfig(kinds=("defocus",))),
    ),
}


def _digests(name: str, starter_files: dict[str, Path]) -> dict[str, str]:
    stem, number, config = CASES[name]
    font = RenderFont(starter_files[stem].read_bytes(), identity=stem)
    sample = render_sample(config, font, open_text(config.text), number)
    return {variant: sha256(image.tobytes()).hexdigest() for variant, image, _ in sample.images}


@pytest.mark.skipif("FONTLOOM_RENEW_GOLDEN" in os.environ, reason="the golden digests are being renewed")
@pytest.mark.parametrize("name", CASES)
def test_golden_digests(name: str, starter_files: dict[str, Path]) -> None:
    golden = json.loads(FILE.read_text())
    if changed := changed_versions(golden["versions"], rendering_versions()):
        pytest.skip(f"digests are of other versions: {'; '.join(changed)}")
    assert _digests(name, starter_files) == golden["digests"][name]


@pytest.mark.skipif(os.environ.get("FONTLOOM_RENEW_GOLDEN") != "1", reason="FONTLOOM_RENEW_GOLDEN=1 renews")
def test_renew(starter_files: dict[str, Path]) -> None:
    digests = {name: _digests(name, starter_files) for name in CASES}
    golden = {"versions": rendering_versions(), "digests": digests}
    FILE.write_text(json.dumps(golden, indent=2) + "\n")
