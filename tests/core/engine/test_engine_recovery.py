"""What was interrupted goes on from its last commit, and what does not fit is refused untouched."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fontloom.engine import recovery as recovery_module
from fontloom.engine.manager import PersistentExportManager
from fontloom.engine.recovery import Recovered, RecoveryManager
from fontloom.model.config import ExportSessionConfig, TextConfig
from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import FINISHED, Checkpoint
from fontloom.model.session import SessionStatus
from fontloom.report.verify import verify_project
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import load_checkpoint, load_session


def recover(paths: ProjectPaths, *, accept_versions: bool = False) -> Recovered:
    return RecoveryManager(paths, load_session(paths)).recover(accept_versions=accept_versions)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def dataset(paths: ProjectPaths) -> dict[Path, bytes]:
    return contents(paths.fonts)


@pytest.fixture
def fonts(tmp_path: Path, config: ExportSessionConfig) -> list[Path]:
    """Copies of the fonts that may be harmed."""
    (tmp_path / "fonts").mkdir()
    return [Path(shutil.copy(path, tmp_path / "fonts")) for path in config.fonts]


@pytest.fixture
async def paths(config: ExportSessionConfig, fonts: list[Path], interrupted) -> ProjectPaths:
    """A project that was interrupted, taken back to its last commit."""
    paths = ProjectPaths(await interrupted(config.model_copy(update={"fonts": (fonts[0].parent,)})))
    recover(paths)
    return paths


def unfinished(paths: ProjectPaths) -> tuple[str, Checkpoint]:
    """A font that has something and not all."""
    checkpoint, _ = load_checkpoint(paths, load_session(paths))
    for name, commit in checkpoint.fonts.items():
        if commit.status not in FINISHED and commit.completed_images:
            return name, checkpoint
    pytest.fail("no font is half done")


@pytest.fixture
async def finished(
    new_manager: Callable[..., PersistentExportManager], whole_digest, reference: str
) -> Callable[[Path], object]:
    """Resumes a project to its end: the same dataset."""

    async def finish(project: Path, *, accept_versions: bool = False) -> None:
        manager = new_manager()
        await manager.resume_session(project, accept_versions=accept_versions)
        assert await manager.run() is SessionStatus.COMPLETED
        await manager.close()
        assert whole_digest(project) == reference

    return finish


async def test_recovery_of_what_is_in_order_changes_nothing(paths: ProjectPaths) -> None:
    before = contents(paths.root)
    found = recover(paths)
    assert found.moved_aside == ()
    assert found.removed_images == 0
    assert found.checkpoint == load_checkpoint(paths, load_session(paths))[0]
    assert contents(paths.root) == before


async def test_what_was_not_committed_is_removed(paths: ProjectPaths, finished) -> None:
    name, checkpoint = unfinished(paths)
    before = dataset(paths)
    with paths.manifest(name).open("ab") as manifest:
        manifest.write(b'{"file_name": "images/torn')
    last = checkpoint.fonts[name].last_image_index
    for number in (last + 1, last + 2, 1234):
        (paths.images(name) / f"{name}_{number:03d}_clear.png").write_bytes(b"")
    for folder in (paths.root, paths.state, paths.font(name)):
        (folder / ".0123456789abcdef.tmp").write_bytes(b"half")
    found = recover(paths)
    assert found.removed_images == 3
    assert found.moved_aside == ()
    assert dataset(paths) == before
    assert not list(paths.root.rglob("*.tmp"))
    await finished(paths.root)


async def test_a_font_without_a_commit_is_cleared(config: ExportSessionConfig, interrupted) -> None:
    paths = ProjectPaths(await interrupted(config))
    for path in (paths.progress, *paths.backups, paths.journal):
        path.unlink(missing_ok=True)
    images = sum(1 for _ in paths.fonts.glob("*/images/*.png"))
    assert images > 0
    found = recover(paths)
    assert found.removed_images == images
    assert found.checkpoint.exported_images == 0
    assert list(paths.fonts.iterdir()) == []


async def test_a_torn_journal_is_cut(paths: ProjectPaths, finished) -> None:
    before = paths.journal.read_bytes()
    with paths.journal.open("ab") as journal:
        journal.write(b'0badc0de {"font_name":"torn')
    recover(paths)
    assert paths.journal.read_bytes() == before
    await finished(paths.root)


@pytest.mark.parametrize("copies", [1, 4])
async def test_damaged_state_is_moved_aside_and_kept(paths: ProjectPaths, finished, copies: int) -> None:
    committed, _ = load_checkpoint(paths, load_session(paths))
    there = [path for path in (paths.progress, *paths.backups) if path.exists()][:copies]
    for path in there:
        data = path.read_bytes()[:-20]
        path.unlink()
        path.write_bytes(data)
    harmed = [path.read_bytes() for path in there]
    found = recover(paths)
    assert found.checkpoint.fonts == committed.fonts
    assert found.removed_images == 0
    assert len(found.moved_aside) == len(there)
    assert [(paths.state / name).read_bytes() for name in found.moved_aside] == harmed
    assert not any(path.exists() for path in there)
    await finished(paths.root)
    assert [(paths.state / name).read_bytes() for name in found.moved_aside] == harmed


def refused(paths: ProjectPaths) -> tuple[ErrorCode, str]:
    """The refusal, which touches nothing."""
    name, _ = unfinished(paths)
    (paths.images(name) / f"{name}_1234_clear.png").write_bytes(b"uncommitted")
    before = contents(paths.root)
    with pytest.raises(FontloomError) as caught:
        recover(paths)
    assert contents(paths.root) == before
    return caught.value.error.code, caught.value.error.detail


@pytest.mark.parametrize("how", ["changed", "gone"])
async def test_a_font_that_is_not_the_same(
    paths: ProjectPaths, fonts: list[Path], finished, how: str
) -> None:
    name, _ = unfinished(paths)
    font = next(f.path for f in load_session(paths).fonts if f.font_name == name)
    original = font.read_bytes()
    if how == "changed":
        font.write_bytes(original + b"\0")
    else:
        font.unlink()
    code, detail = refused(paths)
    assert code is ErrorCode.PLAN_CHANGED
    assert str(font) in detail
    font.write_bytes(original)
    await finished(paths.root)


@pytest.mark.parametrize("how", ["shorter", "gone"])
async def test_a_manifest_that_lacks_what_was_committed(paths: ProjectPaths, finished, how: str) -> None:
    """To go on would fill the gap with zeros."""
    name, checkpoint = unfinished(paths)
    manifest = paths.manifest(name)
    original = manifest.read_bytes()
    if how == "shorter":
        os.truncate(manifest, checkpoint.fonts[name].manifest_bytes - 1)
    else:
        manifest.unlink()
    code, detail = refused(paths)
    assert code is ErrorCode.PLAN_CHANGED
    assert str(manifest) in detail
    manifest.write_bytes(original)
    await finished(paths.root)


@pytest.mark.parametrize("how", ["changed", "gone"])
async def test_a_text_that_is_not_the_same(
    config: ExportSessionConfig, interrupted, tmp_path: Path, how: str
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("alpha beta gamma\n")
    text = TextConfig(source=f"words:{words}")
    paths = ProjectPaths(await interrupted(config.model_copy(update={"text": text})))
    if how == "changed":
        words.write_text("alpha beta delta\n")
    else:
        words.unlink()
    code, detail = refused(paths)
    assert code is ErrorCode.PLAN_CHANGED
    assert str(words) in detail


async def test_other_versions_are_named_and_can_be_accepted(
    paths: ProjectPaths, monkeypatch: pytest.MonkeyPatch, finished
) -> None:
    now = load_session(paths).versions | {"harfbuzz": "99.0", "fontloom": "42", "new library": "1"}
    del now["orjson"]
    monkeypatch.setattr(recovery_module, "rendering_versions", lambda: now)
    code, detail = refused(paths)
    assert code is ErrorCode.VERSIONS_CHANGED
    assert "harfbuzz was " in detail
    assert "is 99.0" in detail
    assert "new library was absent" in detail
    assert "is absent" in detail
    assert "fontloom was" not in detail
    assert recover(paths, accept_versions=True).removed_images == 1
    await finished(paths.root, accept_versions=True)


async def test_a_project_that_moved_goes_on_at_its_new_place(
    paths: ProjectPaths, tmp_path: Path, finished
) -> None:
    moved = tmp_path / "elsewhere" / "renamed"
    moved.parent.mkdir()
    paths.root.rename(moved)
    await finished(moved)
    assert not paths.root.exists()
    assert verify_project(moved).complete


async def test_a_symlink_in_the_place_of_a_font_is_not_followed(
    config: ExportSessionConfig, interrupted, tmp_path: Path
) -> None:
    paths = ProjectPaths(await interrupted(config))
    for path in (paths.progress, *paths.backups, paths.journal):
        path.unlink(missing_ok=True)
    outside = tmp_path / "outside"
    (outside / "images").mkdir(parents=True)
    (outside / "images" / "mine.png").touch()
    name = next(paths.fonts.iterdir()).name
    shutil.rmtree(paths.font(name))
    paths.font(name).symlink_to(outside)
    recover(paths)
    assert (outside / "images" / "mine.png").exists()
