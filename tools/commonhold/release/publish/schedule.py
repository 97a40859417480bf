"""Decide which plugins to upload next. This module does not query the index, except through ``is_served``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.plan.order import held_with, in_waves

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from commonhold.release.model.plan import PlannedDistribution


class Schedule:
    """The plugins of a publication: waiting, running, uploaded, or lost (not uploaded by this publication).

    A plugin can be uploaded when its dependencies are uploaded; plugins that depend on each other are uploaded
    together. Projects that are new to the index are uploaded last, because the index limits the number of new projects.
    If a plugin is lost, its dependents are lost too, unless ``is_served(dependent, name)`` is true, which means that
    another version on the index satisfies their requirement.
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
        self._cycle_of = {name: {*group} for wave in in_waves(plugins) for group in wave for name in group}
        self._dependents = _count_dependents(plugins)
        self._waiting = dict.fromkeys(self._plugins)
        self._running: set[str] = set()
        self._up: set[str] = set()
        self._lost: set[str] = set()

    @property
    def waiting(self) -> tuple[PlannedDistribution, ...]:
        """The plugins whose uploads have not started and that are not lost."""
        return tuple(self._plugins[name] for name in self._waiting)

    @property
    def new_waiting(self) -> tuple[PlannedDistribution, ...]:
        """The waiting plugins whose projects are new to the index."""
        return tuple(plugin for plugin in self.waiting if plugin.name in self._new)

    def start_next(self, room: int) -> tuple[PlannedDistribution, ...]:
        """Start at most ``room`` plugins and return these plugins."""
        ready = [name for name in self._waiting if self._is_ready(name)]
        existing = [name for name in ready if name not in self._new]
        chosen = existing or ([] if self._running - self._new else ready)
        # Plugins with many dependents are uploaded first, so that few uploads have to wait.
        chosen = sorted(chosen, key=lambda name: (-self._dependents[name], name))[:room]
        for name in chosen:
            del self._waiting[name]
        self._running.update(chosen)
        return tuple(self._plugins[name] for name in chosen)

    def mark_uploaded(self, name: str) -> None:
        """Record that every file of a plugin is on the index."""
        self._remove(name)
        self._up.add(name)

    def mark_lost(self, names: Iterable[str]) -> dict[str, str]:
        """Record that these plugins will not be uploaded; return their lost dependents, each with the cause."""
        names = [*names]
        for name in names:
            self._remove(name)
            self._lost.add(name)
        found = held_with(names, self.waiting, self._is_served)
        for name in found:
            self._remove(name)
            self._lost.add(name)
        return found

    def _remove(self, name: str) -> None:
        self._waiting.pop(name, None)
        self._running.discard(name)

    def _is_ready(self, name: str) -> bool:
        plugin = self._plugins[name]
        done = self._up | self._lost | self._cycle_of[name]
        return all(need in done for need in (*plugin.needs, *plugin.builds_with) if need in self._plugins)


def _count_dependents(plugins: Sequence[PlannedDistribution]) -> dict[str, int]:
    """Return the number of direct and indirect dependents of each plugin."""
    dependents: dict[str, set[str]] = {plugin.name: set() for plugin in plugins}
    # From the last wave to the first, each plugin passes its dependents to its dependencies. The numbers are only
    # approximate for cycles, which is enough for an order of preference.
    order = [name for wave in in_waves(plugins) for group in wave for name in group]
    planned = {plugin.name: plugin for plugin in plugins}
    for name in reversed(order):
        for need in (*planned[name].needs, *planned[name].builds_with):
            if need in dependents and need != name:
                dependents[need] |= {name} | dependents[name]
    return {name: len(found) for name, found in dependents.items()}
