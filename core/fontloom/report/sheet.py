"""A contact sheet: samples of many fonts in one picture."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_LABEL = 330
_GAP = 4
_INK, _PAPER, _ALARM = (40, 40, 40), (245, 245, 245), (170, 20, 20)


def contact_sheet(rows: Sequence[tuple[str, Sequence[bytes], str]], columns: int) -> bytes:
    """A PNG with one row a font: its name and its images (PNG files), or why there are none."""
    pictures = [[Image.open(BytesIO(data)) for data in files[:columns]] for _, files, _ in rows]
    width = max((p.width for row in pictures for p in row), default=200)
    height = max((p.height for row in pictures for p in row), default=40)
    sheet = Image.new(
        "RGB", (_LABEL + columns * (width + _GAP), max(1, len(rows)) * (height + _GAP) + _GAP), _PAPER
    )
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for number, ((name, _, reason), images) in enumerate(zip(rows, pictures, strict=True)):
        top = _GAP + number * (height + _GAP)
        pen.text(
            (_GAP, top + height / 2), name if len(name) <= 44 else f"{name[:43]}…", _INK, font, anchor="lm"
        )
        for column, picture in enumerate(images):
            sheet.paste(picture, (_LABEL + column * (width + _GAP), top))
        if reason and not images:
            pen.text((_LABEL, top + height / 2), reason[:120], _ALARM, font, anchor="lm")
    data = BytesIO()
    sheet.save(data, "PNG")
    return data.getvalue()
