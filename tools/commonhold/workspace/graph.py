"""Build the dependency graph between plugins and find the dependents of a plugin.

A node is a plugin or one of its extras, because ``x[spark]`` has more requirements than ``x``. Edges from run-time
requirements, build requirements and imports in shipped files chain. Edges from test requirements (a plugin's own
extras, groups, requirements files, imports in tests, and mentions) can only be the first edge of a chain: a plugin's
dependents do not run its tests.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Literal, TypeAlias

    from commonhold.projects.names import Name


EdgeKind: TypeAlias = 'Literal["runtime", "extra", "group", "requirements-file", "build", "import", "mention"]'
"""The kind of requirement, import or mention that makes one plugin depend on another."""

Node: TypeAlias = "tuple[Name, Name | None]"
"""A plugin itself (``None``) or one of its extras."""


class Edge(NamedTuple):
    """``source`` depends on ``target``.

    ``extra`` is the source's extra that declares the requirement (``None``: no extra is needed); ``target_extras`` are
    the target's extras that it requests. ``tests`` is true if only the source's own tests need the target. ``file`` is
    the file that contains the import or mention, and ``line`` is the line of the mention.
    """

    source: Name
    target: Name
    how: EdgeKind
    extra: Name | None = None
    target_extras: frozenset[Name] = frozenset()
    tests: bool = False
    file: str = ""
    line: int = 0


class Chain(NamedTuple):
    """A shortest dependency chain: ``via`` are the plugins after its first ``edge``, up to the changed plugin."""

    via: tuple[Name, ...]
    edge: Edge


class Step(NamedTuple):
    """One step of a chain; ``requires`` is the required node, which is one step closer to the changed plugin."""

    requires: Node
    how: EdgeKind


class Graph:
    """The edges of a workspace, indexed by target to find the plugins that depend on a plugin."""

    def __init__(self, edges: Iterable[Edge] = ()) -> None:
        self.edges = tuple(dict.fromkeys(edges))  # unique, in order
        self._users: dict[Node, list[tuple[Node, Edge]]] = {}
        self._testers: dict[Node, list[Edge]] = {}
        for edge in self.edges:
            self._index(edge)

    def _index(self, edge: Edge) -> None:
        for target in _targets(edge):
            if not edge.tests:
                self._users.setdefault(target, []).append(((edge.source, edge.extra), edge))
            if edge.tests or edge.extra is not None:
                self._testers.setdefault(target, []).append(edge)

    def dependents(self, plugin: Name) -> Mapping[Name, Chain]:
        """Find the plugins that depend on ``plugin``, each with a shortest dependency chain to ``plugin``."""
        start: Node = (plugin, None)
        steps: dict[Node, Step | None] = {start: None}
        found: dict[Name, Chain] = {}
        # The search is breadth-first, so the first chain that is found is a shortest one.
        level: list[Node] = [start]
        while level:
            for node in level:
                self._add_dependents(node, steps, found)
            level = list(self._next_level(level, steps))
        found.pop(plugin, None)
        return found

    def _add_dependents(self, node: Node, steps: Mapping[Node, Step | None], found: dict[Name, Chain]) -> None:
        for (user, extra), edge in self._users.get(node, ()):
            if extra is None and user not in found:
                found[user] = Chain(_via(node, steps), edge)
        for edge in self._testers.get(node, ()):
            if edge.source not in found:
                found[edge.source] = Chain(_via(node, steps), edge)

    def _next_level(self, level: list[Node], steps: dict[Node, Step | None]) -> Iterator[Node]:
        for node in level:
            for user, edge in self._users.get(node, ()):
                if user not in steps:
                    steps[user] = Step(node, edge.how)
                    yield user

    def dependencies(
        self, plugin: Name, *, extras: Iterable[Name] = (), tests: bool = False, mentions: bool = True
    ) -> frozenset[Name]:
        """Return the direct and indirect dependencies of ``plugin[extras]``, and of its tests if ``tests`` is true.

        ``mentions`` says whether its tests depend on the plugins that its files mention.
        """
        outward, first = self._outward(mentions=mentions)
        start: list[Node] = [(plugin, None), *((plugin, extra) for extra in extras)]
        seen = _reached([*start, *(first.get(plugin, ()) if tests else ())], outward)
        return frozenset(name for name, _ in seen) - {plugin}

    def _outward(self, *, mentions: bool = True) -> tuple[dict[Node, list[Node]], dict[Name, list[Node]]]:
        """Return the edges that chain, by source node, and the edges that can only start a chain, by plugin."""
        outward: dict[Node, list[Node]] = {}
        first: dict[Name, list[Node]] = {}
        for edge in self.edges:
            if not edge.tests:
                outward.setdefault((edge.source, edge.extra), []).extend(_targets(edge))
            if (edge.tests or edge.extra is not None) and (mentions or edge.how != "mention"):
                first.setdefault(edge.source, []).extend(_targets(edge))
        return outward, first

    def cycles(self) -> tuple[tuple[Name, ...], ...]:
        """Find the groups of plugins in which each plugin depends on all others at run time or build time."""
        outward, _ = self._outward()
        left = {node: set(needs) for node, needs in outward.items()}
        free = [node for node in self._users if node not in left]
        while free:
            done = free.pop()
            for user, _ in self._users.get(done, ()):
                left.get(user, set()).discard(done)
                if user in left and not left[user]:
                    del left[user]
                    free.append(user)
        # Remove nodes whose requirements are all removed, until nothing changes (Kahn's algorithm).
        # Only nodes on a cycle, or with a path to one, are left. Usually none are.
        seen = {node: _reached(left[node], outward) for node in left}
        rings = {frozenset(other[0] for other in seen[node] & left.keys() if node in seen[other]) for node in left}
        return tuple(sorted(tuple(sorted(ring)) for ring in rings if len(ring) > 1))


def _reached(start: Iterable[Node], outward: Mapping[Node, list[Node]]) -> set[Node]:
    """Return the nodes that can be reached from ``start``, including ``start``."""
    seen: set[Node] = set()
    todo = list(start)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += outward.get(node, ())
    return seen


def _targets(edge: Edge) -> list[Node]:
    return [(edge.target, None), *((edge.target, extra) for extra in edge.target_extras)]


def _via(node: Node, steps: Mapping[Node, Step | None]) -> tuple[Name, ...]:
    """Return the plugins from ``node`` to the start of the search; list a plugin and its extras only once."""
    chain = [node[0]]
    step = steps[node]
    while step is not None:
        if step.requires[0] != chain[-1]:
            chain.append(step.requires[0])
        step = steps[step.requires]
    return tuple(chain)
