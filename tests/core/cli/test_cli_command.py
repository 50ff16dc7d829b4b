"""The command in process: help, usage errors, and looking where nothing is."""

import json
from pathlib import Path

import pytest

from fontloom import __version__
from fontloom.cli.app import main
from fontloom.model.schema import settings

COMMANDS = ("run", "resume", "attach", "sessions", "status", "verify", "fonts", "preview", "pause", "cancel")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No state, settings or files of whoever runs the tests."""
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


def test_help_shows_every_command_and_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for command in COMMANDS:
        assert f" {command} " in out
    for setting in settings():
        assert f"{setting.flag} " in out
    assert "Exit status: 0 done" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"fontloom {command}" in capsys.readouterr().out


def test_resume_takes_the_engine_settings_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", "--help"]) == 0
    out = capsys.readouterr().out
    assert "--workers" in out
    assert "--samples" not in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--sampels", "3"], "--sampels"),
        (["verify", "x", "--dep"], "--dep"),
        (["status"], "--project-dir"),
        (["--samples"], "--samples"),
        (["preview"], "--out"),
        (["status", "a", "b"], "b"),
    ],
)
def test_wrong_usage_is_named_and_help_is_offered(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert word in err
    assert err.splitlines()[-1] == "  fontloom --help shows what is possible."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--samples", "0"], "num_samples (--samples, flag): '0' is not allowed"),
        (["run", "--width", "wide"], "image_width (--width, flag): 'wide' is not allowed"),
        (["fonts", "--charset", "runes"], "text.charset (--charset, flag): 'runes' is not allowed"),
        (["missing.toml"], "missing.toml: No such file or directory"),
        (["preview", "--out", "x.png", "--rows", "0"], "--rows: 0 is not allowed; allowed: 1 to 200"),
        (["--project", "../x", "--headless"], "project_name (--project, flag): '../x' is not allowed"),
    ],
)
def test_wrong_values_end_with_2_and_make_nothing(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.splitlines()[-1] == "  Correct the named setting."
    assert list(tmp_path.iterdir()) == []


def test_settings_of_the_environment_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FONTLOOM_NUM_SAMPLES", "none")
    assert main(["--headless"]) == 2
    assert "environment variable FONTLOOM_NUM_SAMPLES" in capsys.readouterr().err


def test_sessions_where_there_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("No projects yet.")
    assert main(["sessions", "--output", str(tmp_path)]) == 0
    assert capsys.readouterr().err.startswith(f"No projects in {tmp_path}.")
    assert main(["sessions", "--json"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("command", ["status", "verify", "resume", "pause", "cancel"])
@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_is_no_project(
    command: str, there: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    if there:
        folder.mkdir()
    assert main([command, str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "fontloom: This is not a fontloom project." in err
    assert str(folder) in err
    assert "  Name the folder that holds session.json." in err
    assert folder.exists() == there
    assert not there or list(folder.iterdir()) == []


def test_a_project_that_cannot_be_read_is_told_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "session.json").write_text(json.dumps({"schema_version": 1}))
    assert main(["status", str(tmp_path)]) == 2
    assert "A state file of the project cannot be read." in capsys.readouterr().err
    assert (tmp_path / "session.json").read_text() == '{"schema_version": 1}'


def test_a_reader_that_has_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[tuple[int, int]] = []

    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("fontloom.cli.look.list_projects", gone)
    monkeypatch.setattr("os.dup2", lambda source, target: moved.append((source, target)))
    assert main(["sessions"]) == 0
    assert [target for _, target in moved] == [1]
