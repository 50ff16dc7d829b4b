"""The form of all settings, made from the schema, checked as it is typed."""

import asyncio
from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from fontloom.model.config import ExportSessionConfig
from fontloom.model.form import PATHS_SEPARATOR, FieldProblem, check, default_text
from fontloom.model.schema import Setting
from fontloom.model.words import clean
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.form_sections import FormSection, form_sections
from fontloom_tui.widgets.path_selector import Check, PathSelector
from fontloom_tui.widgets.setting_field import SettingField


class SectionView(Vertical):
    """The fields of one section."""

    def __init__(self, section: FormSection, values: Mapping[str, str], check_path: Check | None) -> None:
        super().__init__()
        self._section = section
        self.fields = {s.key: SettingField(s, values[s.key], check_path) for s in section.settings}

    def compose(self) -> ComposeResult:
        need = self._section.need
        yield Static(self._section.title, classes="heading", markup=False)
        for key, field in self.fields.items():
            yield field
            if need and key == need.key:
                yield Static(need.otherwise, classes="otherwise", markup=False)

    def tell(self, wrong: Mapping[str, str], values: Mapping[str, str]) -> None:
        """Says at each field what is wrong with it, and which are not used."""
        need = self._section.need
        used = need is None or need.value in values[need.key].split(",")
        for key, field in self.fields.items():
            field.say(wrong.get(key, ""), unused=not used and need is not None and key != need.key)
        for line in self.query(".otherwise"):
            line.display = not used


class ExportConfigPanel(Widget):
    """One section of the form, or all but the first, and what the focused setting means below."""

    DEFAULT_CSS = style_of(__file__)

    class Changed(Message):
        """A setting was changed; an empty key stands for all of them."""

        def __init__(self, key: str = "") -> None:
            super().__init__()
            self.key = key

    class SectionEntered(Message):
        """The focus came to another section."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, values: Mapping[str, str], check_path: Check | None = None) -> None:
        super().__init__()
        self.sections = form_sections()
        defaults = {s.key: default_text(s) for section in self.sections for s in section.settings}
        self.values = defaults | {key: text for key, text in values.items() if key in defaults}
        """The texts of all fields, by key."""
        self.result: ExportSessionConfig | tuple[FieldProblem, ...] = check(self.values)
        """What they stand for, or what is wrong with them."""
        self.place = 0
        """The section that is shown, or of those that are shown the one with the focus."""
        self._all = self._entering = False
        self._notes: dict[str, str] = {}
        self._needs: dict[str, tuple[int, int]] = {}
        self._check_path = check_path
        self._views: dict[int, SectionView] = {}
        self._making = asyncio.Lock()

    def compose(self) -> ComposeResult:
        yield Vertical(id="sections")
        yield Static("", id="help")

    async def on_mount(self) -> None:
        await self.show(0)

    # Which section

    async def show(self, place: int, *, entering: bool = False) -> None:
        """Shows a section; with `entering`, the focus is elsewhere until `enter` is called."""
        await self._view(place)
        self.place, self._entering = place, entering
        self._arrange()
        if self._all and place:
            self._views[place].scroll_visible(top=True, animate=False)
        self._help(self.sections[place].settings[0])

    async def show_all(self, wanted: bool) -> None:
        """Whether all sections but the first are shown, below each other."""
        self._all = wanted
        self._arrange()
        if wanted:
            for place in range(1, len(self.sections)):
                await self._view(place)
                self._arrange()
                # Keys come first.
                await asyncio.sleep(0)

    async def _view(self, place: int) -> None:
        """Makes a section when it is first needed: all at once take their time."""
        async with self._making:
            if place in self._views:
                return
            view = SectionView(self.sections[place], self.values, self._check_path)
            after = min((number for number in self._views if number > place), default=None)
            before = None if after is None else self._views[after]
            await self.query_one("#sections").mount(view, before=before)
            self._views[place] = view
            self._tell_problems()
            self._tell_needs()

    def _arrange(self) -> None:
        # By styles of single widgets: a class of the panel would have all fields matched anew.
        for number, view in self._views.items():
            view.display = number == self.place or (self._all and number > 0 and self.place > 0)
            view.query_one(".heading").display = self._all and self.place > 0

    def leave_room(self, wanted: bool) -> None:
        """Whether the panel takes no more lines than it needs."""
        height = "auto" if wanted else "1fr"
        for part in (self, self.query_one("#sections")):
            part.styles.height = height
        self.query_one("#help").set_class(wanted, "-brief")

    def place_of(self, key: str) -> int:
        """The section in which a setting is."""
        return next(n for n, s in enumerate(self.sections) if key in [setting.key for setting in s.settings])

    def enter(self, key: str | None = None) -> None:
        """Takes the focus to a field of the section; without key to the first wrong one, or the first."""
        self._entering = False
        fields = self._views[self.place].fields
        wrong = {problem.key for problem in self.problems}
        fields[key or next((k for k in fields if k in wrong), next(iter(fields)))].enter()

    # What it holds

    @property
    def problems(self) -> tuple[FieldProblem, ...]:
        """All that is wrong."""
        return () if isinstance(self.result, ExportSessionConfig) else self.result

    def _field(self, key: str) -> SettingField | None:
        view = self._views.get(self.place_of(key))
        return None if view is None else view.fields[key]

    def put(self, values: Mapping[str, str]) -> None:
        """Replaces the texts of some fields."""
        for key, text in values.items():
            self.values[key] = text
            if field := self._field(key):
                field.put(text)
        self._judge(next(iter(values)) if len(values) == 1 else "")

    def note(self, key: str, words: str) -> None:
        """Says something at a field that the schema does not know of; nothing with empty words."""
        if self._notes.get(key, "") != words:
            self._notes[key] = words
            self._tell_problems()

    def needs(self, key: str, count_bytes: int, inodes: int) -> None:
        """How much has to fit at the path of a setting."""
        self._needs[key] = count_bytes, inodes
        self._tell_needs()

    def _tell_needs(self) -> None:
        for key, needs in self._needs.items():
            if field := self._field(key):
                for selector in field.query(PathSelector):
                    selector.needs(*needs)

    def on_setting_field_changed(self, event: SettingField.Changed) -> None:
        event.stop()
        if self.values[event.key] != event.text:
            self.values[event.key] = event.text
            self._judge(event.key)

    def _judge(self, key: str) -> None:
        self.result = check(self.values)
        self._tell_problems()
        self.post_message(self.Changed(key))

    def _tell_problems(self) -> None:
        # The first of several problems of a field counts.
        wrong = self._notes | {problem.key: problem.words for problem in reversed(self.problems)}
        for view in self._views.values():
            view.tell(wrong, self.values)

    # What the focused field means

    def on_setting_field_entered(self, event: SettingField.Entered) -> None:
        event.stop()
        field = self._field(event.setting.key)
        if self._entering or field is None or not field.has_focus_within:
            return  # The focus has gone on since, or is about to.
        self._help(event.setting)
        place = self.place_of(event.setting.key)
        if place != self.place:
            self.place = place
            self.post_message(self.SectionEntered(place))

    def _help(self, setting: Setting) -> None:
        default = ", ".join(default_text(setting).replace(PATHS_SEPARATOR, ",").split(",")) or "none"
        facts = [setting.allowed, f"default {clean(default)}", setting.flag]
        head = Content.styled(f"{setting.field.title}: ", "bold")
        told = " · ".join(fact for fact in facts if fact)
        self.query_one("#help", Static).update(head + Content(f"{setting.field.description}\n{told}"))
