import hashlib
import pickle
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools.ttLib import TTCollection, TTFont

from fontloom.fonts import inspection
from fontloom.fonts.coverage import from_ranges
from fontloom.fonts.inspection import FaceFacts, Inspection, inspect_file
from fontloom.model.errors import ErrorCode, FontloomError

MakeFont = Callable[..., Path]
AXES = [("wght", 100, 400, 900, "Weight"), ("wdth", 75, 100, 125, "Width"), ("slnt", -10, 0, 0, "Slant")]
AT = {"wght": 400, "wdth": 100, "slnt": 0}


def only_face(path: Path) -> FaceFacts:
    found = inspect_file(path)
    assert found.problems == ()
    (face,) = found.faces
    return face


def codes(found: Inspection) -> list[tuple[int | None, ErrorCode]]:
    return [(problem.face_index, problem.error.code) for problem in found.problems]


def test_the_facts_of_a_truetype_font(starter: dict[str, Path]) -> None:
    path = starter["Caladea-BoldItalic"]
    found = inspect_file(path)
    face = only_face(path)
    assert found.content_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.file_size == path.stat().st_size
    assert (face.family, face.style, face.full_name) == ("Caladea", "Bold Italic", "Caladea Bold Italic")
    assert (face.postscript_name, face.weight, face.italic) == ("Caladea-BoldItalic", 700, True)
    assert (face.format, face.face_index, face.instance, face.width_class) == ("ttf", 0, None, 5)
    font = TTFont(path)
    assert face.units_per_em == font["head"].unitsPerEm
    assert face.glyph_count == font["maxp"].numGlyphs
    characters = from_ranges(face.ranges)
    assert characters == set(font.getBestCmap())
    assert face.character_count == len(characters)


def test_typographic_names_come_first_and_a_slope_is_seen(starter: dict[str, Path]) -> None:
    face = only_face(starter["HankenGrotesk-LightItalic"])
    assert (face.family, face.style, face.weight) == ("Hanken Grotesk", "Light Italic", 300)
    assert face.format == "otf"
    assert face.italic


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_web_fonts_hold_the_same_facts(flavor: str, tmp_path: Path, starter: dict[str, Path]) -> None:
    font = TTFont(starter["Caladea-Regular"])
    font.flavor = flavor
    font.save(tmp_path / "misnamed.ttf")
    face = only_face(tmp_path / "misnamed.ttf")
    assert face == only_face(starter["Caladea-Regular"]).model_copy(update={"format": flavor})


def test_every_face_of_a_collection_is_found(tmp_path: Path, starter: dict[str, Path]) -> None:
    for stems, form in ((["Caladea-Regular", "AmaticSC-Bold"], "ttc"), (["HankenGrotesk-Bold"] * 2, "otc")):
        collection = TTCollection()
        collection.fonts = [TTFont(starter[stem]) for stem in stems]
        collection.save(tmp_path / form)
        faces = inspect_file(tmp_path / form).faces
        assert [(f.face_index, f.format, f.postscript_name) for f in faces] == [
            (i, form, stem) for i, stem in enumerate(stems)
        ]


def test_one_bad_face_leaves_the_others(tmp_path: Path, make_font: MakeFont) -> None:
    make_font(tmp_path / "good.ttf", family="Good")
    make_font(tmp_path / "empty.ttf", size=0)
    collection = TTCollection()
    collection.fonts = [TTFont(tmp_path / f"{name}.ttf") for name in ("good", "empty", "good")]
    collection.save(tmp_path / "c.ttc", shareTables=False)
    found = inspect_file(tmp_path / "c.ttc")
    assert [face.face_index for face in found.faces] == [0, 2]
    assert codes(found) == [(1, ErrorCode.FONT_NO_OUTLINES)]
    assert found.problems[0].error.detail.startswith("face 1: ")


def test_a_collection_that_claims_too_much_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "c.ttc").write_bytes(b"ttcf\0\1\0\0" + (60_000).to_bytes(4) + bytes(240_000))
    found = inspect_file(tmp_path / "c.ttc")
    assert codes(found) == [(None, ErrorCode.FONT_CORRUPT)]
    assert "60000" in found.problems[0].error.detail


def test_a_variable_font_is_its_named_instances(tmp_path: Path, make_font: MakeFont) -> None:
    instances = [
        ("Regular", AT),
        ("Condensed Black Slanted", {"wght": 900, "wdth": 75, "slnt": -10}),
    ]
    path = make_font(tmp_path / "v.ttf", family="Vary Box", axes=AXES, instances=instances)
    regular, black = inspect_file(path).faces
    assert (regular.instance, regular.instance_name, regular.style) == (0, "Regular", "Regular")
    assert (regular.weight, regular.width_class, regular.italic) == (400, 5, False)
    assert (black.instance, black.full_name) == (1, "Vary Box Condensed Black Slanted")
    assert black.postscript_name == "VaryBox-CondensedBlackSlanted"
    assert black.axes == {"wght": 900, "wdth": 75, "slnt": -10}
    assert (black.weight, black.width_class, black.italic) == (900, 3, True)
    assert black.ranges == regular.ranges


def test_a_variable_font_without_instances_is_its_default(tmp_path: Path, make_font: MakeFont) -> None:
    face = only_face(make_font(tmp_path / "v.ttf", axes=AXES))
    assert (face.instance, face.instance_name, face.axes) == (None, None, {})


