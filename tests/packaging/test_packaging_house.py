"""The rules of the house that a machine can check."""

import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]


def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {name: Version(version) for name, version in found}


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    for group in project["dependency-groups"].values():
        lines += [line for line in group if isinstance(line, str)]
    return [Requirement(line) for line in lines]


@pytest.mark.skipif(find_spec("importlinter") is None, reason="import-linter is absent")
def test_imports_go_in_the_directions_of_the_house(tmp_path: Path) -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command is not None
    done = subprocess.run(
        [command, "--cache-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_direct_dependency_is_pinned_within_its_range() -> None:
    known = pins()
    for requirement in wanted():
        name = canonicalize_name(requirement.name)
        assert name in known, f"constraints.txt has no {name}"
        assert known[name] in requirement.specifier, f"{requirement} against {known[name]}"


def test_constraints_are_plain_pins() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    names = [line.split("==")[0] for line in lines if not line.startswith("#")]
    assert names == sorted(set(names))
    assert not [line for line in lines if "--" in line or "://" in line or "@" in line]


def test_the_recipes_name_no_registry() -> None:
    for name in ("Makefile", ".ci/run"):
        text = (ROOT / name).read_text()
        for word in ("index-url", "find-links", "://"):
            assert word not in text, f"{name} has {word}"


@pytest.mark.skipif(shutil.which("make") is None, reason="make is absent")
def test_make_without_a_target_says_what_there_is() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    for target in ("demo", "test", "check", "lint", "bench", "soak"):
        assert f"make {target} " in done.stdout
