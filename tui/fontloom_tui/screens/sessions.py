"""The sessions: home. What runs, what needs a decision, and what is done."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, Static
from textual.worker import Worker

from fontloom.model.errors import FontloomError
from fontloom.model.result import ProjectStatus
from fontloom_tui import messages
from fontloom_tui.beginnings import anew, first_export
from fontloom_tui.dialogs.cleanup import CleanupDialog
from fontloom_tui.dialogs.onboarding import FirstStep, OnboardingDialog
from fontloom_tui.dialogs.path import PathDialog
from fontloom_tui.dialogs.problem import ProblemDialog
from fontloom_tui.dialogs.session_recovery import Recovery, SessionRecoveryDialog
from fontloom_tui.dialogs.verify import VerifyDialog
from fontloom_tui.services import Services
from fontloom_tui.widgets.project_detail import ProjectDetail
from fontloom_tui.widgets.project_words import (
    Project,
    State,
    can_resume,
    needs_a_look,
    state_of,
)
from fontloom_tui.widgets.session_filter import SessionFilter
from fontloom_tui.widgets.session_list import SessionList
from fontloom_tui.widgets.session_words import counts, instead, where

_REFRESH_SECONDS = 3.0


class SessionsScreen(Screen[None]):
    """Recent projects, or those of a folder."""

    HELP = """
