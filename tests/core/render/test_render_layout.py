from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import uharfbuzz as hb
from hypothesis import given, settings
from hypothesis import strategies as st

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.render import effects as fx
from fontloom.render import layout
from fontloom.render.font import RenderFont
from fontloom.render.layout import Line, Placement, draw, pixel_boxes, place, shape

MakeFont = Callable[..., RenderFont]
LETTERS = st.text("abcdefghijklmnopqrstuvwxyzABCDQWfijy019", min_size=1, max_size=14)
PARTS = st.floats(0, 1)
PAD = 64


def _place(
    font: RenderFont,
    line: Line,
    width: int,
    height: int,
    *,
    margin: float = 0.08,
    size: float = 1.0,
    rotation: float = 0.0,
    align: float = 0.5,
    rise: float = 0.5,
) -> Placement:
    return place(
        line,
        font.units_per_em,
        width,
        height,
        margin=margin,
        size=size,
        rotation=rotation,
        align=align,
        rise=rise,
    )


@settings(deadline=None, max_examples=300)
@given(
    text=LETTERS,
    width=st.integers(8, 700),
    height=st.integers(8, 300),
    margin=st.floats(0, 0.4),
    size=st.floats(0.06, 1),
    rotation=st.floats(-45, 45),
    align=PARTS,
    rise=PARTS,
    spacing=st.sampled_from([0.0, 0.1, 2.0]),
)
def test_ink_stays_inside_the_image(
    caladea: RenderFont,
    text: str,
    width: int,
    height: int,
    margin: float,
    size: float,
    rotation: float,
    align: float,
    rise: float,
    spacing: float,
) -> None:
    line = shape(caladea, text, spacing)
    at = _place(
        caladea, line, width, height, margin=margin, size=size, rotation=rotation, align=align, rise=rise
    )
    drawn = draw(caladea, line, at, width, height).copy()
    assert drawn.shape == (height, width)
    # The same drawing on a larger sheet shows what would fall outside. (Its pixels are not compared: the
    # rasterizer rounds edges by where they are.)
    on_sheet = at._replace(e=at.e + PAD, f=at.f + PAD)
    sheet = draw(caladea, line, on_sheet, width + 2 * PAD, height + 2 * PAD).copy()
    sheet[PAD:-PAD, PAD:-PAD] = 0
    assert sheet.max() == 0
    edge = int(min(margin * height, 0.45 * width))
    if edge:
        drawn[edge:-edge, edge:-edge] = 0
        assert drawn.max() == 0


def test_text_fills_the_image_and_is_not_blown_up(caladea: RenderFont) -> None:
    wide = _place(caladea, shape(caladea, "Hamburgefonstiv"), 200, 100)
    rows, columns = np.nonzero(draw(caladea, shape(caladea, "Hamburgefonstiv"), wide, 200, 100))
    assert columns.min() == pytest.approx(8, abs=1.5)
    assert columns.max() == pytest.approx(191, abs=1.5)
    assert _place(caladea, shape(caladea, "..."), 400, 100).size == pytest.approx(84 / 0.7)
    half = _place(caladea, shape(caladea, "Hamburgefonstiv"), 200, 100, size=0.5)
    assert half.size == pytest.approx(wide.size / 2)
    assert rows.mean() == pytest.approx(50, abs=10)


def test_alignment_and_rise_move_the_text(caladea: RenderFont) -> None:
    line = shape(caladea, "Hxg")

    def box(align: float, rise: float) -> tuple[int, int, int, int]:
        at = _place(caladea, line, 300, 100, size=0.6, align=align, rise=rise)
        rows, columns = np.nonzero(draw(caladea, line, at, 300, 100) > 8)
        return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1

    left, top, _, _ = box(0, 0)
    assert left == pytest.approx(8, abs=1)
    assert top == pytest.approx(8, abs=1)
    _, _, right, bottom = box(1, 1)
    assert right == pytest.approx(292, abs=1)
    assert bottom == pytest.approx(92, abs=1)


def test_rotation_is_against_the_clock(caladea: RenderFont) -> None:
    line = shape(caladea, "nnnnnnnn")
    mask = draw(caladea, line, _place(caladea, line, 300, 200, rotation=20), 300, 200)
    rows, columns = np.nonzero(mask)
    assert rows[columns > 200].mean() < rows[columns < 100].mean() - 20


@settings(deadline=None, max_examples=150)
@given(
    text=LETTERS,
    width=st.integers(40, 400),
    height=st.integers(16, 160),
    rotation=st.floats(-45, 45),
    corners=st.none() | st.lists(PARTS, min_size=8, max_size=8),
)
def test_each_box_holds_the_ink_of_its_cluster(
    caladea: RenderFont, text: str, width: int, height: int, rotation: float, corners: list[float] | None
) -> None:
    line = shape(caladea, text, spacing=0.05)  # without ligatures: a glyph for each cluster
    assert len(line.glyphs) == len(line.clusters) == len(text)
    at = _place(caladea, line, width, height, rotation=rotation)
    matrix = None
    if corners is not None:
        room = 0.3 * min(width, height)
        matrix = fx.homography(tuple(c * room for c in corners), width, height)
    for glyph, box in zip(line.glyphs, pixel_boxes(line, at, matrix, width, height), strict=True):
        mask = draw(caladea, line._replace(glyphs=(glyph,)), at, width, height).copy()
        if matrix is not None:
            mask = fx.warp(mask, matrix)
        left, top, right, bottom = box
        assert 0 <= left <= right <= width
        assert 0 <= top <= bottom <= height
        inside = mask[top:bottom, left:right].copy()
        mask[top:bottom, left:right] = 0
        assert mask.max() == 0
        if rotation == 0 and matrix is None:  # no larger than the ink
            assert all(side.any() for side in (inside[:2], inside[-2:], inside[:, :2], inside[:, -2:]))


