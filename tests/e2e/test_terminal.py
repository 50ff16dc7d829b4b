"""The screens in a real terminal: starting, leaving, coming back, and what is left behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from pseudo_terminal import PATIENCE, PseudoTerminal, until

ENDLESS = 100_000
"""Samples of a session that no test sees the end of."""
RUN_SCREEN, END = "images/s now", "Digest"
"""Words that are seen on the run screen alone: of a session that goes on, and of one that is done."""
SLOW = {"FAULT_DRAW": "slow", "FAULT_FONT": ""}
"""Keeps such a session from filling the disk, and the processors."""


def wanted(command, output: Path, project: str = "letters", *more: str | Path, samples: int) -> list[str]:
    """Arguments for a session that is shown."""
    return [str(a) for a in command.arguments(output, project, *more, samples=samples) if a != "--headless"]


def engine_of(project: Path) -> psutil.Process:
    """The process that holds a project."""
    return psutil.Process(json.loads((project / ".fontloom" / "owner.json").read_text())["pid"])


def daemons(tui: psutil.Process) -> list[psutil.Process]:
    """Engines that a terminal app has started."""
    return [child for child in tui.children() if "fontloom.control.daemon" in child.cmdline()]


def exported(project: Path) -> int:
    return json.loads((project / "progress.json").read_text())["exported_images"]


@pytest.fixture
def open_terminal(command, terminals: list[PseudoTerminal]) -> Callable[..., PseudoTerminal]:
    """Opens a terminal that is closed with the test."""

    def opened(*arguments: str | Path, **options) -> PseudoTerminal:
        terminal = command.in_terminal(*arguments, **options)
        terminals.append(terminal)
        return terminal

    return opened


@pytest.fixture
def started(command, output: Path, open_terminal) -> PseudoTerminal:
    """A session that runs, shown where it was started."""
    arguments = wanted(command, output, samples=ENDLESS)
    terminal = open_terminal("--start", *arguments, faults=SLOW, cwd=output.parent)
    terminal.expect(RUN_SCREEN)
    return terminal


def test_a_run_is_left_and_come_back_to(output: Path, started: PseudoTerminal, open_terminal) -> None:
    project = output / "letters"
    engine = engine_of(project)
    started.type("q")
    started.expect("Detach")
    started.type("d")
    assert started.end() == 0
    started.assert_restored()
    assert started.last_lines() == ["The run goes on. To come back:", "fontloom attach sets/letters"]

    second = open_terminal("attach", project)
    second.expect("letters")
    second.expect(RUN_SCREEN)
    second.hang_up()
    assert second.end() == 128 + signal.SIGHUP
    before = exported(project)
    until(lambda: exported(project) > before, "more images")

    third = open_terminal("attach", project)
    third.expect(RUN_SCREEN)
    third.type("q")
    third.expect("Detach")
    third.type("p")
    assert third.end() == 4
    third.assert_restored()
    assert third.last_lines()[0].endswith("images are safe. To go on:")
    assert third.last_lines()[1].startswith("fontloom resume ")
    psutil.wait_procs([engine], PATIENCE)
    assert not engine.is_running()

    again = open_terminal("resume", project, faults=SLOW)
    again.expect(RUN_SCREEN)
    assert engine_of(project) != engine
    again.type("q")
    again.expect("Cancel the session")
    again.type("c")
    again.expect("Cancel the session?")
    again.type("y")
    assert again.end() == 4
    again.assert_restored()
    assert json.loads((project / "progress.json").read_text())["status"] == "cancelled"


@pytest.mark.parametrize("broken", [False, True])
def test_a_run_that_is_seen_to_its_end(command, output: Path, open_terminal, broken: bool) -> None:
    more = []
    if broken:
        font = output.parent / "Broken.ttf"
        font.write_bytes(b"\0\1\0\0" + b"not a font" * 20)
        more = [font]
    terminal = open_terminal("--start", *wanted(command, output, "short", *more, samples=20))
    terminal.expect(END)
    terminal.type("q")
    assert terminal.end() == (3 if broken else 0)
    terminal.assert_restored()
    assert terminal.last_lines()[0] == "Done: 120 images. To look at it again:"
    assert json.loads((output / "short" / "summary.json").read_text())["exported_images"] == 120

    shown = open_terminal("attach", output / "short")
    shown.expect(END)
    shown.type("\x03")
    assert shown.end() == (3 if broken else 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_restores_the_terminal_and_the_run_goes_on(
    output: Path, started: PseudoTerminal, number: signal.Signals
) -> None:
    started.signal(number)
    assert started.end() == 128 + number
    started.assert_restored()
    assert started.last_lines() == ["The run goes on. To come back:", "fontloom attach sets/letters"]
    before = exported(output / "letters")
    until(lambda: exported(output / "letters") > before, "more images")


def test_a_signal_while_the_fonts_are_looked_at_leaves_the_engine_to_it(
    command, output: Path, open_terminal, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    terminal = open_terminal(
        "--start",
        *wanted(command, output, samples=ENDLESS),
        faults=SLOW | {"FAULT_INSPECT": "unmarked", "FAULT_MARK": str(mark)},
    )
    terminal.expect("Looking at the fonts")
    child = psutil.Process(terminal.process.pid)
    until(
        lambda: any("control.daemon" in word for p in child.children() for word in p.cmdline()), "an engine"
    )
    terminal.hang_up()
    assert terminal.end() == 128 + signal.SIGHUP
    assert not (output / "letters" / "session.json").exists()
    mark.touch()
    progress = output / "letters" / "progress.json"
    until(lambda: progress.exists() and exported(output / "letters") > 0, "images")


def test_quitting_while_the_fonts_are_looked_at_stops_the_engine(
    command, output: Path, open_terminal, tmp_path: Path
) -> None:
    faults = {"FAULT_INSPECT": "unmarked", "FAULT_MARK": str(tmp_path / "mark")}
    terminal = open_terminal("--start", *wanted(command, output, samples=ENDLESS), faults=faults)
    terminal.expect("Looking at the fonts")
    tui = psutil.Process(terminal.process.pid)
    until(lambda: daemons(tui), "an engine")
    (engine,) = daemons(tui)
    terminal.type("\x03")
    assert psutil.wait_procs([engine], PATIENCE)[1] == []
    terminal.type("\x03")
    assert terminal.end() == 0
    terminal.assert_restored()
    assert not (output / "letters" / "session.json").exists()


def test_a_terminal_that_is_not_read_slows_no_engine_and_lets_the_process_end(
    command, output: Path, open_terminal
) -> None:
    terminal = open_terminal("--start", *wanted(command, output, samples=100), faults=SLOW)
    terminal.expect(RUN_SCREEN)
    terminal.reading.clear()
    sizes = iter([(200, 60), (201, 60)] * 1000)
    until(lambda: terminal.stuck() or terminal.resize(*next(sizes)), "a full terminal")
    until((output / "letters" / "summary.json").exists, "the end of the run")
    assert terminal.process.poll() is None
    terminal.signal(signal.SIGTERM)
    assert terminal.end(20) == 128 + signal.SIGTERM
    terminal.reading.set()
    terminal.drain()
    terminal.assert_restored()
    assert terminal.last_lines()[-1].startswith("fontloom attach ")


@pytest.mark.parametrize("full", [False, True])
def test_a_terminal_that_is_gone_without_a_signal_ends_the_process(
    output: Path, started: PseudoTerminal, open_terminal, full: bool
) -> None:
    other = open_terminal("attach", output / "letters", own=False)
    other.expect(RUN_SCREEN)
    if full:
        other.reading.clear()
        sizes = iter([(200, 60), (201, 60)] * 1000)

        def filled() -> bool:
            other.resize(*next(sizes))
            other.signal(signal.SIGWINCH)
            return other.stuck()

        until(filled, "a full terminal")
    other.hang_up()
    assert other.end(20) == 128 + signal.SIGHUP
    assert started.process.poll() is None
    assert engine_of(output / "letters").is_running()


def test_two_terminals_show_one_session(output: Path, started: PseudoTerminal, open_terminal) -> None:
    other = open_terminal("attach", output / "letters")
    other.expect(RUN_SCREEN)
    started.type("q")
    started.expect("Detach")
    started.type("\r")
    assert started.end() == 0
    other.type("q")
    other.expect("Detach")
    third = open_terminal("resume", output / "letters", faults=SLOW)
    third.expect(RUN_SCREEN)
    other.type("p")
    assert other.end() == 4
    third.expect("paused")
    third.type("q")
    assert third.end() == 4


def test_control_z_gives_the_shell_back_for_a_while(
    output: Path, started: PseudoTerminal, open_terminal
) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is absent")
    shell = open_terminal(argv=[bash, "--norc", "-i"], environment={"PS1": "ready$ "})
    shell.expect("ready$")
    shell.type(f"{sys.executable} -m fontloom_tui attach {output / 'letters'}\r")
    shell.expect(RUN_SCREEN)
    shell.type("\x1a")
    shell.expect("Stopped")
    shell.expect("ready$")
    shell.type("fg\r")
    shell.expect(RUN_SCREEN)
    shell.type("\x1a")
    shell.expect("Stopped")
    shell.type("kill %1; wait; echo status=$?\r")
    shell.expect("ready$")
    shell.type("jobs; echo over\r")
    shell.expect("over")
    until(lambda: not psutil.Process(shell.process.pid).children(), "the end of the stopped process")
    assert started.process.poll() is None
    shell.type("exit\r")
    assert shell.end() == 0
    shell.assert_restored()


def test_a_process_that_was_stopped_and_continued_from_outside_shows_again(started: PseudoTerminal) -> None:
    started.signal(signal.SIGSTOP)
    tui = psutil.Process(started.process.pid)
    until(lambda: tui.status() == psutil.STATUS_STOPPED, "a stopped process")
    started.signal(signal.SIGCONT)
    started.expect("letters")
    started.type("q")
    started.expect("Detach")
    started.type("d")
    assert started.end() == 0
    started.assert_restored()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is absent")
def test_killing_tmux_leaves_the_engine(command, output: Path, tmp_path: Path) -> None:
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    arguments = ["--start", *wanted(command, output, samples=ENDLESS)]
    subprocess.run(
        [
            *tmux,
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "24",
            sys.executable,
            "-m",
            "fontloom_tui",
            *arguments,
        ],
        env=command.environment | {"TERM": "xterm-256color", "LANG": "C.UTF-8"},
        check=True,
        timeout=PATIENCE,
    )
    until((output / "letters" / "progress.json").exists, "a session")

    def picture() -> str:
        shown = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False)
        return shown.stdout

    until(lambda: RUN_SCREEN in picture(), "the run screen")
    engine = engine_of(output / "letters")
    subprocess.run([*tmux, "kill-server"], check=True, timeout=PATIENCE)
    before = exported(output / "letters")
    until(lambda: exported(output / "letters") > before, "more images")
    assert engine.is_running()


def test_a_crash_shows_its_traceback_in_a_restored_terminal(output: Path, command, open_terminal) -> None:
    code = """
