"""Evaluate calls: of ``setup()``, of the file's own functions, and of built-in and standard library functions.

The functions are frozen: see :mod:`commonhold.projects.static_eval`.
"""

from __future__ import annotations

import _ast as ast
import posixpath

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE, rooted
from commonhold.projects.python_ast import parse_python
from commonhold.projects.static_eval.assignment import bind_arguments
from commonhold.projects.static_eval.interpreter import LeaveError
from commonhold.projects.static_eval.methods import absolute_path, call_method, join_path, merge, open_file
from commonhold.projects.static_eval.values import UNKNOWN, Dotted, LocalFunction, Method, as_text, extend, loosen

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Interpreter

_EXITS = frozenset(("sys.exit", "os._exit", "exit", "quit"))
_SETUPS = frozenset(("setuptools.setup", "distutils.core.setup", "skbuild.setup", "numpy.distutils.core.setup"))
_MAX_DEPTH = 12  # of scopes: deeper calls are recursive, and their end is unknown here

IGNORED = frozenset(
    ("len", "print", "os.path.exists", "setuptools.find_namespace_packages", "setuptools.find_packages")
)
"""Functions whose result is unknown, but which do not change their arguments."""


def call(node: ast.Call, run: Interpreter) -> Any:
    """Evaluate ``function(arguments)``."""
    function = run.evaluate(node.func)
    args: list[Any] = []
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            extend(args, run.iterate(run.evaluate(arg.value)))
        else:
            args.append(run.evaluate(arg))
    keywords: dict[Any, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:  # **keywords
            merge(run, keywords, run.evaluate(keyword.value))
        else:
            keywords[keyword.arg] = run.evaluate(keyword.value)
    return _apply(run, function, args, keywords)


def _apply(run: Interpreter, function: Any, args: list[Any], keywords: dict[Any, Any]) -> Any:
    if isinstance(function, Dotted):
        return _apply_dotted(run, function.name, args, keywords)
    if isinstance(function, Method):
        return call_method(run, function.owner, function.name, args, keywords)
    if isinstance(function, LocalFunction) and len(run.scopes) < _MAX_DEPTH:
        scope = bind_arguments(run, function, args, keywords)
        return run.call_body((*function.scopes, scope), function.node.body)
    # An unknown function may change its arguments.
    run.poison(*args, *keywords.values())
    return UNKNOWN


def _apply_dotted(run: Interpreter, name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    if name in _SETUPS:
        # Continue: another branch may also call setup(), and the requirements of both calls count.
        run.setups.append(keywords)
        return UNKNOWN
    if name in _EXITS:
        raise LeaveError("program")  # setup() is not called after an exit
    return _execute(run, args) if name == "exec" else call_function(run, name, args, keywords)


def _execute(run: Interpreter, args: list[Any]) -> Any:
    """Evaluate ``exec`` of a file's text; many ``setup.py`` files get the version from a module in this way."""
    text = run.force(args[0]) if args else UNKNOWN
    body = parse_python(text.encode("utf-8", "replace")) if isinstance(text, str) and HOLE not in text else None
    table = args[1] if len(args) > 1 else None
    if body is None:
        # Unknown code may change any variable of its scope; it does not replace imported functions.
        run.poison(table)
        if table is None:
            run.forget([name for name, value in run.scopes[-1].items() if not isinstance(value, Dotted)])
    elif isinstance(table, dict):
        run.call_body([table], body)
    else:
        run.perform(body)
    return None


def yield_value(_node: ast.expr, run: Interpreter) -> Any:
    """Evaluate ``yield``: the result of a generator is unknown."""
    run.returned.append(UNKNOWN)
    return UNKNOWN


def call_function(run: Interpreter, name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    """Call an imported or built-in function."""
    function = FUNCTIONS.get(name)
    if function is None:
        if name not in IGNORED:
            run.poison(*args, *keywords.values())
        return UNKNOWN
    try:
        return function(run, *args, **keywords)
    except TypeError:
        # The arguments do not fit the function, or its implementation here.
        run.poison(*args, *keywords.values())
        return UNKNOWN


def _open(run: Interpreter, file: Any, *args: Any, **keywords: Any) -> Any:
    return open_file(run, file, list(args), keywords)


def _list(run: Interpreter, *values: Any, **_options: Any) -> list[Any]:
    return [item for value in values[:1] for item in run.iterate(value)]


def _set(run: Interpreter, *values: Any) -> list[Any]:
    found = _list(run, *values)
    if len(found) > 1:
        loosen(found)  # the order of a set is unknown, and equal items are merged
    return found


def _sorted(run: Interpreter, values: Any, **options: Any) -> list[Any]:
    found = _list(run, values)
    # With a key function or an unknown item, the order is unknown.
    if options or not all(isinstance(item, str) and HOLE not in item for item in found):
        loosen(found)
        return found
    return sorted(found)


def _tuple(run: Interpreter, *values: Any) -> tuple[Any, ...]:
    return tuple(_list(run, *values))


def _chain(run: Interpreter, *values: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        extend(found, run.iterate(value))
    return found


def _flatten(run: Interpreter, values: Any, *_start: Any) -> list[Any]:
    return _chain(run, *run.iterate(values))


def _filter(run: Interpreter, _test: Any, values: Any) -> list[Any]:
    """Return all items, although the filter may remove some, because an extra requirement does no harm."""
    found = list(run.iterate(values))
    loosen(found)
    return found


def _dict(run: Interpreter, *values: Any, **keywords: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for value in (*values, keywords):
        merge(run, found, value)
    return found


def _str(run: Interpreter, value: Any, *_encoding: Any) -> str:
    return as_text(run.force(value))


def _folder(run: Interpreter) -> str:
    return rooted(run.files.folder)


def _first(_run: Interpreter, value: Any, *_others: Any, **_options: Any) -> Any:
    return value


def _join_path(_run: Interpreter, *parts: Any) -> Any:
    return join_path(*parts)


def _of_path(function: Callable[[str], str]) -> Callable[[Interpreter, Any], Any]:
    def call(_run: Interpreter, path: Any) -> Any:
        return function(path) if isinstance(path, str) and HOLE not in path else UNKNOWN

    return call


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "codecs.open": _open,
    "compile": _first,
    "dict": _dict,
    "filter": _filter,
    "frozenset": _set,
    "io.open": _open,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _flatten,
    "list": _list,
    "open": _open,
    "os.getcwd": _folder,
    "os.path.abspath": absolute_path,
    "os.path.basename": _of_path(posixpath.basename),
    "os.path.dirname": _of_path(posixpath.dirname),
    "os.path.join": _join_path,
    "os.path.realpath": absolute_path,
    "pathlib.Path": _join_path,
    "set": _set,
    "sorted": _sorted,
    "str": _str,
    "sum": _flatten,
    "tuple": _tuple,
}

BUILTINS = frozenset(name for name in (*FUNCTIONS, *IGNORED, *_EXITS, "exec") if "." not in name)
"""The names that are known without an import; all other names are unknown values."""