@pytest.mark.parametrize("text", ["office fjord", "Ångström Übergrößen", "a  b", "e\u0301te\u0302"])
@pytest.mark.parametrize("warped", [False, True])
@pytest.mark.parametrize("name", ["caladea", "amatic", "hanken"])
def test_the_boxes_hold_all_ink(request: pytest.FixtureRequest, name: str, text: str, warped: bool) -> None:
    font: RenderFont = request.getfixturevalue(name)
    line = shape(font, text)
    at = _place(font, line, 256, 64, rotation=3)
    mask = draw(font, line, at, 256, 64).copy()
    matrix = fx.homography((9.0, 3.0, 1.0, 7.0, 15.0, 2.0, 4.0, 5.0), 256, 64) if warped else None
    if matrix is not None:
        mask = fx.warp(mask, matrix)
    assert mask.max() > 200
    outside = mask.copy()
    for left, top, right, bottom in pixel_boxes(line, at, matrix, 256, 64):
        assert mask[top:bottom, left:right].any()
        outside[top:bottom, left:right] = 0
    assert outside.max() == 0


def test_clusters_are_the_text_with_ink(caladea: RenderFont) -> None:
    line = shape(caladea, "ab cd")
    assert line.clusters == ("a", "b", "c", "d")
    assert line.direction == "ltr"
    lefts = [box[0] for box in line.boxes]
    assert lefts == sorted(lefts)


def test_marks_stay_with_their_letter(caladea: RenderFont) -> None:
    assert shape(caladea, "xe\u0301y").clusters == ("x", "e\u0301", "y")


def test_right_to_left_is_in_text_order(hebrew: RenderFont) -> None:
    line = shape(hebrew, "אבגד")
    assert line.direction == "rtl"
    assert line.clusters == ("א", "ב", "ג", "ד")
    boxes = pixel_boxes(line, _place(hebrew, line, 200, 50), None, 200, 50)
    for before, after in pairwise(boxes):
        assert after[2] <= before[0]
    # The width of a box tells its letter.
    widths = [right - left for left, _, right, _ in line.boxes]
    assert widths == [200 + ord(c) * 37 % 300 for c in "אבגד"]


def test_letters_that_merge_stay_together(make_font: MakeFont) -> None:
    font = make_font("fix", features="feature liga { sub u0066 u0069 by fi; } liga;", extra=("fi",))
    line = shape(font, "xfix")
    assert line.clusters == ("x", "fi", "x")
    assert line.boxes[1][2] - line.boxes[1][0] == 900
    # Space between letters would tear them apart.
    assert shape(font, "xfix", spacing=0.1).clusters == ("x", "f", "i", "x")


def test_spacing_widens_by_its_amount(caladea: RenderFont) -> None:
    plain, spaced = shape(caladea, "Hxmn"), shape(caladea, "Hxmn", spacing=0.2)
    assert spaced.box[2] - plain.box[2] == pytest.approx(3 * 0.2 * caladea.units_per_em)
    assert spaced.boxes[0] == plain.boxes[0]


def test_spacing_widens_right_to_left_text(hebrew: RenderFont) -> None:
    plain, spaced = shape(hebrew, "אבג"), shape(hebrew, "אבג", spacing=0.5)
    assert spaced.box[2] - spaced.box[0] == plain.box[2] - plain.box[0] + 2 * 500


def test_connected_scripts_are_not_spaced(make_font: MakeFont) -> None:
    font = make_font("ابت", script="Arab")
    assert shape(font, "ابت", spacing=0.5) == shape(font, "ابت")


def test_a_missing_glyph(make_font: MakeFont) -> None:
    with pytest.raises(FontloomError) as caught:
        shape(make_font("ab"), "abc")
    assert caught.value.error.code is ErrorCode.MISSING_CHARACTERS
    with pytest.raises(FontloomError) as caught:
        shape(make_font(""), "a")
    assert caught.value.error.code is ErrorCode.MISSING_CHARACTERS


@pytest.mark.parametrize("text", ["ab", "b"])
def test_nothing_with_ink(make_font: MakeFont, text: str) -> None:
    with pytest.raises(FontloomError) as caught:
        shape(make_font("x", empty="ab"), text)
    assert caught.value.error.code is ErrorCode.BLANK_IMAGE


def test_the_language_of_the_process_changes_nothing(
    make_font: MakeFont, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = make_font("ab", features="feature locl { script latn; language TRK; sub u0061 by u0062; } locl;")

    class TurkishBuffer(hb.Buffer):
        """As HarfBuzz guesses where the locale is Turkish."""

        def guess_segment_properties(self) -> None:
            if self.language is None:
                self.language = "tr"
            super().guess_segment_properties()

    expected = shape(font, "a")
    monkeypatch.setattr(layout.hb, "Buffer", TurkishBuffer)
    assert shape(font, "a") == expected
