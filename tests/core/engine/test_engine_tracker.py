"""Counters move with commits alone; rates and estimates follow a clock that the tests wind."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fontloom.engine import tracker as tracker_module
from fontloom.engine.tracker import FontProgressTracker
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import Checkpoint, FontCommit, FontStatus
from fontloom.model.session import ExportSession, FontInfo
from fontloom.store.state import new_checkpoint, with_fonts

SAMPLES = 100


def font(name: str) -> FontInfo:
    return FontInfo(
        font_name=name, path=f"/fonts/{name}.ttf", family=name, style="Regular", full_name=name, format="ttf",
        file_size=1, content_hash="0" * 64, units_per_em=1000, glyph_count=1, character_count=1,
    )  # fmt: skip


SESSION = ExportSession(
    session_id="s",
    project_name="p",
    output_path=Path("/out"),
    created_at=datetime(2026, 1, 2, tzinfo=UTC),
    config=ExportSessionConfig(num_samples=SAMPLES),
    fonts=tuple(font(name) for name in "ABCD"),
)


def upto(sample: int, failed: tuple[int, ...] = (), status: FontStatus | None = None) -> FontCommit:
    ended = FontStatus.COMPLETED if sample == SAMPLES else FontStatus.PROCESSING
    return FontCommit(
        status=status or ended,
        last_image_index=sample,
        completed_images=2 * (sample - len(failed)),
        failed_samples=failed,
        bytes_written=1000 * (sample - len(failed)),
        error=ExportError.of(ErrorCode.RENDER_FAILED, "why", font_name="A") if failed else None,
    )


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(tracker_module, "monotonic", clock)
    return clock


@pytest.fixture
def tracker(clock: Clock) -> FontProgressTracker:
    return FontProgressTracker(SESSION, new_checkpoint(SESSION))


def test_at_first_there_is_nothing(tracker: FontProgressTracker) -> None:
    overall = tracker.overall()
    assert (overall.total_images, overall.exported_images, overall.fonts_total) == (800, 0, 4)
    stats = tracker.stats(2, 8)
    assert (stats.images_per_second, stats.elapsed_seconds, stats.estimated_time_remaining) == (0, 0, None)
    assert (stats.workers, stats.batch_samples, stats.commits) == (2, 8, 0)
    assert not tracker.resumed
    assert tracker.font_progress("A").status is FontStatus.PENDING


def test_only_commits_count(tracker: FontProgressTracker) -> None:
    tracker.started("A")
    overall = tracker.overall(50)
    assert (overall.rendered_images, overall.exported_images) == (50, 0)
    assert tracker.font_progress("A").status is FontStatus.PROCESSING
    assert tracker.font_progress("A").completed_images == 0


def test_totals_are_those_of_the_checkpoint_that_follows_from_them(tracker: FontProgressTracker) -> None:
    tracker.committed({"A": upto(10), "B": upto(20, (3, 4))})
    tracker.committed({"A": upto(100), "C": upto(7, (5, 6, 7), FontStatus.FAILED)})
    tracker.committed({"D": FontCommit(status=FontStatus.SKIPPED)})
    found = tracker.checkpoint()
    assert found == with_fonts(found, tracker.commits, variants=2)
    overall = tracker.overall()
    assert overall.exported_images == found.exported_images == 200 + 36 + 8
    assert overall.failed_images == found.failed_images == 10
    assert overall.bytes_written == found.bytes_written == 122_000
    assert (overall.fonts_completed, overall.fonts_failed) == (1, 1)
    assert (overall.fonts_skipped, overall.fonts_processing) == (1, 1)
    assert tracker.stats(1, 1).commits == found.commits == 3


def test_fonts_that_begin_again_take_their_numbers_with_them(
    tracker: FontProgressTracker, clock: Clock
) -> None:
    tracker.working(True)
    clock.now += 10
    tracker.started("A")
    tracker.committed({"A": upto(100, (4,)), "B": upto(50), "C": upto(10)})
    tracker.failed(ExportError.of(ErrorCode.RENDER_FAILED, "why"))
    before, cursor = tracker.stats(1, 1), tracker.changes(0)[1]
    out = upto(50, status=FontStatus.SKIPPED)
    tracker.amended({"A": FontCommit(), "B": out})
    overall = tracker.overall()
    assert (overall.exported_images, overall.failed_images) == (120, 0)
    assert (overall.bytes_written, overall.rendered_images) == (60_000, 120)
    assert (overall.fonts_completed, overall.fonts_skipped) == (0, 1)
    assert overall.exported_images == with_fonts(tracker.checkpoint(), tracker.commits, 2).exported_images
    stats = tracker.stats(1, 1)
    assert stats.images_per_second == before.images_per_second > 0
    assert stats.average_images_per_second == before.average_images_per_second
    assert stats.elapsed_seconds == before.elapsed_seconds
    assert stats.commits == before.commits + 1
    assert stats.estimated_time_remaining == (100 + 90 + 100) * 2 / stats.average_images_per_second
    assert tracker.error_count == 1
    fonts, _ = tracker.changes(cursor)
    assert [(font.font_name, font.status) for font in fonts] == [
        ("A", FontStatus.PENDING),
        ("B", FontStatus.SKIPPED),
    ]
    assert (fonts[0].start_time, fonts[0].completion_time, fonts[0].error_count) == (None, None, 0)
    assert fonts[1].completion_time is not None
    tracker.started("A")
    tracker.committed({"A": upto(100)})
    assert tracker.overall().exported_images == 320


def test_a_resumed_session_goes_on_counting(clock: Clock) -> None:
    base = with_fonts(new_checkpoint(SESSION), {"A": upto(50), "B": upto(100)}, 2)
    base = base.model_copy(update={"elapsed_seconds": 100.0, "commits": 9})
    tracker = FontProgressTracker(SESSION, base)
    assert tracker.resumed
    assert tracker.overall().exported_images == 300
    tracker.working(True)
    clock.now += 10
    tracker.committed({"A": upto(70)})
    stats = tracker.stats(1, 1)
    assert tracker.overall().exported_images == 340
    assert stats.elapsed_seconds == 110
    assert stats.average_images_per_second == 4  # of this run
    assert stats.commits == 10
    assert tracker.checkpoint().elapsed_seconds == 110
    assert stats.estimated_time_remaining == (30 + 200) * 2 / 4


def test_working_time_leaves_pauses_out(tracker: FontProgressTracker, clock: Clock) -> None:
    for _ in range(2):
        tracker.working(True)
        clock.now += 5
        tracker.working(False)
        clock.now += 1000
    assert tracker.elapsed == 10
    tracker.working(True)
    clock.now += 1
    tracker.working(True)
    clock.now += 1
    assert tracker.elapsed == 12


def test_the_rate_is_that_of_the_last_seconds(tracker: FontProgressTracker, clock: Clock) -> None:
    tracker.working(True)
    for second in range(1, 21):
        clock.now += 1
        tracker.committed({"A": upto(min(second, 15))})
    stats = tracker.stats(1, 1)
    # Of the last ten seconds the first five made two images each, and the others none.
    assert stats.images_per_second == pytest.approx(1.2)
    assert stats.bytes_per_second == pytest.approx(600)
    assert stats.average_images_per_second == 1.5
    clock.now += 11
    assert tracker.stats(1, 1).images_per_second == 0


def test_the_rate_forgets_what_was_before_a_pause(tracker: FontProgressTracker, clock: Clock) -> None:
    tracker.working(True)
    tracker.committed({"A": upto(50)})
    tracker.working(False)
    assert tracker.stats(1, 1).images_per_second == 0
    assert tracker.overall().exported_images == 100


def test_the_first_commit_makes_no_fantastic_rate(tracker: FontProgressTracker) -> None:
    tracker.working(True)
    tracker.committed({"A": upto(50)})
    assert tracker.stats(1, 1).images_per_second == 200


def test_the_estimate_does_not_wait_for_fonts_that_were_given_up(
    tracker: FontProgressTracker, clock: Clock
) -> None:
    tracker.working(True)
    clock.now += 100
    tracker.committed({"A": upto(100), "B": upto(3, (1, 2, 3), FontStatus.FAILED)})
    tracker.committed({"C": FontCommit(status=FontStatus.SKIPPED)})
    tracker.committed({"D": upto(50, (7,))})
    stats = tracker.stats(1, 1)
    assert stats.average_images_per_second == pytest.approx(2.98)
    assert stats.estimated_time_remaining == pytest.approx(100 / 2.98)
    tracker.committed({"D": upto(100, (7,))})
    assert tracker.stats(1, 1).estimated_time_remaining == 0


def test_progress_of_a_font(tracker: FontProgressTracker) -> None:
    tracker.started("A")
    began = tracker.font_progress("A").start_time
    tracker.started("A")
    assert tracker.font_progress("A").start_time == began is not None
    tracker.committed({"A": upto(50, (4,))})
    half = tracker.font_progress("A")
    assert (half.total_images, half.completed_images, half.failed_images) == (200, 98, 2)
    assert (half.last_image_index, half.error_count) == (50, 1)
    assert half.last_error is not None
    assert half.last_error.endswith("why")
    assert half.processing_rate > 0
    assert half.estimated_time_remaining == pytest.approx(100 / half.processing_rate, rel=0.5)
    assert half.completion_time is None
    tracker.committed({"A": upto(100, (4,))})
    whole = tracker.font_progress("A")
    assert whole.status is FontStatus.COMPLETED
    assert whole.completion_time is not None
    assert whole.estimated_time_remaining == 0


def test_changes_since_a_cursor(tracker: FontProgressTracker) -> None:
    fonts, cursor = tracker.changes(0)
    assert sorted(f.font_name for f in fonts) == list("ABCD")
    assert tracker.changes(cursor) == ((), cursor)
    tracker.started("C")
    tracker.committed({"A": upto(1), "C": upto(2)})
    tracker.committed({"A": upto(3)})
    fonts, later = tracker.changes(cursor)
    assert [f.font_name for f in fonts] == ["C", "A"]
    assert fonts[1].last_image_index == 3
    tracker.committed({"B": upto(1)})
    fonts, last = tracker.changes(later)
    assert [f.font_name for f in fonts] == ["B"]
    assert last > later > cursor
    assert len(tracker.changes(0)[0]) == 4
    assert tracker.changes(last + 1000) == ((), last)


def test_errors_are_numbered_and_old_ones_forgotten(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(tracker_module, "_ERRORS_KEPT", 5)
    tracker = FontProgressTracker(SESSION, new_checkpoint(SESSION))
    errors = [ExportError.of(ErrorCode.RENDER_FAILED, str(n)) for n in range(8)]
    assert tracker.errors(0, 10) == ((), 0)
    for error in errors[:3]:
        tracker.failed(error)
    assert tracker.errors(0, 2) == (tuple(errors[:2]), 2)
    assert tracker.errors(2, 2) == ((errors[2],), 3)
    assert tracker.errors(3, 2) == ((), 3)
    for error in errors[3:]:
        tracker.failed(error)
    assert tracker.error_count == 8
    assert tracker.errors(0, 10) == (tuple(errors[3:]), 8)
    assert tracker.errors(6, 10) == (tuple(errors[6:]), 8)


def test_the_checkpoint_is_a_value(tracker: FontProgressTracker) -> None:
    tracker.committed({"A": upto(1)})
    first: Checkpoint = tracker.checkpoint()
    dumped = first.model_dump_json()
    tracker.committed({"A": upto(2), "B": upto(1)})
    assert first.model_dump_json() == dumped


def test_a_font_is_under_way_once_it_is_handed_out_and_until_it_ends() -> None:
    tracker = FontProgressTracker(SESSION, new_checkpoint(SESSION))
    tracker.started("A")
    tracker.started("B")
    assert tracker.overall().fonts_processing == 2
    tracker.committed({"A": upto(10)})
    assert tracker.overall().fonts_processing == 2
    tracker.committed({"A": upto(SAMPLES)})
    assert tracker.overall().fonts_processing == 1
