"""One of few, or some of few, on one line."""

from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from fontloom.model.words import clean

_GAP = 2
_BOX = len("[x] ")


class Edited(Message):
    """Another value was chosen."""


class ChoiceValue(Widget, can_focus=True):
    """One of few: all of them on the line when there is room, else the chosen one."""

    BINDINGS: ClassVar = [
        Binding("right", "turn(1)", "Choose", key_display="←→"),
        Binding("left", "turn(-1)", "Choose", show=False),
        Binding("space", "turn(1)", "Next", show=False),
    ]

    def __init__(self, choices: tuple[str, ...], text: str) -> None:
        super().__init__()
        self._choices = choices
        self.text = text

    def put(self, text: str) -> None:
        """Shows this."""
        self.text = text
        self.refresh()

    def action_turn(self, direction: int) -> None:
        """The next or the one before."""
        if self.text in self._choices:
            place = (self._choices.index(self.text) + direction) % len(self._choices)
        else:
            place = 0
        self.put(self._choices[place])
        self.post_message(Edited())

    def on_click(self, event: events.Click) -> None:
        start = 0
        for choice in self._choices if self._all_fit else ():
            if start <= event.x < start + len(choice) + 2 and choice != self.text:
                self.put(choice)
                self.post_message(Edited())
            start += len(choice) + 2 + _GAP

    @property
    def _all_fit(self) -> bool:
        needed = sum(len(choice) + 2 + _GAP for choice in self._choices) - _GAP
        return self.text in self._choices and needed <= self.size.width

    def render(self) -> Content:
        if self._all_fit:
            parts = [
                Content.styled(f"{'●' if choice == self.text else '○'} {choice}", self._look(choice))
                for choice in self._choices
            ]
            return Content(" " * _GAP).join(parts)
        place = f"{self._choices.index(self.text) + 1} of " if self.text in self._choices else ""
        chosen = Content.styled(f"‹ {clean(self.text)} ›", "bold")
        return chosen + Content.styled(f"  {place}{len(self._choices)}", "dim")

    def _look(self, choice: str) -> str:
        return "bold" if choice == self.text else "dim"


class TogglesValue(Widget, can_focus=True):
    """Some of few."""

    BINDINGS: ClassVar = [
        Binding("right", "move(1)", "Move", key_display="←→"),
        Binding("left", "move(-1)", "Move", show=False),
        Binding("space", "turn", "On / off"),
    ]

    def __init__(self, choices: tuple[str, ...], text: str) -> None:
        super().__init__()
        self._choices = choices
        self._marked = 0
        self.text = text

    @property
    def _chosen(self) -> list[str]:
        return [part for part in self.text.split(",") if part]

    def put(self, text: str) -> None:
        """Shows this."""
        self.text = text
        self.refresh()

    def action_move(self, direction: int) -> None:
        """Marks another one."""
        self._marked = (self._marked + direction) % len(self._choices)
        self.refresh()

    def action_turn(self) -> None:
        """Chooses the marked one, or no longer."""
        marked, chosen = self._choices[self._marked], self._chosen
        on = set(chosen) ^ {marked}
        self.put(",".join(choice for choice in self._choices if choice in on))
        self.post_message(Edited())

    def _rows(self, width: int) -> list[list[int]]:
        """Which of them stand on each line."""
        rows: list[list[int]] = [[]]
        end = 0
        for place, choice in enumerate(self._choices):
            if rows[-1] and end + len(choice) + _BOX > width:
                rows.append([])
                end = 0
            rows[-1].append(place)
            end += len(choice) + _BOX + _GAP
        return rows

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def on_click(self, event: events.Click) -> None:
        start = 0
        for place in self._rows(self.size.width)[event.y]:
            end = start + len(self._choices[place]) + _BOX
            if start <= event.x < end:
                self._marked = place
                self.action_turn()
            start = end + _GAP

    def render(self) -> Content:
        rows = self._rows(self.size.width)
        return Content("\n").join(Content(" " * _GAP).join(map(self._part, row)) for row in rows)

    def _part(self, place: int) -> Content:
        on = self._choices[place] in self._chosen
        style = "bold" if on else "dim"
        if self.has_focus and place == self._marked:
            style += " underline"
        return Content.styled(f"[{'x' if on else ' '}] {self._choices[place]}", style)
