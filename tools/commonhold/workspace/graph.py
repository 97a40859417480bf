"""Build the dependency graph between plugins and find the dependents of a plugin.

A node is a plugin or one of its extras, because ``x[spark]`` has more requirements than ``x``. Edges from run-time
requirements, build requirements and imports in shipped files chain. Edges from test requirements (a plugin's own
extras, groups, requirements files, settings, imports in tests, and mentions) can only be the first edge of a chain: a
plugin's dependents do not run its tests.

The core is also a node, but only its extras can be the target of an edge: ``on-core-change`` covers requirements on the
core itself.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Literal, TypeAlias, TypeVar

    from commonhold.projects.names import Name

    Vertex = TypeVar("Vertex")


EdgeKind: TypeAlias = (
    'Literal["runtime", "extra", "group", "requirements-file", "build", "import", "mention", "setting"]'
)
"""The kind of requirement, import, mention or setting that makes one plugin depend on another."""

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
    """A shortest dependency chain: the first ``edge``, and in ``via`` the further plugins up to the changed plugin."""

    via: tuple[Name, ...]
    edge: Edge


class Graph:
    """The edges of a workspace, indexed by target to find the plugins that depend on a plugin."""

    def __init__(self, edges: Iterable[Edge] = (), core: Name | None = None) -> None:
        self.edges = tuple(dict.fromkeys(edges))  # unique, in order
        self._core = core
        self._users: dict[Node, list[tuple[Node, Edge]]] = {}
        self._testers: dict[Node, list[Edge]] = {}
        self._outward_edges: dict[bool, tuple[dict[Node, list[Node]], dict[Name, list[Node]]]] = {}
        for edge in self.edges:
            self._index(edge)

    def _index(self, edge: Edge) -> None:
        for target in self._targets(edge):
            if not edge.tests:
                self._users.setdefault(target, []).append(((edge.source, edge.extra), edge))
            if edge.tests or edge.extra is not None:
                self._testers.setdefault(target, []).append(edge)

    def _targets(self, edge: Edge) -> list[Node]:
        extras: list[Node] = [(edge.target, extra) for extra in edge.target_extras]
        return extras if edge.target == self._core else [(edge.target, None), *extras]

    def dependents(self, plugin: Name) -> Mapping[Name, Chain]:
        """Find the plugins that depend on ``plugin``, each with a shortest dependency chain to ``plugin``."""
        return {name: found[plugin] for name, found in self.dependents_of_all([plugin], 1).items()}

    def dependents_of_all(self, plugins: Iterable[Name], most: int) -> Mapping[Name, Mapping[Name, Chain]]:
        """Find the plugins that depend on any of ``plugins``; map each dependent to the ``most`` nearest of them.

        Without ``most``, the size of the result and the time could grow with the square of the number of plugins.
        """
        steps: dict[Node, dict[Name, Node | None]] = {(plugin, None): {plugin: None} for plugin in plugins}
        found: dict[Name, dict[Name, Chain]] = {}
        # The search is breadth-first, so the first chain that is found is a shortest one, and the nearest plugins of a
        # node are among the nearest plugins of the nodes that it requires.
        level = [(node, node[0]) for node in steps]
        users: dict[Node, list[tuple[Node, Edge]]] = dict(self._users)
        testers: dict[Node, list[Edge]] = {}
        while level:
            for node, start in level:
                self._add_dependents(node, start, steps, found, most, testers)
            level = list(self._next_level(level, steps, most + 1, users))  # a plugin is not its own dependent
        return found

    def _edges_to(self, node: Node) -> list[Edge]:
        users = (edge for (_, extra), edge in self._users.get(node, ()) if extra is None)
        return [*users, *self._testers.get(node, ())]

    def _add_dependents(
        self,
        node: Node,
        start: Name,
        steps: Mapping[Node, Mapping[Name, Node | None]],
        found: dict[Name, dict[Name, Chain]],
        most: int,
        left: dict[Node, list[Edge]],
    ) -> None:
        """Add the dependents of a node; ``left`` are the edges, by target node, of plugins that still need chains."""
        edges = left.get(node)
        if edges is None:
            edges = left[node] = self._edges_to(node)
        full = 0
        for edge in edges:
            known = found.get(edge.source, {})
            if len(known) >= most:
                full += 1
            elif edge.source != start and start not in known:
                found.setdefault(edge.source, known)[start] = Chain(_via(node, start, steps), edge)
        if full * 2 > len(edges):  # not for each one, because that would take quadratic time
            left[node] = [edge for edge in edges if len(found.get(edge.source, ())) < most]

    def _next_level(
        self,
        level: list[tuple[Node, Name]],
        steps: dict[Node, dict[Name, Node | None]],
        most: int,
        left: dict[Node, list[tuple[Node, Edge]]],
    ) -> Iterator[tuple[Node, Name]]:
        for node, start in level:
            users = left.get(node, ())
            full = 0
            for user, _ in users:
                known = steps.setdefault(user, {})
                if len(known) >= most:
                    full += 1
                elif start not in known:
                    known[start] = node
                    yield user, start
            if full * 2 > len(users):
                left[node] = [each for each in users if len(steps[each[0]]) < most]

    def dependencies(
        self, plugin: Name, *, extras: Iterable[Name] = (), tests: bool = False, mentions: bool = True
    ) -> frozenset[Name]:
        """Return the direct and indirect dependencies of ``plugin[extras]``; with ``tests``, also of its tests.

        With ``mentions``, its tests also depend on the plugins that its files mention.
        """
        outward, first = self._outward(mentions=mentions)
        start: list[Node] = [(plugin, None), *((plugin, extra) for extra in extras)]
        seen = _reached([*start, *(first.get(plugin, ()) if tests else ())], outward)
        return frozenset(name for name, _ in seen) - {plugin}

    def chains(self, start: Name) -> dict[Name, tuple[Name, ...]]:
        """Return the direct and indirect dependencies of ``start``, each with a shortest chain that ends with it."""
        outward, _ = self._outward()
        trails: dict[Node, tuple[Name, ...]] = {(start, None): ()}
        found: dict[Name, tuple[Name, ...]] = {}
        todo: list[Node] = [(start, None)]
        # The list grows during the loop, so nodes are visited in the order of their distance.
        for node in todo:
            trail = trails[node]
            for target in outward.get(node, ()):
                if target not in trails:
                    trails[target] = trail if trail[-1:] == (target[0],) else (*trail, target[0])
                    found.setdefault(target[0], trails[target])
                    todo.append(target)
        found.pop(start, None)
        return found

    def _outward(self, *, mentions: bool = True) -> tuple[dict[Node, list[Node]], dict[Name, list[Node]]]:
        """Return the edges that can continue a chain, by node, and the edges that can only start a chain, by plugin."""
        if mentions not in self._outward_edges:
            outward: dict[Node, list[Node]] = {}
            first: dict[Name, list[Node]] = {}
            for edge in self.edges:
                if not edge.tests:
                    outward.setdefault((edge.source, edge.extra), []).extend(self._targets(edge))
                if (edge.tests or edge.extra is not None) and (mentions or edge.how != "mention"):
                    first.setdefault(edge.source, []).extend(self._targets(edge))
            self._outward_edges[mentions] = outward, first
        return self._outward_edges[mentions]

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
        rings = {frozenset(name for name, _ in group) for group in strongly_connected(left)}
        return tuple(sorted(tuple(sorted(ring)) for ring in rings if len(ring) > 1))


def strongly_connected(graph: Mapping[Vertex, Iterable[Vertex]]) -> Iterator[list[Vertex]]:
    """Yield groups of nodes that reach each other, each after the groups that it reaches (Tarjan, not recursive)."""
    order: dict[Vertex, int] = {}
    lowest: dict[Vertex, int] = {}  # the first node, in this order, that a node reaches and that is still on the stack
    stack: list[Vertex] = []
    for root in graph:
        todo = [] if root in order else [(root, iter(graph[root]))]
        while todo:
            node, rest = todo[-1]
            if node not in order:
                order[node] = lowest[node] = len(order)
                stack.append(node)
            following = next((other for other in rest if other in graph and other not in order), None)
            if following is not None:
                todo.append((following, iter(graph[following])))
                continue
            todo.pop()
            lowest[node] = min([lowest[node], *(lowest[other] for other in graph[node] if other in lowest)])
            if lowest[node] == order[node]:
                group: list[Vertex] = []
                while not group or group[-1] != node:
                    group.append(stack.pop())
                    del lowest[group[-1]]
                yield group


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


def _via(node: Node, start: Name, steps: Mapping[Node, Mapping[Name, Node | None]]) -> tuple[Name, ...]:
    """Return the plugins from ``node`` to the start of the search; list a plugin and its extras only once."""
    chain = [node[0]]
    following = steps[node][start]
    while following is not None:
        if following[0] != chain[-1]:
            chain.append(following[0])
        following = steps[following][start]
    return tuple(chain)
