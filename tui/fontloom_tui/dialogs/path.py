"""Picking a folder or a file by walking through the folders."""

from collections.abc import Iterable
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, DirectoryTree, Static

from fontloom.model.words import clean
from fontloom_tui.widgets.path_selector import Check, Kind, PathSelector


class _Tree(DirectoryTree):
    """Folders, and files unless a folder is wanted; what is hidden is left out."""

    def __init__(self, path: Path, kind: Kind) -> None:
        super().__init__(path)
        self._kind = kind

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [path for path in paths if not path.name.startswith(".") and self._wanted(path)]

    def _wanted(self, path: Path) -> bool:
        try:
            return self._kind != "folder" or path.is_dir()
        except OSError:
            return False


class PathDialog(ModalScreen[Path | None]):
    """Answers with a path, or with nothing. It can be typed too."""

    HELP = """
### Pick a path
Arrows walk through the folders, **space** opens one, **enter** chooses what is marked,
**backspace** shows the folder above. Or type the path in the line on top.
"""
    CSS_PATH = "path.tcss"
    BINDINGS = [
        Binding("escape", "dismiss", "Close"),
        Binding("backspace", "up", "Folder above"),
        Binding("ctrl+s", "choose", "Choose"),
    ]

    def __init__(
        self, title: str, start: str = "", *, kind: Kind = "folder", check: Check | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._kind: Kind = kind
        self._check = check
        self._start = start or "."

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            yield PathSelector(self._start, kind=self._kind, check=self._check)
            yield _Tree(_nearest_folder(self._start), self._kind)
            yield Static("enter chooses · space opens · backspace: folder above", classes="muted")
            with Horizontal(classes="buttons"):
                yield Button("Close", id="close")
                yield Button("Choose", variant="primary", id="choose")

    def on_mount(self) -> None:
        self.query_one(_Tree).focus()

    def on_tree_node_highlighted(self, event: DirectoryTree.NodeHighlighted[object]) -> None:
        data = event.node.data
        path = getattr(data, "path", None)
        if isinstance(path, Path) and self.query_one(_Tree).has_focus:
            self.query_one(PathSelector).value = clean(str(path))

    def on_directory_tree_file_selected(self, event: DirectoryTree.FileSelected) -> None:
        self.dismiss(event.path)

    def on_directory_tree_directory_selected(self, event: DirectoryTree.DirectorySelected) -> None:
        if self._kind != "file":
            self.dismiss(event.path)

    def action_up(self) -> None:
        """Shows the folder above."""
        tree = self.query_one(_Tree)
        tree.path = Path(tree.path).absolute().parent

    def action_choose(self) -> None:
        """Chooses the path in the line."""
        text = self.query_one(PathSelector).value.strip()
        self.dismiss(Path(text).expanduser() if text else None)

    def on_input_submitted(self) -> None:
        self.action_choose()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "choose":
            self.action_choose()
        else:
            self.dismiss(None)


def _nearest_folder(text: str) -> Path:
    path = Path(text).expanduser()
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path.absolute()
