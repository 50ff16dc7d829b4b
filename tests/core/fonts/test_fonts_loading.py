import logging
import os
from io import BytesIO
from pathlib import Path

import pytest
import uharfbuzz as hb
from fontTools.ttLib import TTCollection, TTFont

from fontloom.fonts import loading
from fontloom.fonts.loading import load_sfnt
from fontloom.model.errors import ErrorCode, FontloomError


def web_font(source: Path, target: Path, flavor: str) -> Path:
    font = TTFont(source, recalcTimestamp=False)
    font.flavor = flavor
    font.save(target)
    return target


def outline(data: bytes, character: str) -> list[object]:
    font = hb.Font(hb.Face(data))
    ops: list[object] = []
    funcs = hb.DrawFuncs()
    funcs.set_move_to_func(lambda x, y, _: ops.append((x, y)))
    funcs.set_line_to_func(lambda x, y, _: ops.append((x, y)))
    funcs.set_cubic_to_func(lambda *points: ops.append(points[:6]))
    funcs.set_quadratic_to_func(lambda *points: ops.append(points[:4]))
    font.draw_glyph(font.get_nominal_glyph(ord(character)), funcs)
    return ops


def code_of(path: Path) -> tuple[ErrorCode, str]:
    with pytest.raises(FontloomError) as caught:
        load_sfnt(path)
    return caught.value.error.code, caught.value.error.detail


@pytest.mark.parametrize("stem", ["Caladea-Regular", "HankenGrotesk-Regular"])
def test_plain_fonts_come_unchanged(stem: str, starter: dict[str, Path]) -> None:
    assert load_sfnt(starter[stem]) == starter[stem].read_bytes()


def test_collections_come_unchanged(tmp_path: Path, starter: dict[str, Path]) -> None:
    collection = TTCollection()
    collection.fonts = [TTFont(starter["Caladea-Regular"]), TTFont(starter["Caladea-Bold"])]
    collection.save(tmp_path / "c.ttc")
    assert load_sfnt(tmp_path / "c.ttc") == (tmp_path / "c.ttc").read_bytes()


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
@pytest.mark.parametrize("stem", ["Caladea-Regular", "HankenGrotesk-Regular"])
def test_web_fonts_are_unpacked_to_the_same_outlines(
    stem: str, flavor: str, tmp_path: Path, starter: dict[str, Path]
) -> None:
    web = web_font(starter[stem], tmp_path / "web", flavor)
    data = load_sfnt(web)
    assert data[:4] == starter[stem].read_bytes()[:4]
    assert outline(data, "g") == outline(starter[stem].read_bytes(), "g") != []
    assert TTFont(BytesIO(data))["head"].modified == TTFont(starter[stem])["head"].modified
    assert load_sfnt(web) == data


def test_what_cannot_be_read_is_unreadable(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none") == (ErrorCode.FONT_UNREADABLE, "No such file or directory")
    assert code_of(tmp_path) == (ErrorCode.FONT_UNREADABLE, "Is a directory")
    os.mkfifo(tmp_path / "pipe")
    assert code_of(tmp_path / "pipe") == (ErrorCode.FONT_UNREADABLE, "not a regular file")


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html>", "begin"),
        (b"wOF2ttcf" + bytes(100), "collections"),
        (b"wOFF", "TTLibError"),
        (b"wOF2" + bytes(100), ""),
    ],
)
def test_what_is_no_font_is_corrupt(data: bytes, detail: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(data)
    code, why = code_of(tmp_path / "f")
    assert code is ErrorCode.FONT_CORRUPT
    assert detail in why


def test_too_large_a_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starter: dict[str, Path]
) -> None:
    size = starter["Caladea-Regular"].stat().st_size
    monkeypatch.setattr(loading, "MAX_FILE_BYTES", size)
    assert load_sfnt(starter["Caladea-Regular"])
    monkeypatch.setattr(loading, "MAX_FILE_BYTES", size - 1)
    code, detail = code_of(starter["Caladea-Regular"])
    assert code is ErrorCode.FONT_CORRUPT
    assert "larger" in detail


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_a_damaged_web_font_is_corrupt_in_one_line(
    flavor: str, tmp_path: Path, starter: dict[str, Path]
) -> None:
    web = web_font(starter["Caladea-Regular"], tmp_path / "web", flavor)
    data = bytearray(web.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    web.write_bytes(data)
    code, detail = code_of(web)
    assert code is ErrorCode.FONT_CORRUPT
    assert detail
    assert detail.isprintable()


def test_the_log_of_fonttools_is_silent_inside_and_restored_after(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("fontTools.ttLib")
    with pytest.raises(FontloomError, match="odd"), loading.corrupt_if_it_fails():
        log.error("inside")
        raise KeyError("odd")
    log.error("after")
    assert [record.message for record in caplog.records] == ["after"]
