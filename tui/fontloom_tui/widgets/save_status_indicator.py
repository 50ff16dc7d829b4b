"""Whether what was typed is kept."""

from textual.widgets import Static

from fontloom.model.words import clean
from fontloom_tui.save_status import SaveState, SaveStatus
from fontloom_tui.widgets import style_of


class SaveStatusIndicator(Static):
    """One line: saving, saved and when, or failed and why."""

    DEFAULT_CSS = style_of(__file__)

    def __init__(self, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)

    def show(self, status: SaveStatus) -> None:
        """Shows how the last change stands."""
        words = {
            SaveState.IDLE: "",
            SaveState.SAVING: "saving the draft …",
            SaveState.SAVED: f"draft saved {status.at.astimezone():%H:%M}" if status.at else "draft saved",
            SaveState.FAILED: f"draft NOT saved: {clean(status.reason)}",
        }
        self.update(words[status.state])
        self.set_class(status.state is SaveState.FAILED, "-failed")
