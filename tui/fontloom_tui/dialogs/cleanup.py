"""Cleaning up: taking a project off the list, or deleting its dataset."""

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, ContentSwitcher, Input, Static

from fontloom.model.errors import ExportError, FontloomError
from fontloom.model.result import ProjectProblem, ProjectRemoval
from fontloom.model.words import clean, count
from fontloom.store.cleanup import delete_project
from fontloom.store.state import SessionStateManager
from fontloom_tui.services import Services
from fontloom_tui.widgets.facts import Facts
from fontloom_tui.widgets.project_words import Project, is_held, short_name, state_of, written

_LISTED = 10


class CleanupDialog(ModalScreen[bool]):
    """Answers whether anything was changed."""

    HELP = """
### Cleaning up
**Forget** takes the project off the list of recent ones and keeps all its files.
**Delete** removes what fontloom made in the folder: images, manifests, state, logs. What it did not make
stays, and is named. To delete, type the name of the project: it cannot be taken back.
"""
    BINDINGS = [
        Binding("escape", "leave", "Close"),
        Binding("f", "forget", "Forget"),
        Binding("d", "ask_delete", "Delete"),
    ]
    CSS_PATH = "cleanup.tcss"

    def __init__(self, services: Services, project: Project) -> None:
        super().__init__()
        self._documents = services.documents
        self._project = project
        self._called = short_name(project.project_path)
        self._gone = 0
        self._changed = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = Content(f"Clean up: {clean(self._called)}")
            yield Facts("path", "state", "holds")
            with ContentSwitcher(initial="asking"):
                with Vertical(id="asking"):
                    yield Static(self._choices())
                    with Horizontal(classes="buttons"):
                        yield Button("Keep it", classes="leave")
                        yield Button(
                            "Delete … [b]D[/]", variant="error", id="delete", disabled=not self._can_delete
                        )
                        yield Button("Forget [b]F[/]", id="forget")
                with Vertical(id="confirming"):
                    yield Static(
                        Content.assemble(
                            "All images, manifests, state and logs of this project are deleted. ",
                            ("This cannot be taken back.", "bold"),
                            f" Type its name to confirm: {clean(self._called)}",
                        )
                    )
                    yield Input(placeholder="name of the project", compact=True)
                    with Horizontal(classes="buttons"):
                        yield Button("Keep it", classes="leave")
                        yield Button("Delete for good", variant="error", id="sure", disabled=True)
                with Vertical(id="working"):
                    yield Static(id="doing")
                with Vertical(id="done"):
                    yield Static(id="outcome", markup=False)
                    with Horizontal(classes="buttons"):
                        yield Button("Close", variant="primary", classes="leave")

    @property
    def _can_delete(self) -> bool:
        return not is_held(self._project)

    def _choices(self) -> Content:
        what = "Everything that fontloom made in the folder."
        if is_held(self._project):
            what = "Not possible now: an engine holds it. Pause or cancel the run first."
        return Content.assemble(
            ("Forget", "bold"),
            "  Off the list of recent projects; every file stays.\n",
            ("Delete", "bold"),
            f"  {what}",
        )

    def on_mount(self) -> None:
        project = self._project
        holds = clean(project.error.message) if isinstance(project, ProjectProblem) else written(project)
        self.query_one(Facts).tell(
            {"path": clean(str(project.project_path)), "state": state_of(project), "holds": holds}
        )
        self.query_one("#asking .leave").focus()
        self.set_interval(0.5, self._tick)

    @property
    def _stage(self) -> str | None:
        return self.query_one(ContentSwitcher).current

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "forget":
                return self._stage == "asking"
            case "ask_delete":
                return self._stage == "asking" and self._can_delete
            case "leave":
                return self._stage != "working"
        return True

    def _turn(self, stage: str, focus: str | None) -> None:
        self.query_one(ContentSwitcher).current = stage
        if focus is not None:
            self.query_one(f"#{stage} {focus}").focus()
        self.refresh_bindings()

    def _tick(self) -> None:
        if self._stage == "working":
            self.query_one("#doing", Static).update(f"Deleting … {count(self._gone, 'file')} gone")

    # Forgetting

    def action_forget(self) -> None:
        """Takes it off the list."""
        self._forget()

    @work
    async def _forget(self) -> None:
        await self._off_the_list()
        self.dismiss(True)

    async def _off_the_list(self) -> None:
        manager = SessionStateManager(self._documents)
        await asyncio.to_thread(manager.forget, self._project.project_path)

    # Deleting

    def action_ask_delete(self) -> None:
        """Asks for the name."""
        self._turn("confirming", "Input")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#sure").disabled = event.value != self._called

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value == self._called:
            self._delete()

    def _delete(self) -> None:
        self._turn("working", None)
        self._tick()
        self._remove()

    @work
    async def _remove(self) -> None:
        def progress(files: int) -> None:
            self._gone = files

        self._changed = True
        try:
            removal = await asyncio.to_thread(
                delete_project, self._project.project_path, on_progress=progress
            )
        except FontloomError as error:
            self._say(_refused(error.error, self._gone), good=False)
        else:
            await self._off_the_list()
            self._say(_removed(removal), good=True)

    def _say(self, words: str, *, good: bool) -> None:
        outcome = self.query_one("#outcome", Static)
        outcome.update(clean(words))
        outcome.set_class(not good, "bad")
        self._turn("done", ".leave")

    def action_leave(self) -> None:
        """Closes."""
        self.dismiss(self._changed)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "forget":
                self.action_forget()
            case "delete":
                self.action_ask_delete()
            case "sure":
                self._delete()
            case _:
                self.action_leave()


def _removed(removal: ProjectRemoval) -> str:
    words = f"{count(removal.removed_files, 'file')} deleted."
    if not removal.remained:
        return f"{words} The folder is gone."
    names = [f"  {name}" for name in removal.remained[:_LISTED]]
    if len(removal.remained) > _LISTED:
        names.append(f"  and {len(removal.remained) - _LISTED:,} more")
    return "\n".join((f"{words} Left in place, because fontloom did not make it:", *names))


def _refused(error: ExportError, gone: int) -> str:
    what = f"{count(gone, 'file')} deleted, then it stopped." if gone else "Nothing was deleted."
    return f"{what} {error.message} {error.detail}\n{error.suggested_action}"