from fontloom_tui.screens.sessions import SessionsScreen
def broken(self):
    raise ZeroDivisionError("broken on purpose")
SessionsScreen.on_mount = broken
from fontloom_tui.__main__ import main
main()
"""
    terminal = open_terminal(argv=[sys.executable, "-c", code])
    assert terminal.end() == 1
    terminal.assert_restored()
    assert "ZeroDivisionError: broken on purpose" in terminal.text


def test_bytes_that_are_no_text_do_no_harm(started: PseudoTerminal) -> None:
    os.write(started._master, b"\xff\xfe\xe9\x1b[M \xa1\xa2")
    started.type("q")
    started.expect("Detach")
    started.type("d")
    assert started.end() == 0


def test_a_locale_without_utf8_is_shown_ascii_alone(
    command, output: Path, open_terminal, started: PseudoTerminal
) -> None:
    for name, locale in (("LANG", "C"), ("LC_ALL", "en_US.ISO-8859-1")):
        terminal = open_terminal("attach", output / "letters", environment={"LANG": "C", name: locale})
        terminal.expect(RUN_SCREEN)
        terminal.type("?")
        terminal.expect("Help")
        terminal.type("q", "q")  # closes the help, and asks
        terminal.expect("Detach")
        terminal.type("d")
        assert terminal.end() == 0
        assert terminal.output.isascii()
        assert "+--" in terminal.text
    assert not started.output.isascii()


def test_the_only_session_is_found(tmp_path: Path, command, output: Path, terminals) -> None:
    alone = type(command)(tmp_path / "home")
    none = alone.in_terminal("attach")
    terminals.append(none)
    assert none.end() == 2
    assert "fontloom: No session runs now." in none.text

    first = alone.in_terminal("--start", *wanted(command, output, "first", samples=ENDLESS), faults=SLOW)
    terminals.append(first)
    first.expect(RUN_SCREEN)
    found = alone.in_terminal("attach")
    terminals.append(found)
    found.expect("first")
    found.expect(RUN_SCREEN)
    found.signal(signal.SIGTERM)
    assert found.end() == 143

    second = alone.in_terminal("--start", *wanted(command, output, "second", samples=ENDLESS), faults=SLOW)
    terminals.append(second)
    second.expect(RUN_SCREEN)
    several = alone.in_terminal("attach")
    terminals.append(several)
    several.expect("first", "second")
    several.expect("first", "second")
    several.type("q")
    assert several.end() == 0
    several.assert_restored()


@pytest.mark.parametrize("kind", ["dumb", ""])
def test_a_terminal_without_screens_runs_headless(command, output: Path, open_terminal, kind: str) -> None:
    arguments = wanted(command, output, "plain", samples=4)
    terminal = open_terminal("--start", *arguments, environment={"TERM": kind})
    assert terminal.end() == 0
    advice = "TERM=dumb" if kind else "TERM is not set"
    assert advice in terminal.text
    assert "Running without a screen, as with --headless." in terminal.text
    assert "\x1b[?1049h" not in terminal.output.decode()
    assert (output / "plain" / "summary.json").exists()

    attach = open_terminal("attach", output / "plain", environment={"TERM": kind})
    assert attach.end() == 2
    assert f"fontloom status {output / 'plain'}" in attach.text


def test_no_terminal_runs_headless(command, output: Path) -> None:
    done = command.run("--start", *wanted(command, output, "plain", samples=4))
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("The input is no terminal. Running without a screen, as with --headless.\n")
    assert done.stdout.strip() == str(output / "plain")
    attach = command.run("attach", output / "plain")
    assert attach.returncode == 2
    assert attach.stdout == ""
    assert "To look without a screen:" in attach.stderr


def test_what_is_wrong_is_said_before_a_screen_opens(open_terminal, tmp_path: Path) -> None:
    for arguments in (["--samples", "0"], ["attach", tmp_path], ["resume", tmp_path], ["nothing.toml"]):
        terminal = open_terminal(*arguments)
        assert terminal.end() == 2
        assert "\x1b[?1049h" not in terminal.output.decode()
        assert "fontloom: " in terminal.text
