from math import pi

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fontloom.model.config import BlurConfig, BlurKind, EffectsConfig
from fontloom.render import effects as fx

ALL = EffectsConfig(noise_probability=1, perspective_probability=1, shadow_probability=1)
SEEDS = st.integers(0, 2**32 - 1)
KERNEL_REACH = 40


@pytest.mark.parametrize("sigma", [1.5, 3.0, 12.0, 30.0, 80.0])
@pytest.mark.parametrize("shape", [(301, 333), (201, 203, 3)])
def test_noise_has_the_deviation_asked_for(sigma: float, shape: tuple[int, ...]) -> None:
    noise = fx.noise_field(shape, sigma, np.random.default_rng(5))
    assert noise.shape == shape
    assert abs(noise.mean()) < 0.02 * sigma
    assert abs(noise.std() / sigma - 1) < 0.05
    neighbours = np.corrcoef(noise.ravel()[:-1], noise.ravel()[1:])[0, 1]
    assert abs(neighbours) < 0.02


def test_noise_stays_within_a_byte() -> None:
    image = np.array([[0, 128, 255]], np.uint8)
    noise = np.array([[-50, 50, 50]], np.int16)
    assert fx.add_noise(image, noise).tolist() == [[0, 178, 255]]


def _blurs() -> list[fx.Blur]:
    strengths = (0.7, 1.3, 4.0, 9.5)
    return [fx.Blur(k, s, a) for k in BlurKind for s in strengths for a in (0.0, 33.0, 90.0, 171.5)]


@pytest.mark.parametrize("blur", _blurs(), ids=str)
def test_blurs_spread_and_keep_the_light(blur: fx.Blur) -> None:
    size = 2 * KERNEL_REACH + 1
    for level in (0, 1, 128, 255):
        flat = np.full((size, size), level, np.uint8)
        np.testing.assert_array_equal(fx.blur(flat, blur), flat)
    edge = np.zeros((size, size), np.uint8)
    edge[:, KERNEL_REACH:] = 255
    edge[KERNEL_REACH:] = 255
    blurred = fx.blur(edge, blur)
    assert blurred.shape == edge.shape
    assert np.abs(cv2.Laplacian(blurred, cv2.CV_64F)).sum() < np.abs(cv2.Laplacian(edge, cv2.CV_64F)).sum()


@pytest.mark.parametrize("strength", [0.3, 0.7, 1.3, 4.0, 9.5])
def test_kernels_sum_to_one(strength: float) -> None:
    lines = [fx._line(fx.Blur(BlurKind.MOTION, strength, angle)) for angle in (0.0, 45.0, 137.0)]
    for kernel in (fx._disc(strength), *lines):
        assert kernel.sum() == pytest.approx(1, abs=1e-5)
        assert kernel.min() >= 0
        np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-6)  # nothing shifts


def test_motion_goes_where_its_angle_says() -> None:
    point = np.zeros((61, 61), np.uint8)
    point[30, 30] = 255
    spread = {
        angle: fx.blur(point, fx.Blur(BlurKind.MOTION, 5.0, angle)).astype(float)
        for angle in (0.0, 45.0, 90.0)
    }
    y, x = np.mgrid[-30:31, -30:31]
    assert (spread[0.0] * x * x).sum() > 20 * (spread[0.0] * y * y).sum()
    assert (spread[90.0] * y * y).sum() > 20 * (spread[90.0] * x * x).sum()
    assert (spread[45.0] * x * y).sum() < 0  # against the clock, rows go down


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, width=st.integers(40, 300), height=st.integers(40, 200), strongest=st.floats(0.01, 0.3))
def test_corners_move_where_the_homography_says(seed: int, width: int, height: int, strongest: float) -> None:
    config = ALL.model_copy(update={"perspective_max": strongest})
    chosen = fx.choose_effects(config, width, height, np.random.default_rng(seed))
    assert chosen.corners is not None
    matrix = fx.homography(chosen.corners, width, height)
    mask = fx.warp(np.full((height, width), 255, np.uint8), matrix)
    x0, y0, x1, y1, x2, y2, x3, y3 = chosen.corners
    target = np.array([(x0, y0), (width - x1, y1), (width - x2, height - y2), (x3, height - y3)])
    assert cv2.isContourConvex(target.astype(np.float32))
    expected = cv2.contourArea(target.astype(np.float32))
    assert mask.sum() / 255 == pytest.approx(expected, abs=0.02 * width * height + 2)
    # Well inside the quadrangle is ink, well outside is none.
    y, x = np.mgrid[:height, :width] + 0.5
    distance = np.min(
        [
            ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / np.hypot(bx - ax, by - ay)
            for (ax, ay), (bx, by) in zip(target, np.roll(target, -1, axis=0), strict=True)
        ],
        axis=0,
    )
    assert mask[distance > 1.5].min(initial=255) == 255
    assert mask[distance < -1.5].max(initial=0) == 0


def test_points_move_where_the_homography_says() -> None:
    matrix = fx.homography((12.0, 5.0, 3.0, 9.0, 20.0, 2.0, 0.0, 7.0), 200, 80)
    for x, y in ((30, 20), (100, 40), (170, 60)):
        mask = np.zeros((80, 200), np.uint8)
        mask[y - 3 : y + 3, x - 3 : x + 3] = 255
        warped = fx.warp(mask, matrix).astype(float)
        rows, columns = np.mgrid[:80, :200] + 0.5
        centre = np.array([(columns * warped).sum(), (rows * warped).sum()]) / warped.sum()
        (expected,) = cv2.perspectiveTransform(np.array([[[x, y]]], np.float64), matrix)[0]
        np.testing.assert_allclose(centre, expected, atol=0.1)


