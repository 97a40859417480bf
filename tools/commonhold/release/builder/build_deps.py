"""What of a release must be there before a plugin of it can be built."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.release.model.plan import ReleasePlan


def build_closures(plan: ReleasePlan) -> dict[str, tuple[str, ...]]:
    """For each released plugin, those that it is built with, and what these need to run; in the plan's order."""
    place = {planned.name: number for number, planned in enumerate(plan.released)}
    closures: dict[str, tuple[str, ...]] = {}
    for planned in plan.released:
        found = {each.name for each in plan.closure(planned.builds_with, place)} - {planned.name}
        closures[planned.name] = tuple(sorted(found, key=place.__getitem__))
    return closures


def transitive_build_deps(names: Iterable[str], closures: Mapping[str, Iterable[str]]) -> set[str]:
    """All that must be built before these are: what they are built with, what that is built with, and so on."""
    found: set[str] = set()
    todo = [*names]
    while todo:
        for each in closures[todo.pop()]:
            if each not in found:
                found.add(each)
                todo.append(each)
    return found
