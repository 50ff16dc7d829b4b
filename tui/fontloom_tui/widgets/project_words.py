"""A project of the list in words: its state, how far it is, and how to go on with it."""

from enum import StrEnum
from pathlib import Path

from textual.content import Content

from fontloom.model.result import ProjectProblem, ProjectStatus
from fontloom.model.words import age, count, size

Project = ProjectStatus | ProjectProblem


class State(StrEnum):
    """What a person makes of a project, in a word. In the order in which they want to see them."""

    WAITING = "waiting"
    """It cannot go on before a person changes something."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    PAUSED = "paused"
    UNREADABLE = "unreadable"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


NEEDS_ATTENTION = frozenset({State.WAITING, State.FAILED, State.INTERRUPTED, State.PAUSED, State.UNREADABLE})
_RESUMABLE = frozenset({State.WAITING, State.FAILED, State.INTERRUPTED, State.PAUSED, State.CANCELLED})
MUTED = "$foreground-muted"
"""For what is said beside: `$text-muted` has no meaning inside a text."""

_COLOURS = {
    State.RUNNING: "$text-success",
    State.DONE: "$text-success",
    State.PAUSED: "$text-warning",
    State.INTERRUPTED: "$text-warning",
    State.CANCELLED: MUTED,
}


def state_of(project: Project) -> State:
    """The state in a word."""
    if isinstance(project, ProjectProblem):
        return State.UNREADABLE
    if project.state == "paused" and project.reason is not None:
        return State.WAITING
    return State.DONE if project.state == "completed" else State(project.state)


def is_held(project: Project) -> bool:
    """Whether an engine holds the project now."""
    return isinstance(project, ProjectStatus) and (project.state == "running" or project.owner is not None)


def can_resume(project: Project) -> bool:
    """Whether a new engine could go on with it."""
    return state_of(project) in _RESUMABLE and not is_held(project)


def needs_a_look(project: Project) -> bool:
    """Whether its user has to decide how it goes on."""
    return can_resume(project) and state_of(project) is not State.CANCELLED


def colour(state: State) -> str:
    """The colour that goes with the word."""
    return _COLOURS.get(state, "$text-error")


def part_done(project: ProjectStatus) -> float:
    """From 0 to 1."""
    return min(1.0, project.exported_images / max(1, project.total_images))


def percent(part: float) -> str:
    """Whole percents, and 100 only when nothing is left."""
    return f"{int(part * 100)}%"


def bar(part: float, width: int, style: str) -> Content:
    """How far, drawn so that it can be read without colour."""
    halves = int(part * width * 2)
    done = "━" * (halves // 2) + "╸" * (halves % 2)
    return Content.assemble((done, style), ("─" * (width - len(done)), MUTED))


def images(project: ProjectStatus) -> str:
    """Images done of all, and those that failed."""
    failed = f", {project.failed_images:,} failed" if project.failed_images else ""
    return f"{project.exported_images:,} of {project.total_images:,}{failed}"


def fonts(project: ProjectStatus) -> str:
    """Fonts, and those left out."""
    out = f", {project.fonts_left_out:,} left out" if project.fonts_left_out else ""
    return f"{count(project.fonts, 'font')}{out}"


def saved(project: ProjectStatus, since: float) -> str:
    """When it was saved last, `since` seconds ago."""
    return f"{age(since)}, {project.updated_at:%Y-%m-%d %H:%M} UTC"


def written(project: ProjectStatus) -> str:
    """Images, bytes and fonts in one line."""
    return f"{images(project)} · {size(project.bytes_written)} · {fonts(project)}"


def reason(project: Project) -> str:
    """Why it is in its state, in a sentence or two; empty when there is nothing to say."""
    if isinstance(project, ProjectProblem):
        return f"{project.error.message} {project.error.suggested_action}"
    match state_of(project):
        case State.INTERRUPTED:
            return "Its engine was killed, or lost power. What was counted is saved."
        case State.PAUSED if is_held(project):
            return "Paused; its engine waits to go on."
        case State.PAUSED:
            return "Paused; its engine has left."
        case State.CANCELLED:
            return "Ended before it was done. What was saved stays."
    return project.reason or ""


def next_step(project: Project) -> str:
    """Which key goes on."""
    if isinstance(project, ProjectProblem):
        return "enter says more · y copies the path · d takes it off the list"
    if is_held(project):
        return "enter shows the run · v verifies what is saved"
    match state_of(project):
        case State.DONE:
            return "enter shows it · v verifies it · d cleans it up"
        case State.CANCELLED:
            return "enter shows it · r goes on after all · d cleans it up"
    return "enter says what was found · r resumes at once · v verifies first"


def short_name(path: Path) -> str:
    """The name of a project's folder."""
    return path.name or str(path)
