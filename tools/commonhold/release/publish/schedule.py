"""Who may go up now. Pure, but for the one question whether the index satisfies a requirement already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.plan.order import held_with, in_waves

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from commonhold.release.model.plan import PlannedDistribution


class Schedule:
    """Those that wait, are on their way, are up, and are lost to this publication.

    One goes up as soon as what it needs is; a cycle goes together. Projects that are new to the index go when no other
    can: the index limits how many are made. One that is lost takes along those whose requirement on it
    ``is_served(dependent, name)`` denies.
    """

    def __init__(
        self,
        plugins: Sequence[PlannedDistribution],
        new: Collection[str],
        is_served: Callable[[PlannedDistribution, str], bool],
    ) -> None:
        self._plugins = {plugin.name: plugin for plugin in plugins}
        self._new = frozenset(new)
        self._is_served = is_served
        self._mates = {name: {*group} for wave in in_waves(plugins) for group in wave for name in group}
        self._urgency = _count_users(plugins)
        self._waiting = dict.fromkeys(self._plugins)
        self._running: set[str] = set()
        self._up: set[str] = set()
        self._lost: set[str] = set()

    @property
    def waiting(self) -> tuple[PlannedDistribution, ...]:
        """Those that were neither begun nor lost."""
        return tuple(self._plugins[name] for name in self._waiting)

    @property
    def new_waiting(self) -> tuple[PlannedDistribution, ...]:
        """Those of them that the index does not know."""
        return tuple(plugin for plugin in self.waiting if plugin.name in self._new)

    def begin(self, room: int) -> tuple[PlannedDistribution, ...]:
        """The next ones, so many at most; they count as on their way from now on."""
        ready = [name for name in self._waiting if self._is_ready(name)]
        old = [name for name in ready if name not in self._new]
        chosen = old or ([] if self._running - self._new else ready)
        # First those that most others wait for.
        chosen = sorted(chosen, key=lambda name: (-self._urgency[name], name))[:room]
        for name in chosen:
            del self._waiting[name]
        self._running.update(chosen)
        return tuple(self._plugins[name] for name in chosen)

    def up(self, name: str) -> None:
        """It is on the index with all its files."""
        self._settle(name)
        self._up.add(name)

    def lose(self, names: Iterable[str]) -> dict[str, str]:
        """They will not be: who else cannot be now, each with what it lacks."""
        names = [*names]
        for name in names:
            self._settle(name)
            self._lost.add(name)
        found = held_with(names, self.waiting, self._is_served)
        for name in found:
            self._settle(name)
            self._lost.add(name)
        return found

    def _settle(self, name: str) -> None:
        self._waiting.pop(name, None)
        self._running.discard(name)

    def _is_ready(self, name: str) -> bool:
        plugin = self._plugins[name]
        settled = self._up | self._lost | self._mates[name]
        return all(need in settled for need in (*plugin.needs, *plugin.builds_with) if need in self._plugins)


def _count_users(plugins: Sequence[PlannedDistribution]) -> dict[str, int]:
    """How many need each, directly or not."""
    users: dict[str, set[str]] = {plugin.name: set() for plugin in plugins}
    # Backwards through the waves, each hands on who needs it; in a cycle that is only nearly right, which is enough.
    order = [name for wave in in_waves(plugins) for group in wave for name in group]
    planned = {plugin.name: plugin for plugin in plugins}
    for name in reversed(order):
        for need in (*planned[name].needs, *planned[name].builds_with):
            if need in users and need != name:
                users[need] |= {name} | users[name]
    return {name: len(found) for name, found in users.items()}
