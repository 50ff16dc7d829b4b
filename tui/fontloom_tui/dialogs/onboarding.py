"""The first start: what fontloom does, and one key to a first dataset."""

from enum import Enum

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from fontloom.model.config import ExportSessionConfig
from fontloom_tui.dialogs.scrolled import ScrolledDialog
from fontloom_tui.widgets.facts import Facts

_KEYS = Content.assemble(
    ("space  ", "bold"),
    "pauses a run, and lets it go on\n",
    ("q      ", "bold"),
    "leaves; the run can go on by itself, for you to come back to\n",
    ("?      ", "bold"),
    "explains where you are, and lists the keys that work there",
)


class FirstStep(Enum):
    """What comes first."""

    EXPORT = "export"
    CONFIGURE = "configure"


class OnboardingDialog(ScrolledDialog[FirstStep | None]):
    """Answers with the first step, or with nothing when it was closed."""

    HELP = """
### Welcome
**enter** makes a small dataset with the fonts that come with fontloom, so that you see a run.
**c** lets you choose fonts and settings. **escape** closes this for good; `n` begins an export at any time.
"""
    BINDINGS = [
        Binding("e", "choose('export')", "First export"),
        Binding("c", "choose('configure')", "Choose fonts and settings"),
        Binding("escape", "dismiss", "Close"),
    ]
    CSS_PATH = "onboarding.tcss"

    def __init__(self, first: ExportSessionConfig) -> None:
        super().__init__()
        self._first = first

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Welcome to fontloom"
            with VerticalScroll(can_focus=False):
                yield Static(
                    "fontloom turns a folder of fonts into labelled images of text to train on. "
                    "What is counted as saved stays: pause, lose the connection or the power, and go on.",
                )
                yield Static(_KEYS, id="keys")
                yield Static("Press enter for a first small dataset, and watch it being made:", id="lead")
                yield Facts("fonts", "images", "into", id="first")
            with Horizontal(classes="buttons"):
                yield Button("First dataset [b]E[/]", variant="primary", id="export")
                yield Button("Choose fonts [b]C[/]", id="configure")
                yield Button("Close", id="close")

    def on_mount(self) -> None:
        first = self._first
        variants = " and ".join(first.variants)
        self.query_one("#first", Facts).tell(
            {
                "fonts": "those that come with fontloom",
                "images": f"{first.num_samples} texts a font, {variants}, "
                f"{first.image_width} × {first.image_height}, labelled",
                "into": f"{first.output_path.name}/{first.project_name}, below the folder you are in",
            }
        )
        self.query_one("#export").focus()

    def action_choose(self, step: str) -> None:
        """Answers by key."""
        self.dismiss(FirstStep(step))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(None if event.button.id == "close" else FirstStep(event.button.id))
