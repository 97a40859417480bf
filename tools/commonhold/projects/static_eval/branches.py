"""Statements that may be reached or not: every way is followed."""

from __future__ import annotations

import _ast as ast

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.static_eval.assignment import assign, rebound_in
from commonhold.projects.static_eval.functions import iterate
from commonhold.projects.static_eval.interpreter import LeaveError
from commonhold.projects.static_eval.values import PERHAPS, UNKNOWN, is_exact, truth

if TYPE_CHECKING:
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Run

_INNERMOST_FIRST = ("round", "loop", "function", "program")


def branch(node: ast.If, run: Run) -> None:
    """``if``: the way that the condition tells, or both."""
    test = truth(run.force(run.evaluate(node.test)))
    if test is None:
        run.shaky |= bool(_follow_each(run, [node.body, node.orelse]))
    else:
        run.perform(node.body if test else node.orelse)


def attempt(node: ast.Try, run: Run) -> None:
    """``try``: as if it went well, and each way in which it did not."""
    if node.handlers:
        ways = [[*node.body, *node.orelse], *(handler.body for handler in node.handlers)]
        run.shaky |= bool(_follow_each(run, ways, after_part_of_first=True))
    else:
        run.perform(node.body)
    run.perform(node.finalbody)


def _follow_each(run: Run, ways: list[list[ast.stmt]], *, after_part_of_first: bool = False) -> set[str]:
    """Follow each way from the same variables, keep what they agree on, and tell what some of them leave.

    The handlers of a ``try`` come after a part of the first way, and nobody knows which.
    """
    scope = run.scopes[-1]
    before = dict(scope)
    start = before
    ends: list[dict[str, Any]] = []
    left: set[str] = set()
    for way in ways:
        run.step(1 + len(before) // 10)
        scope.clear()
        scope.update(start)
        try:
            with run.perhaps():
                run.perform(way)
            ends.append(dict(scope))
        except LeaveError as leave:
            left.add(leave.leaves)
        if after_part_of_first and start is before:
            start = {name: run.agree(scope.get(name), value) for name, value in before.items()}
    scope.clear()
    scope.update(_agreed(run, ends) if ends else before)
    if not ends:
        run.shaky |= len(left - {"program"}) > 1
        raise LeaveError(next(what for what in _INNERMOST_FIRST if what in left))
    return left - {"program"}


def _agreed(run: Run, ends: list[dict[str, Any]]) -> dict[str, Any]:
    """What is bound one way only keeps its value: without it, using the name would fail."""
    found: dict[str, Any] = {}
    for end in ends:
        for name, value in end.items():
            found[name] = run.agree(found.get(name, value), value)
    return found


def loop(node: ast.For, run: Run) -> None:
    """``for``: every round, where it is known what is gone through."""
    items = iterate(run, run.evaluate(node.iter))
    if not is_exact(items):
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


def loop_unknown(node: ast.While, run: Run) -> None:
    """``while``: nobody knows how often."""
    _loop_perhaps(node, run, [UNKNOWN])


def _loop_perhaps(node: ast.For | ast.While, run: Run, items: list[Any]) -> None:
    """What is assigned in rounds that may not be reached is unknown in them and after them."""
    stored = rebound_in(node, run)
    for item in items:
        run.forget(stored)
        if isinstance(node, ast.For):
            assign(node.target, item, run)
        run.shaky |= "function" in _follow_each(run, [node.body, []])
    run.forget(stored)
    _follow_each(run, [node.orelse, []])
