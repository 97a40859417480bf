"""Define the values of the evaluation, including values that are partly unknown.

Known values are Python's own strings, numbers, lists, tuples and dicts; a set is a list. A list or dict with an unknown
part contains ``UNKNOWN``. A list or dict that may lack some items, or contain them in another order, contains
``PERHAPS``. A string has a ``HOLE`` where a part is unknown.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE, resolve

if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Collection, Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles

MAX_TEXT = 1 << 20
"""The maximum length of a computed text, in characters; a longer text is unknown."""

MAX_ITEMS = 5_000
"""The maximum length of a computed list."""


class Unknown:
    """A value that only running the code would determine."""


UNKNOWN = Unknown()
PERHAPS = Unknown()


class Dotted:
    """An imported or built-in object, represented by its full name: ``os.path.join``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class FileValue:
    """An open file."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


class Content:
    """The text of a file, read only when it is used: most files are readmes that do not affect requirements."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


class Method:
    """A method of a value that has not been called yet."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Any, name: str) -> None:
        self.owner = owner
        self.name = name


class LocalFunction:
    """A function that the file defines, with its enclosing scopes and the values of its defaults."""

    __slots__ = ("defaults", "node", "scopes")

    def __init__(self, node: ast.FunctionDef, scopes: tuple[dict[str, Any], ...], defaults: Mapping[str, Any]) -> None:
        self.node = node
        self.scopes = scopes
        self.defaults = defaults


def force(files: ProjectFiles, value: Any) -> Any:
    """Return the value itself or, for the content of a file, its text."""
    return read_text(files, value.path) if isinstance(value, Content) else value


def read_text(files: ProjectFiles, path: str) -> str | Unknown:
    """Return a file of the repository as text."""
    found = resolve(files.folder, path)
    raw = files.read(found) if found is not None else None
    if raw is None or len(raw) > MAX_TEXT:
        return UNKNOWN
    return raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def as_text(value: object) -> str:
    """Return a value as a part of a string; return ``HOLE`` if the value is unknown."""
    if isinstance(value, str):
        return value
    # A huge integer becomes a hole, because Python refuses to convert integers of more than 4,300 digits.
    small = isinstance(value, int) and abs(value) < 10**18
    return str(value) if value is None or small or isinstance(value, float) else HOLE


def join_text(*parts: str) -> str | Unknown:
    """Join the parts, unless the result is too long."""
    return "".join(parts) if sum(map(len, parts)) <= MAX_TEXT else UNKNOWN


def extend(items: list[Any], values: object) -> None:
    """Add the items of ``values`` to a list."""
    added = items_of(values)
    if len(items) + len(added) > MAX_ITEMS:
        spoil(items)
    else:
        items.extend(added)


def items_of(values: object) -> list[Any]:
    """Return the items that iterating over a value yields; ``[UNKNOWN]`` if they are unknown."""
    if isinstance(values, list | tuple | dict):
        return list(values)
    if isinstance(values, str) and HOLE not in values and len(values) <= MAX_ITEMS:
        return list(values)
    return [PERHAPS] if values is PERHAPS else [UNKNOWN]


def spoil(value: object) -> None:
    """Mark a container as changed in an unknown way."""
    _mark(value, UNKNOWN)


def loosen(value: object) -> None:
    """Mark a container as possibly lacking some of its items, or containing them in another order."""
    _mark(value, PERHAPS)


def _mark(value: object, mark: Unknown) -> None:
    # Compare only the last two items: marks are always appended, and searching the list would be slow.
    if isinstance(value, list) and mark not in value[-2:]:
        value.append(mark)
    elif isinstance(value, dict):
        value[mark] = mark


def items_within(value: object) -> list[Any]:
    """Return the values inside a container."""
    if isinstance(value, list | tuple):
        return list(value)
    return list(value.values()) if isinstance(value, dict) else []


def is_exact(values: Collection[Any]) -> bool:
    """Return whether all items of a list, tuple or dict, and their order, are certain."""
    return UNKNOWN not in values and PERHAPS not in values


def is_known(value: object) -> bool:
    """Return whether a string, number or constant is fully known."""
    if isinstance(value, str):
        return HOLE not in value
    return value is None or isinstance(value, int | float)


def truth(value: object) -> bool | None:
    """Return the truth value of a value; ``None`` if it is unknown."""
    if isinstance(value, list | tuple | dict):
        return bool(value) if is_exact(value) else None
    return bool(value) if is_known(value) else None


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are certainly equal; containers are equal only if they are the same object."""
    if one is other:
        return True
    if isinstance(one, Dotted) and isinstance(other, Dotted):
        # try: from setuptools import setup / except: from distutils.core import setup. The code calls one of them.
        return one.name.rpartition(".")[2] == other.name.rpartition(".")[2]
    return type(one) is type(other) and isinstance(one, str | int | float) and bool(one == other)
