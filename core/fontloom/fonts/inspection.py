"""What a font file holds: the facts of each face and instance. Made to run in a worker process."""

import hashlib
import unicodedata
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import uharfbuzz as hb
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.sfnt import readTTCHeader
from pydantic import Field

from fontloom.fonts.coverage import Ranges, main_script, scripts_of, to_ranges
from fontloom.fonts.loading import corrupt_if_it_fails, read_font_file, to_sfnt, web_format
from fontloom.fonts.naming import plain_line
from fontloom.fonts.style import Style, face_style, instance_style
from fontloom.model.base import Model
from fontloom.model.errors import ErrorCode, ExportError, FontloomError

INSPECTION_VERSION = 1
"""Raised when an inspection would find other facts in the same file."""

_SAMPLED_CHARACTERS = 256
_MAX_MEMBERS = 1024
"""Faces in a collection, named instances of a face. More than any real font has, few enough not to stall."""
_PICTURE_TABLES = ("CBDT", "EBDT", "sbix", "SVG ", "COLR", "bdat")


class FaceFacts(Model):
    """A face or named instance: what FontInfo says of it, and its characters."""

    face_index: int
    instance: int | None = None
    instance_name: str | None = None
    axes: dict[str, float] = Field(default_factory=dict)
    family: str
    style: str
    full_name: str
    postscript_name: str
    weight: int
    width_class: int
    italic: bool
    format: str
    units_per_em: int
    glyph_count: int
    character_count: int
    scripts: dict[str, int]
    main_script: str
    ranges: Ranges


class FaceProblem(Model):
    """A face that cannot be used."""

    face_index: int | None
    """None for the whole file."""
    error: ExportError


class Inspection(Model):
    """All that was learned from the bytes of one file."""

    content_hash: str
    """SHA-256 of the file, hexadecimal."""
    file_size: int
    faces: tuple[FaceFacts, ...] = ()
    problems: tuple[FaceProblem, ...] = ()


def inspect_file(path: Path) -> Inspection:
    """Read and examine one font file.

    A damaged font comes back with its problems, so that they can be remembered by content. Raises
    FontloomError: FONT_UNREADABLE, or FONT_CORRUPT when the file is empty or larger than 512 MiB.
    """
    data = read_font_file(path)
    faces: list[FaceFacts] = []
    problems: list[FaceProblem] = []
    try:
        sfnt = to_sfnt(data)
        count = _face_count(sfnt)
    except FontloomError as error:
        problems.append(FaceProblem(face_index=None, error=error.error))
        count = 0
    for index in range(count):
        try:
            faces += _inspect_face(sfnt, index, web_format(data), path.stem)
        except FontloomError as error:
            detail = f"face {index}: {error.error.detail}" if count > 1 else error.error.detail
            problems.append(FaceProblem(face_index=index, error=ExportError.of(error.error.code, detail)))
    return Inspection(
        content_hash=hashlib.sha256(data).hexdigest(),
        file_size=len(data),
        faces=tuple(faces),
        problems=tuple(problems),
    )


def _face_count(sfnt: bytes) -> int:
    if sfnt[:4] != b"ttcf":
        return 1
    with corrupt_if_it_fails():
        count: int = readTTCHeader(BytesIO(sfnt)).numFonts
    if not 0 < count <= _MAX_MEMBERS:
        raise FontloomError(ErrorCode.FONT_CORRUPT, f"the collection claims {count} faces")
    return count


def _inspect_face(sfnt: bytes, index: int, web: str | None, stem: str) -> list[FaceFacts]:
    """The named instances of a face, or the face itself when it has none."""
    with corrupt_if_it_fails():
        font = TTFont(BytesIO(sfnt), fontNumber=index, lazy=True)
        _refuse_truncated(font, len(sfnt))
        style = face_style(font, stem)
        instances = font["fvar"].instances if "fvar" in font else []
        if len(instances) > _MAX_MEMBERS:
            raise FontloomError(ErrorCode.FONT_CORRUPT, f"it claims {len(instances)} named instances")
        styles = [(n, instance_style(font, style, n)) for n in range(len(instances))]
        axes = [dict(instance.coordinates) for instance in instances]
        if not all(isinstance(tag, str) for position in axes for tag in position):
            raise FontloomError(ErrorCode.FONT_CORRUPT, "the tag of an axis is not text")
    face = hb.Face(sfnt, index)
    characters = frozenset(face.unicodes)
    _refuse_undrawable(face, sorted(characters), font)
    outlines = "otf" if "CFF " in font or "CFF2" in font else "ttf"
    scripts = scripts_of(characters)
    ranges = to_ranges(characters)

    def facts(look: Style, instance: int | None) -> FaceFacts:
        return FaceFacts(
            face_index=index,
            instance=instance,
            instance_name=None if instance is None else look.style,
            axes={} if instance is None else axes[instance],
            **look._asdict(),
            format=web or (outlines if sfnt[:4] != b"ttcf" else f"{outlines[0]}tc"),
            units_per_em=face.upem,
            glyph_count=face.glyph_count,
            character_count=len(characters),
            scripts=scripts,
            main_script=main_script(scripts, look.family, len(characters)),
            ranges=ranges,
        )

    return [facts(look, n) for n, look in styles] or [facts(style, None)]


def _refuse_truncated(font: TTFont, size: int) -> None:
    for tag, entry in font.reader.tables.items():
        if entry.offset + entry.length > size:
            detail = f"table {plain_line(str(tag))} goes beyond the end of the file: it is cut short"
            raise FontloomError(ErrorCode.FONT_CORRUPT, detail)


def _refuse_undrawable(face: hb.Face, characters: Sequence[int], font: TTFont) -> None:
    """Raise FONT_NO_OUTLINES unless one of the visible characters, tried evenly spread, draws something.

    Outlines are drawn, not measured: the extents HarfBuzz reports include bitmaps and colour layers.
    """
    visible = [c for c in characters if unicodedata.category(chr(c)) not in _INVISIBLE]
    if not visible:
        raise FontloomError(ErrorCode.FONT_NO_OUTLINES, "it has no visible characters")
    drawer = hb.Font(face)
    for position in range(min(len(visible), _SAMPLED_CHARACTERS)):
        character = visible[position * len(visible) // min(len(visible), _SAMPLED_CHARACTERS)]
        glyph = drawer.get_nominal_glyph(character)
        if glyph is None:
            continue
        pen = ControlBoundsPen(None)
        drawer.draw_glyph_with_pen(glyph, pen)
        if pen.bounds and pen.bounds[0] < pen.bounds[2] and pen.bounds[1] < pen.bounds[3]:
            return
    pictures = [tag.strip() for tag in _PICTURE_TABLES if tag in font]
    detail = f"its glyphs are pictures only ({', '.join(pictures)})" if pictures else "its glyphs are empty"
    raise FontloomError(ErrorCode.FONT_NO_OUTLINES, detail)


_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp", "Zs"})
