"""Killed at any moment, resumed until done: the same dataset."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fontloom.engine.recovery import RecoveryManager
from fontloom.model.progress import FontCommit
from fontloom.report.verify import verify_project
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_session

KILLED = -9
FINISHED = 2
"""What `resume` returns for a project that was finished just before the kill."""


def go_on(command, project: Path, *more: str, faults: dict[str, str] | None = None) -> int:
    """Resumes the project, or begins it when the kill came before its session was written."""
    if (project / "session.json").exists():
        return command.run("resume", project, *more, faults=faults).returncode
    return command.export(project.parent, project.name, *more, faults=faults).returncode


def check_recovery(project: Path) -> int:
    """After recovery exactly the committed images and lines are there. Returns how many images."""
    if not (project / "session.json").exists():
        return 0
    paths = ProjectPaths(project)
    session = load_session(paths)
    checkpoint = RecoveryManager(paths, session).recover().checkpoint
    for font in session.fonts:
        commit = checkpoint.fonts.get(font.font_name, FontCommit())
        images = list(paths.images(font.font_name).glob("*"))
        assert len(images) == commit.completed_images, font.font_name
        if commit.completed_images:
            assert paths.manifest(font.font_name).stat().st_size == commit.manifest_bytes
    result = verify_project(project, deep=True)
    assert result.valid, result
    return checkpoint.exported_images


def finish(command, project: Path, digest: Callable[[Path], str]) -> str:
    status = go_on(command, project)
    assert status in (0, FINISHED), status
    return digest(project)


@pytest.fixture(scope="session")
def calls(command, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls of an undisturbed run change the disk."""
    folder = tmp_path_factory.mktemp("calls")
    done = command.export(folder, "counted", faults={"FAULT_CALLS": str(folder / "calls")})
    assert done.returncode == 0, done.stderr
    return int((folder / "calls").read_text())


def kill_twice_and_finish(command, project: Path, point: int, torn: bool, digest) -> str:
    faults = {"FAULT_KILL_AT": str(point), "FAULT_TORN": "1" if torn else "0"}
    assert go_on(command, project, faults=faults) == KILLED
    safe = check_recovery(project)
    # The second kill falls into what a resumed run does first, or into its work.
    go_on(command, project, faults={"FAULT_KILL_AT": str(5 + point % 40)})
    assert check_recovery(project) >= safe, "what was counted once stays counted"
    return finish(command, project, digest)


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("point", [2, 7, 14, 19, 23, 28, 60, 150, 300])
def test_killed_at_walking_points_of_its_input_and_output(
    command, reference: Path, tmp_path: Path, digest: Callable[[Path], str], point: int, torn: bool
) -> None:
    found = kill_twice_and_finish(command, tmp_path / "killed", point, torn, digest)
    assert found == digest(reference)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_killed_at_every_point(command, reference: Path, tmp_path: Path, digest, calls: int) -> None:
    kills = 0
    for point in range(1, calls):
        project = tmp_path / f"killed-{point}"
        found = kill_twice_and_finish(command, project, point, bool(point % 2), digest)
        assert found == digest(reference), f"killed at call {point}"
        shutil.rmtree(project)
        kills += 1
    print(f"\n{kills} kills at {calls} points: all digests equal")


def test_killed_at_random_moments(
    command, reference: Path, tmp_path: Path, digest: Callable[[Path], str]
) -> None:
    random_points = random.Random(20)
    project = tmp_path / "killed"
    kills = 0
    for _ in range(8):
        point = str(random_points.randint(1, 260))
        kills += go_on(command, project, faults={"FAULT_KILL_AT": point}) == KILLED
        check_recovery(project)
    assert kills >= 4
    assert finish(command, project, digest) == digest(reference)


@pytest.mark.parametrize("back", [1, 4, 7, 10, 13])
def test_killed_in_its_last_steps(
    command, reference: Path, tmp_path: Path, digest, calls: int, back: int
) -> None:
    project = tmp_path / "killed"
    # How many commits a run makes varies with its speed, so the end may come a little earlier.
    assert go_on(command, project, faults={"FAULT_KILL_AT": str(calls - back)}) in (KILLED, 0)
    check_recovery(project)
    assert finish(command, project, digest) == digest(reference)
