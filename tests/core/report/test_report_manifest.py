"""Reading manifests, good and bad."""

import json

import pytest

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.report.manifest import BLOCK_BYTES, read_manifest

GOOD = {"file_name": "images/a.png", "sample": 1, "variant": "clear", "bytes": 5, "sha256": "ab" * 32}


def line(**changes):
    return json.dumps(GOOD | changes).encode() + b"\n"


def test_lines_as_written_and_what_they_say(project):
    path = project.paths.manifest(project.alpha)
    data = path.read_bytes()
    read = list(read_manifest(path, None))
    assert b"".join(raw + b"\n" for raw, _ in read) == data
    assert [(parsed.sample, parsed.variant) for _, parsed in read[:3]] == [
        (1, "clear"),
        (1, "blurred"),
        (2, "clear"),
    ]
    assert list(read_manifest(path, len(data))) == read


def test_nothing_behind_the_limit_is_read(tmp_path):
    path = tmp_path / "metadata.jsonl"
    path.write_bytes(line() + line(sample=2) + b"\0\0torn")
    assert [parsed.sample for _, parsed in read_manifest(path, 2 * len(line()))] == [1, 2]
    assert list(read_manifest(path, 0)) == []


@pytest.mark.parametrize(
    "bad",
    [
        b"\n",
        b"[]\n",
        b"{\n",
        b"\xff\xfe\n",
        b"\0" * 50 + b"\n",
        line(sample="1"),
        line(sample=0),
        line(sample=True),
        line(bytes=-1),
        line(sha256="AB" * 32),
        line(sha256="ab" * 32 + "\n"),
        line(file_name=None),
        line()[:-1],
        b'{"file_name": "' + b"x" * BLOCK_BYTES + b'"}\n',
    ],
)
@pytest.mark.parametrize("limited", [False, True])
def test_bad_line_is_named(tmp_path, bad, limited):
    path = tmp_path / "metadata.jsonl"
    data = line() + line() + bad
    path.write_bytes(data)
    with pytest.raises(FontloomError) as caught:
        list(read_manifest(path, len(data) if limited else None))
    assert caught.value.error.code is ErrorCode.STATE_UNREADABLE
    assert caught.value.error.detail.startswith(f"{path}: line 3")


def test_limit_inside_a_line(tmp_path):
    path = tmp_path / "metadata.jsonl"
    path.write_bytes(line() + line())
    with pytest.raises(FontloomError, match="line 2"):
        list(read_manifest(path, 2 * len(line()) - 1))


def test_shorter_than_committed(tmp_path):
    path = tmp_path / "metadata.jsonl"
    path.write_bytes(line())
    with pytest.raises(FontloomError, match="ends after"):
        list(read_manifest(path, 2 * len(line())))
