"""What of a release must be there before a plugin of it can be built."""

from __future__ import annotations

from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.release.values import Plan


def build_closures(plan: Plan) -> dict[str, tuple[str, ...]]:
    """For each released plugin, those that it is built with, and what these need to run; in the plan's order."""
    released = {planned.name: planned for planned in plan.released}
    place = {name: number for number, name in enumerate(released)}
    closures: dict[str, tuple[str, ...]] = {}
    for name, planned in released.items():
        found: set[str] = set()
        todo = list(planned.builds_with)
        while todo:
            each = todo.pop()
            if each in released and each not in found:
                found.add(each)
                todo += released[each].needs
        closures[name] = tuple(sorted(found - {name}, key=place.__getitem__))
    return closures
