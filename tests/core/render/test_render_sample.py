import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fontloom.model.config import BlurConfig, ColorMode, EffectsConfig, ExportSessionConfig, TextConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.render.font import RenderFont
from fontloom.render.png import encode
from fontloom.render.sample import Sample, render_sample
from fontloom.render.text import open_text

MakeFont = Callable[..., RenderFont]
ALL_EFFECTS = EffectsConfig(noise_probability=1, perspective_probability=1, shadow_probability=1)

ELSEWHERE = """
import json, sys
from hashlib import sha256
import cv2
from fontloom.model.config import ExportSessionConfig
from fontloom.render.font import RenderFont
from fontloom.render.png import encode
from fontloom.render.sample import render_sample
from fontloom.render.text import open_text
cv2.setNumThreads(1)
config = ExportSessionConfig.model_validate_json(sys.argv[1])
font = RenderFont(open(sys.argv[2], "rb").read(), identity="caladea")
source = open_text(config.text)
numbers = json.loads(sys.argv[3])
print(json.dumps([
    [sha256(encode(i)).hexdigest() for _, i, _ in render_sample(config, font, source, n).images]
    for n in numbers
]))
"""


def _render(config: ExportSessionConfig, font: RenderFont, number: int = 1) -> Sample:
    return render_sample(config, font, open_text(config.text), number)


def _hashes(sample: Sample) -> list[str]:
    return [sha256(encode(image)).hexdigest() for _, image, _ in sample.images]


@pytest.mark.parametrize("mode", list(ColorMode))
def test_the_same_bytes_in_another_process_and_another_order(
    caladea: RenderFont, starter_files: dict[str, Path], mode: ColorMode
) -> None:
    config = ExportSessionConfig(color_mode=mode, effects=ALL_EFFECTS)
    source = open_text(config.text)
    numbers = [3, 1, 500, 2]
    here = {n: _hashes(render_sample(config, caladea, source, n)) for n in sorted(numbers)}
    assert here == {n: _hashes(render_sample(config, caladea, source, n)) for n in numbers}
    file = starter_files["Caladea-Regular"]
    elsewhere = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, config.model_dump_json(), file, json.dumps(numbers)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(elsewhere.stdout) == [here[n] for n in numbers]


def test_the_labels_too_are_the_same(caladea: RenderFont) -> None:
    config = ExportSessionConfig()
    first, second = _render(config, caladea, 7), _render(config, caladea, 7)
    assert first._replace(images=()) == second._replace(images=())


def test_samples_seeds_and_fonts_differ(caladea: RenderFont, amatic: RenderFont) -> None:
    config = ExportSessionConfig()
    sets = [_hashes(_render(config, caladea, n)) for n in range(1, 6)]
    sets.append(_hashes(_render(ExportSessionConfig(seed=1), caladea)))
    sets.append(_hashes(_render(config, amatic)))
    flat = [digest for hashes in sets for digest in hashes]
    assert len(set(flat)) == len(flat)


def test_settings_of_other_purposes_do_not_change_the_text(caladea: RenderFont) -> None:
    texts = {
        tuple(_render(config, caladea, n).text for n in range(1, 5))
        for config in (
            ExportSessionConfig(),
            ExportSessionConfig(style_variations=False, enable_special_effects=False),
            ExportSessionConfig(color_mode=ColorMode.L, variants=("blurred",), image_width=64),
        )
    }
    assert len(texts) == 1


@pytest.mark.parametrize("mode", list(ColorMode))
@pytest.mark.parametrize("variants", [("clear", "blurred"), ("blurred", "clear"), ("clear",), ("blurred",)])
def test_variants_come_in_order_and_in_one_shape(
    caladea: RenderFont, mode: ColorMode, variants: tuple[str, ...]
) -> None:
    config = ExportSessionConfig(color_mode=mode, variants=variants, image_width=195, image_height=48)
    both = {
        v: i
        for v, i, _ in _render(config.model_copy(update={"variants": ("clear", "blurred")}), caladea).images
    }
    sample = _render(config, caladea)
    assert tuple(variant for variant, _, _ in sample.images) == variants
    for variant, image, blur in sample.images:
        assert image.dtype == np.uint8
        assert image.shape == ((48, 195) if mode is ColorMode.L else (48, 195, 3))
        assert (blur["kind"] != "none") == (variant == "blurred")
        # A variant does not depend on which others are asked for.
        np.testing.assert_array_equal(image, both[variant])


def _fine(image: NDArray[np.uint8]) -> float:
    return float(np.square(cv2.Laplacian(image.astype(np.float32), cv2.CV_32F)).mean())


