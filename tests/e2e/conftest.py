"""The real command, in processes of its own, with state folders of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import font_amatic_sc
import font_caladea
import psutil
import pytest
from pseudo_terminal import PseudoTerminal

from fontloom.report.verify import verify_project

HERE = Path(__file__).parent
FONTS = [
    Path(font_caladea.__file__).parent / "files" / "Caladea-Regular.ttf",
    Path(font_caladea.__file__).parent / "files" / "Caladea-Bold.ttf",
    Path(font_amatic_sc.__file__).parent / "files" / "AmaticSC-Regular.ttf",
]
SMALL = ("--width", "64", "--height", "24", "--color-mode", "L", "--min-free", "0", "--min-free-inodes", "0")


class Command:
    """Runs fontloom as its user does; `faults` names a module of this folder that is loaded first."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith("FONTLOOM_")
        } | {
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_RUNTIME_DIR": "",
            "NO_COLOR": "1",
            "FONTLOOM_ENGINE__BATCH_SECONDS": "0.05",
        }

    def start(self, *arguments: str | Path, faults: dict[str, str] | None = None) -> "subprocess.Popen[str]":
        environment = self.environment
        if faults is not None:
            path = os.pathsep.join([str(HERE / "faults"), environment.get("PYTHONPATH", "")])
            environment = environment | faults | {"PYTHONPATH": path}
        return subprocess.Popen(
            [sys.executable, "-m", "fontloom_tui", *map(str, arguments)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def in_terminal(
        self,
        *arguments: str | Path,
        environment: dict[str, str] | None = None,
        faults: dict[str, str] | None = None,
        argv: list[str] | None = None,
        **options: Any,
    ) -> PseudoTerminal:
        """fontloom, or another command, in a terminal that speaks UTF-8 and has 256 colours."""
        command = argv or [sys.executable, "-m", "fontloom_tui"]
        surroundings = self.in_terminal_environment(environment, faults)
        return PseudoTerminal([*command, *map(str, arguments)], surroundings, **options)

    def in_terminal_environment(
        self, environment: dict[str, str] | None = None, faults: dict[str, str] | None = None
    ) -> dict[str, str]:
        """What is set in that terminal."""
        usual = {
            key: value
            for key, value in self.environment.items()
            if not key.startswith(("SSH_", "LC_", "TEXTUAL", "COLORTERM", "PYTHONUTF8", "TMUX"))
        }
        usual |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | (environment or {}) | (faults or {})
        if faults is not None:
            usual["PYTHONPATH"] = str(HERE / "faults")
        return usual

    def run(
        self, *arguments: str | Path, faults: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        process = self.start(*arguments, faults=faults)
        out, err = process.communicate(timeout=150)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def export(
        self,
        output: Path,
        project: str,
        *more: str | Path,
        samples: int = 60,
        fonts: list[Path] | None = None,
        faults: dict[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        return self.run(*self.arguments(output, project, *more, samples=samples, fonts=fonts), faults=faults)

    @staticmethod
    def arguments(
        output: Path,
        project: str,
        *more: str | Path,
        samples: int = 60,
        fonts: list[Path] | None = None,
    ) -> list[str | Path]:
        return [
            "--headless", "--output", output, "--project", project, "--samples", str(samples),
            *SMALL, "--fonts", *(fonts or FONTS), *more,
        ]  # fmt: skip


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(tmp_path_factory.mktemp("home"))


@pytest.fixture
def digest() -> Callable[[Path], str]:
    """The digest of a project that a deep verification finds good and complete."""

    def of(project: Path) -> str:
        result = verify_project(project, deep=True)
        assert result.valid, result
        assert result.complete
        assert result.digest == json.loads((project / "summary.json").read_text())["digest"]
        return result.digest

    return of


@pytest.fixture(scope="session")
def reference(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that nothing disturbed."""
    output = tmp_path_factory.mktemp("reference")
    done = command.export(output, "whole")
    assert done.returncode == 0, done.stderr
    return output / "whole"


@pytest.fixture
def running() -> Iterator[list["subprocess.Popen[str]"]]:
    """Processes put in here are ended with the test, and their groups with them."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def terminals() -> Iterator[list[PseudoTerminal]]:
    """Terminals put in here are closed with the test."""
    opened: list[PseudoTerminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Path]:
    """A folder for projects. Engines that still hold one are killed with the test."""
    folder = tmp_path / "sets"
    yield folder
    for record in folder.glob("*/.fontloom/owner.json"):
        with suppress(psutil.NoSuchProcess, OSError):
            process = psutil.Process(json.loads(record.read_text())["pid"])
            if "fontloom.control.daemon" in process.cmdline():
                process.kill()
                process.wait(60)
    shutil.rmtree(folder, ignore_errors=True)  # tens of thousands of images would stay
