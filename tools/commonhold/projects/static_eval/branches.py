"""Evaluate ``if``, ``try`` and loops, whose statements may not be reached: every path is evaluated."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.static_eval.assignment import assign, rebound_in
from commonhold.projects.static_eval.interpreter import LeaveError
from commonhold.projects.static_eval.values import PERHAPS, is_exact, truth

if TYPE_CHECKING:
    import _ast as ast
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Interpreter

_INNERMOST_FIRST = ("round", "loop", "function", "program")


def branch(node: ast.If, run: Interpreter) -> None:
    """Evaluate the path that the condition of an ``if`` selects, or both paths if the condition is unknown."""
    test = truth(run.force(run.evaluate(node.test)))
    if test is None:
        # If one path leaves the function or loop, the statements after the "if" may not be reached.
        run.shaky |= bool(_follow_each(run, [node.body, node.orelse]))
    else:
        run.perform(node.body if test else node.orelse)


def attempt(node: ast.Try, run: Interpreter) -> None:
    """Evaluate the path of a ``try`` without an exception, and the path through each handler."""
    if node.handlers:
        # The "else" follows the body; exceptions in "else" are not caught, which makes no difference here.
        paths = [[*node.body, *node.orelse], *(handler.body for handler in node.handlers)]
        run.shaky |= bool(_follow_each(run, paths, after_part_of_first=True))
    else:
        run.perform(node.body)
    run.perform(node.finalbody)


def _follow_each(run: Interpreter, paths: list[list[ast.stmt]], *, after_part_of_first: bool = False) -> set[str]:
    """Evaluate each path from the same variables and keep values that all paths agree on; return the possible exits.

    A ``try`` handler starts after an unknown part of the first path, so variables that this path changed are unknown in
    the handler.
    """
    scope = run.scopes[-1]
    before = dict(scope)
    start = before
    ends: list[dict[str, Any]] = []
    left: set[str] = set()
    for path in paths:
        run.step(1 + len(before) // 10)
        # Keep the dict itself, because functions refer to the scope in which they were defined.
        scope.clear()
        scope.update(start)
        try:
            with run.perhaps():
                run.perform(path)
            ends.append(dict(scope))
        except LeaveError as leave:
            left.add(leave.leaves)
        if after_part_of_first and start is before:
            start = {name: run.agree(scope.get(name), value) for name, value in before.items()}
    scope.clear()
    scope.update(_agreed(run, ends) if ends else before)
    if not ends:
        # All paths leave. Raise for the innermost exit; if other exits are possible, it is uncertain whether an outer
        # one is left as well. A path that ends the program does not count: if setup() is called, that path was not
        # taken.
        run.shaky |= len(left - {"program"}) > 1
        raise LeaveError(next(what for what in _INNERMOST_FIRST if what in left))
    return left - {"program"}


def _agreed(run: Interpreter, ends: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge the variables of all paths.

    A variable that is assigned on only one path keeps its value: on the other paths, using the variable would raise
    ``NameError``.
    """
    found: dict[str, Any] = {}
    for end in ends:
        for name, value in end.items():
            found[name] = run.agree(found.get(name, value), value)
    return found


def loop(node: ast.For, run: Interpreter) -> None:
    """Evaluate every round of a ``for`` loop if the items are known."""
    items = run.iterate(run.evaluate(node.iter))
    if not is_exact(items):
        # Follow the known items anyway: if they are in the loop, their requirements are in the result.
        _loop_perhaps(node, run, [item for item in items if item is not PERHAPS])
        return
    for item in items:
        assign(node.target, item, run)
        try:
            run.perform(node.body)
        except LeaveError as leave:
            if leave.leaves == "loop":
                return
            if leave.leaves != "round":
                raise
    run.perform(node.orelse)


def _loop_perhaps(node: ast.For, run: Interpreter, items: list[Any]) -> None:
    """Evaluate rounds that may not happen; variables that they assign are unknown in later rounds and afterwards."""
    stored = rebound_in(node, run)
    for item in items:
        run.forget(stored)
        assign(node.target, item, run)
        run.shaky |= "function" in _follow_each(run, [node.body, []])
    run.forget(stored)
    _follow_each(run, [node.orelse, []])
