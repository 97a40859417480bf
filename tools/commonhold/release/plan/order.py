"""Order distributions by their requirements, and find the dependents of distributions that are held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from commonhold.release.model.plan import PlannedDistribution

    Needs: TypeAlias = "Mapping[str, Iterable[str]]"
    Group: TypeAlias = "tuple[str, ...]"


def find_waves(needs: Needs) -> tuple[tuple[Group, ...], ...]:
    """Divide names into waves of groups. Each group is in the first wave after the waves of all its requirements.

    ``needs`` maps names to their direct requirements; requirements that are not keys are ignored. A group is one name,
    or a cycle of names that require each other. Names and groups are sorted.

    >>> find_waves({"a": ["b"], "b": ["a", "c"], "c": [], "d": ["c", "elsewhere"]})
    ((('c',),), (('a', 'b'), ('d',)))
    """
    waves: list[list[Group]] = []
    wave_of: dict[str, int] = {}
    for group in _groups(needs):
        members = set(group)
        before = [wave_of[need] for name in group for need in needs[name] if need in needs and need not in members]
        wave = 1 + max(before, default=-1)
        wave_of.update(dict.fromkeys(group, wave))
        waves.extend([] for _ in range(wave + 1 - len(waves)))
        waves[wave].append(group)
    return tuple(tuple(sorted(wave)) for wave in waves)


def in_waves(plugins: Sequence[PlannedDistribution]) -> tuple[tuple[Group, ...], ...]:
    """Divide planned distributions into waves by their run-time and build requirements."""
    return find_waves({plugin.name: (*plugin.needs, *plugin.builds_with) for plugin in plugins})


def held_with(
    held: Iterable[str], plugins: Sequence[PlannedDistribution], is_served: Callable[[PlannedDistribution, str], bool]
) -> dict[str, str]:
    """Return the dependents of held-back distributions that must be held back too, each with its missing requirement.

    ``is_served(dependent, name)`` returns whether the index already has a version of ``name`` that satisfies the
    dependent. It is called only if ``name`` is held back and the dependent is not held back yet. The result does not
    contain ``held``, and is in the order of discovery.
    """
    dependents = _dependents(plugins)
    seen = set(held)
    found: dict[str, str] = {}
    todo = sorted(seen)
    for name in todo:
        for dependent in dependents.get(name, ()):
            if dependent.name not in seen and not is_served(dependent, name):
                seen.add(dependent.name)
                found[dependent.name] = name
                todo.append(dependent.name)
    return found


def excluding(
    plugins: Sequence[PlannedDistribution],
    names: Iterable[str],
    is_satisfied: Callable[[PlannedDistribution, str], bool],
) -> dict[str, list[str]]:
    """Return the dependents whose requirements reject a new version, by the name of the distribution with that version.

    ``is_satisfied(dependent, name)`` returns whether the new version of ``name`` satisfies the dependent.
    """
    dependents = _dependents(plugins)
    found = {name: [each.name for each in dependents.get(name, ()) if not is_satisfied(each, name)] for name in names}
    return {name: users for name, users in found.items() if users}


def _dependents(plugins: Sequence[PlannedDistribution]) -> dict[str, list[PlannedDistribution]]:
    dependents: dict[str, list[PlannedDistribution]] = {}
    for plugin in plugins:
        for name in dict.fromkeys((*plugin.needs, *plugin.builds_with)):
            dependents.setdefault(name, []).append(plugin)
    return dependents


def _groups(needs: Needs) -> Iterator[Group]:
    """Yield the strongly connected components, each of them after its requirements (Tarjan, 1972).

    The algorithm runs without recursion, because a chain of requirements may be longer than Python's stack.
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: dict[str, None] = {}
    for start in sorted(needs):
        path = [] if start in number else [(start, _inner(needs, start))]
        while path:
            name, left = path[-1]
            if name not in number:
                number[name] = low[name] = len(number)
                open_[name] = None
            for need in left:
                if need not in number:
                    path.append((need, _inner(needs, need)))
                    break
                if need in open_:
                    low[name] = min(low[name], number[need])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[name])
                if low[name] == number[name]:
                    yield _close(open_, name)


def _inner(needs: Needs, name: str) -> Iterator[str]:
    return iter([need for need in needs[name] if need in needs])


def _close(open_: dict[str, None], name: str) -> Group:
    """Remove ``name`` and all names that were opened after it, and return the removed names sorted."""
    group: list[str] = []
    while not group or group[-1] != name:
        group.append(open_.popitem()[0])
    return tuple(sorted(group))
