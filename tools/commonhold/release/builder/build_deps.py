"""Find the plugins of a release that must be built before another plugin can be built."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.release.model.plan import ReleasePlan


def build_closures(plan: ReleasePlan) -> dict[str, tuple[str, ...]]:
    """Return the plugins that each released plugin's build environment contains, in the plan's order.

    These plugins are its build requirements and their run-time requirements.
    """
    place = {planned.name: number for number, planned in enumerate(plan.released)}
    closures: dict[str, tuple[str, ...]] = {}
    for planned in plan.released:
        found = {each.name for each in plan.closure(planned.builds_with, place)} - {planned.name}
        closures[planned.name] = tuple(sorted(found, key=place.__getitem__))
    return closures


def transitive_build_deps(names: Iterable[str], closures: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the direct and indirect build requirements of plugins: everything that must be built first."""
    found: set[str] = set()
    todo = [*names]
    # A plugin can be in its own closure if build requirements are circular, so each is visited once.
    while todo:
        for each in closures[todo.pop()]:
            if each not in found:
                found.add(each)
                todo.append(each)
    return found