### Sessions
A session is one dataset being made. First comes what needs you: **waiting** (something has to be changed
first), **failed**, **interrupted** (its engine died; nothing that was saved is lost), **paused**. Then what
is running, then what is finished. The list refreshes itself; the part below tells more about the one marked.
"""
    AUTO_FOCUS = ""
    CSS_PATH = "sessions.tcss"
    BINDINGS = [
        Binding("n", "configure", "New", tooltip="Choose fonts and settings of a new export"),
        Binding("r", "resume", "Resume", tooltip="Go on with the marked session"),
        Binding("v", "verify", "Verify", tooltip="Check that the dataset is whole"),
        Binding("d", "clean_up", "Clean", tooltip="Take it off the list, or delete the dataset"),
        Binding("o", "folder", "Folder", tooltip="Show the projects in another folder"),
        Binding("slash", "filter", "Filter", key_display="/", tooltip="Show only those with a name or state"),
        Binding("w", "welcome", "First steps"),
        Binding("y", "copy_path", "Copy path", show=False),
        Binding("f5,ctrl+r", "refresh", "Refresh", show=False),
        Binding("escape", "wider", "All", tooltip="Take the filter off, or leave the folder"),
    ]

    def __init__(self, services: Services, *, onboarding: bool, alone: bool = True) -> None:
        """`alone` is whether nothing else was asked for: it then begins with what is to be done first."""
        super().__init__()
        self._services = services
        self._onboarding = onboarding
        self._folder: Path | None = None
        self._projects: Sequence[Project] | None = None
        self._problem: FontloomError | None = None
        self._begun = not alone
        self._reading: Worker[None] | None = None
        self._wake = asyncio.Event()

    def compose(self) -> ComposeResult:
        with Horizontal(id="header"):
            yield Static(id="where", markup=False)
            yield Static(id="counts", markup=False)
        yield SessionFilter()
        yield Static(id="instead")
        with Vertical(id="body"):
            yield SessionList()
            yield ProjectDetail()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self._draw()

    # Reading, while in front

    def on_screen_resume(self) -> None:
        self._reading = self.run_worker(self._keep_reading, name="sessions")

    def on_screen_suspend(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def _keep_reading(self) -> None:
        while True:
            self._wake.clear()
            await self._read()
            with suppress(TimeoutError):
                async with asyncio.timeout(_REFRESH_SECONDS):
                    await self._wake.wait()

    async def _read(self) -> None:
        folder = self._folder
        try:
            projects = await self._services.projects(folder)
        except FontloomError as error:
            self._problem = error
        else:
            if folder == self._folder:
                self._problem, self._projects = None, projects
        self._draw()
        if not self._begun and self._projects is not None and self.is_active:
            self._begun = True
            self._begin(self._projects)

    def _begin(self, projects: Sequence[Project]) -> None:
        """The first steps, or what was interrupted."""
        broken = [p for p in projects if isinstance(p, ProjectStatus) and state_of(p) is State.INTERRUPTED]
        if broken:
            self._recover(max(broken, key=lambda project: project.updated_at), others=len(broken) - 1)
        elif not projects and self._onboarding:
            self.action_welcome()

    # Showing

    @property
    def _filter(self) -> SessionFilter:
        return self.query_one(SessionFilter)

    @property
    def _chosen(self) -> Project | None:
        return self.query_one(SessionList).chosen if self.is_mounted else None

    def _draw(self) -> None:
        known = self._projects or ()
        shown = [project for project in known if self._filter.lets_through(project)]
        problem = self._problem.error if self._problem else None
        self.query_one("#where", Static).update(where(self._folder, problem))
        self.query_one("#counts", Static).update(counts(known))
        self.query_one("#body").display = bool(shown)
        self.query_one("#instead").display = not shown
        self.query_one("#instead", Static).update(instead(self._projects, self._folder, problem))
        self.query_one(SessionList).show(shown, self._services.now())
        if shown and self.focused is None:
            self.query_one(SessionList).focus_lines()
        self._draw_detail()

    def _draw_detail(self) -> None:
        project = self._chosen
        if project is not None:
            brief = not self.has_class("-tall")
            self.query_one(ProjectDetail).show(project, self._services.now(), brief=brief)
        self.refresh_bindings()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw_detail)

    def on_session_list_chosen(self) -> None:
        self._draw_detail()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        project = self._chosen
        match action:
            case "resume":
                return project is not None and can_resume(project)
            case "verify":
                return isinstance(project, ProjectStatus)
            case "clean_up" | "copy_path":
                return project is not None
            case "filter":
                return bool(self._projects) and not self._filter.display
            case "welcome":
                return self._projects is not None and not self._projects and self._folder is None
            case "wider":
                return self._folder is not None or self._filter.display
        return True

    def on_session_list_opened(self, event: SessionList.Opened) -> None:
        project = event.project
        if not isinstance(project, ProjectStatus):
            self.app.push_screen(ProblemDialog(project.error))
        elif needs_a_look(project):
            self._recover(project)
        else:
            self.post_message(messages.OpenProject(project.project_path))

    def action_configure(self) -> None:
        """Begins a new export."""
        self.post_message(messages.Configure())

    def action_resume(self) -> None:
        """Goes on with the marked session."""
        if self._chosen is not None:
            self.post_message(messages.ResumeProject(self._chosen.project_path))

    def action_verify(self) -> None:
        """Verifies the marked session."""
        if self._chosen is not None:
            self.app.push_screen(VerifyDialog(self._services, self._chosen.project_path))

    def action_clean_up(self) -> None:
        """Forgets or deletes the marked project."""
        if self._chosen is not None:
            self.app.push_screen(CleanupDialog(self._services, self._chosen))

    def action_copy_path(self) -> None:
        """Copies the path of the marked project."""
        if self._chosen is not None:
            self.app.copy_to_clipboard(str(self._chosen.project_path))
            self.notify("The path is on the clipboard.", timeout=3)

    def action_refresh(self) -> None:
        """Looks again now."""
        self._wake.set()

    @work
    async def action_folder(self) -> None:
        """Shows the projects in a folder."""
        start = str(self._folder or Path.cwd())
        folder = await self.app.push_screen_wait(PathDialog("Show the projects in a folder", start))
        if folder is not None:
            self._look_in(folder.absolute())

    def _look_in(self, folder: Path | None) -> None:
        self._folder, self._projects, self._problem = folder, None, None
        self._draw()
        self._wake.set()

    def action_filter(self) -> None:
        """Shows the filter."""
        self._filter.begin()
        self.refresh_bindings()

    def action_wider(self) -> None:
        """Takes the filter off, or leaves the folder."""
        if self._filter.display:
            self._filter.end()
        else:
            self._look_in(None)
        self._draw()
        self.query_one(SessionList).focus_lines()

    def on_input_changed(self) -> None:
        self._draw()

    def on_input_submitted(self) -> None:
        self._filter.settle()
        self.query_one(SessionList).focus_lines()

    # Dialogs

    @work
    async def action_welcome(self) -> None:
        """Shows the first steps."""
        try:
            first = await asyncio.to_thread(first_export)
        except OSError as error:
            self.post_message(messages.SayProblem(error))
            return
        step = await self.app.push_screen_wait(OnboardingDialog(first))
        self.post_message(messages.Welcomed())
        if step is FirstStep.EXPORT:
            self.post_message(messages.StartExport(first))
        elif step is FirstStep.CONFIGURE:
            self.post_message(messages.Configure())

    @work
    async def _recover(self, project: ProjectStatus, others: int = 0) -> None:
        while True:
            dialog = SessionRecoveryDialog(project, self._services.now(), others=others)
            way = await self.app.push_screen_wait(dialog)
            if way is not Recovery.VERIFY:
                break
            await self.app.push_screen_wait(VerifyDialog(self._services, project.project_path))
        if way is Recovery.RESUME:
            self.post_message(messages.ResumeProject(project.project_path))
        elif way is Recovery.LOOK:
            self.post_message(messages.OpenProject(project.project_path))
        elif way is Recovery.ANEW:
            await self._anew(project.project_path)

    async def _anew(self, project: Path) -> None:
        try:
            config = await asyncio.to_thread(anew, project)
        except (FontloomError, OSError) as error:
            self.post_message(messages.SayProblem(error))
        else:
            self.post_message(messages.Configure(config))
