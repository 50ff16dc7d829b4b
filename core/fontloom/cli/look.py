"""Commands that look and change nothing: sessions, status, verify, fonts."""

import asyncio
from pathlib import Path

import orjson

from fontloom.cli.output import put, put_model, put_table, say
from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ExitCode
from fontloom.model.result import ProjectProblem
from fontloom.model.words import duration, size
from fontloom.report.status import list_projects, project_status


def show_status(project_dir: Path, *, json: bool) -> int:
    """Prints how far a project is. Raises FontloomError, OSError."""
    status = project_status(project_dir)
    if json:
        put_model(status)
        return ExitCode.DONE
    part = status.exported_images / max(status.total_images, 1)
    put(f"project   {status.project_path}")
    put(f"state     {status.state}{f' ({status.owner})' if status.owner else ''}")
    put(f"images    {status.exported_images:,} of {status.total_images:,} ({part:.1%})")
    put(f"failed    {status.failed_images:,} images")
    put(f"fonts     {status.fonts:,}, and {status.fonts_left_out:,} left out")
    put(f"written   {size(status.bytes_written)} in {duration(status.elapsed_seconds)} of work")
    put(f"saved     {status.updated_at:%Y-%m-%d %H:%M:%S %Z}")
    if status.reason:
        put(f"reason    {status.reason}")
    if status.state not in ("completed", "running"):
        put(f"go on     fontloom resume {status.project_path}")
    return ExitCode.DONE


def list_sessions(output: Path | None, *, json: bool) -> int:
    """Prints recent projects, or those in a folder. Raises FontloomError."""
    rows = []
    for status in list_projects(output):
        if isinstance(status, ProjectProblem):
            say(f"{status.project_path}: {status.error.message} {status.error.detail}")
            continue
        if json:
            put_model(status)
        part = status.exported_images / max(status.total_images, 1)
        images = f"{status.exported_images:,}/{status.total_images:,}"
        when = f"{status.updated_at:%Y-%m-%d %H:%M}"
        rows.append(
            (status.state, f"{part:.0%}", images, size(status.bytes_written), when, str(status.project_path))
        )
    if json:
        return ExitCode.DONE
    if rows:
        put_table(("state", "done", "images", "size", "saved (UTC)", "project"), rows)
    else:
        say(f"No projects {f'in {output}' if output else 'yet'}. Start one: fontloom --headless --fonts DIR")
    return ExitCode.DONE


def verify_dataset(project_dir: Path, *, deep: bool, json: bool) -> int:
    """Verifies a project and prints what was found. Raises FontloomError."""
    from fontloom.report.verify import verify_project  # noqa: PLC0415

    result = verify_project(project_dir, deep=deep)
    if json:
        put_model(result)
        return ExitCode.DONE if result.valid else ExitCode.VERIFY_FAILED
    for word, paths in (("missing", result.missing), ("changed", result.changed), ("extra", result.extra)):
        for path in paths:
            put(f"{word}  {path}")
    for problem in result.problems:
        put(f"problem  {problem}")
    put(f"digest  {result.digest}")
    found = f"{result.images_found:,} of {result.images_expected:,} images found ({result.level} check)"
    verdict = "The dataset is good" if result.valid else "The dataset is NOT good"
    part = "" if result.complete else "; the session is unfinished, and what is committed was checked"
    say(f"{verdict}: {found}{part}.")
    return ExitCode.DONE if result.valid else ExitCode.VERIFY_FAILED


def list_fonts(config: ExportSessionConfig, *, json: bool) -> int:
    """Prints what each font is and covers. Raises FontloomError."""
    from fontloom.engine.scanning import inspect_fonts, lacking_fonts  # noqa: PLC0415

    scan = asyncio.run(inspect_fonts(config.fonts, config.engine))
    rows = []
    lacking = lacking_fonts(scan.fonts, config.text)
    for font in scan.fonts:
        info = font.info
        lack = lacking.get(info.font_name)
        if json:
            put(
                orjson.dumps(
                    {"font": info.model_dump(mode="json"), "error": lack and lack.model_dump(mode="json")}
                ).decode()
            )
            continue
        scripts = " ".join(list(info.scripts)[:4]) + (" …" if len(info.scripts) > 4 else "")
        note = "" if lack is None else f"  {lack.detail}"
        weight = f"{info.weight}{' italic' if info.italic else ''}"
        rows.append(
            (
                info.font_name,
                info.format,
                weight,
                f"{info.character_count:,}",
                info.main_script,
                scripts + note,
            )
        )
    if json:
        for problem in scan.problems:
            put(orjson.dumps({"problem": problem.model_dump(mode="json")}).decode())
    else:
        put_table(("font", "kind", "weight", "characters", "script", "covers"), rows)
        for problem in scan.problems:
            say(f"{problem.path}: {problem.error.message} {problem.error.detail}")
        say(f"{len(scan.fonts):,} fonts, {len(lacking):,} lack the text, {len(scan.problems):,} problems.")
    broken = any(not problem.skipped for problem in scan.problems)
    return ExitCode.PARTIAL if broken else ExitCode.DONE
