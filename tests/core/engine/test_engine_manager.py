"""A session's life: begun, paused, resumed, cancelled, hit by faults, and done."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fontloom.engine.commit import GroupCommit
from fontloom.engine.exporter import Write
from fontloom.engine.manager import PersistentExportManager
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExitCode, FontloomError
from fontloom.model.session import SessionStatus
from fontloom.report.verify import verify_project
from fontloom.store.lock import is_locked
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import SessionStateManager, load_checkpoint, load_session
from fontloom.store.sync import FileSystemSync

NewManager = Callable[..., PersistentExportManager]


async def run(manager: PersistentExportManager) -> SessionStatus:
    async with asyncio.timeout(120):
        return await manager.run()


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def until_phase(manager: PersistentExportManager, phase: str) -> None:
    async with asyncio.timeout(120):
        while manager.snapshot(0).phase != phase:
            await asyncio.sleep(0.001)


async def test_an_undisturbed_session(
    config: ExportSessionConfig, new_manager: NewManager, whole_digest, reference: str
) -> None:
    manager = new_manager()
    session = await manager.create_session(config)
    assert is_locked(ProjectPaths(manager.project_path))
    assert await run(manager) is SessionStatus.COMPLETED
    assert manager.exit_code is ExitCode.DONE
    assert manager.summary is not None
    assert manager.summary.exported_images == session.total_images == 240
    snapshot = manager.snapshot(0)
    assert (snapshot.phase, snapshot.status, snapshot.error_count) == ("done", SessionStatus.COMPLETED, 0)
    assert [font.completed_images for font in snapshot.fonts] == [120, 120]
    assert SessionStateManager().recent_projects()[0] == manager.project_path
    await manager.close()
    await manager.close()
    assert not is_locked(ProjectPaths(manager.project_path))
    assert whole_digest(manager.project_path) == manager.summary.digest == reference


async def refused(manager: PersistentExportManager, config: ExportSessionConfig) -> ErrorCode:
    with pytest.raises(FontloomError) as caught:
        await manager.create_session(config)
    return caught.value.error.code


async def test_a_new_session_touches_no_project_that_is_there(
    config: ExportSessionConfig, new_manager: NewManager, interrupted
) -> None:
    project = await interrupted(config)
    before = contents(project)
    assert await refused(new_manager(), config) is ErrorCode.PROJECT_EXISTS
    assert contents(project) == before
    holder = new_manager()
    await holder.resume_session(project)
    before = contents(project)
    assert await refused(new_manager(), config) is ErrorCode.LOCKED
    with pytest.raises(FontloomError) as caught:
        await new_manager().resume_session(project)
    assert caught.value.error.code is ErrorCode.LOCKED
    assert contents(project) == before
    await run(holder)
    await holder.close()
    before = contents(project)
    assert await refused(new_manager(), config) is ErrorCode.PROJECT_FINISHED
    with pytest.raises(FontloomError) as caught:
        await new_manager().resume_session(project)
    assert caught.value.error.code is ErrorCode.PROJECT_FINISHED
    assert contents(project) == before


async def test_a_folder_with_other_files_is_not_taken(
    config: ExportSessionConfig, new_manager: NewManager, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "thesis.tex").write_text("years")
    assert await refused(new_manager(), config) is ErrorCode.CONFIG_INVALID
    assert os.listdir(tmp_path / "project") == ["thesis.tex"]
    (tmp_path / "project" / "thesis.tex").unlink()
    (tmp_path / "project").rmdir()
    (tmp_path / "project").write_text("a file")
    assert await refused(new_manager(), config) is ErrorCode.CONFIG_INVALID
    assert (tmp_path / "project").read_text() == "a file"


async def test_what_a_start_that_was_cut_short_left_is_no_reason_to_refuse(
    config: ExportSessionConfig, new_manager: NewManager, tmp_path: Path
) -> None:
    paths = ProjectPaths(tmp_path / "project")
    for folder in (paths.state, paths.fonts, paths.logs):
        folder.mkdir(parents=True)
    (paths.root / ".0123456789abcdef.tmp").write_bytes(b"half")
    manager = new_manager()
    await manager.create_session(config)
    assert paths.session.exists()
    assert not [path for path in paths.root.iterdir() if path.suffix == ".tmp"]


async def test_fonts_that_are_not_there_leave_nothing_behind(
    config: ExportSessionConfig, new_manager: NewManager, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    config = config.model_copy(update={"fonts": (tmp_path / "empty",)})
    assert await refused(new_manager(), config) is ErrorCode.NO_FONTS
    assert os.listdir(tmp_path) == ["empty"]


async def test_left_and_resumed_with_other_workers(
    config: ExportSessionConfig, new_manager: NewManager, handed_out, whole_digest, reference: str
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    handed_out(lambda: manager.pause(leave=True))
    assert await run(manager) is SessionStatus.PAUSED
    assert manager.exit_code is ExitCode.PAUSED
    await manager.close()
    paths = ProjectPaths(manager.project_path)
    checkpoint, _ = load_checkpoint(paths, load_session(paths))
    assert checkpoint.status is SessionStatus.PAUSED
    assert checkpoint.exported_images == 2 * 72
    assert checkpoint.exported_images == manager.snapshot(0).overall.exported_images
    assert verify_project(paths.root, deep=True).valid
    second = new_manager()
    engine = EngineConfig(workers=1, batch_seconds=0.1, min_free_mb=0, min_free_inodes=0)
    await second.resume_session(paths.root, engine=engine)
    assert second.snapshot(0).overall.exported_images == checkpoint.exported_images
    assert await run(second) is SessionStatus.COMPLETED
    await second.close()
    assert whole_digest(paths.root) == reference
    assert json.loads(paths.summary.read_text())["elapsed_seconds"] > checkpoint.elapsed_seconds


async def test_held_and_told_to_go_on(
    config: ExportSessionConfig, new_manager: NewManager, handed_out, whole_digest, reference: str
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    handed_out(manager.pause)
    running = asyncio.create_task(run(manager))
    await until_phase(manager, "paused")
    held = manager.snapshot(0)
    assert held.status is SessionStatus.PAUSED
    assert held.overall.exported_images == held.overall.rendered_images == 2 * 72
    paths = ProjectPaths(manager.project_path)
    async with asyncio.timeout(120):
        while load_checkpoint(paths, load_session(paths))[0].status is not SessionStatus.PAUSED:
            await asyncio.sleep(0.001)  # it is seen a moment before it is saved
    assert is_locked(paths)
    manager.resume()
    assert await running is SessionStatus.COMPLETED
    assert manager.exit_code is ExitCode.DONE
    await manager.close()
    assert whole_digest(paths.root) == reference


async def test_a_pause_that_is_taken_back_leaves_the_run_running(
    config: ExportSessionConfig, new_manager: NewManager, handed_out, whole_digest, reference: str
) -> None:
    phases = []

    def pause_and_resume() -> None:
        manager.pause()
        phases.append(manager.snapshot(0).phase)
        manager.resume()
        phases.append(manager.snapshot(0).phase)

    manager = new_manager()
    await manager.create_session(config)
    handed_out(pause_and_resume)
    assert await run(manager) is SessionStatus.COMPLETED
    assert phases == ["pausing", "running"]
    await manager.close()
    assert whole_digest(manager.project_path) == reference


async def test_other_numbers_of_workers_while_it_runs_and_while_it_is_held(
    config: ExportSessionConfig, new_manager: NewManager, handed_out, whole_digest, reference: str
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    manager.set_workers(1)
    assert manager.snapshot(0).stats.workers == 1

    def more_and_pause() -> None:
        assert manager.snapshot(0).stats.workers == 1
        manager.set_workers(3)
        manager.pause()

    handed_out(more_and_pause)
    running = asyncio.create_task(run(manager))
    await until_phase(manager, "paused")
    assert manager.snapshot(0).stats.workers == 3
    manager.set_workers(2)
    assert manager.snapshot(0).phase == "paused"
    manager.resume()
    assert await running is SessionStatus.COMPLETED
    for count in (0, -1, 1025):
        with pytest.raises(FontloomError, match=f"workers: {count} ") as caught:
            manager.set_workers(count)
        assert caught.value.error.code is ErrorCode.CONFIG_INVALID
    assert manager.snapshot(0).stats.workers == 2
    await manager.close()
    assert whole_digest(manager.project_path) == reference


async def test_what_is_drawn_is_what_is_committed_and_what_waits(
    config: ExportSessionConfig, new_manager: NewManager, monkeypatch: pytest.MonkeyPatch, handed_out
) -> None:
    seen = []
    real = GroupCommit.write

    async def write(self: GroupCommit, group: list[Write]) -> float:
        overall = manager.snapshot(0).overall
        drawn = sum(len(sample.image_sizes) for one in group for sample in one.result.samples)
        seen.append(overall.rendered_images - overall.exported_images >= drawn > 0)
        assert overall.rendered_images <= overall.total_images
        return await real(self, group)

    monkeypatch.setattr(GroupCommit, "write", write)
    manager = new_manager()
    await manager.create_session(config)
    assert await run(manager) is SessionStatus.COMPLETED
    assert seen
    assert all(seen)
    overall = manager.snapshot(0).overall
    assert overall.rendered_images == overall.exported_images == 240


async def test_each_line_of_a_log_has_its_level(
    config: ExportSessionConfig, new_manager: NewManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    broken_syncs(monkeypatch, {1})
    manager.skip(("AmaticSC-Regular",))
    await run(manager)
    levels = {
        kind: {json.loads(line)["level"] for line in _log(manager, kind)}
        for kind in ("export", "errors", "performance")
    }
    assert levels == {"export": {"info"}, "errors": {"error"}, "performance": {"debug"}}


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("pause", SessionStatus.PAUSED),
        ("abort", SessionStatus.PAUSED),
        ("cancel", SessionStatus.CANCELLED),
    ],
)
async def test_ended_while_held(
    config: ExportSessionConfig, new_manager: NewManager, handed_out, how: str, status: SessionStatus
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    handed_out(manager.pause)
    running = asyncio.create_task(run(manager))
    await until_phase(manager, "paused")
    if how == "pause":
        manager.pause(leave=True)
    else:
        getattr(manager, how)()
    assert await running is status
    assert manager.exit_code is ExitCode.PAUSED
    assert manager.summary is None


@pytest.mark.parametrize("how", ["abort", "cancel"])
async def test_ended_at_once_and_taken_up_again(
    config: ExportSessionConfig, new_manager: NewManager, handed_out, whole_digest, reference: str, how: str
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    handed_out(getattr(manager, how))
    status = await run(manager)
    assert status is (SessionStatus.CANCELLED if how == "cancel" else SessionStatus.PAUSED)
    assert manager.exit_code is ExitCode.PAUSED
    await manager.close()
    assert verify_project(manager.project_path, deep=True).valid
    second = new_manager()
    await second.resume_session(manager.project_path)
    assert await run(second) is SessionStatus.COMPLETED
    await second.close()
    assert whole_digest(manager.project_path) == reference


def broken_syncs(monkeypatch: pytest.MonkeyPatch, failing: set[int]) -> list[int]:
    """Lets these syncs of the run fail, counted from 1. Returns the numbers of all that were asked for."""
    real = FileSystemSync.sync
    asked: list[int] = []

    def sync(self: FileSystemSync) -> None:
        asked.append(len(asked) + 1)
        if asked[-1] in failing:
            raise OSError(5, "Input/output error")
        real(self)

    monkeypatch.setattr(FileSystemSync, "sync", sync)
    return asked


@pytest.mark.parametrize("failing", [{1}, {2}, {1, 3}])
async def test_a_storage_fault_once_is_repaired_by_rendering_again(
    config: ExportSessionConfig,
    new_manager: NewManager,
    monkeypatch: pytest.MonkeyPatch,
    whole_digest,
    reference: str,
    failing: set[int],
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    asked = broken_syncs(monkeypatch, failing)
    assert await run(manager) is SessionStatus.COMPLETED
    assert manager.exit_code is ExitCode.DONE
    assert len(asked) >= max(failing)
    await manager.close()
    assert whole_digest(manager.project_path) == reference
    errors = [json.loads(line)["code"] for line in _log(manager, "errors")]
    assert errors == ["sync_failed"] * len(failing)


async def test_a_storage_fault_twice_stops_the_session_and_keeps_it(
    config: ExportSessionConfig,
    new_manager: NewManager,
    monkeypatch: pytest.MonkeyPatch,
    whole_digest,
    reference: str,
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    with monkeypatch.context() as broken:
        broken_syncs(broken, {2, 3})
        assert await run(manager) is SessionStatus.FAILED
    assert manager.exit_code == 5
    snapshot = manager.snapshot(0)
    assert snapshot.phase == "failed"
    assert snapshot.reason is not None
    assert snapshot.reason.code is ErrorCode.SYNC_FAILED
    counted = snapshot.overall.exported_images
    assert 0 < counted < 240
    await manager.close()
    paths = ProjectPaths(manager.project_path)
    checkpoint, _ = load_checkpoint(paths, load_session(paths))
    assert (checkpoint.status, checkpoint.exported_images) == (SessionStatus.FAILED, counted)
    assert verify_project(paths.root, deep=True).valid
    second = new_manager()
    await second.resume_session(paths.root)
    assert await run(second) is SessionStatus.COMPLETED
    await second.close()
    assert whole_digest(paths.root) == reference


async def test_a_full_disk_is_waited_for_by_an_engine_that_stays(
    config: ExportSessionConfig,
    new_manager: NewManager,
    monkeypatch: pytest.MonkeyPatch,
    whole_digest,
    reference: str,
) -> None:
    full = True
    real = GroupCommit.write

    async def write(self: GroupCommit, group: list[object]) -> float:
        if full:
            raise OSError(28, "No space left on device")
        return await real(self, group)  # type: ignore[arg-type]

    monkeypatch.setattr(GroupCommit, "write", write)
    manager = new_manager(stay=True)
    await manager.create_session(config)
    running = asyncio.create_task(run(manager))
    await until_phase(manager, "waiting")
    reason = manager.snapshot(0).reason
    assert reason is not None
    assert reason.code is ErrorCode.DISK_FULL
    assert reason.suggested_action
    manager.resume()
    async with asyncio.timeout(120):
        while manager.snapshot(0).error_count < 2:
            await asyncio.sleep(0.001)
    await until_phase(manager, "waiting")
    full = False
    manager.resume()
    assert await running is SessionStatus.COMPLETED
    assert manager.snapshot(0).reason is None
    await manager.close()
    assert whole_digest(manager.project_path) == reference


async def test_a_bug_keeps_the_state_and_its_traceback(
    config: ExportSessionConfig, new_manager: NewManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(self: GroupCommit, group: list[object]) -> float:
        raise ZeroDivisionError("of all things")

    manager = new_manager()
    await manager.create_session(config)
    with monkeypatch.context() as broken:
        broken.setattr(GroupCommit, "write", write)
        assert await run(manager) is SessionStatus.FAILED
    assert manager.exit_code is ExitCode.BUG
    (error,) = (json.loads(line) for line in _log(manager, "errors"))
    assert error["code"] == "bug"
    assert "ZeroDivisionError: of all things" in error["traceback"]
    assert 'raise ZeroDivisionError("of all things")' in error["traceback"]
    await manager.close()
    second = new_manager()
    await second.resume_session(manager.project_path)
    assert await run(second) is SessionStatus.COMPLETED


def _log(manager: PersistentExportManager, kind: str) -> list[str]:
    return ProjectPaths(manager.project_path).log(kind).read_text().splitlines()