def test_too_many_instances_are_refused(
    tmp_path: Path, make_font: MakeFont, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_font(tmp_path / "v.ttf", axes=AXES, instances=[("A", AT), ("B", AT)])
    monkeypatch.setattr(inspection, "_MAX_MEMBERS", 1)
    assert codes(inspect_file(path)) == [(0, ErrorCode.FONT_CORRUPT)]


def test_a_font_without_names_and_metrics_is_called_after_its_file(
    tmp_path: Path, make_font: MakeFont
) -> None:
    face = only_face(make_font(tmp_path / "My\tFont.ttf", drop=("name", "OS/2", "post")))
    assert (face.family, face.style, face.full_name) == ("My Font", "Regular", "My Font Regular")
    assert (face.postscript_name, face.weight, face.width_class, face.italic) == ("", 400, 5, False)


def test_names_hold_no_control_characters(tmp_path: Path, make_font: MakeFont) -> None:
    face = only_face(make_font(tmp_path / "f.ttf", family="Evil\x1b[31m\u202e\nBox"))
    assert face.family == "Evil [31m Box"


def test_colour_layers_are_no_outlines(tmp_path: Path, make_font: MakeFont) -> None:
    found = inspect_file(make_font(tmp_path / "f.ttf", colour=True))
    assert (found.faces, codes(found)) == ((), [(0, ErrorCode.FONT_NO_OUTLINES)])
    assert found.problems[0].error.detail == "its glyphs are pictures only (COLR)"


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"size": 0}, "its glyphs are empty"),
        ({"characters": [0x20, 0xA0, 0x200B]}, "it has no visible characters"),
        ({"characters": []}, "it has no visible characters"),
    ],
)
def test_a_font_that_draws_nothing_is_a_problem(
    options: dict[str, object], detail: str, tmp_path: Path, make_font: MakeFont
) -> None:
    found = inspect_file(make_font(tmp_path / "f.ttf", **options))
    assert codes(found) == [(0, ErrorCode.FONT_NO_OUTLINES)]
    assert found.problems[0].error.detail == detail


def test_a_font_cut_short_is_corrupt(tmp_path: Path, starter: dict[str, Path]) -> None:
    data = starter["Caladea-Regular"].read_bytes()
    for size in (5, 100, len(data) // 2, len(data) - 10):
        (tmp_path / "f.ttf").write_bytes(data[:size])
        found = inspect_file(tmp_path / "f.ttf")
        assert (found.faces, codes(found)) == ((), [(0, ErrorCode.FONT_CORRUPT)]), size
        assert found.content_hash == hashlib.sha256(data[:size]).hexdigest()


def test_what_is_no_font_comes_back_as_a_problem(tmp_path: Path) -> None:
    (tmp_path / "f.ttf").write_bytes(b"#!/bin/sh\n")
    assert codes(inspect_file(tmp_path / "f.ttf")) == [(None, ErrorCode.FONT_CORRUPT)]


def test_a_file_that_is_not_there_is_raised(tmp_path: Path) -> None:
    with pytest.raises(FontloomError) as caught:
        inspect_file(tmp_path / "f.ttf")
    assert caught.value.error.code is ErrorCode.FONT_UNREADABLE


def test_an_inspection_travels(tmp_path: Path, make_font: MakeFont, starter: dict[str, Path]) -> None:
    for path in (starter["AmaticSC-Bold"], make_font(tmp_path / "f.ttf", size=0)):
        found = inspect_file(path)
        assert pickle.loads(pickle.dumps(found)) == found
        assert Inspection.model_validate_json(found.model_dump_json()) == found
    assert pickle.loads(pickle.dumps(inspect_file)) is inspect_file


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed: anywhere, in the directory, or at the beginning of a table."""
    changed = bytearray(data)
    tables = [int.from_bytes(data[20 + 16 * i : 24 + 16 * i]) for i in range(int.from_bytes(data[4:6]))]
    start, length = chance.choice([(0, len(data)), (0, 12 + 16 * len(tables)), (chance.choice(tables), 60)])
    for _ in range(chance.choice([1, 5, 50])):
        place = min(start + chance.randrange(length), len(data) - 1)
        changed[place] = chance.choice([0, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    return bytes(changed[: chance.choice([len(data), len(data), chance.randrange(4, len(data))])])


@pytest.mark.parametrize("kind", ["ttf", "otf", "variable"])
def test_damaged_fonts_never_raise(
    kind: str, tmp_path: Path, starter: dict[str, Path], make_font: MakeFont
) -> None:
    sources = {
        "ttf": starter["Caladea-Regular"],
        "otf": starter["HankenGrotesk-Regular"],
        "variable": make_font(tmp_path / "v.ttf", axes=AXES, instances=[("A", AT), ("B", AT)]),
    }
    data = sources[kind].read_bytes()
    chance = random.Random(kind)
    refused = 0
    for _ in range(150):
        (tmp_path / "f.ttf").write_bytes(damaged(data, chance))
        found = inspect_file(tmp_path / "f.ttf")
        assert found.faces or found.problems
        assert all(p.error.detail.isprintable() and p.error.detail for p in found.problems)
        assert found.model_dump_json()
        refused += bool(found.problems)
    assert refused > 20


def test_an_axis_whose_tag_is_not_text_is_corrupt(tmp_path: Path, make_font: MakeFont) -> None:
    data = make_font(tmp_path / "v.ttf", axes=AXES, instances=[("A", AT)]).read_bytes()
    (tmp_path / "v.ttf").write_bytes(data.replace(b"wght", b"wgh\xf8"))
    assert codes(inspect_file(tmp_path / "v.ttf")) == [(0, ErrorCode.FONT_CORRUPT)]
