"""Define the state of one evaluation: variables, limits, and the ``setup()`` calls found so far."""

from __future__ import annotations

from contextlib import contextmanager
from functools import reduce

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.paths import rooted
from commonhold.projects.static_eval.values import (
    PERHAPS,
    UNKNOWN,
    Dotted,
    FileValue,
    Unknown,
    extend,
    force,
    is_same,
    items_of,
    items_within,
    loosen,
    read_text,
    spoil,
)

if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles

# Real files need up to a few thousand steps; this many take a tenth of a second.
_MAX_STEPS = 100_000


class TooMuchWorkError(Exception):
    """The code needs more steps than any real ``setup.py``."""


class LeaveError(Exception):
    """The current path leaves a ``"round"`` of a loop, a whole ``"loop"``, a ``"function"`` or the ``"program"``."""

    def __init__(self, leaves: str) -> None:
        super().__init__(leaves)
        self.leaves = leaves


class Handlers(NamedTuple):
    """The functions that evaluate each kind of node, and the function for all other kinds."""

    expressions: Mapping[type, Callable[[Any, Interpreter], Any]]
    statements: Mapping[type, Callable[[Any, Interpreter], None]]
    otherwise: Callable[[Any, Interpreter], None]


class Interpreter:
    """The state of one evaluation.

    ``certain`` is false while statements may not be reached. ``shaky`` is true after a loop or function may have been
    left early, because then the following statements may not be reached either.
    """

    def __init__(self, files: ProjectFiles, path: str, handlers: Handlers, builtins: Iterable[str]) -> None:
        self.files = files
        self.handlers = handlers
        self.builtins = builtins
        self.module: dict[str, Any] = {"__name__": "__main__", "__file__": rooted(path)}
        self.scopes: list[dict[str, Any]] = [self.module]
        self.returned: list[Any] = []
        self.certain = True
        self.shaky = False
        self.setups: list[dict[Any, Any]] = []
        self._steps = 0

    @property
    def doubtful(self) -> bool:
        """Return whether the current statement may not be reached."""
        return self.shaky or not self.certain

    @contextmanager
    def perhaps(self, *, when: bool = True) -> Iterator[None]:
        """Evaluate the body as code that may not be reached."""
        # Doubt is inherited: code in a certain branch of a doubtful one is still doubtful.
        certain = self.certain
        self.certain = certain and not when
        try:
            yield
        finally:
            self.certain = certain

    def evaluate(self, node: ast.expr | None) -> Any:
        """Return the value of an expression; ``UNKNOWN`` if only running the code would determine the value."""
        self.step()
        handler = self.handlers.expressions.get(type(node))
        if handler is None:
            # An unsupported expression, such as a lambda, may change the lists that it mentions when it is called.
            self.handlers.otherwise(node, self)
            return UNKNOWN
        return handler(node, self)

    def perform(self, body: Iterable[ast.stmt]) -> None:
        """Evaluate statements. Raises ``LeaveError`` if the statements certainly end early."""
        for statement in body:
            self.step()
            self.handlers.statements.get(type(statement), self.handlers.otherwise)(statement, self)

    def step(self, cost: int = 1) -> None:
        """Count steps of work. Raises ``TooMuchWorkError`` if the number exceeds the limit."""
        self._steps += cost
        if self._steps > _MAX_STEPS:
            raise TooMuchWorkError

    def look_up(self, name: str) -> Any:
        """Return the value of a variable."""
        # These are the scopes of the function's definition, not those of its callers: see call_body.
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return Dotted(name) if name in self.builtins else UNKNOWN

    def bind(self, name: str, value: Any) -> None:
        """Assign a variable; an existing variable becomes unknown if the assignment might not happen."""
        # Check only "shaky" here. On a path that may not be taken, the variable has its new value; where the paths meet
        # again, this value is compared with those of the other paths.
        scope = self.scopes[-1]
        scope[name] = self.agree(scope.get(name, value), value) if self.shaky else value

    def poison(self, *values: Any) -> None:
        """Mark values, and the values inside them, as changed in an unknown way, now or through another variable."""
        # Compare identity, not equality: lists may contain themselves, and comparing them is slow.
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
        """Return the value after two paths meet; if they disagree, the result is unknown and both values are poisoned.

        Both values are poisoned because a later change to the variable changes one of the two objects.
        """
        if is_same(one, other):
            return one
        self.poison(one, other)
        return UNKNOWN

    def forget(self, names: Iterable[str]) -> None:
        """Make variables unknown; code may still use their names to change their objects."""
        for name in names:
            self.poison(self.scopes[-1].get(name))
            self.bind(name, UNKNOWN)

    def set_item(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Assign an entry of a dict; an existing entry becomes unknown if the assignment might not happen."""
        if key is PERHAPS:
            loosen(table)
            return
        # The key may be any key, so from now on the value may belong to any entry.
        if not isinstance(key, str | int | float | None):
            key, value = UNKNOWN, UNKNOWN
        table[key] = self.agree(table.get(key, value), value) if self.doubtful else value
        if self.doubtful:
            loosen(table)  # the entry may be missing

    def add(self, items: list[Any], values: Any) -> None:
        """Add the items of ``values`` to a list; mark the list as uncertain if the statement might not be reached."""
        extend(items, values)
        if self.doubtful:
            loosen(items)

    def call_body(self, scopes: Iterable[dict[str, Any]], body: Iterable[ast.stmt]) -> Any:
        """Evaluate a function's body in its own scope; return the function's value if all paths agree on it."""
        saved = self.scopes, self.returned, self.shaky
        self.scopes, self.returned = list(scopes), []
        try:
            self.perform(body)
            self.returned.append(None)
        except LeaveError as leave:
            if leave.leaves == "program":
                raise  # sys.exit() in a function also ends the file
        finally:
            returned = self.returned
            self.scopes, self.returned, self.shaky = saved
        # There is no value if every path raised an exception that the function does not catch.
        return reduce(self.agree, returned) if returned else UNKNOWN

    def force(self, value: Any) -> Any:
        """Return the value itself or, for the content of a file, its text."""
        found = force(self.files, value)
        if found is not value:
            self.step(1 + text_length(found) // 100)
        return found

    def iterate(self, value: Any) -> list[Any]:
        """Return the items that a loop over a value visits."""
        if isinstance(value, FileValue):
            return self.lines(value.path)
        items = items_of(self.force(value))
        self.step(1 + len(items) // 10)
        return items

    def lines(self, path: str) -> list[Any]:
        """Return the lines of a file, including line ends."""
        text = read_text(self.files, path)
        self.step(1 + text_length(text) // 100)
        return [UNKNOWN] if isinstance(text, Unknown) else text.splitlines(keepends=True)


def text_length(value: Any) -> int:
    """Return the length of a text; 0 for any other value."""
    return len(value) if isinstance(value, str) else 0
