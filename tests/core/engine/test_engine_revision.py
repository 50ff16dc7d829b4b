"""Fonts that begin again or are left out: at any moment, killed at any moment, the same dataset."""

import asyncio
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from fontloom.engine.commit import GroupCommit
from fontloom.engine.manager import PersistentExportManager
from fontloom.engine.plan import Plan
from fontloom.engine.pool import WorkerError
from fontloom.engine.recovery import RecoveryManager
from fontloom.engine.shift import Shift
from fontloom.engine.worker import Batch, BatchResult
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExitCode, FontloomError
from fontloom.model.progress import FontCommit, FontProgress, FontStatus
from fontloom.model.session import SessionStatus
from fontloom.report.verify import verify_project
from fontloom.store import state as state_module
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint, load_session

NewManager = Callable[..., PersistentExportManager]
FIRST, SECOND = "AmaticSC-Regular", "Caladea-Regular"


async def run(manager: PersistentExportManager) -> SessionStatus:
    async with asyncio.timeout(120):
        status = await manager.run()
    await manager.close()
    return status


async def until(manager: PersistentExportManager, met: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not met():
            await asyncio.sleep(0.001)


def font(manager: PersistentExportManager, name: str) -> FontProgress:
    (found,) = (font for font in manager.snapshot(0).fonts if font.font_name == name)
    return found


def commits(project: Path) -> dict[str, FontCommit]:
    paths = ProjectPaths(project)
    return load_checkpoint(paths, load_session(paths))[0].fonts


def images(project: Path, name: str) -> int:
    return sum(1 for _ in ProjectPaths(project).images(name).glob("*.png"))


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Workers do not survive the fonts that are put in here."""
    names: set[str] = set()
    real = Shift._run

    async def run(self: Shift, batches: tuple[Batch, ...]) -> tuple[BatchResult, ...]:
        if any(batch.font.font_name in names for batch in batches):
            raise WorkerError(ErrorCode.WORKER_CRASHED, "ended by SIGSEGV")
        return await real(self, batches)

    monkeypatch.setattr(Shift, "_run", run)
    return names


Acts = dict[int, Callable[[], object]]
AtTasks = Callable[[Acts], None]


@pytest.fixture
def at_tasks(handed_out: object, monkeypatch: pytest.MonkeyPatch) -> AtTasks:
    """Lets things be called before the tasks of these numbers are handed out, counted from now on."""
    arranged: Acts = {}
    real = Plan.next_task
    tasks = 0

    def next_task(self: Plan) -> tuple[Batch, ...]:
        nonlocal tasks
        tasks += 1
        arranged.get(tasks, lambda: None)()
        return real(self)

    def arrange(acts: Acts) -> None:
        nonlocal tasks
        tasks = 0
        arranged.update(acts)

    monkeypatch.setattr(Plan, "next_task", next_task)
    return arrange


@pytest.fixture
def half_failed(config: ExportSessionConfig, new_manager: NewManager, crashing: set[str]):
    """Runs a session to its end in which one font fails, and then is well. Returns the project."""

    async def run_it() -> Path:
        crashing.add(FIRST)
        manager = new_manager()
        await manager.create_session(config)
        await run(manager)
        assert manager.exit_code is ExitCode.PARTIAL
        crashing.clear()
        return manager.project_path

    return run_it


@pytest.mark.parametrize("moments", [(1,), (4, 5, 6), (9, 16), (3, 12, 20, 21)])
async def test_fonts_that_begin_again_at_any_moment_come_to_the_same(
    config: ExportSessionConfig,
    new_manager: NewManager,
    at_tasks: AtTasks,
    whole_digest,
    reference: str,
    moments: tuple[int, ...],
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    names = cycle((FIRST, SECOND))
    at_tasks(dict.fromkeys(moments, lambda: manager.retry((next(names),))))
    assert await run(manager) is SessionStatus.COMPLETED
    assert manager.exit_code is ExitCode.DONE
    assert manager.summary is not None
    assert manager.summary.exported_images == manager.snapshot(0).overall.exported_images == 240
    assert whole_digest(manager.project_path) == manager.summary.digest == reference


async def test_a_font_that_failed_is_done_again_while_it_runs(
    config: ExportSessionConfig,
    new_manager: NewManager,
    crashing: set[str],
    monkeypatch: pytest.MonkeyPatch,
    whole_digest,
    reference: str,
) -> None:
    go = asyncio.Event()
    real = Shift._run

    async def second_waits(self: Shift, batches: tuple[Batch, ...]) -> tuple[BatchResult, ...]:
        if batches[0].font.font_name == SECOND:
            await go.wait()
        return await real(self, batches)

    monkeypatch.setattr(Shift, "_run", second_waits)
    crashing.add(FIRST)
    manager = new_manager()
    await manager.create_session(config)
    running = asyncio.create_task(run(manager))
    await until(manager, lambda: font(manager, FIRST).status is FontStatus.FAILED)
    crashing.clear()
    assert manager.retry() == 1
    assert manager.snapshot(0).phase == "running"
    go.set()
    assert await running is SessionStatus.COMPLETED
    assert manager.exit_code is ExitCode.DONE
    assert manager.snapshot(0).error_count > 0, "what happened stays told"
    assert whole_digest(manager.project_path) == reference
    assert not ProjectPaths(manager.project_path).failed_font(FIRST).exists()


async def test_held_fonts_begin_again_at_once_and_the_session_stays_held(
    config: ExportSessionConfig,
    new_manager: NewManager,
    crashing: set[str],
    at_tasks: AtTasks,
    whole_digest,
    reference: str,
) -> None:
    crashing.add(FIRST)
    manager = new_manager()
    await manager.create_session(config)
    at_tasks({8: manager.pause})
    running = asyncio.create_task(run(manager))
    await until(manager, lambda: manager.snapshot(0).phase == "paused")
    held = manager.snapshot(0)
    done = font(manager, SECOND).completed_images
    assert 0 < done == held.overall.exported_images
    assert held.overall.fonts_failed == 1
    crashing.clear()
    assert manager.retry() == 1
    assert manager.retry((SECOND,)) == 1
    assert manager.retry((FIRST,)) == 0, "it is to begin again already"
    await until(manager, lambda: manager.snapshot(0).overall.exported_images == 0)
    await until(manager, lambda: not ProjectPaths(manager.project_path).font(SECOND).exists())
    now = manager.snapshot(held.cursor)
    assert (now.phase, now.status) == ("paused", SessionStatus.PAUSED)
    assert {(font.font_name, font.status) for font in now.fonts} == {
        (FIRST, FontStatus.PENDING),
        (SECOND, FontStatus.PENDING),
    }
    assert (now.overall.failed_images, now.overall.bytes_written, now.overall.fonts_failed) == (0, 0, 0)
    assert now.stats.elapsed_seconds == held.stats.elapsed_seconds
    manager.resume()
    assert await running is SessionStatus.COMPLETED
    assert whole_digest(manager.project_path) == reference


async def test_a_font_is_left_out_with_what_it_has_and_taken_in_again(
    config: ExportSessionConfig,
    new_manager: NewManager,
    at_tasks: AtTasks,
    whole_digest,
    reference: str,
) -> None:
    counts = []
    manager = new_manager()
    await manager.create_session(config)
    at_tasks({12: lambda: counts.append(manager.skip((SECOND,)))})
    assert await run(manager) is SessionStatus.COMPLETED
    assert counts == [1]
    project = manager.project_path
    paths = ProjectPaths(project)
    left = commits(project)[SECOND]
    assert (left.status, left.completed_images) == (FontStatus.SKIPPED, images(project, SECOND))
    assert 0 < left.completed_images < 120
    assert json.loads(paths.font_progress(SECOND).read_text())["status"] == "skipped"
    assert json.loads(paths.font_metadata(SECOND).read_text())["images"] == left.completed_images
    why = json.loads((paths.failed_font(SECOND) / "error.json").read_text())
    assert why["code"] == "font_left_out"
    assert manager.exit_code is ExitCode.PARTIAL
    assert manager.snapshot(0).error_count == 0, "a wish is no error"
    assert manager.summary is not None
    assert [failure.font_name for failure in manager.summary.failures] == [SECOND]
    assert verify_project(project, deep=True).valid
    second = new_manager()
    await second.resume_session(project, retry=())
    assert await run(second) is SessionStatus.COMPLETED
    assert second.exit_code is ExitCode.DONE
    assert whole_digest(project) == reference
    assert not paths.failed_font(SECOND).exists()


async def test_the_last_wish_holds(
    config: ExportSessionConfig, new_manager: NewManager, handed_out, whole_digest, reference: str
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    assert manager.skip((FIRST, FIRST, SECOND)) == 2
    assert manager.skip((FIRST,)) == 0
    assert manager.retry() == 2
    assert manager.retry() == 0
    assert await run(manager) is SessionStatus.COMPLETED
    assert whole_digest(manager.project_path) == reference


async def test_fonts_that_are_not_there_and_nothing_to_do(
    config: ExportSessionConfig, new_manager: NewManager
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    for ask in (manager.retry, manager.skip):
        with pytest.raises(FontloomError, match="'Comic'") as caught:
            ask((FIRST, "Comic"))
        assert caught.value.error.code is ErrorCode.CONFIG_INVALID
    assert manager.retry() == manager.retry((FIRST,)) == manager.skip(()) == 0
    await run(manager)
    for ask in (manager.retry, manager.skip):
        with pytest.raises(FontloomError) as caught:
            ask((FIRST,))
        assert caught.value.error.code is ErrorCode.PROJECT_FINISHED


@pytest.mark.parametrize("how", ["cancel", "abort", "fail"])
async def test_a_run_that_ends_takes_no_more_wishes(
    config: ExportSessionConfig,
    new_manager: NewManager,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    async def write(self: GroupCommit, group: list[object]) -> float:
        raise ZeroDivisionError

    manager = new_manager()
    await manager.create_session(config)
    if how == "fail":
        monkeypatch.setattr(GroupCommit, "write", write)
    else:
        getattr(manager, how)()
    await run(manager)
    for ask in (manager.retry, manager.skip):
        with pytest.raises(FontloomError) as caught:
            ask((FIRST,))
        assert caught.value.error.code is ErrorCode.ENGINE_ABSENT


async def test_what_was_wanted_is_done_before_the_run_is_left(
    config: ExportSessionConfig,
    new_manager: NewManager,
    at_tasks: AtTasks,
    whole_digest,
    reference: str,
) -> None:
    wished = False

    def wish_and_leave() -> None:
        nonlocal wished
        if not wished and manager.retry((FIRST,)):  # something of it is committed
            wished = True
            manager.skip((SECOND,))
            manager.pause(leave=True)

    manager = new_manager()
    await manager.create_session(config)
    at_tasks(dict.fromkeys(range(1, 1000), wish_and_leave))
    assert await run(manager) is SessionStatus.PAUSED
    found = commits(manager.project_path)
    assert found[FIRST] == FontCommit()
    assert found[SECOND].status is FontStatus.SKIPPED
    second = new_manager()
    await second.resume_session(manager.project_path, retry=(SECOND,))
    assert await run(second) is SessionStatus.COMPLETED
    assert whole_digest(manager.project_path) == reference


async def test_a_completed_project_is_taken_up_by_what_failed(
    new_manager: NewManager, half_failed, whole_digest, reference: str
) -> None:
    project = await half_failed()
    summary = ProjectPaths(project).summary.read_bytes()
    manager = new_manager()
    with pytest.raises(FontloomError) as caught:
        await manager.resume_session(project)
    assert caught.value.error.code is ErrorCode.PROJECT_FINISHED
    with pytest.raises(FontloomError, match="'Comic'") as caught:
        await manager.resume_session(project, retry=("Comic",))
    assert caught.value.error.code is ErrorCode.CONFIG_INVALID
    await manager.resume_session(project, retry=())
    assert ProjectPaths(project).summary.read_bytes() == summary, "nothing changes before the work begins"
    assert await run(manager) is SessionStatus.COMPLETED
    assert manager.exit_code is ExitCode.DONE
    assert whole_digest(project) == reference
    assert json.loads(ProjectPaths(project).summary.read_text())["failures"] == []
    with pytest.raises(FontloomError, match="nothing failed") as caught:
        await new_manager().resume_session(project, retry=())
    assert caught.value.error.code is ErrorCode.PROJECT_FINISHED
    # A good font that is named is done again too.
    third = new_manager()
    await third.resume_session(project, retry=(SECOND,))
    assert await run(third) is SessionStatus.COMPLETED
    assert whole_digest(project) == reference


async def test_no_summary_stays_beside_a_session_that_goes_on(new_manager: NewManager, half_failed) -> None:
    project = await half_failed()
    manager = new_manager(stay=True)
    await manager.resume_session(project, retry=())
    manager.pause()
    running = asyncio.create_task(run(manager))
    await until(manager, lambda: manager.snapshot(0).phase == "paused")
    assert not ProjectPaths(project).summary.exists()
    assert verify_project(project, deep=True).valid
    manager.cancel()
    assert await running is SessionStatus.CANCELLED
    assert not ProjectPaths(project).summary.exists()


async def test_a_font_whose_file_is_another_now_keeps_its_images(
    config: ExportSessionConfig, new_manager: NewManager, tmp_path: Path, whole_digest, reference: str
) -> None:
    files = [Path(shutil.copy(path, tmp_path)) for path in config.fonts]
    manager = new_manager()
    await manager.create_session(config.model_copy(update={"fonts": tuple(files)}))
    await run(manager)
    assert whole_digest(manager.project_path) == reference
    files[1].write_bytes(files[0].read_bytes())
    second = new_manager()
    await second.resume_session(manager.project_path, retry=(FIRST, SECOND))
    assert await run(second) is SessionStatus.COMPLETED
    assert whole_digest(manager.project_path) == reference
    (error,), _ = second.errors(0, 10)
    assert (error.code, error.font_name) == (ErrorCode.FONT_CHANGED, FIRST)


async def test_what_failed_says_of_another_file_of_that_name_stays(
    config: ExportSessionConfig, new_manager: NewManager, crashing: set[str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / f"{FIRST}.ttf"
    broken.parent.mkdir()
    broken.write_bytes(b"no font")
    manager = new_manager()
    await manager.create_session(config.model_copy(update={"fonts": (*config.fonts, broken)}))
    folder = ProjectPaths(manager.project_path).failed_font(FIRST)
    before = (folder / "error.json").read_bytes()
    assert manager.retry((FIRST,)) == 0
    await run(manager)
    assert (folder / "error.json").read_bytes() == before
    assert (folder / f"source{broken.suffix}").resolve() == broken.resolve()


def full(*args: object, **kwargs: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("where", ["journal", "checkpoint", "removal"])
async def test_on_a_full_disk_the_wish_waits_for_room(
    config: ExportSessionConfig,
    new_manager: NewManager,
    at_tasks: AtTasks,
    monkeypatch: pytest.MonkeyPatch,
    whole_digest,
    reference: str,
    where: str,
) -> None:
    manager = new_manager(stay=True)
    await manager.create_session(config)
    at_tasks({9: manager.pause})
    running = asyncio.create_task(run(manager))
    await until(manager, lambda: manager.snapshot(0).phase == "paused")
    exported = manager.snapshot(0).overall.exported_images
    with monkeypatch.context() as broken:
        if where == "removal":
            broken.setattr(shutil, "rmtree", full)
        else:
            owner, name = {"journal": (os, "fdatasync"), "checkpoint": (state_module, "write_state")}[where]
            broken.setattr(owner, name, full)
        assert manager.retry((FIRST,)) == 1
        await until(manager, lambda: manager.snapshot(0).phase == "waiting")
        reason = manager.snapshot(0).reason
        assert reason is not None
        assert reason.code is ErrorCode.DISK_FULL
        lost = 0 if where == "journal" else 120
        assert manager.snapshot(0).overall.exported_images == exported - lost
        assert images(manager.project_path, FIRST) == 120
        # Told to go on too early, it waits again and does not run hot.
        errors = manager.snapshot(0).error_count
        manager.resume()
        await until(manager, lambda: manager.snapshot(0).error_count > errors)
        await until(manager, lambda: manager.snapshot(0).phase == "waiting")
    manager.resume()
    assert await running is SessionStatus.COMPLETED
    assert whole_digest(manager.project_path) == reference


async def test_files_of_a_font_are_in_order_before_it_is_left_out(
    config: ExportSessionConfig,
    new_manager: NewManager,
    at_tasks: AtTasks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A group that was written and not committed is gone before the font counts as finished."""
    manager = new_manager(stay=True)
    await manager.create_session(config)
    real = GroupCommit.settle

    async def settle(self: GroupCommit, stage: object, group: list[object], seconds: float) -> None:
        if manager.snapshot(0).overall.exported_images:
            full()
        await real(self, stage, group, seconds)  # type: ignore[arg-type]

    monkeypatch.setattr(GroupCommit, "settle", settle)
    running = asyncio.create_task(run(manager))
    await until(manager, lambda: manager.snapshot(0).phase == "waiting")
    project = manager.project_path
    begun = [name for name, commit in commits(project).items() if commit.status is FontStatus.PROCESSING]
    assert any(images(project, name) > commits(project)[name].completed_images for name in begun)
    assert manager.skip((FIRST, SECOND)) >= 1
    await until(manager, lambda: font(manager, SECOND).status is FontStatus.SKIPPED)
    manager.resume()
    assert await running is SessionStatus.COMPLETED
    for name, commit in commits(project).items():
        assert images(project, name) == commit.completed_images
    assert verify_project(project, deep=True).valid


# Killed


class Moments:
    """Copies a project before calls that change the disk, as a kill at that call would leave it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._patch = monkeypatch
        self._busy = threading.local()
        self._images = 0
        self.copies: list[Path] = []

    def watch(self, project: Path) -> None:
        for name in ("write", "replace", "rename", "link", "unlink", "rmdir", "symlink", "mkdir",
                     "truncate", "ftruncate", "fdatasync"):  # fmt: skip
            self._patch.setattr(os, name, self._before(getattr(os, name), project))

    def _before(self, real: Callable[..., object], project: Path) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            if not getattr(self._busy, "yes", False) and self._counts(str(args[0])):
                self._busy.yes = True
                try:
                    copy = self._folder / f"moment-{len(self.copies)}"
                    shutil.copytree(project, copy, symlinks=True)
                finally:
                    self._busy.yes = False
                self.copies.append(copy)
            return real(*args, **kwargs)

        return call

    def _counts(self, path: str) -> bool:
        """One image of fifty will do."""
        if path.endswith(".png"):
            self._images += 1
            return self._images % 50 == 1
        return True


@pytest.fixture
def moments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moments]:
    with pytest.MonkeyPatch.context() as patch:
        yield Moments(tmp_path_factory.mktemp("moments"), patch)


async def _check_moments(
    copies: list[Path], new_manager: NewManager, whole_digest: Callable[[Path], str], reference: str
) -> None:
    """Each is content with itself; recovered, it has what counts alone; a few are run to the end."""
    for number, copy in enumerate(copies):
        result = verify_project(copy, deep=True)
        assert result.valid, (number, result)
        if number % 6 == 0:
            manager = new_manager()
            await manager.resume_session(copy, retry=())
            assert await run(manager) is SessionStatus.COMPLETED
            assert whole_digest(copy) == reference, number
            assert not any(ProjectPaths(copy).failed.glob("*/error.json")), number
            continue
        paths = ProjectPaths(copy)
        RecoveryManager(paths, load_session(paths)).recover()
        assert verify_project(copy, deep=True).valid, number
        for name, commit in commits(copy).items():
            assert images(copy, name) == commit.completed_images, (number, name)


async def test_killed_while_fonts_of_a_completed_project_begin_again(
    new_manager: NewManager, half_failed, moments: Moments, whole_digest, reference: str
) -> None:
    project = await half_failed()
    manager = new_manager()
    await manager.resume_session(project, retry=(FIRST, SECOND))
    manager.pause(leave=True)
    moments.watch(project)
    await run(manager)
    moments._patch.undo()
    finished = [verify_project(copy).complete for copy in moments.copies]
    assert finished == sorted(finished, reverse=True), "once taken up it is unfinished"
    assert True in finished
    assert False in finished
    await _check_moments(moments.copies, new_manager, whole_digest, reference)


async def test_killed_while_fonts_of_a_run_change(
    config: ExportSessionConfig,
    new_manager: NewManager,
    crashing: set[str],
    at_tasks: AtTasks,
    moments: Moments,
    whole_digest,
    reference: str,
) -> None:
    crashing.add(FIRST)
    manager = new_manager(stay=True)
    await manager.create_session(config)
    at_tasks({8: manager.pause})
    running = asyncio.create_task(run(manager))
    await until(manager, lambda: manager.snapshot(0).phase == "paused")
    project = manager.project_path
    paths = ProjectPaths(project)
    async with asyncio.timeout(120):
        while load_checkpoint(paths, load_session(paths))[0].status is not SessionStatus.PAUSED:
            await asyncio.sleep(0.001)  # it is seen a moment before it is saved
    crashing.clear()
    moments.watch(project)
    manager.retry((FIRST,))
    manager.skip((SECOND,))
    await until(manager, lambda: font(manager, SECOND).status is FontStatus.SKIPPED)
    await until(manager, lambda: not paths.failed_font(FIRST).exists())
    manager.retry((SECOND,))
    await until(manager, lambda: not paths.font(SECOND).exists())
    manager.pause(leave=True)
    await running
    moments._patch.undo()
    assert len(moments.copies) > 20
    await _check_moments(moments.copies, new_manager, whole_digest, reference)
