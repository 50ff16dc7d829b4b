"""What is in the wheel."""

import email
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import fontloom

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    find_spec("hatchling") is None, reason="the build backend hatchling is absent"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def sources(root: str) -> set[str]:
    return {str(path.relative_to(ROOT / root)) for path in (ROOT / root).rglob("*.py")}


def test_all_sources_of_both_packages_are_in_it(names: set[str]) -> None:
    assert sources("core") <= names
    assert sources("tui") <= names
    assert "fontloom/cli/app.py" in names
    assert "fontloom_tui/__main__.py" in names


def test_it_is_typed(names: set[str]) -> None:
    assert "fontloom/py.typed" in names


def test_nothing_else_is_in_it(names: set[str]) -> None:
    info = f"fontloom-{fontloom.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"fontloom", "fontloom_tui", info}
    assert not [name for name in names if "test" in name or name.endswith((".pyc", ".toml"))]


def test_its_metadata_say_what_it_is(wheel: Path, names: set[str]) -> None:
    info = f"fontloom-{fontloom.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
        entries = archive.read(f"{info}/entry_points.txt").decode()
    assert (metadata["Name"], metadata["Version"]) == ("fontloom", fontloom.__version__)
    assert metadata["License-Expression"] == "MIT"
    assert f"{info}/licenses/LICENSE" in names
    assert "fontloom = fontloom_tui.__main__:main" in entries
