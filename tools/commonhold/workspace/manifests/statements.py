"""Following the statements of a ``setup.py`` in order, every way where a condition is not known."""

from __future__ import annotations

import _ast as ast
from functools import partial
from typing import TYPE_CHECKING, Any

from commonhold.workspace.manifests.calls import merge
from commonhold.workspace.manifests.expressions import LocalFunction, assign, evaluate, iterate, operate
from commonhold.workspace.manifests.run import LeaveError, same
from commonhold.workspace.manifests.values import UNKNOWN, Dotted, extend, poison, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from commonhold.workspace.manifests.run import Run


def perform(body: Sequence[ast.stmt], run: Run) -> None:
    """Follow statements; raises ``LeaveError`` where they certainly end early."""
    for statement in body:
        run.step()
        _HANDLERS.get(type(statement), _give_up)(statement, run)


def _assignment(node: ast.Assign, run: Run) -> None:
    value = evaluate(node.value, run)
    for target in node.targets:
        assign(target, value, run)


def _annotated(node: ast.AnnAssign, run: Run) -> None:
    if node.value is not None:
        assign(node.target, evaluate(node.value, run), run)


def _augmented(node: ast.AugAssign, run: Run) -> None:
    """``+=`` changes a list or dict in place, and so under its other names too."""
    loaded = evaluate(node.target, run)
    value = evaluate(node.value, run)
    if isinstance(loaded, list):
        extend(loaded, iterate(value, run))
    elif isinstance(loaded, dict):
        merge(run, loaded, value)
    else:
        assign(node.target, operate(node.op, loaded, value, run), run)


def _expression(node: ast.Expr, run: Run) -> None:
    evaluate(node.value, run)


def _if(node: ast.If, run: Run) -> None:
    test = truth(run.force(evaluate(node.test, run)))
    if test is None:
        _follow_each(run, [node.body, node.orelse])
    else:
        perform(node.body if test else node.orelse, run)


def _try(node: ast.Try, run: Run) -> None:
    if node.handlers:
        _follow_each(run, [[*node.body, *node.orelse], *(handler.body for handler in node.handlers)])
    else:
        perform(node.body, run)
    perform(node.finalbody, run)


def _follow_each(run: Run, ways: list[list[ast.stmt]]) -> None:
    """Follow each way from the same variables, and keep what all of them agree on."""
    scope = run.scopes[-1]
    before = dict(scope)
    certain = run.certain
    run.certain = False
    ends: list[dict[str, Any]] = []
    left: LeaveError | None = None
    for way in ways:
        run.step(1 + len(before) // 10)
        scope.clear()
        scope.update(before)
        try:
            perform(way, run)
            ends.append(dict(scope))
        except LeaveError as leave:
            left = leave if left is None or leave.leaves != "program" else left
    run.certain = certain
    if left is not None:
        if not ends:
            raise left
        run.shaky = run.shaky or left.leaves != "program"
    scope.clear()
    scope.update(_agreed(ends))


def _agreed(ends: list[dict[str, Any]]) -> dict[str, Any]:
    """What is bound one way only keeps its value: without it, using the name would fail."""
    found: dict[str, Any] = {}
    for end in ends:
        for name, value in end.items():
            found[name] = value if same(found.get(name, value), value) else UNKNOWN
    return found


def _for(node: ast.For, run: Run) -> None:
    items = iterate(evaluate(node.iter, run), run)
    if any(item is UNKNOWN for item in items):
        _loop_unknown(node, run)
        return
    for item in items:
        assign(node.target, item, run)
        try:
            perform(node.body, run)
        except LeaveError as leave:
            if leave.leaves == "loop":
                break
            if leave.leaves != "round":
                raise
    perform(node.orelse, run)


def _loop_unknown(node: ast.For | ast.While, run: Run) -> None:
    """What is assigned in rounds of which nobody knows the number is unknown in them and after them."""
    stored = [name.id for name in _names(node) if isinstance(name.ctx, ast.Store)]
    for name in stored:
        run.bind(name, UNKNOWN)
    _follow_each(run, [node.body, []])
    for name in stored:
        run.bind(name, UNKNOWN)
    perform(node.orelse, run)


def _with(node: ast.With, run: Run) -> None:
    for item in node.items:
        value = evaluate(item.context_expr, run)
        if item.optional_vars is not None:
            assign(item.optional_vars, value, run)
    perform(node.body, run)


def _import(node: ast.Import, run: Run) -> None:
    for alias in node.names:
        run.bind(alias.asname or alias.name.partition(".")[0], Dotted(_imported(alias)))


def _imported(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]


def _import_from(node: ast.ImportFrom, run: Run) -> None:
    for alias in node.names:
        name = "setup" if alias.name == "*" else alias.name
        run.bind(alias.asname or name, Dotted(f"{node.module or ''}.{name}"))


def _function(node: ast.FunctionDef, run: Run) -> None:
    known = not node.decorator_list
    run.bind(node.name, LocalFunction(node, tuple(run.scopes)) if known else UNKNOWN)


def _class(node: ast.ClassDef | ast.AsyncFunctionDef, run: Run) -> None:
    run.bind(node.name, UNKNOWN)


def _return(node: ast.Return, run: Run) -> None:
    run.returned.append(evaluate(node.value, run) if node.value is not None else None)
    raise LeaveError("function")


def _leave(leaves: str, node: ast.stmt, run: Run) -> None:
    raise LeaveError(leaves)


def _global(node: ast.Global, run: Run) -> None:
    run.globals.update(node.names)


def _nothing(node: ast.stmt, run: Run) -> None:
    """Statements that change no value; removing something leaves a superset, which is sound."""


def _give_up(node: ast.stmt, run: Run) -> None:
    """A statement that is not followed makes what it touches unknown."""
    for name in _names(node):
        if isinstance(name.ctx, ast.Load):
            poison(run.look_up(name.id))
        else:
            run.bind(name.id, UNKNOWN)
    for name_of_outer in getattr(node, "names", ()):
        for scope in run.scopes:
            scope[name_of_outer] = UNKNOWN


def _names(node: ast.AST) -> Iterator[ast.Name]:
    todo: list[Any] = [node]
    for found in todo:
        if isinstance(found, ast.Name):
            yield found
        elif isinstance(found, ast.AST):
            todo += [getattr(found, field, None) for field in found._fields]
        elif isinstance(found, list):
            todo += found


_HANDLERS: dict[type, Callable[[Any, Run], None]] = {
    ast.Assign: _assignment,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.If: _if,
    ast.Try: _try,
    ast.For: _for,
    ast.While: _loop_unknown,
    ast.With: _with,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _function,
    ast.ClassDef: _class,
    ast.AsyncFunctionDef: _class,
    ast.Return: _return,
    ast.Raise: partial(_leave, "program"),
    ast.Break: partial(_leave, "loop"),
    ast.Continue: partial(_leave, "round"),
    ast.Global: _global,
    ast.Pass: _nothing,
    ast.Assert: _nothing,
    ast.Delete: _nothing,
}
