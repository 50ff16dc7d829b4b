"""All that is known of one project of the list, and how to go on with it."""

from collections.abc import Mapping
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from fontloom.model.result import ProjectProblem, ProjectStatus
from fontloom.model.words import clean, duration, size
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.facts import Facts
from fontloom_tui.widgets.project_words import (
    Project,
    bar,
    colour,
    fonts,
    images,
    next_step,
    part_done,
    percent,
    reason,
    saved,
    short_name,
    state_of,
    written,
)

_BAR = 24


class ProjectDetail(VerticalScroll, can_focus=False):
    """One project."""

    DEFAULT_CSS = style_of(__file__)

    def compose(self) -> ComposeResult:
        yield Facts(
            "path",
            "state",
            "done",
            "detail",
            "images",
            "fonts",
            "size",
            "saved",
            "work",
            "begun",
            "owner",
            "why",
            "next",
        )

    def show(self, project: Project, now: datetime, *, brief: bool) -> None:
        """Shows a project, seen at this time; `brief` in a few lines."""
        self.border_title = Content(clean(short_name(project.project_path)))
        values = _facts(project, now, brief=brief)
        self.query_one(Facts).tell(
            {
                "path": clean(str(project.project_path)),
                **values,
                "why": clean(reason(project)),
                "next": next_step(project),
            }
        )


def _facts(project: Project, now: datetime, *, brief: bool) -> Mapping[str, Content | str]:
    if isinstance(project, ProjectProblem):
        return {"detail": clean(project.error.detail)}
    since = (now - project.updated_at).total_seconds()
    if brief:
        return {
            "images": written(project),
            "saved": f"{saved(project, since)}, after {duration(project.elapsed_seconds)} of work",
        }
    return _all_facts(project, since)


def _all_facts(project: ProjectStatus, since: float) -> Mapping[str, Content | str]:
    state, part = state_of(project), part_done(project)
    return {
        "state": Content.styled(state, colour(state)),
        "done": Content.assemble(bar(part, _BAR, colour(state)), f" {percent(part)}"),
        "images": images(project),
        "fonts": fonts(project),
        "size": size(project.bytes_written),
        "saved": saved(project, since),
        "work": duration(project.elapsed_seconds),
        "begun": f"{project.created_at:%Y-%m-%d %H:%M} UTC",
        "owner": clean(project.owner or ""),
    }
