import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fontloom.model.config import Alignment, ExportSessionConfig, StyleConfig
from fontloom.render.style import PLAIN, Color, choose_style


def _luma(color: Color) -> float:
    return float(np.dot(color, (0.299, 0.587, 0.114)))


@settings(deadline=None, max_examples=300)
@given(contrast=st.integers(20, 255), seed=st.integers(0, 2**32 - 1))
def test_contrast_is_kept(contrast: int, seed: int) -> None:
    config = ExportSessionConfig(style=StyleConfig(min_contrast=contrast))
    rng = np.random.default_rng(seed)
    for _ in range(20):
        style = choose_style(config, rng)
        assert all(0 <= part <= 255 for part in (*style.ink, *style.paper))
        assert abs(_luma(style.ink) - _luma(style.paper)) >= contrast - 2


@settings(deadline=None, max_examples=200)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.floats(0.06, 1),
    rotation=st.floats(0, 45),
    spacing=st.floats(0, 2),
    alignments=st.lists(st.sampled_from(Alignment), min_size=1, max_size=3),
)
def test_the_ranges_hold(
    seed: int, size: float, rotation: float, spacing: float, alignments: list[Alignment]
) -> None:
    ranges = StyleConfig(
        size_min=size, rotation_max=rotation, spacing_max=spacing, alignments=tuple(alignments)
    )
    style = choose_style(ExportSessionConfig(style=ranges), np.random.default_rng(seed))
    assert size <= style.size <= 1
    assert abs(style.rotation) <= rotation + 0.0005
    assert 0 <= style.spacing <= spacing + 0.00005
    assert style.alignment in alignments
    assert style.align == {"left": 0, "center": 0.5, "right": 1}[style.alignment]
    assert 0 <= style.rise <= 1


def test_styles_vary() -> None:
    rng = np.random.default_rng(1)
    styles = [choose_style(ExportSessionConfig(), rng) for _ in range(300)]
    assert {style.alignment for style in styles} == set(Alignment)
    assert len({style.ink for style in styles}) > 200
    light_on_dark = sum(_luma(style.ink) > _luma(style.paper) for style in styles)
    assert 15 < light_on_dark < 90
    assert 90 < sum(style.spacing > 0 for style in styles) < 210
    assert any(style.rotation < -1 for style in styles)
    assert any(style.rotation > 1 for style in styles)


def test_plain_without_variations() -> None:
    config = ExportSessionConfig(style_variations=False)
    assert choose_style(config, np.random.default_rng(1)) == PLAIN
