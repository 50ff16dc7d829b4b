"""Errors screen: what went wrong, with which fonts, and what can be done."""

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Input, Static
from textual.worker import Worker

from fontloom.model.errors import ErrorCode, FontloomError, classify
from fontloom.model.progress import FINISHED
from fontloom.model.words import clean, count
from fontloom.report.errorlog import export
from fontloom.store.paths import ProjectPaths
from fontloom_tui import messages
from fontloom_tui.client import SessionWatch
from fontloom_tui.dialogs.confirm import ConfirmDialog
from fontloom_tui.dialogs.save_as import SaveAsDialog
from fontloom_tui.error_reading import ErrorReader, SeenErrors, Wanted
from fontloom_tui.widgets.error_groups import ErrorGroups
from fontloom_tui.widgets.error_node import ErrorNode

_LOOK_SECONDS = 1.0


class ErrorsScreen(Screen[None]):
    """The errors of the watched project in groups, as they come in."""

    HELP = """\
### Errors of the project

`/` searches names of fonts, codes and details. `r` does the fonts of the selected line again, from their
first sample; `k` leaves them out. `x` writes the errors shown to a table. All are in `logs/errors.log`.
"""
    CSS_PATH = "errors.tcss"
    BINDINGS = [
        Binding("slash", "search", "Search", key_display="/"),
        Binding("r", "retry", "Retry"),
        Binding("k", "leave_out", "Leave out"),
        Binding("a", "all_fonts", "All"),
        Binding("y,c", "copy", "Copy", key_display="y"),
        Binding("x", "export", "Export"),
        Binding("escape", "back", "Back", key_display="esc"),
    ]

    def __init__(self, session: SessionWatch, font_name: str | None = None) -> None:
        super().__init__()
        self._session = session
        self._font_name = font_name
        self._text = ""
        self._reader = ErrorReader(ProjectPaths(session.project).log("errors"))
        self._seen = SeenErrors()
        self._narrowed: tuple[str, str | None] = ("", None)
        """What the groups were last opened for."""
        self._looking: Worker[None] | None = None
        self._wake = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield Static(id="empty", markup=False)
        with Container(id="body"):
            yield ErrorGroups(id="groups")
            with VerticalScroll(id="detail"):
                yield Static(id="cannot", markup=False)
                yield Static(id="told", markup=False)
        yield Input(placeholder="Font, code or text …", id="search", compact=True, select_on_focus=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(ErrorGroups).focus()
        self._say()

    # Reading

    def on_screen_resume(self) -> None:
        self._looking = self.run_worker(self._look_again_and_again(), exclusive=True)

    def on_screen_suspend(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _look_again_and_again(self) -> None:
        while True:
            self._wake.clear()
            wanted = Wanted(self._text, self._font_name, self.query_one(ErrorGroups).opened_fonts)
            seen = await asyncio.to_thread(self._reader.look, wanted)
            if seen is not None:
                self._seen = seen
                self._show()
            if seen is None or not seen.reading:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._wake.wait()

    def _show(self) -> None:
        groups = self.query_one(ErrorGroups)
        groups.show(self._seen.groups, self._seen.entries)
        narrowed = self._text, self._font_name
        if narrowed != self._narrowed and self._seen.groups:
            self._narrowed = narrowed
            if any(narrowed):
                groups.open_all()
        self._say()

    def _say(self) -> None:
        seen = self._seen
        self.query_one("#head", Static).update(self._head(), layout=False)
        empty = self.query_one("#empty", Static)
        empty.display = not seen.groups
        empty.set_class(bool(seen.problem), "bad")
        self.query_one("#body").display = bool(seen.groups)
        if not seen.groups:
            empty.update(self._nothing())
        self.refresh_bindings()

    def _head(self) -> str:
        seen = self._seen
        fonts = {font.font for group in seen.groups for font in group.fonts if font.font}
        shown = sum(group.errors for group in seen.groups)
        words = [f"Errors of {clean(self._font_name or self._session.project.name)}"]
        if seen.groups:
            words.append(count(shown, "error") + (f" of {count(len(fonts), 'font')}" if fonts else ""))
        if shown != seen.total:
            words.append(f"{seen.total:,} in all")
        if seen.malformed:
            words.append(f"{count(seen.malformed, 'line')} unreadable")
        if seen.reading:
            words.append("reading …")
        if self._session.finished:
            words.append("no engine runs")
        return "  ·  ".join(words)

    def _nothing(self) -> str:
        seen = self._seen
        if seen.problem:
            return clean(seen.problem)
        if seen.reading:
            return "Reading …"
        if seen.total:
            return "No error matches. esc shows all."
        return "No errors."

    def on_watched(self) -> None:
        self._wake.set()
        self._tell()
        self._say()

    # The selected line

    @property
    def _node(self) -> ErrorNode | None:
        return self.query_one(ErrorGroups).node

    @on(ErrorGroups.Opened)
    def _opened(self) -> None:
        self._wake.set()

    @on(ErrorGroups.Selected)
    def _selected(self) -> None:
        self.query_one("#detail").scroll_home(animate=False)
        self._tell()

    def _tell(self) -> None:
        node = self._node
        self.query_one("#told", Static).update(node.tell() if node else "")
        cannot = self._cannot(node) if node else ""
        self.query_one("#cannot", Static).update(cannot)
        self.query_one("#cannot").display = bool(cannot)
        self.refresh_bindings()

    def _cannot(self, node: ErrorNode) -> str:
        """Why a retry is not offered."""
        if not node.fonts or not self._session.fonts:
            return ""
        others = len(node.fonts) - len(self._ours(node))
        if not others:
            return ""
        if node.font is None and others < len(node.fonts):
            return f"{count(others, 'font')} of these cannot be retried: left out when the project began."
        return "No retry: left out at the start. Mend the file and make a new project."

    def _ours(self, node: ErrorNode) -> tuple[str, ...]:
        """The fonts of the line that are fonts of the session."""
        return tuple(font for font in node.fonts if font in self._session.fonts)

    def _unfinished(self, node: ErrorNode) -> tuple[str, ...]:
        fonts = self._session.fonts
        return tuple(font for font in self._ours(node) if fonts[font].status not in FINISHED)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        node = self._node if self.is_mounted else None
        match action:
            case "retry":
                return node is not None and bool(self._ours(node))
            case "leave_out":
                return node is not None and not self._session.finished and bool(self._unfinished(node))
            case "copy":
                return node is not None
            case "search":
                return bool(self._seen.total)
            case "export":
                return bool(self._seen.groups)
            case "all_fonts":
                return self._font_name is not None
        return True

    async def action_retry(self) -> None:
        """Does the fonts again."""
        if self._node is None or not (fonts := self._ours(self._node)):
            return
        if self._session.finished:
            self.post_message(messages.ResumeProject(self._session.project, retry=fonts))
            return
        try:
            done = await self._session.retry(fonts)
        except FontloomError as error:
            if error.error.code is ErrorCode.ENGINE_ABSENT:
                self.post_message(messages.ResumeProject(self._session.project, retry=fonts))
            else:
                self.post_message(messages.SayProblem(error))
        except TimeoutError as error:
            self.post_message(messages.SayProblem(error))
        else:
            self.notify(_done(done, "begins again", "begin again", "None of them has begun yet."))

    def action_leave_out(self) -> None:
        """Leaves the fonts out, if that is meant."""
        if self._node is None or not (fonts := self._unfinished(self._node)):
            return
        what = clean(fonts[0]) if len(fonts) == 1 else f"These {len(fonts):,} fonts"
        self.app.push_screen(
            ConfirmDialog(
                "Leave out",
                f"{what}: no more images are made. The images that are there stay. "
                "A retry takes a font in again.",
                yes="Leave out",
                no="Keep",
            ),
            partial(self._leave_out, fonts),
        )

    async def _leave_out(self, fonts: tuple[str, ...], meant: bool | None) -> None:
        if not meant:
            return
        try:
            done = await self._session.skip(fonts)
        except (FontloomError, TimeoutError) as error:
            self.post_message(messages.SayProblem(error))
        else:
            self.notify(_done(done, "is left out", "are left out", "All of them were finished meanwhile."))

    def action_copy(self) -> None:
        """Copies what is told of the line."""
        if self._node is not None:
            self.app.copy_to_clipboard(self._node.tell())
            self.notify("Copied to the clipboard.", timeout=2)

    # Export

    def action_export(self) -> None:
        """Writes the errors shown to a table."""
        if self._seen.groups:
            proposal = Path.cwd() / f"{self._session.project.name}-errors.tsv"
            dialog = SaveAsDialog("Write the errors shown to", proposal, outside=self._session.project)
            self.app.push_screen(dialog, self._export)

    async def _export(self, path: Path | None) -> None:
        if path is None:
            return
        try:
            await asyncio.to_thread(export, self._seen.groups, path)
        except OSError as error:
            self.post_message(messages.SayProblem(FontloomError(classify(error), str(error))))
        else:
            self.notify(clean(f"Written to {path}"), markup=False, timeout=8)

    # Search

    def action_search(self) -> None:
        """Asks for a text."""
        self.query_one("#search").display = True
        self.query_one("#search").focus()

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        self._text = event.value.strip()
        self._wake.set()

    @on(Input.Submitted, "#search")
    def _search_done(self) -> None:
        self.query_one("#search").display = bool(self._text)
        self.query_one(ErrorGroups).focus()

    def action_all_fonts(self) -> None:
        """Shows the errors of all fonts."""
        self._font_name = None
        self._wake.set()

    def action_back(self) -> None:
        """Ends the search, or leaves."""
        search = self.query_one("#search", Input)
        if search.value or search.has_focus:
            search.value = ""
            self._text = ""
            self._search_done()
            self._wake.set()
        else:
            self.post_message(messages.GoBack())


def _done(fonts: int, one: str, many: str, none: str) -> str:
    return f"{count(fonts, 'font')} {one if fonts == 1 else many}." if fonts else none
