"""The command palette: everything that a key does on the screen in front."""

from collections.abc import Awaitable, Callable
from functools import partial

from textual.binding import ActiveBinding
from textual.command import DiscoveryHit, Hit, Hits, Provider

_MOVES = frozenset(
    f"{held}{key}"
    for held in ("", "ctrl+", "shift+")
    for key in ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "enter")
)
"""Keys that move about: nobody looks for them in a list."""


class KeyCommands(Provider):
    """Offers the actions of all keys that apply now."""

    def _bindings(self) -> list[ActiveBinding]:
        known: dict[str, ActiveBinding] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.description and not binding.system and binding.key not in _MOVES:
                known.setdefault(binding.action, active)
        return list(known.values())

    def _run(self, active: ActiveBinding) -> Callable[[], Awaitable[bool]]:
        return partial(self.app.run_action, active.binding.action, default_namespace=active.node)

    async def discover(self) -> Hits:
        for active in self._bindings():
            key = self.app.get_key_display(active.binding)
            yield DiscoveryHit(
                active.binding.description,
                self._run(active),
                help=f"{active.binding.tooltip or ''} key: {key}".strip(),
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for active in self._bindings():
            score = matcher.match(active.binding.description)
            if score > 0:
                key = self.app.get_key_display(active.binding)
                yield Hit(
                    score,
                    matcher.highlight(active.binding.description),
                    self._run(active),
                    help=f"{active.binding.tooltip or ''} key: {key}".strip(),
                )