@pytest.mark.parametrize("style", [False, True])
@pytest.mark.parametrize("mode", list(ColorMode))
@pytest.mark.parametrize("kind", ["gaussian", "motion", "defocus"])
def test_images_show_the_text_and_blur_takes_detail(
    caladea: RenderFont, kind: str, mode: ColorMode, style: bool
) -> None:
    config = ExportSessionConfig(
        color_mode=mode,
        style_variations=style,
        effects=EffectsConfig(noise_probability=0, perspective_probability=1, shadow_probability=0),
        blur=BlurConfig(kinds=(kind,)),
    )
    for number in range(1, 16):
        (_, clear, _), (_, blurred, _) = _render(config, caladea, number).images
        assert np.ptp(clear.astype(int)) >= 60
        assert np.ptp(blurred.astype(int)) >= 20
        assert _fine(blurred) < 0.5 * _fine(clear)


def test_the_boxes_hold_the_ink_of_the_image(caladea: RenderFont) -> None:
    config = ExportSessionConfig(
        color_mode=ColorMode.L,
        variants=("clear",),
        effects=EffectsConfig(noise_probability=0, perspective_probability=1, shadow_probability=0),
    )
    for number in range(1, 41):
        sample = _render(config, caladea, number)
        image = sample.images[0][1].astype(int)
        paper = image[0, 0]
        assert "".join(sample.clusters) == sample.text
        for left, top, right, bottom in sample.boxes:
            image[top:bottom, left:right] = paper
        assert (image == paper).all()


def test_clear_and_blurred_share_their_noise(caladea: RenderFont) -> None:
    plain = ExportSessionConfig(
        color_mode=ColorMode.L,
        style_variations=False,
        effects=EffectsConfig(noise_probability=0, perspective_probability=0, shadow_probability=0),
    )
    noisy = plain.model_copy(
        update={
            "effects": EffectsConfig(noise_probability=1, perspective_probability=0, shadow_probability=0)
        }
    )
    without, having = _render(plain, caladea).images, _render(noisy, caladea).images
    differences = []
    for (_, before, _), (_, after, _) in zip(without, having, strict=True):
        differences.append(after.astype(int) - before)
    # White paper takes no brighter noise, ink no darker: look where both images are in between.
    middle = [(image > 60) & (image < 195) for _, image, _ in without]
    both = middle[0] & middle[1]
    assert both.sum() > 50
    np.testing.assert_array_equal(differences[0][both], differences[1][both])
    assert differences[0][both].std() > 0


def test_without_effects_and_style_it_is_black_on_white(caladea: RenderFont) -> None:
    config = ExportSessionConfig(style_variations=False, enable_special_effects=False)
    sample = _render(config, caladea)
    clear = sample.images[0][1]
    assert clear.min() == 0
    assert clear.max() == 255
    assert clear[0, 0].tolist() == [255, 255, 255]
    assert sample.effects == {
        "noise": 0.0,
        "corners": (0.0,) * 8,
        "shadow": {"strength": 0.0, "angle": 0.0, "edge": 0.0, "softness": 0.0},
    }
    assert sample.style["ink"] == (0, 0, 0)


def test_right_to_left_samples(hebrew: RenderFont) -> None:
    config = ExportSessionConfig(enable_special_effects=False)
    sample = _render(config, hebrew)
    assert sample.direction == "rtl"
    assert "".join(sample.clusters) == sample.text
    lefts = [box[0] for box in sample.boxes]
    assert lefts == sorted(lefts, reverse=True)


@pytest.mark.parametrize(
    ("text", "code"),
    [("words:{}", ErrorCode.MISSING_CHARACTERS), ("lines:{}", ErrorCode.BLANK_IMAGE)],
)
def test_what_cannot_be_shown(make_font: MakeFont, tmp_path: Path, text: str, code: ErrorCode) -> None:
    path = tmp_path / "text"
    path.write_text("xyz" if code is ErrorCode.MISSING_CHARACTERS else "bb")
    config = ExportSessionConfig(text=TextConfig(source=text.format(path)))
    with pytest.raises(FontloomError) as caught:
        _render(config, make_font("a", empty="b"))
    assert caught.value.error.code is code


def test_text_too_small_to_see(caladea: RenderFont) -> None:
    config = ExportSessionConfig(
        image_width=8, image_height=8, text=TextConfig(min_length=200, max_length=200)
    )
    with pytest.raises(FontloomError) as caught:
        _render(config, caladea)
    assert caught.value.error.code is ErrorCode.BLANK_IMAGE
