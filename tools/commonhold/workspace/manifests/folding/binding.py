"""Binding of variables: by assignment, by a loop, by a call."""

from __future__ import annotations

import _ast as ast
from typing import TYPE_CHECKING, Any

from commonhold.workspace.manifests.folding.calls import iterate
from commonhold.workspace.manifests.folding.values import UNKNOWN, poison

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.workspace.manifests.folding.run import Run


def assign(target: ast.expr, value: Any, run: Run) -> None:
    """Bind what an assignment, a loop or a ``with`` names."""
    if isinstance(target, ast.Name):
        run.bind(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        items = iterate(run, value)
        exact = len(items) == len(target.elts) and not any(isinstance(e, ast.Starred) for e in target.elts)
        for at, element in enumerate(target.elts):
            if isinstance(element, ast.Starred):
                assign(element.value, UNKNOWN, run)
            else:
                assign(element, items[at] if exact else UNKNOWN, run)
    elif isinstance(target, ast.Subscript):
        owner = run.evaluate(target.value)
        if isinstance(owner, dict):
            run.set_item(owner, run.evaluate(target.slice), value)
        else:
            poison(owner)


def bind_arguments(parameters: ast.arguments, args: list[Any], keywords: dict[Any, Any], run: Run) -> dict[str, Any]:
    """The variables with which a function starts."""
    positional = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    by_name = [parameter.arg for parameter in parameters.kwonlyargs]
    scope: dict[str, Any] = dict.fromkeys((*positional, *by_name), UNKNOWN)
    defaults = [*zip(positional[::-1], parameters.defaults[::-1], strict=False)]
    defaults += [(name, node) for name, node in zip(by_name, parameters.kw_defaults, strict=True) if node is not None]
    scope.update((name, run.evaluate(node)) for name, node in defaults)
    scope.update(zip(positional, args, strict=False))
    rest = {name: keywords[name] for name in keywords if name not in scope}
    scope.update((name, value) for name, value in keywords.items() if name in scope)
    if UNKNOWN in args or UNKNOWN in keywords:
        scope = dict.fromkeys(scope, UNKNOWN)
    if parameters.vararg is not None:
        scope[parameters.vararg.arg] = tuple(args[len(positional) :])
    if parameters.kwarg is not None:
        scope[parameters.kwarg.arg] = rest
    return scope


def names_in(node: ast.AST) -> Iterator[ast.Name]:
    """Every name that a part of the tree mentions."""
    todo: list[Any] = [node]
    for found in todo:
        if isinstance(found, ast.Name):
            yield found
        elif isinstance(found, ast.AST):
            todo += [getattr(found, field, None) for field in found._fields]
        elif isinstance(found, list):
            todo += found
