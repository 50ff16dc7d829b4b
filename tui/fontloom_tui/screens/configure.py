"""The configure screen: fonts and settings, what they will make, and the start."""

import asyncio
from contextlib import suppress

from textual import work
from textual.binding import Binding
from textual.widgets import Static

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import FontloomError
from fontloom.model.form import check, form_values
from fontloom_tui import messages
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.drafts import Draft, DraftSaver, Loaded, load_draft
from fontloom_tui.font_finding import FontFinder
from fontloom_tui.path_picking import Site, look_at_output
from fontloom_tui.project_names import PROJECTS, Place, Standing, look_at
from fontloom_tui.readiness import Readiness, readiness
from fontloom_tui.screens.configure_layout import ConfigureLayout
from fontloom_tui.services import Services
from fontloom_tui.widgets.export_config_panel import ExportConfigPanel
from fontloom_tui.widgets.sample_preview import SamplePreview
from fontloom_tui.widgets.structure_preview import Volume


class ConfigureScreen(ConfigureLayout):
    """Everything that an export needs to be told, by keyboard."""

    HELP = """
## New export
**PgDn** and **PgUp** turn the pages (in the list of fonts with **ctrl**). The last line says what will be
made, or what is in the way; **ctrl+s** starts it. What you type is kept as a draft, and there next time.
"""
    CSS_PATH = "configure.tcss"
    BINDINGS = [
        Binding("ctrl+s", "start", "Start"),
        Binding("ctrl+n", "free_name", "Free name"),
        Binding("ctrl+g", "existing", "Open it"),
        Binding("escape", "back", "Back"),
        Binding("ctrl+r", "reset", "Reset all"),
    ]

    def __init__(self, services: Services, config: ExportSessionConfig | None) -> None:
        loaded = Loaded() if config else load_draft(services.documents)
        draft = loaded.draft or Draft()
        super().__init__(form_values(config) if config else draft.values)
        self._services = services
        self._notice = loaded.notice
        self._left_out = draft.left_out
        self._finder = FontFinder(services, self._fonts)
        self._saver = DraftSaver(services.documents, services.now, self._saving.show)
        result = self._panel.result
        # The last that was right: fonts are looked for although something else is being typed.
        self._good = result if isinstance(result, ExportSessionConfig) else ExportSessionConfig()
        self._place: Place | None = None
        self._site: Site | None = None
        self._bytes_per_sample: float | None = None
        # Whatever changes the size of images is counted; the estimate is of so many changes.
        self._changes, self._measured = 1, 0
        self._ready = Readiness("", None)

    def on_mount(self) -> None:
        if self._notice:
            self.notify(self._notice, severity="warning", timeout=12, markup=False)
        self._fonts.leave_out(self._left_out)
        self._scan()
        self._look()
        self._panel.enter()

    async def on_unmount(self) -> None:
        await self._saver.flush()

    # What was changed

    def on_export_config_panel_changed(self, event: ExportConfigPanel.Changed) -> None:
        if isinstance(self._panel.result, ExportSessionConfig):
            self._good = self._panel.result
            self._changes += 1
            self._soon(self._draw)
        if event.key in ("fonts", ""):
            self._finder.busy = True
            self._soon(self._scan)
        if event.key.startswith("text.") or not event.key:
            self._soon(self._look_at_text)
        if event.key in ("project_name", "output_path", ""):
            self._place = self._site = None
            self._panel.note("project_name", "")
            self._soon(self._look)
        self._keep()
        self._tell()

    def _keep(self) -> None:
        if self._finder.settled:
            self._left_out = tuple(sorted(self._fonts.left_out))
        self._saver.change(self._panel.values, self._left_out)

    # Fonts

    @work(exclusive=True, group="scan")
    async def _scan(self) -> None:
        wanted = check({"fonts": self._panel.values["fonts"]})
        if isinstance(wanted, ExportSessionConfig):
            text = self._good.text
            await self._finder.scan(wanted.fonts, text, self._good.engine)
            if self._good.text != text:
                self._look_at_text()
            self._tell()

    @work(exclusive=True, group="text")
    async def _look_at_text(self) -> None:
        try:
            await self._finder.look_at_text(self._good.text)
        except (FontloomError, TimeoutError) as error:
            self.post_message(messages.SayProblem(error))

    def on_font_list_selection_changed(self) -> None:
        if self._finder.settled and self._fonts.left_out != set(self._left_out):
            self._changes += 1
            self._soon(self._draw)
            self._keep()
        self._tell()

    def on_font_list_highlighted(self) -> None:
        self._soon(self._draw)

    def on_configure_layout_preview_wanted(self) -> None:
        self._soon(self._draw)

    # Preview

    def on_sample_preview_other(self) -> None:
        self._draw()

    @work(exclusive=True, group="preview")
    async def _draw(self) -> None:
        font = self._fonts.selected
        if font is None:
            self._preview.say(self._finder.problem or "No font is marked.")
            return
        try:
            scout = await self._services.scout()
        except FontloomError as error:
            self._preview.say(str(error))
            return
        await self._preview.show(self._good, font, scout)
        if self._measured != (changes := self._changes):
            # Fonts differ: the shown one is a first guess.
            with suppress(FontloomError, TimeoutError):
                measured = await self._finder.measure(self._good)
                self._bytes_per_sample = measured or self._bytes_per_sample
                self._measured = changes
                self._tell()

    def on_sample_preview_measured(self, event: SamplePreview.Measured) -> None:
        if self._bytes_per_sample is None:
            self._bytes_per_sample = event.bytes_per_sample
            self._tell()

    # The project's name

    @work(exclusive=True, group="place")
    async def _look(self) -> None:
        await self._look_now()

    async def _look_now(self) -> None:
        config = self._panel.result
        if isinstance(config, ExportSessionConfig):
            try:
                self._site = await look_at_output(config.output_path, 0, 0)
                self._place = await asyncio.to_thread(look_at, config.output_path, config.project_name)
            except OSError as error:
                self.post_message(messages.SayProblem(error))
                return
            self._panel.note("project_name", self._place.words)
            self._tell()

    def action_free_name(self) -> None:
        """Takes the proposed name."""
        if self._place is not None:
            self._panel.put({"project_name": self._place.free_name})

    def action_existing(self) -> None:
        """Goes on with the project that has the name, or shows it."""
        if self._place is None:
            return
        if self._place.standing is Standing.UNFINISHED:
            self.post_message(messages.ResumeProject(self._place.project))
        else:
            self.post_message(messages.OpenProject(self._place.project))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys about a name that is taken are there only then."""
        standing = Standing.FREE if self._place is None else self._place.standing
        if action == "free_name":
            return standing is not Standing.FREE
        if action == "existing":
            return standing in PROJECTS
        return super().check_action(action, parameters)

    # What will be made

    def _tell(self) -> None:
        """Says what will be made, or what is in the way, and marks the pages that need attention."""
        if not self.is_mounted:
            return
        fonts = self._finder.taken()
        good = self._good
        volume = Volume(len(fonts), good.num_samples, len(good.variants), self._bytes_per_sample)
        self._ready = readiness(
            self._panel.result,
            self._place,
            self._site,
            looking=self._finder.busy,
            fonts_problem=self._finder.problem,
            volume=volume,
        )
        line = self.query_one("#review", Static)
        line.update(self._ready.words)
        line.set_class(self._ready.key is not None, "bad")
        selected = self._fonts.selected
        self._structure.show(good, volume, selected.font_name if selected else None)
        room = volume.disk_bytes
        self._panel.needs("output_path", room or 0, volume.files)
        wrong = {problem.key for problem in self._panel.problems} | {self._ready.key}
        self._pages.mark({self._panel.place_of(key) for key in wrong if key})
        self.refresh_bindings()

    async def action_start(self) -> None:
        """Starts the export, or goes to what is in the way."""
        await self._look_now()
        self._tell()
        config = self._panel.result
        if self._ready.key is not None or not isinstance(config, ExportSessionConfig):
            self.notify(self._ready.words, severity="warning", timeout=5, markup=False)
            self._go_to(self._ready.key or "project_name")
            return
        await self._saver.flush()
        self.post_message(messages.StartExport(self._finder.configured(config)))

    def action_reset(self) -> None:
        """Brings all defaults back, if that is meant."""

        def answered(yes: bool | None) -> None:
            if yes:
                self._panel.put(form_values(ExportSessionConfig()))

        question = "All settings go back to their defaults. The fonts that were left out stay left out."
        self.app.push_screen(ConfirmDialog("Reset the form", question, yes="Reset"), answered)

    def action_back(self) -> None:
        """Leaves; the draft is kept."""
        self.post_message(messages.GoBack())
