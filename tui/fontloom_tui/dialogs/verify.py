"""Verification: asked for quick or deep, running, and what it found."""

from enum import Enum, auto
from pathlib import Path
from time import monotonic

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from fontloom.model.errors import ExportError, FontloomError
from fontloom.model.result import ValidationResult
from fontloom.model.words import clean, duration, size
from fontloom_tui.dialogs.scrolled import ScrolledDialog
from fontloom_tui.services import Services
from fontloom_tui.widgets.facts import Facts
from fontloom_tui.widgets.project_words import MUTED, short_name

_LISTED = 100


_WAYS = (
    ("#quick", "verify", (False,)),
    ("#deep", "verify", (True,)),
    ("#copy", "copy", ()),
)


class Stage(Enum):
    """Where the dialog is."""

    ASKING = auto()
    WORKING = auto()
    VERDICT = auto()


class VerifyDialog(ScrolledDialog[None]):
    """Verifies one project and shows the verdict."""

    HELP = """
### Verifying
**Quick** compares names and sizes with what the session counted, **deep** reads every image as well.
Nothing is changed, and a session that runs can be verified too. The digest is the same wherever the same
fonts and settings were used: compare it with that of a copy.
"""
    BINDINGS = [
        Binding("1", "verify(False)", "Quick"),
        Binding("2", "verify(True)", "Deep"),
        Binding("y", "copy", "Copy the digest"),
        Binding("escape", "leave", "Stop or close"),
    ]
    CSS_PATH = "verify.tcss"

    def __init__(self, services: Services, project: Path) -> None:
        super().__init__()
        self._services = services
        self._project = project
        self._began = 0.0
        self._deep = False
        self._result: ValidationResult | None = None
        self._findings = Content()
        self.stage = Stage.ASKING

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = Content(f"Verify: {clean(short_name(self._project))}")
            with VerticalScroll(can_focus=False):
                yield Facts("path", "quick", "deep", id="levels")
                yield Static(id="said", markup=False)
                yield Facts("found", "wrong", "digest", "do", id="facts")
                yield Static(id="findings", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Quick [b]1[/]", id="quick")
                yield Button("Deep [b]2[/]", id="deep")
                yield Button("Copy digest [b]Y[/]", id="copy")
                yield Button("Close", id="leave")

    def on_mount(self) -> None:
        self.query_one("#levels", Facts).tell(
            {
                "path": clean(str(self._project)),
                "quick": "Is every counted image there, with its size and its line in the manifest? "
                "Seconds to minutes.",
                "deep": "Reads every image too and compares its content. As slow as reading the dataset.",
            }
        )
        self.set_interval(1, self._tick)
        self._turn(Stage.ASKING)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "verify":
                deeper = self._result is not None and self._result.level == "quick" and parameters == (True,)
                return self.stage is Stage.ASKING or (self.stage is Stage.VERDICT and deeper)
            case "copy":
                return self._result is not None and self.stage is Stage.VERDICT
        return True

    def _turn(self, stage: Stage) -> None:
        """Shows what belongs to a stage."""
        self.stage = stage
        if stage is not Stage.ASKING:
            self.query_one("#levels", Facts).tell({"path": clean(str(self._project))})
        self.query_one("#facts").display = stage is Stage.VERDICT
        self.query_one("#findings").display = stage is Stage.VERDICT and bool(self._findings)
        self.query_one("#said").display = stage is not Stage.ASKING
        for button, action, parameters in _WAYS:
            self.query_one(button).display = bool(self.check_action(action, parameters))
        leave = self.query_one("#leave", Button)
        leave.label = "Stop" if stage is Stage.WORKING else "Close"
        (self.query_one("#quick") if stage is Stage.ASKING else leave).focus()
        self.refresh_bindings()

    def _tick(self) -> None:
        if self.stage is Stage.WORKING:
            doing = "Reading every image" if self._deep else "Comparing names and sizes"
            self._say(f"{doing} … {duration(monotonic() - self._began)}", "")

    def _say(self, words: str, look: str) -> None:
        said = self.query_one("#said", Static)
        said.update(clean(words))
        said.set_classes(look)

    def action_verify(self, deep: bool) -> None:
        """Begins."""
        self._deep, self._began, self._result = deep, monotonic(), None
        self._turn(Stage.WORKING)
        self._tick()
        self._verify(deep)

    @work
    async def _verify(self, deep: bool) -> None:
        try:
            self._result = await self._services.verify(self._project, deep=deep)
        except FontloomError as error:
            self._show_error(error.error)
        else:
            self._show(self._result)
        self._turn(Stage.VERDICT)

    def _show(self, result: ValidationResult) -> None:
        self._say(_verdict(result), "good" if result.valid else "bad")
        images = f"{result.images_found:,} of {result.images_expected:,} images"
        read = f", {size(result.bytes_checked)} read" if result.level == "deep" else ""
        self.query_one("#facts", Facts).tell(
            {
                "found": f"{images} ({result.level} check{read})",
                "wrong": ", ".join(f"{len(found):,} {name}" for name, found in _kinds(result)),
                "digest": result.digest,
                "do": what_to_do(result),
            }
        )
        self._list(_findings(result))

    def _show_error(self, error: ExportError) -> None:
        self._say(f"It could not be verified. {error.message}", "bad")
        self.query_one("#facts", Facts).tell({"do": clean(error.suggested_action)})
        self._list(Content(clean(error.detail)))

    def _list(self, findings: Content) -> None:
        self._findings = findings
        self.query_one("#findings", Static).update(findings)

    def action_copy(self) -> None:
        """Copies the digest."""
        if self._result is not None:
            self.app.copy_to_clipboard(self._result.digest)
            self.notify("The digest is on the clipboard.", timeout=3)

    def action_leave(self) -> None:
        """Stops what runs, and closes."""
        self.workers.cancel_node(self)
        self.dismiss()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "copy":
                self.action_copy()
            case "leave":
                self.action_leave()
            case level:
                self.action_verify(level == "deep")


def _verdict(result: ValidationResult) -> str:
    if not result.valid:
        return "The dataset is NOT good."
    return (
        "The dataset is good." if result.complete else "What is saved is good; the session is not done yet."
    )


def what_to_do(result: ValidationResult) -> str:
    """The next step after a verification."""
    steps = []
    if result.missing or result.changed:
        steps.append(
            "Put these files back from a copy, or start anew: the same settings make the same images."
        )
    if result.extra:
        steps.append("Move the extra files away: a loader would take them for samples.")
    if result.problems:
        steps.append("State files contradict each other: keep a copy of the folder before you go on.")
    if steps:
        return " ".join(steps)
    return "Nothing: it holds what the session counted." if result.complete else "Resume it when you like."


def _kinds(result: ValidationResult) -> list[tuple[str, tuple[str, ...]]]:
    kinds = [
        ("missing", result.missing),
        ("changed", result.changed),
        ("extra", result.extra),
        ("contradictory", result.problems),
    ]
    return [(name, found) for name, found in kinds if found]


def _findings(result: ValidationResult) -> Content:
    """The first of each kind, under how many there are."""
    lines = []
    for name, found in _kinds(result):
        lines.append(Content.styled(f"{len(found):,} {name}", "bold $text-error"))
        lines += [Content(f"  {clean(entry)}") for entry in found[:_LISTED]]
        if len(found) > _LISTED:
            lines.append(Content.styled(f"  and {len(found) - _LISTED:,} more", MUTED))
    return Content("\n").join(lines)
