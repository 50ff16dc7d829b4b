"""A contact sheet: samples of many fonts in one picture."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_LONGEST_NAME = 44
_GAP = 4
_INK, _PAPER, _ALARM = (40, 40, 40), (245, 245, 245), (170, 20, 20)


def contact_sheet(rows: Sequence[tuple[str, Sequence[bytes], str]], columns: int) -> bytes:
    """A PNG with one row a font: its name and its images (PNG files), or why there are none."""
    pictures = [[Image.open(BytesIO(data)) for data in files[:columns]] for _, files, _ in rows]
    names = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name, _, _ in rows]
    width = max((p.width for row in pictures for p in row), default=200)
    height = max((p.height for row in pictures for p in row), default=40)
    font = ImageFont.load_default(13)
    left = int(max((font.getlength(name) for name in names), default=0)) + 4 * _GAP
    sheet = Image.new("RGB", (left + columns * (width + _GAP), len(rows) * (height + _GAP) + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, (name, (_, _, reason), images) in enumerate(zip(names, rows, pictures, strict=True)):
        top = _GAP + number * (height + _GAP)
        pen.text((_GAP, top + height / 2), name, _INK, font, anchor="lm")
        for column, picture in enumerate(images):
            sheet.paste(picture, (left + column * (width + _GAP), top))
        if reason and not images:
            pen.text((left, top + height / 2), reason[:120], _ALARM, font, anchor="lm")
    data = BytesIO()
    sheet.save(data, "PNG")
    return data.getvalue()
