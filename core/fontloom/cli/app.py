"""The `fontloom` command. What a command needs is imported when it runs, so that --help is quick."""

import os
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from fontloom import __version__
from fontloom.cli.face import Face, Opening
from fontloom.cli.flags import with_flags
from fontloom.cli.output import say, say_error
from fontloom.model.errors import ExitCode, FontloomError, exit_code

_HELP = """Turns a folder of fonts into a training dataset of rendered text images, and never loses an image.

In a terminal, fontloom opens its screens: with settings, the form filled in with them; with --start, the run.
Without a terminal, and with --headless, it runs the export at once.

Settings come from defaults, then CONFIG.toml, then FONTLOOM_… environment variables, then flags.

Exit status: 0 done, 1 bug, 2 usage or configuration, 3 finished but some fonts or samples failed, 4 paused,
5 environment (disk, permissions), 6 verification failed, 7 locked by another run, 128+n ended by signal n."""

app = App(
    name="fontloom",
    help=_HELP,
    version=__version__,
    help_format="plaintext",
    default_parameter=Parameter(negative_iterable=()),
    print_error=False,
    exit_on_error=False,
    result_action="return_value",
)

Switch = Annotated[bool, Parameter(negative=())]

_face: ContextVar[Face | None] = ContextVar("face", default=None)


def main(arguments: Sequence[str] | None = None, face: Face | None = None) -> int:
    """Runs the command, on the screens of a face where it can. Returns the exit status."""
    _face.set(face)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # file names are printed as they are
    try:
        status = app(arguments)
    except CycloptsError as error:
        say(f"fontloom: {error}", "  fontloom --help shows what is possible.")
        return ExitCode.USAGE
    except FontloomError as error:
        say_error(error.error)
        return exit_code(error.error.code)
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does. Nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return ExitCode.DONE
    return int(status or 0)


def _screens(*, wanted: bool) -> Face | None:
    """What shows a run that was not asked to do without; says why when it cannot."""
    face = _face.get()
    if not wanted or face is None:
        return None
    fault = face.fault()
    if fault is None:
        return face
    say(f"{fault} Running without a screen, as with --headless.")
    return None


def _run(
    config: Path | None = None,
    *,
    start: Switch = False,
    headless: Switch = False,
    json: Switch = False,
    flags: dict[str, Any],
) -> int:
    """Export: every font becomes samples, each a clear and a blurred image with labels.

    Parameters
    ----------
    config
        Configuration file (TOML).
    start
        Begin at once and show the run.
    headless
        Run without a screen.
    json
        Progress as JSON Lines on stdout, without a screen.
    """
    from fontloom.cli.settings import load_config  # noqa: PLC0415

    wanted = load_config(config, os.environ, flags)
    face = _screens(wanted=not headless and not json)
    if face is not None:
        given = (
            start or config is not None or flags or any(name.startswith("FONTLOOM_") for name in os.environ)
        )
        return face.show(Opening(config=wanted, start=start) if given else Opening())
    from fontloom.cli.headless import run_headless  # noqa: PLC0415

    return run_headless(lambda manager: manager.create_session(wanted), json=json)


def _resume(
    project_dir: Path,
    *,
    headless: Switch = False,
    json: Switch = False,
    accept_versions: Switch = False,
    flags: dict[str, Any],
) -> int:
    """Go on with an unfinished project, from its last commit.

    Parameters
    ----------
    project_dir
        The project's folder.
    headless
        Run without a screen.
    json
        Progress as JSON Lines on stdout, without a screen.
    accept_versions
        Go on although the libraries that render have changed: new images may differ.
    """
    from fontloom.cli.resume import resume  # noqa: PLC0415

    face = _screens(wanted=not headless and not json)
    return resume(project_dir, accept_versions=accept_versions, flags=flags, json=json, face=face)


@app.command
def attach(project_dir: Path | None = None) -> int:
    """Show a session that runs. Leaving the screens with detach lets it go on.

    Parameters
    ----------
    project_dir
        The project's folder; none means the session that runs now.
    """
    from fontloom.cli.attach import attach as show  # noqa: PLC0415

    return show(project_dir, _face.get())


def _preview(
    config: Path | None = None,
    *,
    out: Path,
    rows: int = 20,
    columns: int = 3,
    flags: dict[str, Any],
) -> int:
    """Draw a contact sheet of what would be made. Nothing is exported.

    Parameters
    ----------
    config
        Configuration file (TOML).
    out
        The PNG file to write.
    rows
        Most fonts on the sheet, spread over all of them.
    columns
        Samples of each font.
    """
    from fontloom.cli.preview import preview  # noqa: PLC0415
    from fontloom.cli.settings import load_config  # noqa: PLC0415

    return preview(load_config(config, os.environ, flags), out, rows=rows, columns=columns)


@app.command
def sessions(*, output: Path | None = None, json: Switch = False) -> int:
    """List what can be resumed or attached to: recent projects, and those in a folder.

    Parameters
    ----------
    output
        A folder that holds projects.
    json
        One JSON object a line.
    """
    from fontloom.cli.look import list_sessions  # noqa: PLC0415

    return list_sessions(output, json=json)


@app.command
def status(project_dir: Path, *, json: Switch = False) -> int:
    """Show how far a project is.

    Parameters
    ----------
    project_dir
        The project's folder.
    json
        One JSON object.
    """
    from fontloom.cli.look import show_status  # noqa: PLC0415

    return show_status(project_dir, json=json)


@app.command
def verify(project_dir: Path, *, deep: Switch = False, json: Switch = False) -> int:
    """Check a project: every image there, of the right size, and nothing else. Prints the dataset's digest.

    Parameters
    ----------
    project_dir
        The project's folder.
    deep
        Read and hash every image.
    json
        One JSON object.
    """
    from fontloom.cli.look import verify_dataset  # noqa: PLC0415

    return verify_dataset(project_dir, deep=deep, json=json)


def _fonts(*paths: Path, json: Switch = False, flags: dict[str, Any]) -> int:
    """List what each font is and covers.

    Parameters
    ----------
    paths
        Font files and folders; none means the starter fonts.
    json
        One JSON object a line.
    """
    from fontloom.cli.look import list_fonts  # noqa: PLC0415
    from fontloom.cli.settings import load_config  # noqa: PLC0415

    wanted = load_config(None, os.environ, flags | ({"fonts": [str(p) for p in paths]} if paths else {}))
    return list_fonts(wanted, json=json)


@app.command
def pause(project_dir: Path, *, hold: Switch = False) -> int:
    """Save and end the engine of a project; `fontloom resume` goes on later.

    Parameters
    ----------
    project_dir
        The project's folder.
    hold
        Keep the engine's process, waiting to be resumed.
    """
    from fontloom.cli.steer import pause_project  # noqa: PLC0415

    return pause_project(project_dir, hold=hold)


@app.command
def cancel(project_dir: Path) -> int:
    """End the session of a project now. What is committed stays.

    Parameters
    ----------
    project_dir
        The project's folder.
    """
    from fontloom.cli.steer import cancel_project  # noqa: PLC0415

    return cancel_project(project_dir)


_run_command = with_flags(_run)
app.default(_run_command)
app.command(_run_command, name="run")
app.command(with_flags(_resume, section="engine"), name="resume")
app.command(with_flags(_fonts, section="text"), name="fonts")
app.command(with_flags(_preview), name="preview")
