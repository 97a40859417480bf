"""One folding of a ``setup.py``: its variables, its limits and the calls of ``setup()`` it came across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.workspace.manifests.paths import absolute
from commonhold.workspace.manifests.values import MAX_TEXT, UNKNOWN, Content, Dotted, Unknown

if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Callable, Iterable, Sequence

    from commonhold.workspace.manifests.stated import Place

_STEPS = 200_000
_BUILTINS = frozenset(
    (
        "open",
        "dict",
        "list",
        "tuple",
        "set",
        "frozenset",
        "sorted",
        "reversed",
        "str",
        "sum",
        "len",
        "exec",
        "compile",
        "print",
        "map",
        "filter",
        "any",
        "all",
        "zip",
        "enumerate",
        "isinstance",
        "min",
        "max",
        "repr",
        "int",
        "bool",
        "next",
        "iter",
        "getattr",
        "hasattr",
        "globals",
        "locals",
        "exit",
        "quit",
    )
)


class TooMuchError(Exception):
    """The code would need more work than reading it is worth."""


class LeaveError(Exception):
    """The way that is followed ends here: of a loop's round, a function (``return``) or the program (``raise``)."""

    def __init__(self, leaves: str, *, for_good: bool = True) -> None:
        super().__init__(leaves)
        self.leaves = leaves
        self.for_good = for_good


class Run:
    """The state of one folding.

    ``certain`` is false where statements may not be reached. ``shaky`` is true after a loop or
    function may have been left early, so that what follows need not happen.
    """

    def __init__(self, place: Place, path: str, perform: Callable[[Sequence[ast.stmt], Run], None]) -> None:
        self.place = place
        self.perform = perform
        self.module: dict[str, Any] = {"__name__": "__main__", "__file__": absolute(path)}
        self.scopes: list[dict[str, Any]] = [self.module]
        self.globals: set[str] = set()
        self.returned: list[Any] = []
        self.certain = True
        self.shaky = False
        self.setups: list[dict[Any, Any]] = []
        self._steps = 0

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
        if name in self.module:
            return self.module[name]
        return Dotted(name) if name in _BUILTINS else UNKNOWN

    def bind(self, name: str, value: Any) -> None:
        """Assign a variable; what may not happen leaves it unknown."""
        to_global = name in self.globals
        scope = self.module if to_global else self.scopes[-1]
        if (self.shaky or (to_global and not self.certain)) and not same(scope.get(name, value), value):
            value = UNKNOWN
        scope[name] = value

    def set_item(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Assign a dict's entry; what may not happen leaves an entry that was there unknown."""
        if not isinstance(key, str | int | float | bool | None):
            key, value = UNKNOWN, UNKNOWN
        if (self.shaky or not self.certain) and not same(table.get(key, value), value):
            value = UNKNOWN
        table[key] = value

    def inside(self, scopes: Iterable[dict[str, Any]], body: Sequence[ast.stmt]) -> Any:
        """Follow a function's body with variables of its own: what it returns, if that is one value."""
        saved = self.scopes, self.globals, self.returned, self.shaky
        self.scopes, self.globals, self.returned, self.shaky = list(scopes), set(), [], False
        try:
            self.perform(body, self)
            self.returned.append(None)
        except LeaveError as leave:
            if leave.leaves == "program":
                raise
        finally:
            returned = self.returned
            self.scopes, self.globals, self.returned, self.shaky = saved
        return returned[0] if all(same(returned[0], value) for value in returned) else UNKNOWN

    def text(self, path: str) -> str | Unknown:
        """A file of the repository as text."""
        found = self.place.opens(path)
        raw = self.place.read(found) if found is not None else None
        if raw is None or len(raw) > MAX_TEXT:
            return UNKNOWN
        self.step(1 + len(raw) // 100)
        return raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")

    def force(self, value: Any) -> Any:
        """A value, read if it is a file's content."""
        return self.text(value.path) if isinstance(value, Content) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values are certainly one: containers only if they are the same object."""
    if one is other:
        return True
    if isinstance(one, Dotted) and isinstance(other, Dotted):
        # setuptools' setup() or, failing that, distutils': either is what the code calls
        return one.name.rpartition(".")[2] == other.name.rpartition(".")[2]
    return type(one) is type(other) and isinstance(one, str | int | bool | float) and bool(one == other)
