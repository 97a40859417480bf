"""Functions that folding knows: built in, or of the standard library."""

from __future__ import annotations

import posixpath

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE, rooted
from commonhold.projects.static_eval.methods import absolute_path, join_path, merge, open_file
from commonhold.projects.static_eval.values import (
    UNKNOWN,
    Dotted,
    FileValue,
    as_text,
    extend,
    items_of,
    loosen,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Run

_HARMLESS = frozenset(
    (
        "all",
        "any",
        "bool",
        "getattr",
        "hasattr",
        "int",
        "isinstance",
        "len",
        "print",
        "json.dumps",
        "os.path.exists",
        "os.path.isfile",
        "setuptools.find_namespace_packages",
        "setuptools.find_packages",
    )
)
_STRIPPING = frozenset(("str.strip", "str.rstrip", "str.lstrip"))


def call_function(run: Run, name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    """Call something imported or built in."""
    function = _FUNCTIONS.get(name)
    if function is None:
        if name not in _HARMLESS:
            run.poison(*args, *keywords.values())
        return UNKNOWN
    try:
        return function(run, *args, **keywords)
    except TypeError:
        # Called otherwise than the function allows, or than is folded here
        return UNKNOWN


def iterate(run: Run, value: Any) -> list[Any]:
    """What a loop over a value goes through."""
    if isinstance(value, FileValue):
        return run.lines(value.path)
    items = items_of(run.force(value))
    run.step(1 + len(items) // 10)
    return items


def _open(run: Run, file: Any, *args: Any, **keywords: Any) -> Any:
    return open_file(run, file, list(args), keywords)


def _list(run: Run, *values: Any, **_options: Any) -> list[Any]:
    return [item for value in values[:1] for item in iterate(run, value)]


def _set(run: Run, *values: Any) -> list[Any]:
    found = _list(run, *values)
    if len(found) > 1:
        loosen(found)
    return found


def _sorted(run: Run, values: Any, **options: Any) -> list[Any]:
    found = _list(run, values)
    if options or not all(isinstance(item, str) and HOLE not in item for item in found):
        loosen(found)
        return found
    return sorted(found)


def _reversed(run: Run, values: Any) -> list[Any]:
    return _list(run, values)[::-1]


def _tuple(run: Run, *values: Any) -> tuple[Any, ...]:
    return tuple(_list(run, *values))


def _chain(run: Run, *values: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        extend(found, iterate(run, value))
    return found


def _flatten(run: Run, values: Any, *_start: Any) -> list[Any]:
    return _chain(run, *iterate(run, values))


def _filter(run: Run, _test: Any, values: Any) -> list[Any]:
    """What a filter leaves is some of what it is given."""
    found = list(iterate(run, values))
    loosen(found)
    return found


def _map(run: Run, function: Any, values: Any) -> Any:
    if not isinstance(function, Dotted) or function.name not in _STRIPPING:
        return UNKNOWN
    return [item.strip() if isinstance(item, str) else item for item in iterate(run, values)]


def _dict(run: Run, *values: Any, **keywords: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for value in (*values, keywords):
        merge(run, found, value)
    return found


def _str(run: Run, value: Any, *_encoding: Any) -> str:
    return as_text(run.force(value))


def _folder(run: Run) -> str:
    return rooted(run.place.folder)


def _first(_run: Run, value: Any, *_others: Any, **_options: Any) -> Any:
    return value


def _join_path(_run: Run, *parts: Any) -> Any:
    return join_path(*parts)


def _of_path(function: Callable[[str], str]) -> Callable[[Run, Any], Any]:
    def call(_run: Run, path: Any) -> Any:
        return function(path) if isinstance(path, str) and HOLE not in path else UNKNOWN

    return call


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "codecs.open": _open,
    "compile": _first,
    "dict": _dict,
    "filter": _filter,
    "frozenset": _set,
    "io.open": _open,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _flatten,
    "list": _list,
    "map": _map,
    "open": _open,
    "os.fspath": _first,
    "os.getcwd": _folder,
    "os.path.abspath": absolute_path,
    "os.path.basename": _of_path(posixpath.basename),
    "os.path.dirname": _of_path(posixpath.dirname),
    "os.path.expanduser": _first,
    "os.path.join": _join_path,
    "os.path.normpath": _of_path(posixpath.normpath),
    "os.path.realpath": absolute_path,
    "pathlib.Path": _join_path,
    "pathlib.Path.cwd": _folder,
    "pathlib.PurePath": _join_path,
    "reversed": _reversed,
    "set": _set,
    "sorted": _sorted,
    "str": _str,
    "sum": _flatten,
    "tuple": _tuple,
}
