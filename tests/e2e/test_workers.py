"""Workers that are killed, crash, hang or run out of memory cost a retry, and then the font alone."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest


@pytest.fixture
def victim(reference: Path) -> dict[str, str]:
    """One of the three fonts, by name and content."""
    fonts = json.loads((reference / "session.json").read_text())["fonts"]
    font = next(font for font in fonts if font["font_name"] == "Caladea-Bold")
    assert sha256(Path(font["path"]).read_bytes()).hexdigest() == font["content_hash"]
    return font


def errors(project: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (project / "logs" / "errors.log").read_text().splitlines()]


def test_a_killed_worker_costs_a_retry(
    command, reference: Path, tmp_path: Path, digest: Callable[[Path], str]
) -> None:
    faults = {"FAULT_DRAW": "once", "FAULT_FONT": "-", "FAULT_MARK": str(tmp_path / "mark")}
    done = command.export(tmp_path, "killed", faults=faults)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mark").exists()
    assert [error["code"] for error in errors(tmp_path / "killed")] == ["worker_lost"]
    assert digest(tmp_path / "killed") == digest(reference)


@pytest.mark.parametrize(
    ("fault", "code", "more"),
    [
        ("segfault", "worker_crashed", ()),
        ("hang", "render_timeout", ("--worker-timeout", "1")),
        ("memory", "render_memory", ("--worker-memory", "400")),
    ],
)
def test_a_font_that_workers_do_not_survive_is_given_up_and_the_rest_goes_on(
    command,
    reference: Path,
    tmp_path: Path,
    victim: dict[str, str],
    fault: str,
    code: str,
    more: tuple[str, ...],
) -> None:
    faults = {"FAULT_DRAW": fault, "FAULT_FONT": victim["content_hash"]}
    done = command.export(tmp_path, "bad", *more, faults=faults)
    assert done.returncode == 3, done.stderr
    summary = json.loads((tmp_path / "bad" / "summary.json").read_text())
    assert summary["fonts_completed"] == 2
    (failure,) = summary["failures"]
    assert failure["font_name"] == "Caladea-Bold"
    assert failure["error"]["code"] == code
    why = json.loads((tmp_path / "bad" / "failed" / "Caladea-Bold" / "error.json").read_text())
    assert why["code"] == code
    assert (tmp_path / "bad" / "failed" / "Caladea-Bold" / "source.ttf").resolve() == Path(victim["path"])
    for font in ("Caladea-Regular", "AmaticSC-Regular"):
        whole = reference / "fonts" / font / "metadata.jsonl"
        assert (tmp_path / "bad" / "fonts" / font / "metadata.jsonl").read_bytes() == whole.read_bytes()


def test_one_sample_that_crashes_is_left_out_alone(
    command, reference: Path, tmp_path: Path, victim: dict[str, str]
) -> None:
    faults = {"FAULT_DRAW": "one", "FAULT_FONT": victim["content_hash"]}
    done = command.export(tmp_path, "bad", faults=faults)
    assert done.returncode == 3, done.stderr
    whole = (reference / "fonts" / "Caladea-Bold" / "metadata.jsonl").read_text().splitlines()
    found = (tmp_path / "bad" / "fonts" / "Caladea-Bold" / "metadata.jsonl").read_text().splitlines()
    assert found == [line for line in whole if json.loads(line)["sample"] != 7]
    verified = command.run("verify", tmp_path / "bad", "--deep")
    assert verified.returncode == 0, verified.stdout


def test_workers_end_with_a_killed_engine(command, tmp_path: Path, running: list) -> None:
    import psutil

    process = command.start(*command.arguments(tmp_path, "big", "--json", samples=100_000))
    running.append(process)
    for line in process.stdout:
        if json.loads(line)["event"] == "progress":
            break
    engine = psutil.Process(process.pid)
    family = engine.children(recursive=True)
    assert len(family) >= 2
    process.kill()
    gone, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    assert len(gone) == len(family)
