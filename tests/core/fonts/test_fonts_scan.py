import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from fontloom.fonts.cache import InspectionCache
from fontloom.fonts.inspection import Inspection, inspect_file
from fontloom.fonts.scan import Scan, scan_fonts
from fontloom.model.errors import ErrorCode, FontloomError

MakeFont = Callable[..., Path]


class Inspector:
    """Inspects in this process, counts, and fails where it is told to."""

    def __init__(self, failures: Mapping[str, ErrorCode] | None = None) -> None:
        self.seen: list[str] = []
        self.most_at_once = 0
        self._now = 0
        self._failures = failures or {}

    async def __call__(self, path: Path) -> Inspection:
        self.seen.append(path.name)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        # Others begin meanwhile; the later a file, the sooner it is done.
        for _ in range(200 // len(self.seen)):
            await asyncio.sleep(0)
        self._now -= 1
        if path.name in self._failures:
            raise FontloomError(self._failures[path.name], "as told")
        return inspect_file(path)


async def scan(
    *paths: Path,
    inspect: Callable[[Path], Awaitable[Inspection]] | None = None,
    cache: InspectionCache | None = None,
    limit: int = 3,
    on_progress: Callable[[int, int], None] | None = None,
) -> Scan:
    return await scan_fonts(paths, inspect or Inspector(), cache=cache, limit=limit, on_progress=on_progress)


def names(found: Scan) -> list[str]:
    return [font.info.font_name for font in found.fonts]


def problems(found: Scan) -> list[tuple[str, ErrorCode, bool]]:
    return [(p.path.name, p.error.code, p.skipped) for p in found.problems]


async def test_no_paths_mean_the_starter_fonts(starter: dict[str, Path]) -> None:
    found = await scan()
    assert names(found) == sorted(starter)
    assert found.problems == ()
    caladea = next(font for font in found.fonts if font.info.font_name == "Caladea-Regular")
    assert caladea.info.path == starter["Caladea-Regular"]
    assert ord("A") in caladea.characters
    assert len(caladea.characters) == caladea.info.character_count


async def test_fonts_of_one_coverage_share_it(starter: dict[str, Path]) -> None:
    found = await scan(starter["Caladea-Bold"], starter["Caladea-Italic"])
    assert found.fonts[0].characters is found.fonts[1].characters


async def test_the_result_does_not_depend_on_who_is_done_first(tmp_path: Path, make_font: MakeFont) -> None:
    for n in range(8):
        make_font(tmp_path / f"{9 - n}.ttf", family=f"F{n // 2}", size=100 + n)
    one, many = await scan(tmp_path, limit=1), await scan(tmp_path, limit=8)
    assert one == many
    assert names(one) == sorted(names(one))
    assert len(set(names(one))) == 8
    assert all(name.startswith("F") and len(name) == len("F0-Regular-") + 8 for name in names(one))


@pytest.mark.parametrize("limit", [1, 3])
async def test_no_more_than_the_limit_are_under_way(limit: int) -> None:
    inspector = Inspector()
    await scan(inspect=inspector, limit=limit)
    assert inspector.most_at_once == limit


async def test_a_failed_inspection_is_a_problem_and_the_rest_goes_on(
    tmp_path: Path, make_font: MakeFont
) -> None:
    for name in "abcd":
        make_font(tmp_path / f"{name}.ttf", family=name, size=0 if name == "d" else 100)
    failures = {"a.ttf": ErrorCode.RENDER_TIMEOUT, "b.ttf": ErrorCode.WORKER_CRASHED}
    found = await scan(tmp_path, inspect=Inspector(failures))
    assert names(found) == ["c-Regular"]
    assert problems(found) == [
        ("a.ttf", ErrorCode.RENDER_TIMEOUT, False),
        ("b.ttf", ErrorCode.WORKER_CRASHED, False),
        ("d.ttf", ErrorCode.FONT_NO_OUTLINES, False),
    ]


async def test_an_error_that_is_not_the_fonts_stops_the_scan(starter: dict[str, Path]) -> None:
    failures = {"Caladea-Bold.ttf": ErrorCode.TOO_MANY_OPEN_FILES}
    with pytest.raises(FontloomError, match="as told") as caught:
        await scan(inspect=Inspector(failures))
    assert caught.value.error.code is ErrorCode.TOO_MANY_OPEN_FILES


async def test_a_copy_is_taken_once(tmp_path: Path, starter: dict[str, Path]) -> None:
    for name in ("a.ttf", "b.ttf"):
        shutil.copy(starter["Caladea-Bold"], tmp_path / name)
    found = await scan(tmp_path)
    assert [font.info.path.name for font in found.fonts] == ["a.ttf"]
    assert problems(found) == [("b.ttf", ErrorCode.FONT_DUPLICATE, True)]
    assert str(tmp_path / "a.ttf") in found.problems[0].error.detail


async def test_instances_are_fonts(tmp_path: Path, make_font: MakeFont) -> None:
    axes = [("wght", 100, 400, 900, "Weight")]
    instances = [("Thin", {"wght": 100}), ("Extra Bold", {"wght": 800})]
    found = await scan(make_font(tmp_path / "v.ttf", family="Vary Box", axes=axes, instances=instances))
    assert names(found) == ["VaryBox-ExtraBold", "VaryBox-Thin"]
    assert len({font.info.identity for font in found.fonts}) == 2


async def test_a_second_scan_opens_no_font(tmp_path: Path, make_font: MakeFont) -> None:
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    make_font(fonts / "a.ttf")
    (fonts / "b.ttf").write_bytes(b"no font")
    with InspectionCache(tmp_path / "cache") as cache:
        first = await scan(fonts, cache=cache)
        again = Inspector()
        assert await scan(fonts, cache=cache, inspect=again) == first
        assert again.seen == []
        make_font(fonts / "c.ttf", family="C")
        assert names(await scan(fonts, cache=cache, inspect=again)) == ["Box-Regular", "C-Regular"]
        assert again.seen == ["c.ttf"]


async def test_what_was_learned_before_an_end_is_kept(tmp_path: Path, make_font: MakeFont) -> None:
    for name in "abc":
        make_font(tmp_path / f"{name}.ttf", family=name)
    with InspectionCache(tmp_path / "cache") as cache:
        with pytest.raises(FontloomError):
            await scan(tmp_path, cache=cache, limit=1, inspect=Inspector({"c.ttf": ErrorCode.IO_ERROR}))
        again = Inspector()
        await scan(tmp_path, cache=cache, inspect=again)
        assert again.seen == ["c.ttf"]


async def test_failures_of_the_moment_are_tried_again(tmp_path: Path, make_font: MakeFont) -> None:
    make_font(tmp_path / "a.ttf", family="a")
    make_font(tmp_path / "b.ttf", family="b")
    with InspectionCache(tmp_path / "cache") as cache:
        await scan(tmp_path, cache=cache, inspect=Inspector({"a.ttf": ErrorCode.RENDER_TIMEOUT}))
        assert names(await scan(tmp_path, cache=cache)) == ["a-Regular", "b-Regular"]


async def test_progress_counts_every_file(tmp_path: Path, make_font: MakeFont) -> None:
    for name in "abc":
        make_font(tmp_path / f"{name}.ttf", family=name)
    steps: list[tuple[int, int]] = []
    inspector = Inspector({"b.ttf": ErrorCode.WORKER_CRASHED})
    await scan(tmp_path, inspect=inspector, on_progress=lambda done, total: steps.append((done, total)))
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]


async def test_no_font_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FontloomError, match="no font file") as caught:
        await scan(tmp_path)
    assert caught.value.error.code is ErrorCode.NO_FONTS
    (tmp_path / "a.ttf").write_bytes(b"no font")
    with pytest.raises(FontloomError, match=r"1 left out.*a\.ttf.*begin") as caught:
        await scan(tmp_path)
    assert caught.value.error.code is ErrorCode.NO_FONTS
