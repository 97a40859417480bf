"""The state of one folding: variables, limits, and the calls of ``setup()`` it came across."""

from __future__ import annotations

from contextlib import contextmanager
from functools import reduce

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.paths import rooted
from commonhold.projects.static_eval.values import (
    PERHAPS,
    UNKNOWN,
    Dotted,
    Unknown,
    extend,
    force,
    items_within,
    loosen,
    read_text,
    same,
    spoil,
)

if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles

_STEPS = 100_000
_BUILTINS = frozenset(
    (
        "all",
        "any",
        "bool",
        "compile",
        "dict",
        "enumerate",
        "exec",
        "exit",
        "filter",
        "frozenset",
        "getattr",
        "globals",
        "hasattr",
        "int",
        "isinstance",
        "iter",
        "len",
        "list",
        "locals",
        "map",
        "max",
        "min",
        "next",
        "open",
        "print",
        "quit",
        "repr",
        "reversed",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
    )
)


class TooMuchError(Exception):
    """The code would need more work than reading it is worth."""


class LeaveError(Exception):
    """The way that is followed ends: a ``"round"`` of a loop, the ``"loop"``, a ``"function"``, the ``"program"``."""

    def __init__(self, leaves: str) -> None:
        super().__init__(leaves)
        self.leaves = leaves


class Nodes(NamedTuple):
    """How each kind of node is folded."""

    expressions: Mapping[type, Callable[[Any, Run], Any]]
    statements: Mapping[type, Callable[[Any, Run], None]]
    otherwise: Callable[[Any, Run], None]


class Run:
    """The state of one folding.

    ``certain`` is false where statements may not be reached. ``shaky`` is true after a loop or
    function may have been left early, so that what follows need not happen.
    """

    def __init__(self, place: ProjectFiles, path: str, nodes: Nodes) -> None:
        self.place = place
        self.nodes = nodes
        self.module: dict[str, Any] = {"__name__": "__main__", "__file__": rooted(path)}
        self.scopes: list[dict[str, Any]] = [self.module]
        self.globals: set[str] = set()
        self.returned: list[Any] = []
        self.certain = True
        self.shaky = False
        self.setups: list[dict[Any, Any]] = []
        self._steps = 0

    @property
    def doubtful(self) -> bool:
        """Whether what is followed now may not happen."""
        return self.shaky or not self.certain

    @contextmanager
    def perhaps(self, *, when: bool = True) -> Iterator[None]:
        """What is followed inside may not happen."""
        certain = self.certain
        self.certain = certain and not when
        try:
            yield
        finally:
            self.certain = certain

    def evaluate(self, node: ast.expr | None) -> Any:
        """What an expression is worth; ``UNKNOWN`` where only running it would tell."""
        self.step()
        handler = self.nodes.expressions.get(type(node))
        return UNKNOWN if handler is None else handler(node, self)

    def perform(self, body: Iterable[ast.stmt]) -> None:
        """Follow statements; raises ``LeaveError`` where they certainly end early."""
        for statement in body:
            self.step()
            self.nodes.statements.get(type(statement), self.nodes.otherwise)(statement, self)

    def step(self, cost: int = 1) -> None:
        """Count work; raises ``TooMuchError`` beyond the limit."""
        self._steps += cost
        if self._steps > _STEPS:
            raise TooMuchError

    def look_up(self, name: str) -> Any:
        """The value of a variable."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return Dotted(name) if name in _BUILTINS else UNKNOWN

    def bind(self, name: str, value: Any) -> None:
        """Assign a variable; what may not happen leaves one that was there unknown."""
        is_global = name in self.globals
        scope = self.module if is_global else self.scopes[-1]
        doubtful = self.doubtful if is_global else self.shaky
        scope[name] = self.agree(scope.get(name, value), value) if doubtful else value

    def poison(self, *values: Any) -> None:
        """Something unknown was done to values, or may be done under a name that is not known to mean them."""
        todo = list(values)
        seen: set[int] = set()
        for value in todo:
            if id(value) not in seen:
                seen.add(id(value))
                within = items_within(value)
                self.step(len(within))
                todo += within
                spoil(value)

    def agree(self, one: Any, other: Any) -> Any:
        """The value that two ways lead to; what is done to it later is done to either."""
        if same(one, other):
            return one
        self.poison(one, other)
        return UNKNOWN

    def forget(self, names: Iterable[str]) -> None:
        """Make variables unknown; what they held may still be changed under their names."""
        for name in names:
            self.poison(self.scopes[-1].get(name))
            self.bind(name, UNKNOWN)

    def set_item(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Assign a dict's entry; what may not happen leaves one that was there unknown."""
        if key is PERHAPS:
            loosen(table)
            return
        if not isinstance(key, str | int | float | None):
            key, value = UNKNOWN, UNKNOWN
        table[key] = self.agree(table.get(key, value), value) if self.doubtful else value
        if self.doubtful:
            loosen(table)

    def add(self, items: list[Any], values: Any) -> None:
        """Add to a list what iterating over ``values`` gives; what may not happen leaves it loose."""
        extend(items, values)
        if self.doubtful:
            loosen(items)

    def inside(self, scopes: Iterable[dict[str, Any]], body: Iterable[ast.stmt]) -> Any:
        """Follow a function's body with variables of its own: what it returns, if that is one value."""
        saved = self.scopes, self.globals, self.returned, self.shaky
        self.scopes, self.globals, self.returned = list(scopes), set(), []
        try:
            self.perform(body)
            self.returned.append(None)
        except LeaveError as leave:
            if leave.leaves == "program":
                raise
        finally:
            returned = self.returned
            self.scopes, self.globals, self.returned, self.shaky = saved
        return reduce(self.agree, returned) if returned else UNKNOWN

    def force(self, value: Any) -> Any:
        """A value, read if it is a file's content."""
        found = force(self.place, value)
        if found is not value:
            self.step(1 + len(as_sized(found)) // 100)
        return found

    def lines(self, path: str) -> list[Any]:
        """The lines of a file, with their ends."""
        text = read_text(self.place, path)
        self.step(1 + len(as_sized(text)) // 100)
        return [UNKNOWN] if isinstance(text, Unknown) else text.splitlines(keepends=True)


def as_sized(value: Any) -> str:
    """A text, for its length; an empty one for anything else."""
    return value if isinstance(value, str) else ""
