"""The app: leads from screen to screen, and holds the one session that is watched."""

import asyncio
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from rich.text import Text
from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.driver import Driver
from textual.screen import Screen
from textual.worker import Worker

from fontloom.cli.face import Opening
from fontloom.control.launcher import LaunchRequest
from fontloom.model.errors import ErrorCode, ExitCode, ExportError, FontloomError, exit_code
from fontloom.model.progress import FINISHED, Snapshot
from fontloom.model.result import PathValidation, SpaceCheck
from fontloom.model.session import SessionStatus
from fontloom.model.words import clean
from fontloom.report.remaining import remaining_config
from fontloom_tui import messages
from fontloom_tui.client import SessionWatch
from fontloom_tui.commands import KeyCommands
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.dialogs.help import HelpDialog
from fontloom_tui.dialogs.path import PathDialog
from fontloom_tui.dialogs.problem import ProblemDialog
from fontloom_tui.dialogs.quit import Leaving, QuitDialog
from fontloom_tui.dialogs.starting import StartingDialog
from fontloom_tui.dialogs.too_small import TooSmall
from fontloom_tui.farewell import exit_status
from fontloom_tui.preferences import load_preferences, save_preferences
from fontloom_tui.screens.configure import ConfigureScreen
from fontloom_tui.screens.errors import ErrorsScreen
from fontloom_tui.screens.font import FontScreen
from fontloom_tui.screens.logs import LogsScreen
from fontloom_tui.screens.run import RunScreen
from fontloom_tui.screens.sessions import SessionsScreen
from fontloom_tui.services import Services
from fontloom_tui.terminal import can_stop

LEAST_WIDTH, LEAST_HEIGHT = 60, 18


