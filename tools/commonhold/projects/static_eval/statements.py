"""Statements that are reached in order: assignments, imports, definitions."""

from __future__ import annotations

import _ast as ast

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.static_eval.assignment import assign, defaults_of, names_in
from commonhold.projects.static_eval.expressions import operate
from commonhold.projects.static_eval.functions import iterate
from commonhold.projects.static_eval.interpreter import LeaveError
from commonhold.projects.static_eval.methods import merge
from commonhold.projects.static_eval.values import UNKNOWN, Dotted, LocalFunction, loosen

if TYPE_CHECKING:
    from commonhold.projects.static_eval.interpreter import Run


def assign_each(node: ast.Assign, run: Run) -> None:
    """``name = value``."""
    value = run.evaluate(node.value)
    for target in node.targets:
        assign(target, value, run)


def assign_annotated(node: ast.AnnAssign, run: Run) -> None:
    """``name: type = value``."""
    if node.value is not None:
        assign(node.target, run.evaluate(node.value), run)


def augment(node: ast.AugAssign, run: Run) -> None:
    """``+=`` changes a list or dict in place, and so under its other names too."""
    loaded = run.evaluate(node.target)
    value = run.evaluate(node.value)
    if isinstance(loaded, list):
        run.add(loaded, iterate(run, value))
    elif isinstance(loaded, dict):
        merge(run, loaded, value)
    else:
        assign(node.target, operate(node.op, loaded, value, run), run)


def express(node: ast.Expr, run: Run) -> None:
    """An expression that is evaluated for what it does."""
    run.evaluate(node.value)


def enter(node: ast.With, run: Run) -> None:
    """``with manager as name``."""
    for item in node.items:
        value = run.evaluate(item.context_expr)
        if item.optional_vars is not None:
            assign(item.optional_vars, value, run)
    run.perform(node.body)


def import_modules(node: ast.Import, run: Run) -> None:
    """``import module``."""
    for alias in node.names:
        run.bind(alias.asname or alias.name.partition(".")[0], Dotted(_imported(alias)))


def _imported(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]


def import_names(node: ast.ImportFrom, run: Run) -> None:
    """``from module import name``."""
    for alias in node.names:
        if alias.name != "*":
            run.bind(alias.asname or alias.name, Dotted(f"{node.module or ''}.{alias.name}"))
        elif node.module in ("setuptools", "distutils.core"):
            run.bind("setup", Dotted("setuptools.setup"))


def define(node: ast.FunctionDef, run: Run) -> None:
    """``def``; what decorates a function may change it."""
    function = LocalFunction(node, tuple(run.scopes), defaults_of(node.args, run))
    run.bind(node.name, UNKNOWN if node.decorator_list else function)


def forget_definition(node: ast.ClassDef | ast.AsyncFunctionDef, run: Run) -> None:
    """``class`` and ``async def``, which are not followed."""
    run.bind(node.name, UNKNOWN)


def give_back(node: ast.Return, run: Run) -> None:
    """``return``."""
    run.returned.append(run.evaluate(node.value) if node.value is not None else None)
    raise LeaveError("function")


def leave_loop(leaves: str, _node: ast.stmt, _run: Run) -> None:
    """``break``, ``continue``, ``raise``."""
    raise LeaveError(leaves)


def declare_global(node: ast.Global, run: Run) -> None:
    """``global``."""
    run.globals.update(node.names)


def delete(node: ast.Delete, run: Run) -> None:
    """``del``: an item that is deleted stays in, as what may not be there."""
    for target in node.targets:
        if isinstance(target, ast.Name):
            run.bind(target.id, UNKNOWN)
        elif isinstance(target, ast.Subscript):
            loosen(run.evaluate(target.value))


def pass_over(_node: ast.stmt, _run: Run) -> None:
    """Statements that change no value."""


def give_up(node: ast.stmt, run: Run) -> None:
    """A statement that is not followed makes what it touches unknown."""
    for name in names_in(node):
        if isinstance(name.ctx, ast.Load):
            run.poison(run.look_up(name.id))
        else:
            run.forget([name.id])
    for name_of_outer in getattr(node, "names", ()):
        for scope in run.scopes:
            scope[name_of_outer] = UNKNOWN
