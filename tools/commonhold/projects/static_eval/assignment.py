"""Assign variables in statements, loops and calls."""

from __future__ import annotations

import _ast as ast

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.static_eval.values import UNKNOWN, is_exact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Interpreter
    from commonhold.projects.static_eval.values import LocalFunction


def assign(target: ast.expr, value: Any, run: Interpreter) -> None:
    """Assign a value to the target of an assignment, a loop or a ``with``."""
    if isinstance(target, ast.Name):
        run.bind(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        items = run.iterate(value)
        starred = any(isinstance(element, ast.Starred) for element in target.elts)
        exact = is_exact(items) and len(items) == len(target.elts) and not starred
        if not exact:
            # The item for each name is unknown, so a change through any name may change any item.
            run.poison(*items)
        for at, element in enumerate(target.elts):
            if isinstance(element, ast.Starred):
                assign(element.value, UNKNOWN, run)
            else:
                assign(element, items[at] if exact else UNKNOWN, run)
    elif isinstance(target, ast.Subscript):
        owner, key = run.evaluate(target.value), run.evaluate(target.slice)
        if isinstance(owner, dict):
            run.set_item(owner, key, value)
        else:
            # Replacing an item of a list is not supported, because no real file was found to do so.
            run.poison(owner)


def defaults_of(parameters: ast.arguments, run: Interpreter) -> dict[str, Any]:
    """Return the default values of a function's parameters."""
    positional = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    # Positional defaults belong to the last parameters.
    found = [*zip(positional[::-1], parameters.defaults[::-1], strict=False)]
    by_name = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    found += [(parameter.arg, node) for parameter, node in by_name if node is not None]
    return {name: run.evaluate(node) for name, node in found}


def bind_arguments(
    run: Interpreter, function: LocalFunction, args: list[Any], keywords: dict[Any, Any]
) -> dict[str, Any]:
    """Return a function's variables at the start of a call."""
    parameters = function.node.args
    positional = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    named = (*positional, *(parameter.arg for parameter in parameters.kwonlyargs))
    scope: dict[str, Any] = dict.fromkeys(named, UNKNOWN)
    if is_exact(args) and is_exact(keywords):
        scope.update(function.defaults)
        scope.update(zip(positional, args, strict=False))
        scope.update((name, value) for name, value in keywords.items() if name in scope)
    else:
        # After f(*unknown) the position of each argument is unknown.
        run.poison(*args, *keywords.values())
    if parameters.vararg is not None:
        scope[parameters.vararg.arg] = tuple(args[len(positional) :])
    if parameters.kwarg is not None:
        scope[parameters.kwarg.arg] = {name: value for name, value in keywords.items() if name not in named}
    return scope


def rebound_in(node: ast.AST, run: Interpreter) -> list[str]:
    """Return the names that a subtree assigns, except names of lists and dicts that ``+=`` only extends."""
    found: list[str] = []
    kept: set[int] = set()
    for each in nodes_in(node):
        # Otherwise "requires += [...]" in a loop would make the list unknown instead of longer.
        if isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name):
            if isinstance(run.look_up(each.target.id), list | dict):
                kept.add(id(each.target))
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and id(each) not in kept:
            found.append(each.id)
    return found


def names_in(node: ast.AST) -> list[ast.Name]:
    """Return every name in a subtree."""
    return [each for each in nodes_in(node) if isinstance(each, ast.Name)]


def nodes_in(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node in a subtree, outer nodes first."""
    # ast.walk would require importing ast, which takes longer than reading a file.
    todo: list[Any] = [node]
    for found in todo:
        if isinstance(found, ast.AST):
            yield found
            todo += [getattr(found, field, None) for field in found._fields]
        elif isinstance(found, list):
            todo += found
