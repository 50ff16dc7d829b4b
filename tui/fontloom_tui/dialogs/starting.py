"""An engine is being started: the fonts are looked at, which can take a while."""

import asyncio
from pathlib import Path
from time import monotonic

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from fontloom.control.launcher import Launched, LaunchRequest
from fontloom.model.errors import FontloomError
from fontloom.model.words import clean, duration
from fontloom_tui.services import Services


class StartingDialog(ModalScreen[Path | FontloomError | None]):
    """Starts an engine. Answers with its project, with what is wrong, or with nothing when it was stopped."""

    HELP = "The run begins by itself once all fonts were looked at. **Stop** ends it before anything is made."
    BINDINGS = [("escape,q", "stop", "Stop")]
    CSS_PATH = "starting.tcss"

    def __init__(self, services: Services, request: LaunchRequest) -> None:
        super().__init__()
        self._services = services
        self._request = request
        self._began = monotonic()
        self._starting: asyncio.Task[Launched] | None = None
        self._outcome: Path | FontloomError | None = None

    def compose(self) -> ComposeResult:
        config = self._request.config
        where = config.output_path / config.project_name if config else self._request.project_path
        with Vertical(classes="dialog") as box:
            box.border_title = "Starting"
            yield Static(clean(str(where)), markup=False)
            yield Static("", id="stage", classes="muted")
            with Horizontal(classes="buttons"):
                yield Button("Stop", id="stop")

    def on_mount(self) -> None:
        self._tick()
        self.set_interval(1, self._tick)
        self._launch()

    def _tick(self) -> None:
        doing = "Looking at the fonts" if self._request.config else "Checking what is there"
        self.query_one("#stage", Static).update(f"{doing} … {duration(monotonic() - self._began)}")

    @work(exclusive=True)
    async def _launch(self) -> None:
        self._starting = asyncio.create_task(self._services.launch(self._request))
        try:
            # A lost connection ends this app; only Stop is to end what it has started.
            launched = await asyncio.shield(self._starting)
        except FontloomError as error:
            self._outcome = error
        else:
            self._outcome = launched.project_path
        self._settle()

    def on_screen_resume(self) -> None:
        self._settle()

    def _settle(self) -> None:
        """Answers, once nothing covers this dialog: the screen in front is what an answer closes."""
        if self._outcome is not None and self.is_active:
            self.dismiss(self._outcome)

    def action_stop(self) -> None:
        """Tells the engine to stop before it began."""
        if self._starting is not None:
            self._starting.cancel()
        self.workers.cancel_node(self)
        self.dismiss(None)

    def on_button_pressed(self) -> None:
        self.action_stop()
