"""What the machine and other people do to a run: it says what is needed, loses nothing, and goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fontloom.report.verify import verify_project
from fontloom.store.lock import is_locked
from fontloom.store.paths import ProjectPaths

Digest = Callable[[Path], str]
SAMPLES = 60
MANY = 100_000


def contents(project: Path) -> dict[Path, bytes]:
    """All but the logs, in which an engine notes its metrics also while it waits."""
    files = (path for path in project.rglob("*") if path.is_file() and path.parent.name != "logs")
    return {path: path.read_bytes() for path in files}


def checked(project: Path) -> int:
    """Everything that is counted is there and whole. Returns how many images are counted."""
    result = verify_project(project, deep=True)
    assert result.valid, result
    return result.images_expected


class Mount:
    """A tmpfs of a size."""

    def __init__(self, path: Path, options: str) -> None:
        self.path = path
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", path], check=True)

    def change(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.path], check=True)


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Mount]]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a disk needs root and mount")
    made: list[Mount] = []

    def make(options: str) -> Mount:
        try:
            made.append(Mount(tmp_path / f"disk-{len(made)}", options))
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no mounts here: {error}")
        return made[-1]

    yield make
    for disk in made:
        subprocess.run(["umount", "-l", disk.path], check=True)


@pytest.mark.parametrize(
    ("small", "large", "code", "said"),
    [
        ("size=400k", "size=64m", "disk_full", "Free space on the output disk, then resume."),
        ("size=64m,nr_inodes=150", "nr_inodes=5000", "no_inodes", "no free inodes"),
    ],
)
def test_a_full_disk(
    command, mount, reference: Path, digest: Digest, small: str, large: str, code: str, said: str
) -> None:
    disk = mount(small)
    project = disk.path / "full"
    done = command.export(disk.path, "full", samples=SAMPLES)
    assert done.returncode == 5, done.stderr
    assert said in done.stderr
    assert f"fontloom resume {project}" in done.stderr
    assert "Traceback" not in done.stderr
    safe = checked(project)
    assert f"{safe:,} of 360 images are safe" in done.stderr
    # Nothing has changed: the same again, and nothing lost.
    again = command.run("resume", project)
    assert again.returncode == 5, again.stderr
    assert checked(project) >= safe
    disk.change(large)
    done = command.run("resume", project)
    assert done.returncode == 0, done.stderr
    assert digest(project) == digest(reference)
    codes = {json.loads(line)["code"] for line in (project / "logs" / "errors.log").read_text().splitlines()}
    assert codes <= {code}


def with_mark(arguments: list[str | Path], flag: str, value: str) -> list[str | Path]:
    """The arguments with another low-water mark."""
    place = arguments.index(flag) + 1
    return [*arguments[:place], value, *arguments[place + 1 :]]


@pytest.mark.parametrize(
    ("size", "more", "said"),
    [
        ("size=7m", ("--min-free", "6"), "6 MiB are kept free"),
        ("size=64m,nr_inodes=400", ("--min-free-inodes", "300"), "300 are kept"),
    ],
)
def test_the_run_pauses_before_the_disk_is_full(
    command, mount, reference: Path, digest: Digest, size: str, more: tuple[str, str], said: str
) -> None:
    disk = mount(size)
    project = disk.path / "low"
    samples = 400 if more[0] == "--min-free" else SAMPLES
    done = command.run(*with_mark(command.arguments(disk.path, "low", samples=samples), *more))
    assert done.returncode == 5, done.stderr
    assert said in done.stderr
    room = os.statvfs(disk.path)
    if more[0] == "--min-free":
        assert room.f_bavail * room.f_frsize > 5 * 2**20
    else:
        assert room.f_favail > 100
    checked(project)
    status = json.loads(command.run("status", project, "--json").stdout)
    assert status["state"] == "paused"
    assert status["reason"]
    disk.change("size=128m" if more[0] == "--min-free" else "nr_inodes=5000")
    done = command.run("resume", project)
    assert done.returncode == 0, done.stderr
    if more[0] != "--min-free":
        assert digest(project) == digest(reference)


def test_a_disk_that_is_too_small_from_the_start(command, mount) -> None:
    disk = mount("size=2m")
    done = command.run(*with_mark(command.arguments(disk.path, "none"), "--min-free", "100"))
    assert done.returncode == 5
    assert "100 MiB are kept free" in done.stderr
    assert os.listdir(disk.path) == []


def begun(command, running: list, *arguments: str | Path) -> "subprocess.Popen[str]":
    """A run of which something is counted."""
    process = command.start(*arguments, "--json")
    running.append(process)
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "progress" and event["overall"]["exported_images"]:
            return process
    pytest.fail(process.stderr.read())


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    _, err = process.communicate(timeout=60)
    return process.returncode, err


def test_a_disk_that_turns_read_only_under_the_run(command, tmp_path: Path, running: list) -> None:
    """An ext4 that finds itself damaged does so, whoever writes to it."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("mkfs.ext4", "mount", "e2fsck", "findmnt"))):
        pytest.skip("needs root, mkfs.ext4, mount, e2fsck and findmnt")
    image, disk = tmp_path / "disk.img", tmp_path / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(256 * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-N", "60000", image], check=True)
    mounting = ["mount", "-o", "loop,errors=remount-ro", image, disk]
    if subprocess.run(mounting, check=False).returncode:
        pytest.skip("no loop mounts here")
    try:
        found = subprocess.run(["findmnt", "-no", "SOURCE", disk], check=True, capture_output=True, text=True)
        trigger = Path("/sys/fs/ext4") / Path(found.stdout.strip()).name / "trigger_fs_error"
        if not trigger.exists():
            pytest.skip("this kernel makes no errors on demand")
        process = begun(command, running, *command.arguments(disk, "ro", samples=MANY))
        trigger.write_text("test")
        code, err = ended(process)
        assert code == 5, err
        assert "Traceback" not in err
        assert "read-only" in err or "did not confirm" in err or "input/output" in err
        project = disk / "ro"
        assert command.run("status", project).returncode == 0
        subprocess.run(["umount", disk], check=True)
        subprocess.run(["e2fsck", "-fy", image], check=False, capture_output=True)
        subprocess.run(mounting, check=True)
        assert checked(project) > 0
        process = begun(command, running, "resume", project)
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 143
        checked(project)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_folder_that_may_not_be_written_to(command, tmp_path: Path, running: list) -> None:
    output = tmp_path / "closed"
    output.mkdir()
    output.chmod(0o555)
    arguments = command.arguments(output, "mine")
    if os.geteuid() == 0:
        # Root without its privilege to ignore permissions: a user like any other to this folder.
        if shutil.which("setpriv") is None:
            pytest.skip("root needs setpriv to lose its privileges")
        process = subprocess.Popen(
            ["setpriv", "--bounding-set", "-dac_override", sys.executable, "-m", "fontloom_tui", *arguments],
            env=command.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    else:
        process = command.start(*arguments)
    running.append(process)
    code, err = ended(process)
    assert code == 5, err
    assert "Permission to write was denied." in err
    assert str(output) in err
    assert os.listdir(output) == []


def test_a_user_folder_that_cannot_be_written_stops_no_export(
    command, tmp_path: Path, reference: Path, digest: Digest
) -> None:
    (tmp_path / "file").touch()
    homeless = type(command)(tmp_path / "file")
    done = homeless.export(tmp_path, "homeless")
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "homeless") == digest(reference)


# Other processes


def test_a_second_run_on_a_running_project_is_refused(command, tmp_path: Path, running: list) -> None:
    project = tmp_path / "busy"
    process = begun(command, running, *command.arguments(tmp_path, "busy", samples=MANY))
    assert command.run("pause", project, "--hold").returncode == 0
    paused = 0
    for line in process.stdout:
        paused += json.loads(line).get("phase") == "paused"
        if paused == 2:  # it is seen a moment before it is saved
            break
    held = contents(project)
    new = command.export(tmp_path, "busy", samples=MANY)
    assert new.returncode == 7
    assert f"process {process.pid} on {os.uname().nodename}" in new.stderr
    assert contents(project) == held
    # A paused engine is told to go on; one that runs is not disturbed.
    assert command.run("resume", project).returncode == 0
    for line in process.stdout:
        if json.loads(line).get("phase") == "running":
            break
    second = command.run("resume", project)
    assert second.returncode == 7
    assert f"process {process.pid} on {os.uname().nodename}" in second.stderr
    assert process.poll() is None
    assert command.run("cancel", project).returncode == 0
    code, _ = ended(process)
    assert code == 4
    assert json.loads(command.run("status", project, "--json").stdout)["state"] == "cancelled"
    checked(project)


def test_pause_leaves_a_project_that_can_be_resumed(command, tmp_path: Path, running: list) -> None:
    project = tmp_path / "paused"
    process = begun(command, running, *command.arguments(tmp_path, "paused", samples=MANY))
    assert command.run("pause", project).returncode == 0
    code, err = ended(process)
    assert code == 4
    assert f"fontloom resume {project}" in err
    assert not is_locked(ProjectPaths(project))
    safe = checked(project)
    assert f"{safe:,} of 600,000 images are safe" in err
    assert json.loads(command.run("status", project, "--json").stdout)["state"] == "paused"
    for steer in ("pause", "cancel"):
        done = command.run(steer, project)
        assert done.returncode == 2
        assert "No engine runs on this project." in done.stderr


# Signals


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_saves_and_ends_and_the_project_goes_on(
    command, reference: Path, tmp_path: Path, running: list, number: signal.Signals, status: int
) -> None:
    project = tmp_path / "stopped"
    process = begun(command, running, *command.arguments(tmp_path, "stopped", samples=MANY))
    process.send_signal(number)
    code, err = ended(process)
    assert code == status, err
    assert "Traceback" not in err
    assert f"fontloom resume {project}" in err
    safe = checked(project)
    assert f"{safe:,} of 600,000 images are safe" in err
    assert json.loads(command.run("status", project, "--json").stdout)["state"] == "paused"
    assert not is_locked(ProjectPaths(project))
    process = begun(command, running, "resume", project)
    process.send_signal(number)
    assert ended(process)[0] == status
    assert checked(project) > safe


def test_signals_at_any_moment_and_then_to_the_end(
    command, tmp_path: Path, running: list, reference: Path, digest: Digest
) -> None:
    project = tmp_path / "often"
    arguments = command.arguments(tmp_path, "often", samples=SAMPLES)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if (project / "summary.json").exists():
            break
        resuming = (project / "session.json").exists()
        process = command.start(*(["resume", project] if resuming else arguments), "--json")
        running.append(process)
        for line in process.stdout:
            if json.loads(line)["event"] == "started":
                break
        process.send_signal(number)
        assert ended(process)[0] in (128 + number, 0)
        checked(project)
    if not (project / "summary.json").exists():
        assert command.run("resume", project).returncode == 0
    assert digest(project) == digest(reference)


def test_two_signals_do_not_wait_for_a_worker_that_hangs(
    command, tmp_path: Path, running: list, reference: Path
) -> None:
    fonts = json.loads((reference / "session.json").read_text())["fonts"]
    bold = next(font for font in fonts if font["font_name"] == "Caladea-Bold")
    faults = {"FAULT_DRAW": "hang", "FAULT_FONT": bold["content_hash"]}
    arguments = command.arguments(
        tmp_path, "hangs", "--json", "--worker-timeout", "3600", samples=SAMPLES, fonts=[Path(bold["path"])]
    )
    process = command.start(*arguments, faults=faults)
    running.append(process)
    running_events = 0
    for line in process.stdout:
        running_events += json.loads(line).get("phase") == "running"
        if running_events == 2:  # the work was handed out before the first of them, or soon after
            break
    process.send_signal(signal.SIGINT)
    for line in process.stdout:
        if json.loads(line).get("phase") == "pausing":
            break
    assert process.poll() is None, "the first signal waits for what is in flight"
    process.send_signal(signal.SIGINT)
    code, err = ended(process)
    assert code == 130, err
    checked(tmp_path / "hangs")
    assert command.run("resume", tmp_path / "hangs").returncode == 0
    manifest = Path("fonts") / "Caladea-Bold" / "metadata.jsonl"
    assert (tmp_path / "hangs" / manifest).read_bytes() == (reference / manifest).read_bytes()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_while_fonts_are_looked_at_leaves_no_project(
    command, reference: Path, tmp_path: Path, running: list, number: signal.Signals, status: int
) -> None:
    # A font of its own, which no cache knows, is read by a worker that never comes back.
    font = tmp_path / "new.ttf"
    (known,) = [
        f for f in json.loads((reference / "session.json").read_text())["fonts"] if f["weight"] == 700
    ][:1]
    font.write_bytes(Path(known["path"]).read_bytes() + os.urandom(8))
    process = command.start(
        *command.arguments(tmp_path, "none", fonts=[font]), faults={"FAULT_INSPECT": "hang"}
    )
    running.append(process)
    for line in process.stderr:
        if line.startswith("Looking at the fonts"):
            break
    process.send_signal(number)
    code, err = ended(process)
    assert code == status, err
    assert "Stopped before the export began." in err
    assert not (tmp_path / "none" / "session.json").exists()
    done = command.export(tmp_path, "none", samples=2)
    assert done.returncode == 0, done.stderr
