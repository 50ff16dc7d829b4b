"""Where to write a file."""

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from fontloom.model.words import clean


class SaveAsDialog(ModalScreen[Path | None]):
    """Asks for a file. Answers with its full path, which lies in a folder that exists."""

    BINDINGS = [("escape", "dismiss", "Cancel")]
    CSS_PATH = "save_as.tcss"
    HELP = "### Where to write\n\nA file name, or a path. `~` is your home folder. `enter` writes."

    def __init__(self, title: str, proposal: Path, *, outside: Path) -> None:
        """`outside` is a folder that nothing may be written to: its files are kept by the engine."""
        super().__init__()
        self._title = title
        self._proposal = proposal
        self._outside = outside

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            yield Input(str(self._proposal), id="path", compact=True, select_on_focus=False)
            yield Static("", id="said", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Write", id="write")

    def on_mount(self) -> None:
        self.query_one("#path").focus()

    @property
    def _path(self) -> Path:
        return Path(self.query_one("#path", Input).value).expanduser().absolute()

    def _objection(self) -> str:
        path = self._path
        try:
            if path.is_dir():
                return "This is a folder. Add a file name."
            if not path.parent.is_dir():
                return "The folder does not exist. Choose one that does."
            if path.resolve().is_relative_to(self._outside.resolve()):
                return "This is inside the project, which fontloom keeps in order. Choose another folder."
        except (OSError, ValueError) as error:
            return f"The path cannot be used: {error}"
        return ""

    def on_input_changed(self) -> None:
        said = self.query_one("#said", Static)
        objection = self._objection()
        exists = not objection and self._path.exists()
        said.update(clean(objection) or ("The file exists and will be replaced." if exists else ""))
        said.set_class(bool(objection), "bad")
        said.set_class(exists, "warn")
        self.query_one("#write").disabled = bool(objection)

    def on_input_submitted(self) -> None:
        self._write()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "write":
            self._write()
        else:
            self.dismiss(None)

    def _write(self) -> None:
        if not self._objection():
            self.dismiss(self._path)
