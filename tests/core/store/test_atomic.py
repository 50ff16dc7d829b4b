"""Writing whole files, and knowing damaged ones."""

import hashlib
import json
import os
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fontloom.model.base import SCHEMA_VERSION, Model
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.store import atomic
from fontloom.store.atomic import is_temporary, read_state, seal, unseal, write_atomic, write_state
from fontloom.store.paths import ProjectPaths, image_name


class Note(Model):
    schema_version: int = SCHEMA_VERSION
    text: str
    numbers: tuple[float, ...] = ()


class Loose(Model):
    text: str


class Versioned(Model):
    schema_version: object


json_values = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
payloads = st.builds(
    lambda value, indent, end: (json.dumps(value, indent=indent) + end).encode(),
    st.dictionaries(st.text() | st.just("checksum"), json_values, max_size=4),
    st.sampled_from([None, 2]),
    st.sampled_from(["", "\n"]),
)


def code_of(data):
    with pytest.raises(FontloomError) as caught:
        unseal(data)
    assert caught.value.error.detail
    return caught.value.error.code


@given(payloads)
def test_unseal_returns_what_was_sealed(payload):
    assert unseal(seal(payload)) == payload
    assert unseal(unseal(seal(seal(payload)))) == payload


@given(payloads, st.data())
def test_any_flipped_bit_is_refused(payload, data):
    sealed = bytearray(seal(payload))
    position = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[position // 8] ^= 1 << position % 8
    assert code_of(bytes(sealed)) is ErrorCode.STATE_UNREADABLE


@given(payloads, st.data())
def test_any_truncation_is_refused(payload, data):
    sealed = seal(payload)
    assert code_of(sealed[: data.draw(st.integers(0, len(sealed) - 1))]) is ErrorCode.STATE_UNREADABLE


@pytest.mark.parametrize("payload", [b'{"a":1}', b'{\n  "a": 1\n}\n', b"{}", b"{\n}\n"])
def test_every_bit_and_every_length(payload):
    sealed = seal(payload)
    for position in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[position // 8] ^= 1 << position % 8
        code_of(bytes(flipped))
    for length in range(len(sealed)):
        code_of(sealed[:length])


@pytest.mark.parametrize("data", [b"", b"\0" * 4096, b"{}", b'{"a":1}\n', b"garbage", b"[]"])
def test_what_was_never_sealed_is_refused(data):
    assert code_of(data) is ErrorCode.STATE_UNREADABLE


def test_sealed_is_json_with_the_checksum_last():

    for payload in (b'{"a":1}', b'{\n  "a": 1\n}\n', b"{}"):
        members = json.loads(seal(payload))
        assert list(members)[-1] == "checksum"
        assert members["checksum"] == hashlib.sha256(payload).hexdigest()


@pytest.mark.parametrize("payload", [b"", b"[1]", b'{"a":1', b"text"])
def test_only_objects_can_be_sealed(payload):
    with pytest.raises(ValueError, match="object"):
        seal(payload)


@pytest.mark.parametrize("durable", [True, False])
def test_write_atomic_writes_and_replaces(tmp_path, durable):
    path = tmp_path / "file"
    for data in (b"", b"one", b"x" * 3_000_000):
        write_atomic(path, data, durable=durable)
        assert path.read_bytes() == data
    assert os.listdir(tmp_path) == ["file"]


def test_mode_of_a_new_file(tmp_path):
    write_atomic(tmp_path / "secret", b"x", mode=0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_replaces_a_symlink_and_not_its_target(tmp_path):
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    write_atomic(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"old"
    assert not (tmp_path / "link").is_symlink()


def test_file_too_large_leaves_the_old_one(tmp_path):
    path = tmp_path / "state.json"
    path.write_bytes(b"old")
    program = (
        "import resource, sys, pathlib\n"
        "from fontloom.store.atomic import write_atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "try:\n"
        "    write_atomic(pathlib.Path(sys.argv[1]), b'x' * 20000)\n"
        "except OSError as error:\n"
        "    print(type(error).__name__, error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True, timeout=60
    )
    # The first write is short, the next one fails: EFBIG.
    assert done.stdout.split() == ["OSError", "27"]
    assert os.listdir(tmp_path) == ["state.json"]
    assert path.read_bytes() == b"old"


def test_failed_rename_leaves_no_temporary_file(tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomic(target, b"x")
    assert os.listdir(tmp_path) == ["folder"]


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "absent" / "file", b"x")


def test_temporary_names_are_known_as_such(tmp_path, monkeypatch):
    seen = []

    def refuse(source, target):
        seen.append(os.path.basename(source))
        raise PermissionError(1, "refused")

    monkeypatch.setattr(atomic.os, "replace", refuse)
    with pytest.raises(PermissionError):
        write_atomic(tmp_path / "file", b"x")
    assert is_temporary(seen[0])
    assert not is_temporary("file")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("indent", [False, True])
def test_state_comes_back(tmp_path, indent):
    path = tmp_path / "note.json"
    note = Note(text='ü "}\n', numbers=(1.5, float("inf")))
    write_state(path, note, indent=indent)
    assert read_state(path, Note) == note
    assert (path.read_bytes().count(b"\n") > 1) is indent


def test_earlier_copies_newest_first(tmp_path):
    path = tmp_path / "note.json"
    backups = [tmp_path / f"note.{number}.json" for number in (1, 2, 3)]
    for number in range(1, 6):
        write_state(path, Note(text=str(number)), durable=False, backups=backups)
        kept = [read_state(copy, Note).text for copy in (path, *backups) if copy.exists()]
        assert kept == [str(text) for text in range(number, max(number - 4, 0), -1)]
    assert len(os.listdir(tmp_path)) == 4


def test_single_backup(tmp_path):
    path, backup = tmp_path / "note.json", tmp_path / "old.json"
    for text in "abc":
        write_state(path, Note(text=text), backups=[backup])
    assert (read_state(path, Note).text, read_state(backup, Note).text) == ("c", "b")


@pytest.mark.parametrize("links", [True, False])
def test_failing_again_and_again_loses_no_copy_but_the_oldest(tmp_path, monkeypatch, links):
    path = tmp_path / "note.json"
    backups = [tmp_path / f"note.{number}.json" for number in (1, 2, 3)]
    real_link, real_write = os.link, atomic.write_atomic

    def link(source, target):
        if not links:
            raise PermissionError(1, "no hard links here")
        real_link(source, target)

    monkeypatch.setattr(atomic.os, "link", link)
    for text in "abcd":
        write_state(path, Note(text=text), backups=backups)
    assert [read_state(copy, Note).text for copy in backups] == ["c", "b", "a"]

    def full(target, data, **how):
        if target == path:
            raise OSError(28, "full")
        real_write(target, data, **how)

    monkeypatch.setattr(atomic, "write_atomic", full)
    for _ in range(4):
        with pytest.raises(OSError, match="full"):
            write_state(path, Note(text="e"), backups=backups)
    assert read_state(path, Note).text == "d"
    assert [read_state(copy, Note).text for copy in backups] == ["d", "c", "b"]


def refused(path, cls=Note):
    with pytest.raises(FontloomError) as caught:
        read_state(path, cls)
    assert str(path) in caught.value.error.detail
    assert "\n" not in caught.value.error.detail
    return caught.value.error.code


def test_read_state_refuses(tmp_path):
    path = tmp_path / "note.json"
    path.write_bytes(b"")
    assert refused(path) is ErrorCode.STATE_UNREADABLE
    for version in (None, "1", 0, True, 1.5):
        write_state(path, Versioned(schema_version=version))
        assert refused(path, Versioned) is ErrorCode.STATE_UNREADABLE
    write_state(path, Versioned(schema_version=SCHEMA_VERSION))
    assert refused(path) is ErrorCode.STATE_UNREADABLE
    write_state(path, Loose(text="no version"))
    assert refused(path, Loose) is ErrorCode.STATE_UNREADABLE
    path.write_bytes(seal(b'{"schema_version":1,"text":}'))
    assert refused(path) is ErrorCode.STATE_UNREADABLE


def test_state_from_the_future_is_told_before_its_fields_are_judged(tmp_path):
    path = tmp_path / "note.json"
    path.write_bytes(seal(b'{"schema_version":%d,"unknown":1}' % (SCHEMA_VERSION + 1)))
    assert refused(path) is ErrorCode.STATE_FROM_FUTURE


def test_missing_state_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_state(tmp_path / "note.json", Note)


def test_names_of_images():
    assert image_name("A", 7, "clear") == "A_007_clear.png"
    assert image_name("A", 12345, "blurred") == "A_12345_blurred.png"


def test_everything_lies_in_the_project(tmp_path):
    paths = ProjectPaths(tmp_path)
    places = [
        getattr(paths, name) for name in vars(ProjectPaths) if isinstance(vars(ProjectPaths)[name], property)
    ]
    flat = [place for entry in places for place in (entry if isinstance(entry, tuple) else (entry,))]
    of_font = [paths.images("F"), paths.manifest("F"), paths.font_metadata("F"), paths.font_progress("F")]
    assert all(place.parent == paths.font("F") for place in of_font)
    everything = [*flat, *of_font, paths.font("F"), paths.failed_font("F"), paths.log("export")]
    assert all(place.is_relative_to(tmp_path) and place != tmp_path for place in everything)
    assert len(set(everything)) == len(everything)
