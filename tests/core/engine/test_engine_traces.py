"""What a session leaves behind can be looked at, and deleted whole."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from fontloom.engine.manager import PersistentExportManager
from fontloom.model.config import ExportSessionConfig
from fontloom.model.progress import Snapshot
from fontloom.report.errorlog import ErrorLog
from fontloom.report.offline import offline_snapshot
from fontloom.store.cleanup import delete_project
from fontloom.store.paths import ProjectPaths

NewManager = Callable[..., PersistentExportManager]


async def test_a_broken_font_is_in_the_error_log(
    config: ExportSessionConfig, new_manager: NewManager, tmp_path: Path
) -> None:
    broken = tmp_path / "Broken.ttf"
    broken.write_bytes(config.fonts[0].read_bytes()[:20_000])
    manager = new_manager()
    await manager.create_session(config.model_copy(update={"fonts": (*config.fonts, broken)}))
    await manager.run()
    await manager.close()
    log = ErrorLog(ProjectPaths(manager.project_path).log("errors"))
    assert not log.read_more()
    (group,) = log.groups
    assert (group.code, group.errors, [font.font for font in group.fonts]) == (
        "font_corrupt",
        1,
        ["Broken.ttf"],
    )
    (entry,) = log.entries("font_corrupt", "Broken.ttf")
    assert entry.time is not None
    assert entry.detail == group.fonts[0].last_detail != ""
    assert log.malformed == 0


def lasting(snapshot: Snapshot) -> object:
    """What a snapshot of a running engine and one of its files have in common."""
    fonts = sorted(
        (
            font.model_copy(
                update={
                    "start_time": None,
                    "completion_time": None,
                    "processing_rate": 0.0,
                    "estimated_time_remaining": None,
                }
            )
            for font in snapshot.fonts
        ),
        key=lambda font: font.font_name,
    )
    return snapshot.status, snapshot.phase, snapshot.reason, snapshot.overall, fonts, snapshot.error_count


async def test_the_files_say_what_the_engine_said(
    config: ExportSessionConfig,
    new_manager: NewManager,
    handed_out: Callable[[Callable[[], None]], None],
) -> None:
    manager = new_manager()
    await manager.create_session(config)
    handed_out(lambda: manager.pause(leave=True))
    await manager.run()
    await manager.close()
    assert 0 < manager.snapshot(0).overall.exported_images < 240
    assert lasting(offline_snapshot(manager.project_path)) == lasting(manager.snapshot(0))
    again = new_manager()
    await again.resume_session(manager.project_path)
    await again.run()
    await again.close()
    last = again.snapshot(0)
    assert last.phase == "done"
    assert lasting(offline_snapshot(manager.project_path)) == lasting(last)


async def test_nothing_remains_of_an_unfinished_project_or_a_whole_one(
    config: ExportSessionConfig,
    new_manager: NewManager,
    interrupted: Callable[[ExportSessionConfig], Awaitable[Path]],
    tmp_path: Path,
) -> None:
    project = await interrupted(config)
    copy = tmp_path / "copy"
    shutil.copytree(project, copy, symlinks=True)
    assert delete_project(copy).remained == ()
    manager = new_manager()
    await manager.resume_session(project)
    await manager.run()
    await manager.close()
    assert delete_project(project).remained == ()
    assert not copy.exists()
    assert not project.exists()
