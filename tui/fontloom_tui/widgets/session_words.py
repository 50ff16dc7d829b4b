"""What the sessions screen says of the whole list, and in its place."""

from collections.abc import Sequence
from pathlib import Path

from textual.content import Content

from fontloom.model.errors import ExportError
from fontloom.model.words import clean
from fontloom_tui.widgets.project_words import MUTED, NEEDS_ATTENTION, Project, State, state_of

_OTHER = "o  look in another folder\nescape  recent projects"
_EMPTY = Content.assemble(
    ("Nothing has been made yet.", "bold"),
    "\n\nfontloom turns a folder of fonts into labelled images of text.\n\n",
    ("n", "bold $primary"),
    "  choose fonts and settings of a first export\n",
    ("w", "bold $primary"),
    "  the first steps, with fonts that come with fontloom\n",
    ("o", "bold $primary"),
    "  look into a folder that holds projects",
)


def where(folder: Path | None, problem: ExportError | None) -> Content:
    """What is listed, and whether it can be read now."""
    place = "recent projects" if folder is None else f"in {folder}"
    look = MUTED
    if problem is not None:
        place, look = f"{place}: {problem.message}", "$text-error"
    return Content.assemble(("fontloom › Sessions", "bold"), (f"  {clean(place)}", look))


def counts(projects: Sequence[Project]) -> Content:
    """How many need attention, run, and are there."""
    if not projects:
        return Content()
    states = [state_of(project) for project in projects]
    attention = sum(state in NEEDS_ATTENTION for state in states)
    running = states.count(State.RUNNING)
    parts = []
    if attention:
        need = "needs" if attention == 1 else "need"
        parts.append(Content.styled(f"{attention:,} {need} attention", "$text-warning"))
    if running:
        parts.append(Content.styled(f"{running:,} running", "$text-success"))
    return Content(" · ").join([*parts, Content(f"{len(projects):,} in all")])


def instead(projects: Sequence[Project] | None, folder: Path | None, problem: ExportError | None) -> Content:
    """What is said when nothing is listed; `projects` are those that the filter leaves out."""
    if problem is not None:
        words = f"{problem.message} {problem.detail}".strip()
        return Content(f"{clean(words)}\n{clean(problem.suggested_action)}\n\n{_OTHER}")
    if projects is None:
        return Content("Looking for projects …")
    if projects:
        return Content("No session matches the filter.\n\nescape  shows all")
    if folder is not None:
        return Content(f"There is no project in {clean(str(folder))}.\n\n{_OTHER}")
    return _EMPTY
