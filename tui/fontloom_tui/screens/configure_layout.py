"""Where everything of the configure screen stands: pages, or columns where there is room."""

from collections.abc import Callable, Mapping

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Footer, Static

from fontloom_tui.path_picking import PathPicking, look_at_output
from fontloom_tui.widgets.export_config_panel import ExportConfigPanel
from fontloom_tui.widgets.font_list import FontList
from fontloom_tui.widgets.page_tabs import PageTabs
from fontloom_tui.widgets.sample_preview import SamplePreview
from fontloom_tui.widgets.save_status_indicator import SaveStatusIndicator
from fontloom_tui.widgets.structure_preview import StructurePreview

_PATIENCE_SECONDS = 0.3
"""Typing is waited for before anything outside the form is asked."""

_TWO_COLUMNS, _TALL = 100, 32
_SIDE_PAGES = ("Preview", "Review")
"""Pages of their own where there is no room beside the form."""


class ConfigureLayout(PathPicking):
    """The parts of the screen, and how one gets about in it."""

    BINDINGS = [
        # Inputs have these keys too, for themselves.
        Binding("pagedown,ctrl+pagedown", "page(1)", "Page", key_display="PgUp/Dn", priority=True),
        Binding("pageup,ctrl+pageup", "page(-1)", "Page", show=False, priority=True),
        Binding("ctrl+pagedown", "turn(1)", "Page", key_display="^PgUp/Dn", priority=True),
        Binding("ctrl+pageup", "turn(-1)", "Page", show=False, priority=True),
    ]

    class PreviewWanted(Message):
        """The preview has another size."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__()
        self._panel = ExportConfigPanel(values, look_at_output)
        self._fonts = FontList()
        self._preview = SamplePreview()
        self._structure = StructurePreview()
        self._saving = SaveStatusIndicator()
        titles = [section.title for section in self._panel.sections]
        self._pages = PageTabs([*titles, *_SIDE_PAGES], always=len(titles))
        self._target: str | None = None
        self._turns = 0
        self._waiting: dict[str, Timer] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Static("fontloom › New export", id="where")
            yield self._saving
        yield self._pages
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self._panel
                yield self._fonts
            with Vertical(id="side"):
                yield self._preview
                with VerticalScroll(id="structure") as structure:
                    structure.border_title = "What will be made"
                    yield self._structure
        yield Static("", id="review", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def _soon(self, what: Callable[[], object]) -> None:
        """Does something when nothing has asked for it for a moment."""
        name = what.__name__
        if name in self._waiting:
            self._waiting[name].stop()
        self._waiting[name] = self.set_timer(_PATIENCE_SECONDS, what)

    async def on_tabs_tab_activated(self, event: PageTabs.TabActivated) -> None:
        event.stop()
        await self._show_page()
        self._turns = max(0, self._turns - 1)

    async def _show_page(self) -> None:
        page = self._pages.page
        beside = page - len(self._panel.sections)
        self._arrange()
        entering = bool(self._target) or not self._pages.has_focus
        if beside < 0 and page != self._panel.place:
            await self._panel.show(page, entering=entering)
        elif beside < 0 and self._panel.has_focus_within:
            return  # The focus brought us here.
        if entering:
            # What was hidden takes the focus only once it is laid out.
            self.call_after_refresh(self._enter_page)
        if beside == 0:
            self.post_message(self.PreviewWanted())

    def _arrange(self) -> None:
        page, two_columns = self._pages.page, self.size.width >= _TWO_COLUMNS
        beside = page - len(self._panel.sections)
        self.query_one("#left").display = two_columns or beside < 0
        self.query_one("#side").display = two_columns or beside >= 0
        self._preview.display = two_columns or beside == 0
        self.query_one("#structure").display = two_columns or beside == 1
        self._fonts.display = page == 0
        self._panel.leave_room(page == 0)

    def _enter_page(self) -> None:
        if self._turns:
            return  # to the page that is turned to next
        match self._pages.page - len(self._panel.sections):
            case 0:
                self._preview.focus()
            case 1:
                self.query_one("#structure").focus()
            case _:
                self._panel.enter(self._target)
        self._target = None

    def on_export_config_panel_section_entered(self, event: ExportConfigPanel.SectionEntered) -> None:
        if not self._turns:
            self._pages.page = event.place

    def on_resize(self) -> None:
        two_columns = self.size.width >= _TWO_COLUMNS
        self._pages.offer_all(not two_columns)
        self._arrange()
        self.post_message(self.PreviewWanted())
        self._show_all(two_columns and self.size.height >= _TALL)

    @work
    async def _show_all(self, wanted: bool) -> None:
        await self._panel.show_all(wanted)

    def action_page(self, direction: int) -> None:
        """Turns the page, where nothing scrolls by the same key."""
        self.action_turn(direction)

    def action_turn(self, direction: int) -> None:
        """Turns the page."""
        self._turns += 1  # until each has been seen to, the focus of before does not turn it back
        self._pages.turn(direction)

    def _go_to(self, key: str) -> None:
        place = self._panel.place_of(key)
        if place == self._pages.page:
            self._panel.enter(key)
        else:
            self._target = key
            self._pages.page = place

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What scrolls keeps its keys."""
        if action in ("page", "turn"):
            keeps = self.focused and not (self._panel.has_focus_within or self._pages.has_focus)
            return bool(keeps) == (action == "turn")
        return True