def test_a_homography_that_moves_nothing_keeps_the_mask() -> None:
    mask = np.random.default_rng(1).integers(0, 256, (31, 57), np.uint8)
    np.testing.assert_array_equal(fx.warp(mask, fx.homography((0.0,) * 8, 57, 31)), mask)


@settings(deadline=None, max_examples=100)
@given(seed=SEEDS, colour=st.booleans(), darkest=st.floats(0.01, 0.9))
def test_shade_never_brightens(seed: int, colour: bool, darkest: float) -> None:
    rng = np.random.default_rng(seed)
    shadow = fx.choose_effects(ALL.model_copy(update={"shadow_max": darkest}), 61, 23, rng).shadow
    assert shadow is not None
    image = rng.integers(0, 256, (23, 61, 3) if colour else (23, 61), np.uint8)
    shaded = fx.shade(image, shadow).astype(int)
    assert shaded.shape == image.shape
    assert (shaded <= image).all()
    assert (shaded >= image * (1 - shadow.strength) - 1).all()


def test_shade_darkens_towards_its_angle() -> None:
    image = np.full((20, 100), 200, np.uint8)
    shaded = fx.shade(image, fx.Shadow(0.4, 0.0, 0.0, 0.2))
    assert (shaded[:, 0] == 200).all()
    assert (shaded[:, -1] == 120).all()
    assert (np.diff(shaded[10].astype(int)) <= 0).all()


@settings(deadline=None, max_examples=200)
@given(
    seed=SEEDS,
    width=st.integers(8, 4096),
    height=st.integers(8, 4096),
    noise=st.floats(0.01, 80),
    perspective=st.floats(0.01, 0.3),
    shadow=st.floats(0.01, 0.9),
)
def test_effects_stay_in_their_ranges(
    seed: int, width: int, height: int, noise: float, perspective: float, shadow: float
) -> None:
    config = ALL.model_copy(update={"noise_max": noise, "perspective_max": perspective, "shadow_max": shadow})
    chosen = fx.choose_effects(config, width, height, np.random.default_rng(seed))
    assert chosen.noise is not None
    assert chosen.corners is not None
    assert chosen.shadow is not None
    assert 0 < chosen.noise <= noise + 0.0005
    assert len(chosen.corners) == 8
    assert min(chosen.corners) >= 0
    assert max(chosen.corners) <= perspective * height + 0.0005
    assert max(chosen.corners) < width / 2
    assert 0 < chosen.shadow.strength <= shadow + 0.0005
    assert 0 <= chosen.shadow.angle <= 2 * pi + 0.0005
    assert abs(chosen.shadow.edge) <= 0.6
    assert 0.05 <= chosen.shadow.softness <= 0.45


def test_effects_apply_as_often_as_asked() -> None:
    config = EffectsConfig(noise_probability=0.5, perspective_probability=0.1, shadow_probability=0.9)
    rng = np.random.default_rng(1)
    chosen = [fx.choose_effects(config, 256, 64, rng) for _ in range(1000)]
    assert abs(sum(c.noise is not None for c in chosen) - 500) < 60
    assert abs(sum(c.corners is not None for c in chosen) - 100) < 40
    assert abs(sum(c.shadow is not None for c in chosen) - 900) < 40
    never = EffectsConfig(noise_probability=0, perspective_probability=0, shadow_probability=0)
    assert all(fx.choose_effects(never, 256, 64, rng) == fx.NO_EFFECTS for _ in range(100))


@settings(deadline=None, max_examples=200)
@given(
    seed=SEEDS,
    height=st.integers(8, 4096),
    low=st.floats(0.001, 0.5),
    high=st.floats(0.001, 0.5),
    kinds=st.lists(st.sampled_from(BlurKind), min_size=1, max_size=3),
)
def test_blur_stays_in_its_ranges(
    seed: int, height: int, low: float, high: float, kinds: list[BlurKind]
) -> None:
    low, high = sorted((low, high))
    config = BlurConfig(kinds=tuple(kinds), strength_min=low, strength_max=high)
    chosen = fx.choose_blur(config, height, np.random.default_rng(seed))
    assert chosen.kind in kinds
    assert max(0.3, low * height) - 0.001 <= chosen.strength <= max(0.3, high * height) + 0.001
    assert 0 <= chosen.angle <= 180
    assert chosen.kind is BlurKind.MOTION or chosen.angle == 0


def test_colours_follow_coverage() -> None:
    mask = np.array([[0, 255, 128]], np.uint8)
    ink, paper = (10, 20, 200), (250, 240, 90)
    coloured = fx.colour(mask, ink, paper, grey=False)
    assert coloured[0, 0].tolist() == list(paper)
    assert coloured[0, 1].tolist() == list(ink)
    assert coloured[0, 2].tolist() == pytest.approx([129.5, 129.6, 145.2], abs=1)
    grey = fx.colour(mask, ink, paper, grey=True)
    assert grey.shape == (1, 3)
    lumas = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in coloured[0].tolist()]
    assert grey[0].tolist() == pytest.approx(lumas, abs=1)
