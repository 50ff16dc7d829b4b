"""Checkpoints survive what happens to their files, and sessions are found again."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import Checkpoint, FontCommit, FontStatus
from fontloom.model.session import ExportSession, FontInfo, SessionStatus
from fontloom.store.atomic import seal, unseal, write_state
from fontloom.store.backend import FileBackend
from fontloom.store.journal import Journal, JournalEntry
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import (
    SessionStateManager,
    load_checkpoint,
    load_session,
    new_checkpoint,
    save_checkpoint,
    with_fonts,
)

GROUPS = 6
Harm = Callable[[Path], object]


def font(name: str) -> FontInfo:
    return FontInfo(
        font_name=name, path=f"/fonts/{name}.ttf", family=name, style="Regular", full_name=name, format="ttf",
        file_size=1, content_hash="0" * 64, units_per_em=1000, glyph_count=1, character_count=1,
    )  # fmt: skip


def session_at(root: Path, session_id: str = "s") -> ExportSession:
    return ExportSession(
        session_id=session_id,
        project_name=root.name,
        output_path=root.parent,
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        config=ExportSessionConfig(num_samples=100),
        fonts=(font("A"), font("B")),
    )


def commit(number: int) -> FontCommit:
    return FontCommit(
        status=FontStatus.PROCESSING,
        last_image_index=10 * number,
        completed_images=20 * number - 2,
        failed_samples=(3,),
        bytes_written=1000 * number,
        manifest_bytes=100 * number,
        digest=f"{number:064x}",
    )


class Project:
    """A project that committed six groups, with a checkpoint after each but the last `ahead` ones."""

    def __init__(self, root: Path, ahead: int = 0) -> None:
        self.paths = ProjectPaths(root)
        self.paths.state.mkdir(parents=True)
        self.session = session_at(root)
        write_state(self.paths.session, self.session)
        self.saved: list[Checkpoint] = []
        journal = Journal(self.paths.journal, sync=False)
        checkpoint = new_checkpoint(self.session)
        for number in range(1, GROUPS + 1):
            name = "AB"[number % 2]
            journal.append([JournalEntry(font_name=name, commit=commit(number))])
            checkpoint = with_fonts(checkpoint, checkpoint.fonts | {name: commit(number)}, 2)
            checkpoint = checkpoint.model_copy(update={"journal_bytes": journal.length, "commits": number})
            self.saved.append(checkpoint)
            if number <= GROUPS - ahead:
                save_checkpoint(self.paths, checkpoint, durable=False)
        journal.close()

    def load(self) -> tuple[Checkpoint, list[Path]]:
        return load_checkpoint(self.paths, self.session)

    def assert_nothing_lost(self, damaged: list[Path]) -> None:
        found, bad = self.load()
        last = self.saved[-1]
        assert found.fonts == last.fonts
        assert found.exported_images == last.exported_images == 20 * (GROUPS + GROUPS - 1) - 4
        assert found.failed_images == last.failed_images == 4
        assert found.bytes_written == last.bytes_written
        assert found.journal_bytes == last.journal_bytes == self.paths.journal.stat().st_size
        assert bad == damaged


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zeroed(path: Path) -> None:
    path.write_bytes(b"\0" * path.stat().st_size)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)


def of_another_session(path: Path) -> None:
    write_state(path, new_checkpoint(session_at(Path("/elsewhere"), "other")))


def replaced(path: Path, harm: Harm) -> None:
    """Harm for one copy alone: copies share their file with a backup."""
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)
    harm(path)


HARMS: list[Harm] = [truncated, zeroed, emptied, flipped, of_another_session]


def test_a_good_checkpoint(project: Project) -> None:
    project.assert_nothing_lost([])
    found, _ = project.load()
    assert found.commits == GROUPS


def test_three_earlier_copies_are_kept(project: Project) -> None:
    commits = []
    for path in (project.paths.progress, *project.paths.backups):
        commits.append(orjson.loads(unseal(path.read_bytes()))["commits"])
    assert commits == [GROUPS, GROUPS - 1, GROUPS - 2, GROUPS - 3]


@pytest.mark.parametrize("ahead", range(1, GROUPS + 1))
def test_the_journal_is_ahead_of_the_checkpoint(tmp_path: Path, ahead: int) -> None:
    Project(tmp_path / "project", ahead).assert_nothing_lost([])


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("copies", [1, 2, 3, 4])
@pytest.mark.parametrize("ahead", [0, 1])
def test_damaged_copies_are_named_and_the_next_one_and_the_journal_are_used(
    tmp_path: Path, harm: Harm, copies: int, ahead: int
) -> None:
    project = Project(tmp_path / "project", ahead)
    damaged = [project.paths.progress, *project.paths.backups][:copies]
    for path in damaged:
        replaced(path, harm)
    before = {path: path.read_bytes() for path in project.paths.root.rglob("*") if path.is_file()}
    project.assert_nothing_lost(damaged)
    assert {path: path.read_bytes() for path in project.paths.root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("copies", [1, 2, 4])
def test_missing_copies_are_not_damaged(project: Project, copies: int) -> None:
    for path in [project.paths.progress, *project.paths.backups][:copies]:
        path.unlink()
    project.assert_nothing_lost([])


def test_damage_and_absence_together(project: Project) -> None:
    project.paths.progress.unlink()
    replaced(project.paths.backups[0], zeroed)
    project.paths.backups[1].unlink()
    project.assert_nothing_lost([project.paths.backups[0]])


def test_without_journal_the_checkpoint_stands(project: Project) -> None:
    project.paths.journal.unlink()
    found, bad = project.load()
    assert found.fonts == project.saved[-1].fonts
    assert bad == []


def test_a_torn_journal_behind_the_checkpoint(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", ahead=2)
    os.truncate(project.paths.journal, project.saved[-1].journal_bytes - 1)
    found, _ = project.load()
    assert found.fonts == project.saved[-2].fonts
    assert found.exported_images == project.saved[-2].exported_images
    assert found.journal_bytes == project.saved[-2].journal_bytes


@pytest.mark.parametrize("status", SessionStatus)
def test_a_commit_after_the_end_takes_the_session_up_again(project: Project, status: SessionStatus) -> None:
    last = project.saved[-1].model_copy(update={"status": status})
    save_checkpoint(project.paths, last, durable=False)
    assert project.load()[0].status is status
    journal = Journal(project.paths.journal, sync=False)
    journal.append([JournalEntry(font_name="A", commit=FontCommit())])
    journal.close()
    found, _ = project.load()
    taken_up = status is SessionStatus.COMPLETED
    assert found.status is (SessionStatus.ACTIVE if taken_up else status)
    assert found.fonts["A"] == FontCommit()
    assert found.exported_images == last.fonts["B"].completed_images


def test_everything_gone_is_a_session_of_which_nothing_is_done(project: Project) -> None:
    for path in (project.paths.progress, *project.paths.backups, project.paths.journal):
        path.unlink()
    assert project.load() == (new_checkpoint(project.session), [])


@pytest.mark.parametrize("copy", [0, 1])
def test_a_checkpoint_from_the_future_stops_and_changes_nothing(project: Project, copy: int) -> None:
    path = (project.paths.progress, *project.paths.backups)[copy]
    state = orjson.loads(unseal(path.read_bytes())) | {"schema_version": 2, "new_field": True}
    path.unlink()
    path.write_bytes(seal(orjson.dumps(state)))
    if copy:
        project.paths.progress.unlink()
    before = {path: path.read_bytes() for path in project.paths.root.rglob("*") if path.is_file()}
    with pytest.raises(FontloomError) as caught:
        project.load()
    assert caught.value.error.code is ErrorCode.STATE_FROM_FUTURE
    assert str(path) in caught.value.error.detail
    assert {path: path.read_bytes() for path in project.paths.root.rglob("*") if path.is_file()} == before


def test_totals_follow_from_the_fonts() -> None:
    checkpoint = new_checkpoint(session_at(Path("/p")))
    fonts = {
        "A": commit(2),
        "B": FontCommit(completed_images=5, failed_samples=(1, 2, 9), bytes_written=7),
        "C": FontCommit(),
    }
    found = with_fonts(checkpoint, fonts, variants=3)
    assert (found.exported_images, found.failed_images, found.bytes_written) == (38 + 5, 3 * 4, 2007)
    assert found.fonts == fonts
    assert found.total_images == checkpoint.total_images == 400
    empty = with_fonts(found, {}, variants=3)
    assert (empty.exported_images, empty.failed_images, empty.bytes_written) == (0, 0, 0)


def test_a_new_checkpoint_is_active_and_empty() -> None:
    found = new_checkpoint(session_at(Path("/p")))
    assert found.status is SessionStatus.ACTIVE
    assert (found.total_images, found.exported_images, found.journal_bytes, found.fonts) == (400, 0, 0, {})


# Sessions


def test_a_session_is_where_its_project_is_now(tmp_path: Path) -> None:
    Project(tmp_path / "here" / "project")
    (tmp_path / "here" / "project").rename(tmp_path / "moved")
    found = load_session(ProjectPaths(tmp_path / "moved"))
    assert found.project_path == tmp_path / "moved"
    assert found.session_id == "s"


def test_what_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path, tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(FontloomError) as caught:
            load_session(ProjectPaths(root))
        assert caught.value.error.code is ErrorCode.NO_PROJECT


@pytest.mark.parametrize("harm", [truncated, zeroed, emptied, flipped])
def test_a_damaged_session_is_told_and_not_touched(project: Project, harm: Harm) -> None:
    harm(project.paths.session)
    before = project.paths.session.read_bytes()
    with pytest.raises(FontloomError) as caught:
        load_session(project.paths)
    assert caught.value.error.code is ErrorCode.STATE_UNREADABLE
    assert str(project.paths.session) in caught.value.error.detail
    assert project.paths.session.read_bytes() == before


@pytest.fixture
def manager(tmp_path: Path) -> SessionStateManager:
    return SessionStateManager(FileBackend(tmp_path / "state"))


def made(root: Path) -> Path:
    root.mkdir(parents=True)
    (root / "session.json").touch()
    return root


def test_recent_projects_newest_first_and_each_once(tmp_path: Path, manager: SessionStateManager) -> None:
    a, b, c = (made(tmp_path / name) for name in "abc")
    assert manager.recent_projects() == []
    for path in (a, b, c, a):
        manager.remember(path)
    assert manager.recent_projects() == [a, c, b]
    (c / "session.json").unlink()
    assert manager.recent_projects() == [a, b]


def test_recent_projects_are_bounded(tmp_path: Path, manager: SessionStateManager) -> None:
    projects = [made(tmp_path / "projects" / str(number)) for number in range(60)]
    for path in projects:
        manager.remember(path)
    assert manager.recent_projects() == projects[:-51:-1]


def test_relative_projects_are_remembered_where_they_are(
    tmp_path: Path, manager: SessionStateManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = made(tmp_path / "here")
    monkeypatch.chdir(tmp_path)
    manager.remember(Path("here"))
    monkeypatch.chdir("/")
    assert manager.recent_projects() == [project]


def test_a_project_is_forgotten(tmp_path: Path, manager: SessionStateManager) -> None:
    one, two = made(tmp_path / "one"), made(tmp_path / "two")
    manager.remember(one)
    manager.remember(two)
    manager.forget(two)
    assert manager.recent_projects() == [one]
    manager.forget(tmp_path / "never known")
    assert manager.recent_projects() == [one]
    assert two.exists()


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"[1, null]", b'["a\\u0000b"]', b"\xff"])
def test_a_damaged_list_is_an_empty_one(tmp_path: Path, data: bytes) -> None:
    backend = FileBackend(tmp_path / "state")
    backend.save("recent-projects", data)
    manager = SessionStateManager(backend)
    assert manager.recent_projects() == []
    manager.remember(made(tmp_path / "a"))
    assert manager.recent_projects() == [tmp_path / "a"]


def test_a_list_that_cannot_be_read_or_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    manager = SessionStateManager(FileBackend(tmp_path / "file" / "state"))
    manager.remember(made(tmp_path / "a"))
    assert manager.recent_projects() == []


def test_projects_below_a_folder(tmp_path: Path) -> None:
    output = tmp_path / "output"
    b, a = made(output / "b"), made(output / "a")
    (output / "other").mkdir()
    (output / "file").touch()
    made(output / "other" / "deeper")
    find = SessionStateManager.find_sessions_by_path
    assert find(output) == [a, b]
    assert find(a) == [a]
    assert find(output / "absent") == []
    assert find(output / "file") == []
