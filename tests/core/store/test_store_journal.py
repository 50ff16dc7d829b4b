"""The journal: what was appended comes back, and what was torn is as if it had never been."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import FontCommit, FontStatus
from fontloom.store.journal import Journal, JournalEntry, replay


def entry(number: int, name: str = "Font") -> JournalEntry:
    return JournalEntry(
        font_name=name,
        commit=FontCommit(
            status=FontStatus.PROCESSING,
            last_image_index=number,
            completed_images=2 * number,
            failed_samples=tuple(range(1, number % 4)),
            bytes_written=1000 * number,
            manifest_bytes=100 * number,
            digest=f"{number:064x}",
        ),
    )


ENTRIES = [entry(number, f"Font-{number % 3} é 漢") for number in range(1, 6)]


def written(path: Path, entries: list[JournalEntry], sync: bool = False) -> list[int]:
    """The length of the journal after each entry."""
    journal = Journal(path, sync=sync)
    lengths = [0]
    for one in entries:
        journal.append([one])
        lengths.append(journal.length)
    journal.close()
    return lengths


@pytest.mark.parametrize("sync", [True, False])
def test_what_is_appended_is_replayed(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "journal.jsonl"
    lengths = written(path, ENTRIES, sync)
    assert lengths[-1] == path.stat().st_size
    assert replay(path, 0) == (ENTRIES, lengths[-1])


def test_a_group_is_appended_at_once_and_errors_are_kept(tmp_path: Path) -> None:
    error = ExportError.of(ErrorCode.RENDER_FAILED, 'a "detail"\nof two lines', font_name="A", sample=3)
    failed = JournalEntry(font_name="A", commit=FontCommit(status=FontStatus.FAILED, error=error))
    journal = Journal(tmp_path / "journal", sync=True)
    journal.append([failed, entry(1), entry(2)])
    journal.append([])
    journal.close()
    journal.close()
    assert replay(tmp_path / "journal", 0)[0] == [failed, entry(1), entry(2)]


def test_a_journal_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, ENTRIES[:2])
    journal = Journal(path, sync=False)
    assert journal.length == path.stat().st_size
    journal.append(ENTRIES[2:])
    journal.close()
    assert replay(path, 0)[0] == ENTRIES


def test_the_last_line_torn_at_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    lengths = written(path, ENTRIES)
    whole = path.read_bytes()
    for length in range(lengths[-2], lengths[-1]):
        path.write_bytes(whole[:length])
        assert replay(path, 0) == (ENTRIES[:-1], lengths[-2]), length


@pytest.mark.parametrize("filler", [b"\0", b"\xff", b" ", b"{}\n"])
def test_a_tail_that_never_arrived(tmp_path: Path, filler: bytes) -> None:
    path = tmp_path / "journal"
    lengths = written(path, ENTRIES)
    whole = path.read_bytes()
    for kept in range(lengths[-2], lengths[-1]):
        path.write_bytes((whole[:kept] + filler * lengths[-1])[: lengths[-1] + 7])
        assert replay(path, 0) == (ENTRIES[:-1], lengths[-2]), kept


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_in_the_middle_stops_the_replay_there(tmp_path: Path, bit: int) -> None:
    path = tmp_path / "journal"
    lengths = written(path, ENTRIES)
    whole = path.read_bytes()
    for position in range(lengths[2], lengths[3]):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << bit
        path.write_bytes(flipped)
        assert replay(path, 0) == (ENTRIES[:2], lengths[2]), position


def test_a_line_with_a_right_checksum_and_a_wrong_shape_stops_the_replay(tmp_path: Path) -> None:
    from zlib import crc32

    path = tmp_path / "journal"
    (end,) = written(path, ENTRIES[:1])[1:]
    body = b'{"font_name":"A","commit":{"status":"elsewhere"}}'
    with path.open("ab") as file:
        file.write(b"%08x %s\n" % (crc32(body), body))
    assert replay(path, 0) == (ENTRIES[:1], end)


def test_replay_from_each_commit(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    lengths = written(path, ENTRIES)
    for number, start in enumerate(lengths):
        assert replay(path, start) == (ENTRIES[number:], lengths[-1])


def test_a_start_behind_the_end_or_between_lines_yields_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    lengths = written(path, ENTRIES)
    assert replay(path, lengths[-1] + 1000) == ([], lengths[-1])
    assert replay(path, lengths[1] + 3) == ([], lengths[1] + 3)


def test_a_missing_and_an_empty_journal(tmp_path: Path) -> None:
    assert replay(tmp_path / "journal", 0) == ([], 0)
    assert replay(tmp_path / "journal", 50) == ([], 0)
    (tmp_path / "journal").touch()
    assert replay(tmp_path / "journal", 0) == ([], 0)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_quietly(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("noise") / "journal"
    path.write_bytes(data)
    assert replay(path, 0) == ([], 0)


def test_a_journal_is_no_symlink(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    (tmp_path / "journal").symlink_to("elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        Journal(tmp_path / "journal", sync=False)


FULL = """
import resource, sys
from pathlib import Path
from fontloom.model.progress import FontCommit
from fontloom.store.journal import Journal, JournalEntry

path, rewind = Path(sys.argv[1]), sys.argv[2] == "rewind"
entries = [JournalEntry(font_name=f"F{n}", commit=FontCommit(last_image_index=n)) for n in range(3)]
journal = Journal(path, sync=True)
journal.append(entries[:1])
good = journal.length
limit = good + 40
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
try:
    journal.append(entries[1:2])
except OSError as error:
    print(error.errno, journal.length == good, path.stat().st_size == limit)
if rewind:
    journal.rewind()
    print(path.stat().st_size == good)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append(entries[2:])
print(journal.length == path.stat().st_size)
"""


@pytest.mark.parametrize(("how", "said"), [("rewind", 4), ("forget", 3)])
def test_after_a_failed_append_the_journal_goes_on(tmp_path: Path, how: str, said: int) -> None:
    """The file takes half of a line and no more (EFBIG), and then has room again."""
    path = tmp_path / "journal"
    done = subprocess.run(
        [sys.executable, "-c", FULL, path, how], capture_output=True, text=True, check=True, timeout=60
    )
    words = done.stdout.split()
    assert words[0] == "27", done.stdout
    assert words[1:] == ["True"] * said, done.stdout
    found, length = replay(path, 0)
    assert [one.font_name for one in found] == ["F0", "F2"]
    assert length == path.stat().st_size


def test_rewinding_what_did_not_fail_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path, sync=False)
    journal.append(ENTRIES)
    before = path.read_bytes()
    journal.rewind()
    journal.close()
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["journal"]
