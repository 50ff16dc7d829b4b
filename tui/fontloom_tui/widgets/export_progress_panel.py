"""The session as a whole: its state, how far it is, how fast, and what the machine has left."""

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.geometry import Region, Size
from textual.widget import Widget

from fontloom.model.progress import Snapshot
from fontloom.model.words import size
from fontloom_tui.widgets import progress_words as words
from fontloom_tui.widgets import style_of
from fontloom_tui.widgets.progress_words import Saying

_IN_COLUMNS = 96
"""Columns from which facts stand in columns."""
_DOT = Saying(" · ", "$foreground-muted")


class ExportProgressPanel(Widget):
    """Everything about the session in six lines, in eight when there is width."""

    DEFAULT_CSS = style_of(__file__)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._snapshot: Snapshot | None = None
        self._rates: Sequence[float] = ()
        self._live = self._busy = False
        self._shown: list[Content] = []

    def show(self, snapshot: Snapshot, rates: Sequence[float], *, live: bool, busy: bool = False) -> None:
        """Shows a snapshot and the last rates. `live`: an engine runs; `busy`: it did not answer in time."""
        self._snapshot, self._rates, self._live, self._busy = snapshot, tuple(rates), live, busy
        width = self.content_size.width
        was, self._shown = self._shown, self._lines(width)
        if len(was) != len(self._shown):
            self.refresh(layout=True)
            return
        for y, (old, new) in enumerate(zip(was, self._shown, strict=True)):
            if not old.is_same(new):
                self.refresh(Region(0, y, width, 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        self._shown = self._lines(self.content_size.width)
        return Content("\n").join(self._shown)

    def _lines(self, width: int) -> list[Content]:
        snapshot = self._snapshot
        if snapshot is None:
            return [Content.styled("○ Connecting …", "$text-warning")]
        head = [words.state(snapshot)]
        if self._busy:
            head += [_DOT, Saying("engine busy", "$text-warning")]
        elif not self._live and snapshot.phase != "done":
            head += [_DOT, Saying("no engine", "$foreground-muted")]
        done = [Saying(words.images(snapshot)), Saying(f"  {words.percent(snapshot)}", "bold")]
        facts = self._columns if width >= _IN_COLUMNS else self._rows
        return [_apart(head, done, width), _bar(words.part(snapshot), width), *facts(snapshot, width)]

    def _rows(self, snapshot: Snapshot, width: int) -> list[Content]:
        if snapshot.phase == "done":
            return []  # the summary says it
        written = size(snapshot.overall.bytes_written)
        safe = [Saying(words.safe(snapshot)), _DOT, Saying(written)]
        speed = [Saying(w) for w in (*words.rates(snapshot, live=self._live), *words.times(snapshot))]
        lines = [
            _content(_dotted(speed, width)),
            self._with_sparkline(safe, width),
            _content([Saying("Fonts: "), *_dotted(words.fonts(snapshot), width - 7, Saying(", "))]),
        ]
        if self._live:
            _, *machine = words.machine(snapshot.metrics, snapshot.stats.workers)  # the controls show these
            lines.append(_content(_dotted(machine, width)))
        return lines

    def _columns(self, snapshot: Snapshot, width: int) -> list[Content]:
        written = Saying(f"{size(snapshot.overall.bytes_written)} written")
        done, *others = words.fonts(snapshot)
        troubled = [saying for saying in others if saying.style]
        blocks = [
            ("Speed", [[Saying(w)] for w in words.rates(snapshot, live=self._live)]),
            ("Time", [*([Saying(w)] for w in words.times(snapshot)), [written]]),
            ("Fonts", [[done], [s for s in others if not s.style], _dotted(troubled, width, Saying(", "))]),
        ]
        if self._live:
            machine = words.machine(snapshot.metrics, snapshot.stats.workers)
            blocks += [("Machine", [[s] for s in machine[:3]]), ("Disk", [[s] for s in machine[3:]])]
        room = width // len(blocks)
        lines = [_content(Saying(title.ljust(room), "$foreground-muted") for title, _ in blocks)]
        for row in range(max(len(cells) for _, cells in blocks)):
            beside = [cells[row] if row < len(cells) else [] for _, cells in blocks]
            lines.append(_content(part for cell in beside for part in _padded(cell, room)))
        return [*lines, self._with_sparkline([Saying(words.safe(snapshot))], width)]

    def _with_sparkline(self, said: list[Saying], width: int) -> Content:
        room = width - sum(len(saying.text) for saying in said) - 3
        if room < 8 or len(self._rates) < 3 or not self._live:
            return _content(said)
        return _apart(said, [Saying(words.sparkline(self._rates, min(room, 60)), "$primary")], width)


def _content(said: Iterable[Saying]) -> Content:
    return Content.assemble(*((text, style) for text, style in said))


def _padded(said: list[Saying], width: int) -> list[Saying]:
    return [*said, Saying(" " * (width - sum(len(text) for text, _ in said)))]


def _dotted(said: list[Saying], width: int, between: Saying = _DOT) -> list[Saying]:
    """As many as fit, with something between them."""
    joined: list[Saying] = []
    used = 0
    for saying in said:
        more = [between, saying] if joined else [saying]
        used += sum(len(text) for text, _ in more)
        if used > width:
            break
        joined += more
    return joined


def _apart(left: list[Saying], right: list[Saying], width: int) -> Content:
    used = sum(len(text) for text, _ in (*left, *right))
    return _content([*left, Saying(" " * max(1, width - used)), *right])


def _bar(part: float, width: int) -> Content:
    halves = int(2 * width * part)
    done = "━" * (halves // 2) + "╸" * (halves % 2)
    return _content([Saying(done, "$primary"), Saying("─" * (width - len(done)), "$panel-lighten-2")])
