"""Which commands open the screens, with what, and what happens where there are none."""

import asyncio
import shutil
from pathlib import Path

import font_caladea
import pytest

from fontloom.cli import headless
from fontloom.cli.app import main
from fontloom.cli.face import Opening
from fontloom.model.config import EngineConfig, ExportSessionConfig
from fontloom.store.lock import ProjectLock
from fontloom.store.paths import ProjectPaths
from fontloom.store.state import SessionStateManager

FONT = Path(font_caladea.__file__).parent / "files" / "Caladea-Regular.ttf"
DUMB = "This terminal (TERM=dumb) cannot show screens."


class Shown:
    """A face that notes what it was asked to show."""

    def __init__(self, fault: str | None = None) -> None:
        self.openings: list[Opening] = []
        self._fault = fault

    def fault(self) -> str | None:
        return self._fault

    def show(self, opening: Opening) -> int:
        self.openings.append(opening)
        return 4


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Runs without a screen are noted, by whether they wrote JSON."""
    runs: list[bool] = []

    def run_headless(begin: object, *, json: bool) -> int:
        runs.append(json)
        return 0

    monkeypatch.setattr(headless, "run_headless", run_headless)
    return runs


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An unfinished project: one that was begun and given up."""
    from fontloom.engine.manager import PersistentExportManager

    async def begin() -> None:
        manager = PersistentExportManager()
        config = ExportSessionConfig(fonts=(FONT,), output_path=tmp_path, project_name="letters")
        await manager.create_session(config)
        await manager.close()

    asyncio.run(begin())
    return tmp_path / "letters"


def test_alone_it_opens_the_sessions(ran: list[bool]) -> None:
    face = Shown()
    assert main([], face) == 4
    assert face.openings == [Opening()]
    assert ran == []


def test_with_settings_it_opens_the_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: list[bool]
) -> None:
    face = Shown()
    (tmp_path / "c.toml").write_text("num_samples = 7")
    assert main(["--samples", "5"], face) == main(["run", "c.toml"], face) == 4
    monkeypatch.setenv("FONTLOOM_NUM_SAMPLES", "9")
    assert main([], face) == 4
    assert [(o.config and o.config.num_samples, o.start) for o in face.openings] == [
        (5, False), (7, False), (9, False),
    ]  # fmt: skip


def test_start_begins_at_once(ran: list[bool]) -> None:
    face = Shown()
    assert main(["--start"], face) == 4
    assert face.openings == [Opening(config=ExportSessionConfig(), start=True)]


@pytest.mark.parametrize(("flags", "json"), [(["--headless"], False), (["--json"], True)])
def test_no_screen_where_none_is_wanted(
    flags: list[str], json: bool, ran: list[bool], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    face = Shown()
    assert main(["--start", *flags], face) == main(["resume", "letters", *flags], face) == 0
    assert (face.openings, ran) == ([], [json, json])
    assert capsys.readouterr().err == ""


def test_no_screen_where_none_can_be_shown(
    ran: list[bool], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    face = Shown(DUMB)
    for arguments in ([], ["--start"], ["resume", "letters"]):
        assert main(arguments, face) == 0
        assert capsys.readouterr().err == f"{DUMB} Running without a screen, as with --headless.\n"
    assert (face.openings, ran) == ([], [False, False, False])


def test_resume_shows_the_project(project: Path) -> None:
    face = Shown()
    assert main(["resume", "letters", "--accept-versions"], face) == 4
    assert main(["resume", "letters", "--workers", "3"], face) == 4
    first, second = face.openings
    assert first == Opening(project=project, resume=True, accept_versions=True)
    assert second.engine == EngineConfig(workers=3)


def test_a_held_project_is_shown_as_it_is(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    face = Shown()
    with ProjectLock(ProjectPaths(project)) as lock:
        lock.acquire("another")
        assert main(["resume", "letters"], face) == 4
        assert face.openings == [Opening(project=project)]
        assert main(["resume", "letters", "--workers", "3"], face) == 7
    assert "whose settings cannot be replaced" in capsys.readouterr().err
    assert len(face.openings) == 1


def test_attach_shows_a_project_that_runs_or_not(project: Path) -> None:
    face = Shown()
    assert main(["attach", "letters"], face) == 4
    assert face.openings == [Opening(project=project)]


def test_attach_without_a_project_finds_what_runs(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    face = Shown()
    assert main(["attach"], face) == 2
    assert capsys.readouterr().err.splitlines() == [
        "fontloom: No session runs now.",
        "  fontloom sessions lists those that can go on.",
    ]
    with ProjectLock(ProjectPaths(project)) as lock:
        lock.acquire("one")
        assert main(["attach"], face) == 4
        assert face.openings == [Opening(project=project)]
        other = tmp_path / "other"
        other.mkdir()
        (other / ".fontloom").mkdir()
        shutil.copy(project / "session.json", other)
        SessionStateManager().remember(other)
        with ProjectLock(ProjectPaths(other)) as second:
            second.acquire("two")
            assert main(["attach"], face) == 4
    assert face.openings[1:] == [Opening()]


@pytest.mark.parametrize("face", [None, Shown(DUMB)])
def test_attach_needs_a_terminal(face: Shown | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attach", "my set"], face) == 2
    err = capsys.readouterr().err
    assert err.endswith("To look without a screen:\n  fontloom status 'my set'\n")
    assert (DUMB in err) == (face is not None)
