"""What the files of a project say of it when no engine does."""

from pathlib import Path
from typing import Any

import pytest

from fontloom.model.errors import ErrorCode, ExportError, FontloomError
from fontloom.model.progress import FontStatus
from fontloom.model.result import ProjectProblem, ProjectStatus
from fontloom.model.session import SessionStatus
from fontloom.report.offline import offline_snapshot
from fontloom.report.status import list_projects, project_status
from fontloom.store.lock import ProjectLock
from fontloom.store.state import SessionStateManager

REASON = ExportError.of(ErrorCode.DISK_FULL, "/data")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def test_a_finished_project(project: Any) -> None:
    found = project_status(project.paths.root)
    assert found.project_path == project.paths.root
    assert (found.state, found.owner, found.reason) == ("completed", None, None)
    assert (found.exported_images, found.total_images, found.failed_images) == (14, 16, 2)
    assert (found.fonts, found.fonts_left_out) == (2, 2)


def test_a_project_in_the_hands_of_an_engine(project: Any) -> None:
    project.interrupt()
    assert project_status(project.paths.root).state == "interrupted"
    assert offline_snapshot(project.paths.root).phase == "interrupted"
    with ProjectLock(project.paths) as lock:
        lock.acquire("s1")
        found = project_status(project.paths.root)
        assert found.state == "running"
        assert found.owner is not None
        assert offline_snapshot(project.paths.root).phase == "running"


@pytest.mark.parametrize(
    ("status", "reason", "phase"),
    [
        (SessionStatus.COMPLETED, None, "done"),
        (SessionStatus.PAUSED, None, "paused"),
        (SessionStatus.PAUSED, REASON, "waiting"),
        (SessionStatus.CANCELLED, None, "cancelled"),
        (SessionStatus.FAILED, REASON, "failed"),
        (SessionStatus.ACTIVE, None, "interrupted"),
    ],
)
def test_phases(project: Any, status: SessionStatus, reason: ExportError | None, phase: str) -> None:
    project.write_checkpoint(status=status, reason=reason)
    found = offline_snapshot(project.paths.root)
    assert (found.phase, found.status, found.reason) == (phase, status, reason)
    words = None if reason is None else f"{reason.message} {reason.suggested_action}"
    assert project_status(project.paths.root).reason == words


def test_a_snapshot_holds_all_fonts_and_the_totals(project: Any) -> None:
    found = offline_snapshot(project.paths.root)
    assert (found.session_id, found.project_path) == ("s1", str(project.paths.root))
    alpha, beta = found.fonts
    assert (alpha.font_name, alpha.status) == (project.alpha, FontStatus.COMPLETED)
    assert (alpha.completed_images, alpha.total_images, alpha.error_count) == (8, 8, 0)
    assert (beta.completed_images, beta.failed_images, beta.error_count) == (6, 2, 1)
    assert beta.last_error == "The text drew nothing visible. /home/me/x"
    overall = found.overall
    assert (overall.exported_images, overall.failed_images, overall.total_images) == (14, 2, 16)
    assert (overall.fonts_completed, overall.fonts_total, overall.rendered_images) == (2, 2, 14)
    assert found.stats.average_images_per_second == found.stats.images_per_second == 14 / 7
    assert found.stats.bytes_per_second == overall.bytes_written / 7
    assert found.stats.estimated_time_remaining == 0
    assert (found.stats.elapsed_seconds, found.stats.commits) == (7, 3)
    assert found.error_count == 2 + 1, "two fonts left out, one sample"
    assert found.metrics is None


def test_fonts_that_were_not_begun_are_pending(project: Any) -> None:
    project.interrupt()
    del project.commits[project.beta]
    project.write_checkpoint(status=SessionStatus.ACTIVE, elapsed_seconds=2.0)
    found = offline_snapshot(project.paths.root)
    assert [font.status for font in found.fonts] == [FontStatus.PROCESSING, FontStatus.PENDING]
    assert found.fonts[1].total_images == 8
    assert (found.overall.fonts_processing, found.overall.exported_images) == (1, 4)
    assert found.stats.estimated_time_remaining == pytest.approx(12 / (4 / 2))


def test_a_session_of_which_nothing_is_done(project: Any) -> None:
    project.paths.progress.unlink()
    found = offline_snapshot(project.paths.root)
    assert (found.phase, found.overall.exported_images) == ("interrupted", 0)
    assert (found.stats.images_per_second, found.stats.estimated_time_remaining) == (0, None)


@pytest.mark.parametrize("ask", [offline_snapshot, project_status])
def test_what_is_no_project(ask: Any, tmp_path: Path) -> None:
    with pytest.raises(FontloomError) as caught:
        ask(tmp_path)
    assert caught.value.error.code is ErrorCode.NO_PROJECT


def test_projects_of_a_folder_come_with_those_that_cannot_be_read(project: Any, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "session.json").write_text("{")
    (tmp_path / "closed" / "session.json" / "folder").mkdir(parents=True)
    broken, demo = list_projects(tmp_path)
    assert isinstance(broken, ProjectProblem)
    assert (broken.project_path, broken.error.code) == (tmp_path / "broken", ErrorCode.STATE_UNREADABLE)
    assert isinstance(demo, ProjectStatus)
    assert demo.project_path == project.paths.root


def test_trouble_of_the_disk_is_a_reason_too(project: Any, tmp_path: Path) -> None:
    project.paths.progress.unlink()
    project.paths.progress.mkdir()
    (problem,) = list_projects(tmp_path)
    assert isinstance(problem, ProjectProblem)
    assert "progress.json" in problem.error.detail


def test_recent_projects_are_listed_without_a_folder(project: Any) -> None:
    assert list_projects() == ()
    SessionStateManager().remember(project.paths.root)
    (found,) = list_projects()
    assert found.project_path == project.paths.root


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(FontloomError, match=str(tmp_path)):
        list_projects(tmp_path)
