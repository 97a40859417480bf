"""Binding of variables: by assignment, by a loop, by a call."""

from __future__ import annotations

import _ast as ast

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.static_eval.functions import iterate
from commonhold.projects.static_eval.values import UNKNOWN, is_exact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Run
    from commonhold.projects.static_eval.values import LocalFunction


def assign(target: ast.expr, value: Any, run: Run) -> None:
    """Bind what an assignment, a loop or a ``with`` names."""
    if isinstance(target, ast.Name):
        run.bind(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        items = iterate(run, value)
        starred = any(isinstance(element, ast.Starred) for element in target.elts)
        exact = is_exact(items) and len(items) == len(target.elts) and not starred
        if not exact:
            run.poison(*items)
        for at, element in enumerate(target.elts):
            if isinstance(element, ast.Starred):
                assign(element.value, UNKNOWN, run)
            else:
                assign(element, items[at] if exact else UNKNOWN, run)
    elif isinstance(target, ast.Subscript):
        _assign_item(run.evaluate(target.value), run.evaluate(target.slice), value, run)


def _assign_item(owner: Any, key: Any, value: Any, run: Run) -> None:
    if isinstance(owner, dict):
        run.set_item(owner, key, value)
    elif isinstance(owner, list) and is_exact(owner) and isinstance(key, int) and not run.doubtful:
        owner[key : key + 1 or None] = [value]
    else:
        run.poison(owner)


def defaults_of(parameters: ast.arguments, run: Run) -> dict[str, Any]:
    """The values that a function's parameters have from its definition."""
    positional = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    found = [*zip(positional[::-1], parameters.defaults[::-1], strict=False)]
    by_name = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    found += [(parameter.arg, node) for parameter, node in by_name if node is not None]
    return {name: run.evaluate(node) for name, node in found}


def bind_arguments(run: Run, function: LocalFunction, args: list[Any], keywords: dict[Any, Any]) -> dict[str, Any]:
    """The variables with which a function starts."""
    parameters = function.node.args
    positional = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    named = (*positional, *(parameter.arg for parameter in parameters.kwonlyargs))
    scope: dict[str, Any] = dict.fromkeys(named, UNKNOWN)
    if is_exact(args) and is_exact(keywords):
        scope.update(function.defaults)
        scope.update(zip(positional, args, strict=False))
        scope.update((name, value) for name, value in keywords.items() if name in scope)
    else:
        run.poison(*args, *keywords.values())
    if parameters.vararg is not None:
        scope[parameters.vararg.arg] = tuple(args[len(positional) :])
    if parameters.kwarg is not None:
        scope[parameters.kwarg.arg] = {name: value for name, value in keywords.items() if name not in named}
    return scope


def rebound_in(node: ast.AST, run: Run) -> list[str]:
    """The names that a part of the tree gives another value; ``+=`` leaves a list the one it was."""
    found: list[str] = []
    kept: set[int] = set()
    for each in _nodes_in(node):
        if isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name):
            if isinstance(run.look_up(each.target.id), list | dict):
                kept.add(id(each.target))
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and id(each) not in kept:
            found.append(each.id)
    return found


def names_in(node: ast.AST) -> list[ast.Name]:
    """Every name that a part of the tree mentions."""
    return [each for each in _nodes_in(node) if isinstance(each, ast.Name)]


def _nodes_in(node: ast.AST) -> Iterator[ast.AST]:
    """Every node of a part of the tree, the outer first."""
    todo: list[Any] = [node]
    for found in todo:
        if isinstance(found, ast.AST):
            yield found
            todo += [getattr(found, field, None) for field in found._fields]
        elif isinstance(found, list):
            todo += found
