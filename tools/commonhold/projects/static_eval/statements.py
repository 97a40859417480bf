"""Evaluate simple statements: assignments, imports, definitions, and all unsupported constructs."""

from __future__ import annotations

import _ast as ast

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.static_eval.assignment import assign, defaults_of, nodes_in
from commonhold.projects.static_eval.expressions import operate
from commonhold.projects.static_eval.interpreter import LeaveError
from commonhold.projects.static_eval.methods import merge
from commonhold.projects.static_eval.values import UNKNOWN, Dotted, LocalFunction

if TYPE_CHECKING:
    from commonhold.projects.static_eval.interpreter import Interpreter


def assign_each(node: ast.Assign, run: Interpreter) -> None:
    """Evaluate ``name = value``."""
    value = run.evaluate(node.value)
    for target in node.targets:
        assign(target, value, run)


def assign_annotated(node: ast.AnnAssign, run: Interpreter) -> None:
    """Evaluate ``name: type = value``."""
    if node.value is not None:
        assign(node.target, run.evaluate(node.value), run)


def augment(node: ast.AugAssign, run: Interpreter) -> None:
    """Evaluate ``+=``, which changes a list or dict in place, and therefore all variables that refer to it."""
    # Evaluate the target although it is stored to, because its syntax is that of an expression.
    loaded = run.evaluate(node.target)
    value = run.evaluate(node.value)
    if isinstance(loaded, list):
        run.add(loaded, run.iterate(value))
    elif isinstance(loaded, dict):
        merge(run, loaded, value)
    else:
        assign(node.target, operate(node.op, loaded, value, run), run)


def express(node: ast.Expr, run: Interpreter) -> None:
    """Evaluate an expression for its side effects."""
    run.evaluate(node.value)


def enter(node: ast.With, run: Interpreter) -> None:
    """Evaluate ``with manager as name``."""
    for item in node.items:
        # A file is its own context manager; every other manager is an unknown value anyway.
        value = run.evaluate(item.context_expr)
        if item.optional_vars is not None:
            assign(item.optional_vars, value, run)
    run.perform(node.body)


def import_modules(node: ast.Import, run: Interpreter) -> None:
    """Evaluate ``import module``."""
    for alias in node.names:
        run.bind(alias.asname or alias.name.partition(".")[0], Dotted(_imported(alias)))


def _imported(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]


def import_names(node: ast.ImportFrom, run: Interpreter) -> None:
    """Evaluate ``from module import name``."""
    for alias in node.names:
        if alias.name != "*":
            run.bind(alias.asname or alias.name, Dotted(f"{node.module or ''}.{alias.name}"))
        # Names from other modules are unknown values, like all undefined names.
        elif node.module in ("setuptools", "distutils.core"):
            run.bind("setup", Dotted("setuptools.setup"))


def define(node: ast.FunctionDef, run: Interpreter) -> None:
    """Evaluate ``def``; a decorated function is unknown, because the decorator may change it."""
    # Defaults are evaluated once, here: all calls share a list that is a default.
    function = LocalFunction(node, tuple(run.scopes), defaults_of(node.args, run))
    run.bind(node.name, UNKNOWN if node.decorator_list else function)


def forget_class(node: ast.ClassDef, run: Interpreter) -> None:
    """Skip the body of a ``class``, because a class in a ``setup.py`` is a command of setuptools."""
    run.bind(node.name, UNKNOWN)


def return_value(node: ast.Return, run: Interpreter) -> None:
    """Evaluate ``return``."""
    run.returned.append(run.evaluate(node.value) if node.value is not None else None)
    raise LeaveError("function")


def leave_loop(leaves: str, _node: ast.stmt, _run: Interpreter) -> None:
    """Evaluate ``break``, ``continue`` and ``raise``."""
    raise LeaveError(leaves)


def pass_over(_node: ast.stmt, _run: Interpreter) -> None:
    """Skip a statement that does not change values."""


def give_up(node: ast.AST, run: Interpreter) -> None:
    """Handle a node that is not supported: everything that it may change becomes unknown.

    This function makes it safe to remove support for a construct. The node may also call the file's own functions,
    which then are not supported either. It may call ``setup()``, whose arguments then are unknown.
    """
    _give_up(node, run, set())


def _give_up(node: ast.AST, run: Interpreter, seen: set[LocalFunction]) -> None:
    for each in nodes_in(node):
        run.step()
        # Definitions, imports, exceptions and match patterns assign names that are strings in the tree.
        bound = (getattr(each, field, None) for field in ("name", "asname", "rest"))
        run.forget(name.partition(".")[0] for name in bound if isinstance(name, str))
        if isinstance(each, ast.Name):
            _give_up_name(each, run, seen)
        elif isinstance(each, ast.Attribute) and each.attr == "setup":
            run.setups.append({UNKNOWN: UNKNOWN})
        elif isinstance(each, ast.Return | ast.Raise | ast.Break | ast.Continue):
            # The node may leave the enclosing function or loop, so the next statements may not be reached.
            run.returned += [UNKNOWN] if isinstance(each, ast.Return) else []
            run.shaky = True
        elif isinstance(each, ast.Global | ast.Nonlocal):
            # An assignment in the function changes a variable of an outer scope, which is not tracked.
            for name in each.names:
                run.poison(run.look_up(name))
                for scope in run.scopes:
                    scope[name] = UNKNOWN


def _give_up_name(name: ast.Name, run: Interpreter, seen: set[LocalFunction]) -> None:
    value = run.look_up(name.id)
    if isinstance(name.ctx, ast.Load):
        run.poison(value)
    else:
        run.forget([name.id])
    # A function of the file changes the variables that its body mentions.
    if isinstance(value, LocalFunction) and value not in seen:
        seen.add(value)
        _give_up(value.node, run, seen)
    # The code may call setup() with arguments that are not followed.
    if isinstance(value, Dotted) and value.name.endswith(".setup"):
        run.setups.append({UNKNOWN: UNKNOWN})
