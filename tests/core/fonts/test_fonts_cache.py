import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fontloom.fonts import cache as cache_module
from fontloom.fonts.cache import FileKey, InspectionCache
from fontloom.fonts.inspection import Inspection, inspect_file

MakeFont = Callable[..., Path]
Known = tuple[FileKey, Inspection]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "cache.sqlite3"


@pytest.fixture
def known(tmp_path: Path, make_font: MakeFont) -> list[Known]:
    paths = [make_font(tmp_path / f"{n}.ttf", family=f"F{n}") for n in range(3)]
    paths.append(tmp_path / "broken.ttf")
    paths[-1].write_bytes(b"no font")
    return [(FileKey.of(path), inspect_file(path)) for path in paths]


def test_what_is_stored_is_found_by_the_next(file: Path, known: list[Known]) -> None:
    keys = [key for key, _ in known]
    with InspectionCache(file) as cache:
        assert cache.find(keys) == {}
        cache.store(known)
        assert cache.find(keys) == dict(known)
    with InspectionCache(file) as cache:
        assert cache.find(keys) == dict(known)
    assert dict(known)[keys[-1]].problems


def test_a_file_with_other_content_is_not_known(file: Path, known: list[Known]) -> None:
    key = known[0][0]
    with InspectionCache(file) as cache:
        cache.store(known)
        key.path.write_bytes(key.path.read_bytes() + b"\0")
        later = FileKey.of(key.path)
        assert cache.find([later]) == {}
        cache.store([(later, known[1][1])])
        assert cache.find([later]) == {later: known[1][1]}


def test_a_touched_or_moved_file_is_known_by_its_content(file: Path, known: list[Known]) -> None:
    key, inspection = known[0]
    with InspectionCache(file) as cache:
        cache.store(known)
        os.utime(key.path, ns=(1, 1))
        touched = FileKey.of(key.path)
        assert touched != key
        assert cache.find([touched]) == {touched: inspection}
        (key.path.parent / "elsewhere").mkdir()
        moved = FileKey.of(key.path.rename(key.path.parent / "elsewhere" / key.path.name))
        assert cache.find([moved]) == {moved: inspection}
        moved.path.unlink()
        assert cache.find([moved]) == {moved: inspection}, "a hash once learned is not learned again"
        gone = moved._replace(mtime_ns=2)
        assert cache.find([gone]) == {}


def test_another_name_is_another_inspection(file: Path, known: list[Known]) -> None:
    key = known[0][0]
    with InspectionCache(file) as cache:
        cache.store(known)
        renamed = FileKey.of(key.path.rename(key.path.with_stem("other")))
        assert cache.find([renamed]) == {}, "a font without names is called after its file"


def test_another_version_of_inspection_is_not_known(
    file: Path, known: list[Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    with InspectionCache(file) as cache:
        cache.store(known)
        monkeypatch.setattr(cache_module, "INSPECTION_VERSION", 1_000)
        assert cache.find([key for key, _ in known]) == {}


def test_without_a_path_the_cache_folder_of_the_user_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: list[Known]
) -> None:
    monkeypatch.setattr(cache_module.platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    with InspectionCache() as cache:
        cache.store(known)
    assert [path.suffix for path in (tmp_path / "fontloom").iterdir()] == [".sqlite3"]


def test_a_file_that_is_no_database_is_made_anew(file: Path, known: list[Known]) -> None:
    file.parent.mkdir()
    file.write_bytes(b"not a database " * 500)
    with InspectionCache(file) as cache:
        cache.store(known)
    with InspectionCache(file) as cache:
        assert cache.find([key for key, _ in known]) == dict(known)


def test_a_database_damaged_inside_is_made_anew(file: Path, known: list[Known]) -> None:
    with InspectionCache(file) as cache:
        cache.store(known)
    data = file.read_bytes()
    file.write_bytes(data[:4096] + b"\xaa" * (len(data) - 4096))
    keys = [key for key, _ in known]
    with InspectionCache(file) as cache:
        assert cache.find(keys) == {}
        cache.store(known)
        assert cache.find(keys) == dict(known)


def test_a_row_that_is_no_inspection_is_passed_over(file: Path, known: list[Known]) -> None:
    with InspectionCache(file) as cache:
        cache.store(known)
    other = sqlite3.connect(file)
    with other:
        other.execute("UPDATE inspections SET inspection = '{}' WHERE inspection LIKE '%F0-Regular%'")
    other.close()
    with InspectionCache(file) as cache:
        assert cache.find([key for key, _ in known]) == dict(known[1:])


def test_a_locked_cache_is_gone_without(
    file: Path, known: list[Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_BUSY_SECONDS", 0.0)
    keys = [key for key, _ in known]
    with InspectionCache(file) as cache:
        other = sqlite3.connect(file)
        other.execute("BEGIN EXCLUSIVE")
        cache.store(known)
        assert cache.find(keys) == {}
        with InspectionCache(file) as second:
            second.store(known)
        other.close()
        assert cache.find(keys) == {}
        cache.store(known)
        assert cache.find(keys) == dict(known)


def test_an_unusable_place_is_gone_without(tmp_path: Path, known: list[Known]) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "taken").mkdir()
    for place in (tmp_path / "file" / "cache", tmp_path / "taken"):
        with InspectionCache(place) as cache:
            cache.store(known)
            assert cache.find([key for key, _ in known]) == {}
    assert (tmp_path / "taken").is_dir()


def test_paths_need_not_be_text(file: Path, known: list[Known]) -> None:
    key = known[0][0]._replace(path=Path(os.fsdecode(b"/\xff.ttf")))
    with InspectionCache(file) as cache:
        cache.store([(key, known[0][1])])
        assert cache.find([key]) == {key: known[0][1]}


def test_it_is_not_closed_under_a_call(
    file: Path, known: list[Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    begun, go = threading.Event(), threading.Event()
    real = cache_module._inspection

    def slow(*arguments: Any) -> Any:
        begun.set()
        go.wait(60)
        order.append("found")
        return real(*arguments)

    monkeypatch.setattr(cache_module, "_inspection", slow)
    cache = InspectionCache(file)
    cache.store(known[:1])
    finding = threading.Thread(target=cache.find, args=([known[0][0]],))
    finding.start()
    assert begun.wait(60)

    def close() -> None:
        cache.close()
        order.append("closed")

    closing = threading.Thread(target=close)
    closing.start()
    go.set()
    finding.join(60)
    closing.join(60)
    assert order == ["found", "closed"]
    assert cache.find([known[0][0]]) == {}
