"""Calls, and what a file does by them: of ``setup()``, of its own functions, of ``exec``."""

from __future__ import annotations

import _ast as ast

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE
from commonhold.projects.python_ast import parse_python
from commonhold.projects.static_eval.assignment import bind_arguments
from commonhold.projects.static_eval.functions import call_function, iterate
from commonhold.projects.static_eval.interpreter import LeaveError
from commonhold.projects.static_eval.methods import call_method, merge
from commonhold.projects.static_eval.values import UNKNOWN, Dotted, LocalFunction, Method, extend

if TYPE_CHECKING:
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Run

_EXITS = frozenset(("sys.exit", "os._exit", "exit", "quit"))
_SETUPS = frozenset(("setuptools.setup", "distutils.core.setup", "skbuild.setup", "numpy.distutils.core.setup"))
_MAX_CALLS = 12


def call(node: ast.Call, run: Run) -> Any:
    """``function(arguments)``."""
    function = run.evaluate(node.func)
    args: list[Any] = []
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            extend(args, iterate(run, run.evaluate(arg.value)))
        else:
            args.append(run.evaluate(arg))
    keywords: dict[Any, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            merge(run, keywords, run.evaluate(keyword.value))
        else:
            keywords[keyword.arg] = run.evaluate(keyword.value)
    return _apply(run, function, args, keywords)


def _apply(run: Run, function: Any, args: list[Any], keywords: dict[Any, Any]) -> Any:
    if isinstance(function, Dotted):
        return _apply_dotted(run, function.name, args, keywords)
    if isinstance(function, Method):
        return call_method(run, function.owner, function.name, args, keywords)
    if isinstance(function, LocalFunction) and len(run.scopes) < _MAX_CALLS:
        scope = bind_arguments(run, function, args, keywords)
        return run.inside((*function.scopes, scope), function.node.body)
    run.poison(*args, *keywords.values())
    return UNKNOWN


def _apply_dotted(run: Run, name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    if name in _SETUPS:
        run.setups.append(keywords)
        return UNKNOWN
    if name in _EXITS:
        raise LeaveError("program")
    return _execute(run, args) if name == "exec" else call_function(run, name, args, keywords)


def _execute(run: Run, args: list[Any]) -> Any:
    """``exec`` of a file's text, the usual way to a version kept in a module."""
    text = run.force(args[0]) if args else UNKNOWN
    body = parse_python(text.encode("utf-8", "replace")) if isinstance(text, str) and HOLE not in text else None
    table = args[1] if len(args) > 1 else None
    if body is None:
        run.poison(table)
    elif isinstance(table, dict):
        run.inside([table], body)
    else:
        run.perform(body)
    return None


def yield_value(_node: ast.expr, run: Run) -> Any:
    """``yield``: what the function returns is not followed."""
    run.returned.append(UNKNOWN)
    return UNKNOWN
