"""What is found out about the terminal, ASCII for those that know no more, and the last words."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from fontloom_tui import farewell, terminal
from fontloom_tui.ascii_driver import to_ascii


class Stream(io.StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("stdin", "stdout", "kind", "words"),
    [
        (True, True, "xterm-256color", None),
        (True, True, "linux", None),
        (False, True, "xterm", "The input is no terminal."),
        (True, False, "xterm", "The output is no terminal."),
        (True, True, "dumb", "This terminal (TERM=dumb) cannot show screens."),
        (True, True, "", "TERM is not set, so nobody knows what this terminal can do."),
    ],
)
def test_why_no_screen_can_be_shown(
    stdin: bool, stdout: bool, kind: str, words: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "__stdin__", Stream(terminal=stdin))
    monkeypatch.setattr(sys, "__stdout__", Stream(terminal=stdout))
    monkeypatch.setenv("TERM", kind)
    assert terminal.fault() == words


def test_closed_and_missing_streams_are_no_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Stream(terminal=True)
    closed.close()
    for stream in (None, closed):
        monkeypatch.setattr(sys, "__stdin__", stream)
        assert terminal.fault() == "The input is no terminal."


def test_a_connection_from_afar_gets_less_to_draw() -> None:
    near, far = {"COLORTERM": "truecolor"}, {"COLORTERM": "truecolor", "SSH_TTY": "/dev/pts/3"}
    own = far | {"TEXTUAL_FPS": "30"}
    for environ in (near, far, own):
        terminal.prepare(environ)
    assert near == {"COLORTERM": "truecolor"}
    assert far["TEXTUAL_ANIMATIONS"] == "none"
    assert (far["TEXTUAL_FPS"], far["TEXTUAL_SMOOTH_SCROLL"]) == ("15", "0")
    assert own["TEXTUAL_FPS"] == "30"


@pytest.mark.parametrize(
    ("environ", "system"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "vt220"}, "standard"),
        ({"TERM": "linux"}, "standard"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, None),
        ({"TERM": "no-such-kind"}, None),
        ({"TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, "truecolor"),
    ],
)
def test_colours_are_those_of_the_terminal(environ: dict[str, str], system: str | None) -> None:
    # In a process of its own: terminfo is read once.
    code = f"""
from fontloom_tui.terminal import prepare
environ = {environ!r}
prepare(environ)
print(environ.get("TEXTUAL_COLOR_SYSTEM"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{system}\n"


@pytest.mark.parametrize(
    ("environ", "utf8_mode", "able"),
    [
        ({"LANG": "en_US.UTF-8"}, False, True),
        ({"LANG": "de_DE.utf8"}, False, True),
        ({"LANG": "C.UTF-8"}, False, True),
        ({"LC_CTYPE": "UTF-8"}, False, True),
        ({"LANG": "sr_RS.UTF-8@latin"}, False, True),
        ({}, False, False),
        ({"LANG": "C"}, False, False),
        ({"LANG": "de_DE@euro"}, False, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, True, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, False, True),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, False, True),
        ({"LANG": "C", "PYTHONUTF8": "1"}, True, True),
        # What Python makes of LANG=C, and of a locale that is not installed.
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True, False),
        ({"LC_CTYPE": "C.UTF-8"}, True, False),
        ({"LANG": "en_US.UTF-8", "LC_CTYPE": "C.UTF-8"}, True, True),
        ({"LC_CTYPE": "C.UTF-8"}, False, True),
    ],
)
def test_utf8_is_told_by_the_name_of_the_locale(environ: dict[str, str], utf8_mode: bool, able: bool) -> None:
    assert terminal.speaks_utf8(environ, utf8_mode=utf8_mode) is able


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \x1b[1;31mtext\x1b[0m", "plain \x1b[1;31mtext\x1b[0m"),
        ("╭─ Leave ─╮│║┃", "+- Leave -+|||"),
        ("▲▼ ▶◀ ↑↓→← …", "^v >< ^v>< ."),
        ("━━╸──", "===--"),
        ("█▇▆▅▄▃▂▁ ░▒▓", "####"[:3] + "oo___ :%#"),
        ("✓ ✗ × • ·", "/ x x * ."),
        ("Zürich Åse ﬁ", "Zurich Ase f"),
        ("漢字 ひ", "???? ??"),
        ("e\N{COMBINING ACUTE ACCENT}", "e"),
        ("Ω я", "? ?"),
        ("⣿⠁", "::"),
    ],
)
def test_ascii_is_as_wide_as_what_it_stands_for(text: str, shown: str) -> None:
    assert to_ascii(text) == shown
    assert cell_len(shown) == cell_len(text)


def test_the_line_to_type_is_short_and_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert farewell.command("attach", tmp_path / "sets" / "letters") == "  fontloom attach sets/letters"
    assert farewell.command("resume", tmp_path / "my set") == "  fontloom resume 'my set'"
    assert farewell.command("attach", tmp_path / "-x") == "  fontloom attach ./-x"
    assert farewell.command("attach", Path("/x")) == "  fontloom attach /x"


def test_the_last_words_follow_the_files(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert farewell.farewell(project, attached=False) == (
        "Done: 24 images. To look at it again:",
        "  fontloom attach sets/letters",
    )
    assert farewell.farewell(tmp_path, attached=False) == ()


def test_a_process_that_leads_its_session_has_no_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getsid", lambda pid: pid)
    monkeypatch.setattr(os, "getpgid", lambda pid: pid)
    assert not terminal.can_stop()
    monkeypatch.setattr(os, "getsid", lambda pid: 1)
    assert terminal.can_stop()
