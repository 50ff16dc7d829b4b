"""The commit: how a font advances, batches in order, and the order of its steps on a real disk."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fontloom.engine.commit import FAILURES_IN_A_ROW, MOST_FAILURES, GroupCommit, Stage, advance
from fontloom.engine.exporter import FileSystemExporter, Write
from fontloom.engine.logs import SessionLogs
from fontloom.engine.tracker import FontProgressTracker
from fontloom.engine.worker import BatchResult, Failure, SampleResult
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.progress import EMPTY_DIGEST, FINISHED, FontCommit, FontStatus
from fontloom.model.session import ExportSession, FontInfo, SessionStatus
from fontloom.report.digest import chain
from fontloom.store import state as state_module
from fontloom.store.journal import Journal, replay
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint, new_checkpoint
from fontloom.store.sync import FileSystemSync


def font(name: str) -> FontInfo:
    return FontInfo(
        font_name=name, path=f"/fonts/{name}.ttf", family=name, style="Regular", full_name=name, format="ttf",
        file_size=1, content_hash="0" * 64, units_per_em=1000, glyph_count=1, character_count=1,
    )  # fmt: skip


def sample(number: int, code: ErrorCode | None = None) -> SampleResult:
    if code is not None:
        return SampleResult(number, (), 0, b"", Failure(code, f"sample {number}"))
    sizes = (10 + number % 3, 20 + number % 5)
    return SampleResult(number, sizes, 7 + number % 4, sha256(b"%d" % number).digest())


def batch(samples: list[SampleResult], name: str = "A") -> BatchResult:
    images = b"".join(b"%c" % (s.sample % 256) * size for s in samples for size in s.image_sizes)
    lines = b"".join(b"l" * (s.manifest_size - 1) + b"\n" for s in samples if s.manifest_size)
    return BatchResult(name, samples[0].sample, len(samples), images, lines, tuple(samples), 0.1)


def cut(samples: list[SampleResult], cuts: set[int]) -> list[BatchResult]:
    edges = [0, *sorted(c for c in cuts if 0 < c < len(samples)), len(samples)]
    return [batch(samples[a:b]) for a, b in pairwise(edges)]


def commit_of(batches: list[BatchResult], total: int) -> FontCommit:
    commit = FontCommit()
    for one in batches:
        if commit.status in FINISHED:
            break
        commit = advance(commit, one, total)
    return commit


outcomes = st.one_of(
    st.lists(st.sampled_from([None] * 12 + [ErrorCode.RENDER_FAILED]), min_size=1, max_size=150),
    st.lists(
        st.sampled_from([None, ErrorCode.MISSING_CHARACTERS, ErrorCode.BLANK_IMAGE]), min_size=1, max_size=40
    ),
    # Failures that are never three in a row: 100 in all end the font.
    st.integers(90, 110).map(lambda n: [ErrorCode.RENDER_FAILED, ErrorCode.BLANK_IMAGE, None] * (n // 2)),
)


@settings(deadline=None)
@given(outcome=outcomes, cuts=st.sets(st.integers(1, 170), max_size=30), data=st.data())
def test_a_font_comes_to_the_same_however_it_is_cut(
    outcome: list[ErrorCode | None], cuts: set[int], data: st.DataObject
) -> None:
    samples = [sample(number, code) for number, code in enumerate(outcome, 1)]
    whole = commit_of(cut(samples, set()), len(samples))
    assert commit_of(cut(samples, cuts), len(samples)) == whole
    assert commit_of(cut(samples, set(range(len(samples)))), len(samples)) == whole
    # What it comes to, said in another way:
    failed: list[int] = []
    given_up = False
    last = 0
    for last, code in enumerate(outcome, 1):
        if code is not None:
            failed.append(last)
            given_up = all(last - back in failed for back in range(FAILURES_IN_A_ROW))
            given_up = given_up or len(failed) == MOST_FAILURES
        if given_up:
            break
    good = [one for one in samples[:last] if one.failure is None]
    assert whole.last_image_index == last
    assert whole.failed_samples == tuple(failed)
    assert whole.completed_images == 2 * len(good)
    assert whole.manifest_bytes == sum(one.manifest_size for one in good)
    assert whole.bytes_written == whole.manifest_bytes + sum(sum(one.image_sizes) for one in good)
    assert whole.digest == chain(EMPTY_DIGEST, [one.digest for one in good])
    if given_up or not good:
        lacking = not good and outcome[last - 1] is ErrorCode.MISSING_CHARACTERS
        assert whole.status is (FontStatus.SKIPPED if lacking else FontStatus.FAILED)
    else:
        assert whole.status is FontStatus.COMPLETED


def test_three_failures_in_a_row_over_the_edge_of_a_batch() -> None:
    codes = [None, ErrorCode.BLANK_IMAGE, ErrorCode.BLANK_IMAGE, ErrorCode.RENDER_FAILED, None]
    samples = [sample(number, code) for number, code in enumerate(codes, 1)]
    found = commit_of(cut(samples, {3}), 5)
    assert found.status is FontStatus.FAILED
    assert (found.last_image_index, found.failed_samples) == (4, (2, 3, 4))
    assert found.error is not None
    assert (found.error.code, found.error.sample) == (ErrorCode.RENDER_FAILED, 4)


def test_an_unfinished_font_is_processing() -> None:
    found = advance(FontCommit(), batch([sample(1), sample(2)]), 3)
    assert (found.status, found.last_image_index) == (FontStatus.PROCESSING, 2)


def test_a_font_that_cannot_be_opened_any_more_keeps_what_it_has() -> None:
    before = advance(FontCommit(), batch([sample(1), sample(2)]), 10)
    gone = BatchResult("A", 3, 2, b"", b"", (), 0.0, Failure(ErrorCode.FONT_CHANGED, "a.ttf"))
    after = advance(before, gone, 10)
    assert after.status is FontStatus.FAILED
    assert after.error is not None
    assert (after.error.code, after.error.font_name) == (ErrorCode.FONT_CHANGED, "A")
    assert (after.digest, after.completed_images, after.last_image_index) == (before.digest, 4, 2)


# Stage


@settings(deadline=None)
@given(order=st.permutations(range(12)), groups=st.sets(st.integers(0, 12)))
def test_results_in_any_order_are_written_in_sample_order(order: list[int], groups: set[int]) -> None:
    names = "ABC"
    results = {n: batch([sample(1 + n // 3 * 2), sample(2 + n // 3 * 2)], names[n % 3]) for n in range(12)}
    stage = Stage([font(name) for name in names], {}, 8)
    writes: list[Write] = []
    for turn, number in enumerate(order):
        stage.add(results[number])
        if turn in groups:
            writes += stage.take()
    writes += stage.take()
    assert len(writes) == 12
    assert stage.take() == []
    for name in names:
        mine = [write for write in writes if write.font.font_name == name]
        assert [write.result.first for write in mine] == [1, 3, 5, 7]
        for earlier, later in pairwise(mine):
            assert later.before == earlier.after
        assert mine[-1].after.status is FontStatus.COMPLETED
    assert stage.waiting_bytes == sum(len(r.images) + len(r.manifest) for r in results.values())
    assert stage.waiting_images == 12 * 2 * 2
    stage.committed(writes)
    assert (stage.waiting_bytes, stage.waiting_images) == (0, 0)


def test_what_comes_after_a_font_was_given_up_is_dropped_with_its_room() -> None:
    stage = Stage([font("A")], {}, 100)
    failing = batch([sample(n, ErrorCode.BLANK_IMAGE) for n in (1, 2, 3)])
    later = batch([sample(n) for n in (4, 5, 6)])
    stage.add(later)
    assert stage.take() == []
    assert stage.waiting_images == 6
    stage.add(failing)
    (write,) = stage.take()
    assert write.after.status is FontStatus.FAILED
    assert stage.waiting_images == 0, "failures are no images"
    stage.committed([write])
    stage.add(batch([sample(n) for n in (7, 8, 9)]))
    assert stage.take() == []
    assert (stage.waiting_bytes, stage.waiting_images) == (0, 0)


def test_a_stage_goes_on_from_what_is_committed() -> None:
    done = advance(FontCommit(), batch([sample(1), sample(2)]), 4)
    stage = Stage([font("A")], {"A": done}, 4)
    stage.add(batch([sample(3), sample(4)]))
    (write,) = stage.take()
    assert write.before == done
    assert write.after == commit_of(cut([sample(n) for n in range(1, 5)], set()), 4)


# GroupCommit


class Setting(NamedTuple):
    paths: ProjectPaths
    session: ExportSession
    tracker: FontProgressTracker
    commit: GroupCommit

    def stage(self) -> Stage:
        return Stage(self.session.fonts, self.tracker.commits, self.session.config.num_samples)

    async def settle(self, group: list[Write], seconds: float = 0.0) -> None:
        await self.commit.settle(self.stage(), group, seconds)

    def group(self, first: int, size: int = 3) -> list[Write]:
        """The next batch of each font."""
        stage = self.stage()
        for one in self.session.fonts:
            stage.add(batch([sample(n) for n in range(first, first + size)], one.font_name))
        return stage.take()

    def images(self) -> int:
        return sum(1 for _ in self.paths.fonts.glob("*/images/*.png"))


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    paths = ProjectPaths(tmp_path / "project")
    config = ExportSessionConfig(num_samples=6, engine=EngineConfig(min_free_mb=0, min_free_inodes=0))
    session = ExportSession(
        session_id="s",
        project_name="project",
        output_path=tmp_path,
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        config=config,
        fonts=(font("A"), font("B")),
    )
    exporter = FileSystemExporter(paths, config, durable=True)
    exporter.create_project_structure()
    logs = SessionLogs(paths)
    tracker = FontProgressTracker(session, new_checkpoint(session))
    commit = GroupCommit(paths, config, exporter, tracker, logs, durable=True)
    yield Setting(paths, session, tracker, commit)
    commit.close()
    commit.close()
    logs.close()


def spied(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, note: Callable[[], None]) -> None:
    real = getattr(owner, name)

    def spy(*args: object, **kwargs: object) -> object:
        note()
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, spy)


async def test_the_steps_in_their_order(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[str, int, int, bool, int]] = []

    def noting(step: str) -> Callable[[], None]:
        def note() -> None:
            journaled = setting.paths.journal.stat().st_size
            counted = setting.tracker.overall().exported_images
            saved = setting.paths.progress.exists()
            steps.append((step, setting.images(), journaled, saved, counted))

        return note

    spied(monkeypatch, FileSystemSync, "sync", noting("sync"))
    spied(monkeypatch, Journal, "append", noting("journal"))
    spied(monkeypatch, state_module, "write_state", noting("checkpoint"))
    spied(monkeypatch, FontProgressTracker, "committed", noting("count"))
    group = setting.group(1)
    seconds = await setting.commit.write(group)
    assert setting.images() == 12
    assert steps == []
    assert setting.paths.journal.stat().st_size == 0
    await setting.settle(group, seconds)
    line = setting.paths.journal.stat().st_size
    assert steps == [
        ("sync", 12, 0, False, 0),
        ("journal", 12, 0, False, 0),
        ("checkpoint", 12, line, False, 0),
        ("count", 12, line, True, 0),
    ]
    assert setting.tracker.overall().exported_images == 12
    found, bad = load_checkpoint(setting.paths, setting.session)
    assert found.fonts == setting.tracker.commits
    assert (found.exported_images, found.journal_bytes, bad) == (12, line, [])
    for name in "AB":
        view = json.loads(setting.paths.font_progress(name).read_text())
        assert (view["completed_images"], view["status"]) == (6, "processing")


async def test_images_and_lines_hold_what_was_rendered(setting: Setting) -> None:
    for first in (1, 4):
        group = setting.group(first)
        await setting.settle(group, await setting.commit.write(group))
    for name in "AB":
        expected = batch([sample(n) for n in range(1, 7)], name)
        assert setting.paths.manifest(name).read_bytes() == expected.manifest
        folder = setting.paths.images(name)
        found = [
            (folder / f"{name}_{number:03d}_{variant}.png").read_bytes()
            for number in range(1, 7)
            for variant in ("clear", "blurred")
        ]
        assert b"".join(found) == expected.images
        assert len(os.listdir(folder)) == 12
        assert setting.paths.font_metadata(name).exists()
        assert setting.tracker.commits[name].status is FontStatus.COMPLETED


async def test_writing_a_group_again_leaves_the_same_bytes(setting: Setting) -> None:
    first = setting.group(1)
    await setting.settle(first, await setting.commit.write(first))
    # What a failed attempt wrote, longer than what takes its place.
    await setting.commit.write(setting.group(4))
    before = {path: path.read_bytes() for path in setting.paths.fonts.rglob("*") if path.is_file()}
    again = setting.group(4, size=2)
    await setting.commit.write(again)
    for name in "AB":
        expected = batch([sample(n) for n in range(1, 6)], name)
        assert setting.paths.manifest(name).read_bytes() == expected.manifest
    await setting.commit.write(setting.group(4))
    assert {path: path.read_bytes() for path in setting.paths.fonts.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("saved", [True, False])
async def test_an_image_is_never_counted_twice(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, saved: bool
) -> None:
    stage = setting.stage()
    for one in setting.session.fonts:
        stage.add(batch([sample(n) for n in (1, 2, 3)], one.font_name))
    group = stage.take()
    seen: list[tuple[int, int]] = []

    def note(*args: object, **kwargs: object) -> None:
        overall = setting.tracker.overall(stage.waiting_images)
        seen.append((overall.rendered_images, overall.exported_images))

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    spied(monkeypatch, Journal, "append", note)
    spied(monkeypatch, GroupCommit, "checkpoint", note)
    spied(monkeypatch, GroupCommit, "_report", note)
    if not saved:
        monkeypatch.setattr(state_module, "write_state", full)
    with nullcontext() if saved else pytest.raises(OSError, match="No space"):
        await setting.commit.settle(stage, group, await setting.commit.write(group))
    assert seen == [(12, 0), (12, 0), (12, 12)]


async def test_fonts_begin_again_and_are_left_out_by_a_commit(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = setting.group(1)
    await setting.settle(group, await setting.commit.write(group))
    line = setting.paths.journal.stat().st_size
    steps: list[tuple[str, bool, int]] = []

    def noting(step: str) -> Callable[[], None]:
        def note() -> None:
            journaled = setting.paths.journal.stat().st_size > line
            steps.append((step, journaled, setting.tracker.overall().exported_images))

        return note

    spied(monkeypatch, Journal, "append", noting("journal"))
    spied(monkeypatch, state_module, "write_state", noting("checkpoint"))
    spied(monkeypatch, FontProgressTracker, "amended", noting("count"))
    left_out = setting.tracker.commits["B"].model_copy(update={"status": FontStatus.SKIPPED})
    reason = ExportError.of(ErrorCode.DISK_FULL)
    await setting.commit.amend({"A": FontCommit(), "B": left_out}, SessionStatus.PAUSED, reason)
    assert steps == [("journal", False, 12), ("checkpoint", True, 12), ("count", True, 12)]
    assert setting.tracker.overall().exported_images == 6
    found, _ = load_checkpoint(setting.paths, setting.session)
    assert (found.status, found.reason, found.exported_images) == (SessionStatus.PAUSED, reason, 6)
    assert found.fonts == {"A": FontCommit(), "B": left_out}
    assert [entry.commit for entry in replay(setting.paths.journal, line)[0]] == [FontCommit(), left_out]


@pytest.mark.parametrize("where", ["sync", "fdatasync"])
async def test_a_failed_sync_commits_nothing(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    first = setting.group(1)
    await setting.settle(first, await setting.commit.write(first))
    journal = setting.paths.journal.read_bytes()
    progress = setting.paths.progress.read_bytes()

    def fail(*args: object) -> None:
        raise OSError(5, "Input/output error")

    group = setting.group(4)
    await setting.commit.write(group)
    with monkeypatch.context() as broken:
        broken.setattr(*((FileSystemSync, "sync") if where == "sync" else (os, "fdatasync")), fail)
        with pytest.raises(FontloomError, match="Input/output") as caught:
            await setting.settle(group)
    assert caught.value.error.code is ErrorCode.SYNC_FAILED
    assert setting.paths.journal.read_bytes() == journal
    assert setting.paths.progress.read_bytes() == progress
    assert setting.tracker.overall().exported_images == 12
    # It can be tried once more, from the start.
    again = setting.group(4)
    await setting.settle(again, await setting.commit.write(again))
    assert setting.tracker.overall().exported_images == 24
    assert len(replay(setting.paths.journal, 0)[0]) == 4


async def test_a_full_disk_at_the_journal_is_told_as_such(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = setting.group(1)
    await setting.commit.write(group)

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(OSError, match="No space"):
        await setting.settle(group)
    assert setting.paths.journal.read_bytes() == b""
    assert setting.tracker.commits == {}


async def test_what_the_journal_has_is_counted_though_the_checkpoint_fails(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = setting.group(1)
    await setting.settle(first, await setting.commit.write(first))
    progress = setting.paths.progress.read_bytes()

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    group = setting.group(4)
    await setting.commit.write(group)
    with monkeypatch.context() as broken:
        broken.setattr(state_module, "write_state", full)
        with pytest.raises(OSError, match="No space"):
            await setting.settle(group)
    assert setting.paths.progress.read_bytes() == progress
    assert setting.tracker.overall().exported_images == 24
    found, _ = load_checkpoint(setting.paths, setting.session)
    assert found.fonts == setting.tracker.commits
    assert found.exported_images == 24


async def test_failures_are_reported_once(setting: Setting) -> None:
    stage = Stage(setting.session.fonts, {}, 6)
    codes = [None, ErrorCode.BLANK_IMAGE, None, ErrorCode.RENDER_FAILED, None, None]
    for one in cut([sample(n, code) for n, code in enumerate(codes, 1)], {3}):
        stage.add(one)
        group = stage.take()
        await setting.commit.settle(stage, group, await setting.commit.write(group))
    errors = [json.loads(line) for line in setting.paths.log("errors").read_text().splitlines()]
    assert [(e["code"], e["samples"]) for e in errors] == [("blank_image", [2]), ("render_failed", [4])]
    assert setting.tracker.error_count == 2
    assert setting.tracker.overall().failed_images == 4
