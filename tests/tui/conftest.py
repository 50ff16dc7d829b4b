"""Fixtures of the screens' tests: the world they run in, a real project on disk, and pictures to compare."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App
from tui_world import FONT_FILES, FakeServices, Picture, at_rest


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this user's is read or written."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real project: three fonts of four samples, and a file that is no font. Copy it to change it."""
    home = tmp_path_factory.mktemp("world")
    fonts = home / "fonts"
    fonts.mkdir()
    for file in FONT_FILES:
        shutil.copy(file, fonts)
    (fonts / "Broken.ttf").write_bytes(b"\0\1\0\0" + b"not a font" * 20)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FONTLOOM_")} | {
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "fontloom_tui", "--headless", "--fonts", fonts, "--output", home / "sets",
         "--project", "letters", "--samples", "4", "--min-free", "0", "--min-free-inodes", "0"],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    return home / "sets" / "letters"


@pytest.fixture
def project(finished_project: Path, tmp_path: Path) -> Path:
    """A copy of the finished project that a test may change."""
    return Path(shutil.copytree(finished_project, tmp_path / "sets" / "letters"))


class _Svg(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "svg"


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> Picture:
    """Compares the screen with the one that was accepted; `pytest --snapshot-update` accepts."""
    pictures = snapshot.use_extension(_Svg)

    async def compare(app: App[Any]) -> None:
        seen = await at_rest(app)
        assert pictures == seen

    return compare
