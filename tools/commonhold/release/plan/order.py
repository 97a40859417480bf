"""In which order distributions are released, and who cannot be released without whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from commonhold.release.model.plan import PlannedDistribution

    Needs: TypeAlias = "Mapping[str, Iterable[str]]"
    Group: TypeAlias = "tuple[str, ...]"


def find_waves(needs: Needs) -> tuple[tuple[Group, ...], ...]:
    """Waves of groups: what a group needs is in an earlier wave, and each group in the first wave that it can be in.

    ``needs`` tells for each name what it needs at first hand; names that are no keys are left out. A group is one
    name, or a cycle: those that all need each other. Names and groups are sorted.

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
    """The waves of what is planned, by what it needs to run and to be built."""
    return find_waves({plugin.name: (*plugin.needs, *plugin.builds_with) for plugin in plugins})


def held_with(
    held: Iterable[str], plugins: Sequence[PlannedDistribution], is_served: Callable[[PlannedDistribution, str], bool]
) -> dict[str, str]:
    """Who else is held back when some are: each with the one that it needs at first hand and cannot have.

    ``is_served(dependent, name)`` says whether the index has, without this release, a version of ``name`` that the
    dependent's requirement on it admits. It is asked only of what is held back, and only of plugins that are not. Those
    in ``held`` are not in the answer, which is in the order in which it was found.
    """
    users = _users(plugins)
    seen = set(held)
    found: dict[str, str] = {}
    todo = sorted(seen)
    for name in todo:
        for user in users.get(name, ()):
            if user.name not in seen and not is_served(user, name):
                seen.add(user.name)
                found[user.name] = name
                todo.append(user.name)
    return found


def _users(plugins: Sequence[PlannedDistribution]) -> dict[str, list[PlannedDistribution]]:
    users: dict[str, list[PlannedDistribution]] = {}
    for plugin in plugins:
        for name in dict.fromkeys((*plugin.needs, *plugin.builds_with)):
            users.setdefault(name, []).append(plugin)
    return users


def _groups(needs: Needs) -> Iterator[Group]:
    """The strongly connected components, what a component needs before it (Tarjan, 1972, without recursion)."""
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
    """Take everything that was opened since ``name``, itself included."""
    group: list[str] = []
    while not group or group[-1] != name:
        group.append(open_.popitem()[0])
    return tuple(sorted(group))
