"""What remains to be drawn is handed out once, in order, in pieces that take the time asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fontloom.engine.plan import Plan
from fontloom.engine.worker import Batch, BatchResult, SampleResult
from fontloom.model.session import FontInfo


def font(name: str) -> FontInfo:
    return FontInfo(
        font_name=name, path=f"/fonts/{name}.ttf", family=name, style="Regular", full_name=name, format="ttf",
        file_size=1, content_hash="0" * 64, units_per_em=1000, glyph_count=1, character_count=1,
    )  # fmt: skip


FONTS = [font(name) for name in "ABCDE"]


def measured(batch: Batch, seconds: float, image_bytes: int = 10) -> BatchResult:
    samples = tuple(SampleResult(batch.first + n, (image_bytes,), 5, b"d") for n in range(batch.size))
    images, lines = b"i" * image_bytes * batch.size, b"m" * 5 * batch.size
    return BatchResult(batch.font.font_name, batch.first, batch.size, images, lines, samples, seconds)


def emptied(plan: Plan, seconds: float | None = None) -> list[tuple[Batch, ...]]:
    tasks = []
    while task := plan.next_task():
        tasks.append(task)
        for batch in task:
            if seconds is not None:
                plan.learn(measured(batch, seconds * batch.size))
    assert plan.exhausted
    return tasks


def numbers(tasks: list[tuple[Batch, ...]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for task in tasks:
        for batch in task:
            found.setdefault(batch.font.font_name, []).extend(range(batch.first, batch.first + batch.size))
    return found


@given(
    samples=st.integers(1, 300),
    done=st.lists(st.integers(0, 300), min_size=5, max_size=5),
    workers=st.integers(1, 64),
    seconds=st.none() | st.floats(1e-7, 10),
)
def test_every_sample_that_remains_is_handed_out_once_in_order(
    samples: int, done: list[int], workers: int, seconds: float | None
) -> None:
    plan = Plan(samples, 0.5, workers)
    plan.reset(zip(FONTS, done, strict=True))
    tasks = emptied(plan, seconds)
    assert all(batch.size > 0 for task in tasks for batch in task)
    wanted = {f.font_name: list(range(n + 1, samples + 1)) for f, n in zip(FONTS, done, strict=True)}
    assert numbers(tasks) == {name: left for name, left in wanted.items() if left}
    assert plan.next_task() == ()


def test_fonts_with_few_samples_share_a_task() -> None:
    plan = Plan(2, 0.5, 1)
    plan.reset((f, 0) for f in FONTS)
    first = plan.next_task()
    assert [(b.font.font_name, b.first, b.size) for b in first] == [
        ("A", 1, 2), ("B", 1, 2), ("C", 1, 2), ("D", 1, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(("a_sample", "size"), [(0.001, 500), (0.01, 50), (0.1, 5), (5.0, 1)])
def test_a_task_takes_the_time_asked_for(a_sample: float, size: int) -> None:
    plan = Plan(100_000, 0.5, 2)
    plan.reset([(FONTS[0], 0)])
    (first,) = plan.next_task()
    plan.learn(measured(first, a_sample * first.size))
    assert plan.task_samples == size
    (second,) = plan.next_task()
    assert (second.first, second.size) == (first.size + 1, size)


def test_a_task_that_got_slower_shrinks_the_next_ones() -> None:
    plan = Plan(100_000, 0.5, 2)
    plan.reset([(FONTS[0], 0)])
    plan.learn(measured(plan.next_task()[0], 0.08))
    sizes = []
    for _ in range(20):
        (batch,) = plan.next_task()
        plan.learn(measured(batch, 0.1 * batch.size))
        sizes.append(batch.size)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] <= 6


def test_the_bytes_of_a_task_are_bounded() -> None:
    plan = Plan(100_000, 30.0, 1)
    plan.reset([(FONTS[0], 0)])
    plan.learn(measured(plan.next_task()[0], 0.001, image_bytes=2**20))
    assert 1 <= plan.task_samples <= 4


def test_the_last_tasks_are_smaller() -> None:
    plan = Plan(1000, 10.0, 4)
    plan.reset([(FONTS[0], 0)])
    plan.learn(measured(plan.next_task()[0], 0.001))
    sizes = [sum(batch.size for batch in task) for task in emptied(plan)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 992 // 8
    assert sizes[-1] <= 8


def test_failures_and_instants_teach_nothing_wrong() -> None:
    plan = Plan(100, 0.5, 1)
    plan.reset([(FONTS[0], 0)])
    (batch,) = plan.next_task()
    failed = tuple(SampleResult(batch.first + n, (), 0, b"") for n in range(batch.size))
    plan.learn(BatchResult("A", batch.first, batch.size, b"", b"", failed, 0.0))
    assert plan.task_samples == 8
    plan.learn(measured(batch, 0.0))
    assert plan.task_samples >= 8


def test_a_font_that_is_dropped_is_handed_out_no_more() -> None:
    plan = Plan(20, 0.5, 1)
    plan.reset((f, 0) for f in FONTS)
    begun = numbers([plan.next_task()])
    assert begun == {"A": list(range(1, 9))}
    plan.drop("A")
    plan.drop("C")
    plan.drop("unknown")
    assert sorted(numbers(emptied(plan))) == ["B", "D", "E"]


def test_starting_over() -> None:
    plan = Plan(10, 0.5, 1)
    plan.reset((f, 0) for f in FONTS)
    plan.next_task()
    plan.reset([(FONTS[1], 4), (FONTS[2], 10)])
    assert numbers(emptied(plan)) == {"B": list(range(5, 11))}
    plan.reset([])
    assert plan.exhausted
    assert plan.next_task() == ()
