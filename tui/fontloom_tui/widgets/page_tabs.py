"""The pages of a screen, by their titles in one line."""

from collections.abc import Collection, Sequence

from textual.widgets import Tab, Tabs

from fontloom_tui.widgets import style_of


class PageTabs(Tabs):
    """Titles of pages; those after the first `always` ones can be put away."""

    HELP = """
### Pages
**←** and **→** turn the pages. A **!** marks a page where something needs correcting.
"""
    DEFAULT_CSS = style_of(__file__)

    def __init__(self, titles: Sequence[str], always: int) -> None:
        super().__init__(*(Tab(title, id=f"page-{number}") for number, title in enumerate(titles)))
        self._titles = tuple(titles)
        self._always = always
        self._shown = len(titles)

    @property
    def page(self) -> int:
        """The number of the page that is shown."""
        return int(self.active.removeprefix("page-")) if self.active else 0

    @page.setter
    def page(self, number: int) -> None:
        if self.page != number:
            self.active = f"page-{number}"

    def turn(self, direction: int) -> None:
        """To the next page or the one before; from the last to the first."""
        self.page = (self.page + direction) % self._shown

    def offer_all(self, offered: bool) -> None:
        """Whether there are more pages than those that always are."""
        self._shown = len(self._titles) if offered else self._always
        if not offered and self.page >= self._always:
            self.page = 0
        for number in range(self._always, len(self._titles)):
            (self.show if offered else self.hide)(f"page-{number}")

    def mark(self, numbers: Collection[int]) -> None:
        """Marks the pages that need attention, and no others."""
        for number, title in enumerate(self._titles):
            label = f"{title}!" if number in numbers else title
            tab = self.query_one(f"#page-{number}", Tab)
            if tab.label_text != label:
                tab.label = label
