"""Who needs whom, and how a need spreads.

A node is a plugin, or one of its extras: what asks for ``x[spark]`` needs more than what asks for
``x``. Two relations lead out of a plugin. What it needs to run, to be built, and what its shipped
files import, chains. What its tests need (its own extras, groups, requirements files, imports in
tests) is the first step of a walk and never a later one: nobody who uses a plugin runs its tests.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Literal, TypeAlias

    from commonhold.projects.names import Name


How: TypeAlias = 'Literal["runtime", "extra", "group", "requirements-file", "build", "import"]'
"""What kind of declaration, or import, makes one plugin need another."""

Node: TypeAlias = "tuple[Name, Name | None]"
"""A plugin itself (``None``) or one of its extras."""


class Edge(NamedTuple):
    """``source`` needs ``target``.

    ``extra`` is the extra of the source under which the need stands (``None``: always), ``asked`` are
    the extras of the target that it asks for. ``tests`` says that only the source's own tests have
    the need. ``where`` is the file that says so.
    """

    source: Name
    target: Name
    how: How
    extra: Name | None = None
    asked: frozenset[Name] = frozenset()
    tests: bool = False
    where: str = ""


class Step(NamedTuple):
    """One step of a chain: ``needs`` is a plugin that is one step nearer to the start."""

    needs: Node
    how: How


class Graph:
    """The edges of a workspace, indexed for a selection's one question: who can see this plugin."""

    def __init__(self, edges: Iterable[Edge] = ()) -> None:
        self.edges = tuple(dict.fromkeys(edges))
        self._users: dict[Node, list[tuple[Node, How]]] = {}
        self._testers: dict[Node, list[tuple[Name, How]]] = {}
        for edge in self.edges:
            self._index(edge)

    def _index(self, edge: Edge) -> None:
        for target in _targets(edge):
            if not edge.tests:
                self._users.setdefault(target, []).append(((edge.source, edge.extra), edge.how))
            if edge.tests or edge.extra is not None:
                self._testers.setdefault(target, []).append((edge.source, edge.how))

    def dependents(self, plugin: Name) -> Mapping[Name, tuple[tuple[Name, ...], How]]:
        """Find everybody who can see ``plugin``, with the shortest chain from their nearest need to it.

        The chain is the ``via`` of a reason; the word beside it says how the first step is declared.
        """
        start: Node = (plugin, None)
        steps: dict[Node, Step | None] = {start: None}
        found: dict[Name, tuple[tuple[Name, ...], How]] = {}
        level: list[Node] = [start]
        while level:
            for node in level:
                self._note_users(node, steps, found)
            level = list(self._next_level(level, steps))
        found.pop(plugin, None)
        return found

    def _note_users(
        self, node: Node, steps: Mapping[Node, Step | None], found: dict[Name, tuple[tuple[Name, ...], How]]
    ) -> None:
        for (user, extra), how in self._users.get(node, ()):
            if extra is None and user not in found:
                found[user] = (_chain(node, steps), how)
        for tester, how in self._testers.get(node, ()):
            if tester not in found:
                found[tester] = (_chain(node, steps), how)

    def _next_level(self, level: list[Node], steps: dict[Node, Step | None]) -> Iterator[Node]:
        for node in level:
            for user, how in self._users.get(node, ()):
                if user not in steps:
                    steps[user] = Step(node, how)
                    yield user

    def needs(self, plugin: Name, *, extras: Iterable[Name] = (), tests: bool = False) -> frozenset[Name]:
        """The plugins that ``plugin[extras]`` needs, over any number of steps; with ``tests``, for its tests too."""
        outward, first = self._outward()
        start: list[Node] = [(plugin, None), *((plugin, extra) for extra in extras)]
        seen = _reached([*start, *(first.get(plugin, ()) if tests else ())], outward)
        return frozenset(name for name, _ in seen) - {plugin}

    def _outward(self) -> tuple[dict[Node, list[Node]], dict[Name, list[Node]]]:
        """What each node needs, and what the tests of each plugin need first."""
        outward: dict[Node, list[Node]] = {}
        first: dict[Name, list[Node]] = {}
        for edge in self.edges:
            if not edge.tests:
                outward.setdefault((edge.source, edge.extra), []).extend(_targets(edge))
            if edge.tests or edge.extra is not None:
                first.setdefault(edge.source, []).extend(_targets(edge))
        return outward, first

    def cycles(self) -> tuple[tuple[Name, ...], ...]:
        """Groups of plugins each of which needs all others of its group to run or to be built."""
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
        # What is left lies on a cycle or leads to one: almost always nothing.
        seen = {node: _reached(left[node], outward) for node in left}
        rings = {frozenset(other[0] for other in seen[node] & left.keys() if node in seen[other]) for node in left}
        return tuple(sorted(tuple(sorted(ring)) for ring in rings if len(ring) > 1))


def _reached(start: Iterable[Node], outward: Mapping[Node, list[Node]]) -> set[Node]:
    """The nodes of ``start``, and all that they lead to."""
    seen: set[Node] = set()
    todo = list(start)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += outward.get(node, ())
    return seen


def _targets(edge: Edge) -> list[Node]:
    return [(edge.target, None), *((edge.target, extra) for extra in edge.asked)]


def _chain(node: Node, steps: Mapping[Node, Step | None]) -> tuple[Name, ...]:
    """The plugins from ``node`` to the start of the walk; a plugin and its extra count once."""
    chain = [node[0]]
    step = steps[node]
    while step is not None:
        if step.needs[0] != chain[-1]:
            chain.append(step.needs[0])
        step = steps[step.needs]
    return tuple(chain)