class FontloomApp(App[int]):
    """fontloom in a terminal. Its result is the exit status."""

    TITLE = "fontloom"
    CSS_PATH = "app.tcss"
    COMMANDS = App.COMMANDS | {KeyCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]
    BINDINGS = [
        Binding("q", "ask_quit", "Quit"),
        Binding("ctrl+q,ctrl+c", "ask_quit", "Quit", show=False, priority=True),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("f1", "help", "Help", show=False, priority=True),
        Binding("ctrl+p", "command_palette", "Commands", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "Back to the shell for a while", show=False, priority=True),
        Binding("plus,equals_sign", "faster(1)", "Look more often", show=False),
        Binding("minus", "faster(-1)", "Look less often", show=False),
    ]

    def __init__(
        self,
        services: Services,
        opening: Opening | None = None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.services = services
        self._opening = opening or Opening()
        self.preferences = load_preferences(services.documents)
        self.session: SessionWatch | None = None
        self._watching: Worker[None] | None = None
        self.last_project: Path | None = None
        """The project that was shown last: how to come back is told of it."""

    # Life

    async def on_mount(self) -> None:
        self.theme = (
            self.preferences.theme if self.preferences.theme in self.available_themes else "textual-dark"
        )
        self.theme_changed_signal.subscribe(self, lambda theme: self._remember(theme=theme.name))
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        opening = self._opening
        onboarding = not self.preferences.onboarded
        alone = opening == Opening()
        await self.push_screen(SessionsScreen(self.services, onboarding=onboarding, alone=alone))
        if opening.config is not None and opening.start:
            self._launch(LaunchRequest(config=opening.config))
        elif opening.config is not None:
            self.post_message(messages.Configure(opening.config))
        elif opening.project is not None and opening.resume:
            self._launch(
                LaunchRequest(
                    project_path=opening.project,
                    accept_versions=opening.accept_versions,
                    engine=opening.engine,
                )
            )
        elif opening.project is not None:
            self.post_message(messages.OpenProject(opening.project))

    async def on_unmount(self) -> None:
        await self.services.close()

    def on_resize(self, event: events.Resize) -> None:
        small = TooSmall(LEAST_WIDTH, LEAST_HEIGHT)
        shown = any(isinstance(screen, TooSmall) for screen in self.screen_stack)
        if not shown and not small.fits(event.size):
            self.push_screen(small)

    def _remember(self, **changes: object) -> None:
        self.preferences = self.preferences.model_copy(update=changes)
        save_preferences(self.services.documents, self.preferences)

    # Leading from screen to screen

    def on_go_back(self) -> None:
        self._leave_screen()

    def _leave_screen(self) -> None:
        """Leaves a screen; the sessions are the ground."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        if not isinstance(self.screen, RunScreen | ErrorsScreen | LogsScreen | FontScreen):
            self._unwatch()

    def on_go_home(self) -> None:
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self._unwatch()

    def on_configure(self, message: messages.Configure) -> None:
        self.on_go_home()
        self.push_screen(ConfigureScreen(self.services, message.config))

    def on_start_export(self, message: messages.StartExport) -> None:
        self._launch(LaunchRequest(config=message.config))

    def on_resume_project(self, message: messages.ResumeProject) -> None:
        self._launch(
            LaunchRequest(
                project_path=message.project, accept_versions=message.accept_versions, retry=message.retry
            )
        )

    def on_open_project(self, message: messages.OpenProject) -> None:
        self._show(message.project)

    def on_open_errors(self, message: messages.OpenErrors) -> None:
        if self.session is not None:
            self.push_screen(ErrorsScreen(self.session, message.font_name))

    def on_open_logs(self) -> None:
        if self.session is not None:
            self.push_screen(LogsScreen(self.session))

    def on_open_font(self, message: messages.OpenFont) -> None:
        if self.session is not None:
            self.push_screen(FontScreen(self.session, message.font_name))

    @work
    async def on_choose_output(self) -> None:
        session = self.session
        if session is None or session.snapshot is None:
            return
        overall = session.snapshot.overall
        left = max(0, overall.total_images - overall.exported_images)
        size = left * overall.bytes_written // max(1, overall.exported_images)

        async def room(path: Path, _bytes: int, _inodes: int) -> tuple[PathValidation, SpaceCheck | None]:
            return await self.services.room(path, size, left)

        dialog = PathDialog("Make the rest in another folder", str(session.project.parent), check=room)
        output = await self.push_screen_wait(dialog)
        if output is None:
            return
        try:
            config = await asyncio.to_thread(remaining_config, session.project, output.absolute())
        except (FontloomError, OSError) as error:
            self.say_problem(error)
            return
        unfinished = sum(font.status not in FINISHED for font in session.fonts.values())
        question = (
            f"The {len(session.fonts) - unfinished:,} fonts that are finished stay in {session.project}. "
            f"The {unfinished:,} others are made in {config.output_path / config.project_name}, each from "
            f"its first sample: whole fonts stay together.\n\n"
            f"{session.project.name} is left paused. Resume it only if you want those fonts there too."
        )
        if await self.push_screen_wait(
            ConfirmDialog("Another output", clean(question), yes="Go on there", no="Stay here")
        ):
            with suppress(FontloomError, TimeoutError):
                await session.pause(leave=True)
            self._launch(LaunchRequest(config=config))

    def _launch(self, request: LaunchRequest) -> None:
        def launched(project: Path | FontloomError | None) -> None:
            if not isinstance(project, Path) and request.config and isinstance(self.screen, SessionsScreen):
                self.on_configure(messages.Configure(request.config))  # where it can be corrected
            if isinstance(project, FontloomError):
                if project.error.code is ErrorCode.VERSIONS_CHANGED:
                    self._ask_versions(request, project.error)
                else:
                    self.push_screen(ProblemDialog(project.error))
            elif project is not None:
                self._show(project)

        self.push_screen(StartingDialog(self.services, request), launched)

    def _ask_versions(self, request: LaunchRequest, refusal: ExportError) -> None:
        def answered(accept: bool | None) -> None:
            if accept:
                self._launch(request.model_copy(update={"accept_versions": True}))

        changed = "\n".join(f"  {change}" for change in refusal.detail.split("; "))
        advice = "Install the versions named, or resume with these all the same."
        self.push_screen(
            ConfirmDialog(
                "Other versions",
                clean(f"{refusal.message}\n{changed}\n\n{advice}"),
                yes="Resume all the same",
                no="Leave it",
            ),
            answered,
        )

    def _show(self, project: Path) -> None:
        self.on_go_home()
        self.last_project = project
        self._remember(onboarded=True)
        self.session = SessionWatch(project, self.services, self._tell)
        self.session.hertz = self.preferences.hertz
        self.push_screen(RunScreen(self.session))
        self._watching = self.run_worker(self.session.run, name="watch", exit_on_error=True)

    def _unwatch(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._watching = self.session = None

    def _tell(self, snapshot: Snapshot | None) -> None:
        """Hands the news to the screen in front, and to the one that is seen behind a dialog."""
        for screen in reversed(self.screen_stack):
            screen.post_message(messages.Watched(snapshot))
            if not screen.is_modal:
                break

    # Keys that work everywhere

    def action_faster(self, direction: int) -> None:
        """Looks at the engine more or less often."""
        if self.session is None:
            return
        self.session.hertz *= 2.0**direction
        self._remember(hertz=self.session.hertz)
        self.notify(f"{self.session.hertz:g} looks a second", timeout=2)

    def action_help(self) -> None:
        """Explains what is focused, and which keys apply."""
        if isinstance(self.screen, HelpDialog):
            self.screen.dismiss()
        else:
            self.push_screen(HelpDialog.of(self.screen))

    def on_welcomed(self) -> None:
        self._remember(onboarded=True)

    def on_say_problem(self, message: messages.SayProblem) -> None:
        self.say_problem(message.error)

    def action_ask_quit(self) -> None:
        """Leaves; asks how when an engine is running. Asked again, leaves without an answer."""
        if isinstance(self.screen, StartingDialog):
            self.screen.action_stop()
            return
        session = self.session
        if session is None or session.problem or _over(session):
            self._leave(Leaving.DETACH)
            return
        asked = next((screen for screen in self.screen_stack if isinstance(screen, QuitDialog)), None)
        if asked is None:
            self.push_screen(QuitDialog(session), self._leave)
        else:
            self._leave(asked.waiting or Leaving.DETACH)

    def _leave(self, leaving: Leaving | None) -> None:
        if leaving is None:
            return
        session = self.session
        if session is not None and session.problem is not None:
            self.leave(exit_code(session.problem.error.code))
        elif session is not None and session.snapshot is not None and _over(session):
            self.leave(exit_status(session.snapshot))
        else:
            self.leave(ExitCode.DONE if leaving is Leaving.DETACH else ExitCode.PAUSED)

    def leave(self, status: int) -> None:
        """Ends the app with an exit status. The engine goes on."""
        self.exit(int(status), return_code=int(status))

    def action_suspend_process(self) -> None:
        """Stops this process, as other programs do on ctrl+z; the run goes on."""
        if can_stop():
            super().action_suspend_process()
        else:
            self.notify("No shell is here that could bring fontloom back. The run goes on when you quit.")

    async def action_quit(self) -> None:
        self.action_ask_quit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield SystemCommand("Sessions", "All projects that can be opened or resumed", self.on_go_home)
        yield SystemCommand(
            "New export", "Choose fonts and settings", lambda: self.on_configure(messages.Configure())
        )
        yield from super().get_system_commands(screen)

    def _fatal_error(self) -> None:
        # Textual's own traceback holds the values of all variables: pages of them.
        words = "The screens of fontloom failed; a run that they showed goes on."
        self._exit_renderables.append(Text(f"{traceback.format_exc()}\n{words}"))
        self._close_messages_no_wait()

    def say_problem(self, error: FontloomError | TimeoutError | OSError) -> None:
        """A passing note about something that did not work."""
        action = f" {error.error.suggested_action}" if isinstance(error, FontloomError) else ""
        text = f"{error}{action}"
        self.notify(clean(text), severity="error", timeout=8, markup=False)


def _over(session: SessionWatch) -> bool:
    """Whether no engine is there, or one that has nothing left to do but to end."""
    ended = (SessionStatus.COMPLETED, SessionStatus.CANCELLED, SessionStatus.FAILED)
    return session.finished or (session.snapshot is not None and session.snapshot.status in ended)
