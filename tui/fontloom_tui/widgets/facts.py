"""Facts under each other: a word for each, and what is so."""

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.widgets import Static

from fontloom_tui.widgets import style_of


class Facts(Grid):
    """Two columns. A fact without a value takes no line."""

    DEFAULT_CSS = style_of(__file__)

    def __init__(self, *names: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._names = names

    def compose(self) -> ComposeResult:
        for name in self._names:
            yield Static(name, classes="name", id=f"name-{name}")
            yield Static("", id=f"value-{name}", markup=False)

    def tell(self, values: Mapping[str, Content | str]) -> None:
        """Shows these; what is not among them is left out."""
        for name in self._names:
            value = values.get(name, "")
            for part in ("name", "value"):
                self.query_one(f"#{part}-{name}").display = bool(value)
            self.query_one(f"#value-{name}", Static).update(value)
