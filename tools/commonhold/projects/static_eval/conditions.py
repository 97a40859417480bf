"""Expressions that choose: conditions, comparisons, comprehensions."""

from __future__ import annotations

import _ast as ast
from functools import reduce

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE
from commonhold.projects.static_eval.assignment import assign, names_in
from commonhold.projects.static_eval.functions import iterate
from commonhold.projects.static_eval.values import (
    PERHAPS,
    UNKNOWN,
    is_exact,
    is_known,
    items_of,
    items_within,
    loosen,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Run


def comprehend(node: Any, run: Run) -> Any:
    """Build a list or dict; an element that may be left out is kept."""
    if isinstance(node, ast.DictComp):
        table: dict[Any, Any] = {}
        for is_there in _rounds(node.generators, run):
            with run.perhaps(when=not is_there):
                run.set_item(table, run.evaluate(node.key), run.evaluate(node.value))
        return table
    found: list[Any] = []
    for is_there in _rounds(node.generators, run):
        with run.perhaps(when=not is_there):
            run.add(found, [run.evaluate(node.elt)])
    if isinstance(node, ast.SetComp):
        loosen(found)
    return found


def _rounds(generators: list[ast.comprehension], run: Run, *, is_there: bool = True) -> Iterator[bool]:
    """Go through what is looped over; each round tells whether it is certain."""
    if not generators:
        yield is_there
        return
    first, *rest = generators
    items = iterate(run, run.evaluate(first.iter))
    exact = is_there and is_exact(items)
    scope = run.scopes[-1]
    hidden = {name.id: scope[name.id] for name in names_in(first.target) if name.id in scope}
    for item in items:
        if item is not PERHAPS:
            assign(first.target, item, run)
            tests = [truth(run.force(run.evaluate(test))) for test in first.ifs]
            if False not in tests:
                yield from _rounds(rest, run, is_there=exact and None not in tests)
    scope.update(hidden)


def choose(node: ast.IfExp, run: Run) -> Any:
    """``one if test else other``."""
    test = truth(run.force(run.evaluate(node.test)))
    if test is not None:
        return run.evaluate(node.body if test else node.orelse)
    return run.agree(*_perhaps([node.body, node.orelse], run))


def _perhaps(nodes: Sequence[ast.expr], run: Run) -> list[Any]:
    """Expressions that need not be reached."""
    with run.perhaps():
        return [run.evaluate(node) for node in nodes]


def combine_booleans(node: ast.BoolOp, run: Run) -> Any:
    """``and``, ``or``."""
    decisive = isinstance(node.op, ast.Or)
    value: Any = UNKNOWN
    for at, operand in enumerate(node.values, 1):
        value = run.force(run.evaluate(operand))
        found = truth(value)
        if found is None:
            return reduce(run.agree, _perhaps(node.values[at:], run), value)
        if found is decisive:
            return value
    return value


def negate(node: ast.UnaryOp, run: Run) -> Any:
    """``not`` and signs."""
    value = run.force(run.evaluate(node.operand))
    if isinstance(node.op, ast.Not):
        found = truth(value)
        return UNKNOWN if found is None else not found
    return -value if isinstance(node.op, ast.USub) and isinstance(value, int) else UNKNOWN


def compare_values(node: ast.Compare, run: Run) -> Any:
    """Whether values are equal, or in one another."""
    left, *others = (run.force(run.evaluate(operand)) for operand in (node.left, *node.comparators))
    operator = node.ops[0]
    run.step(1 + len(items_within(others[0])) // 10)
    if len(others) > 1 or not is_known(left):
        return UNKNOWN
    if isinstance(operator, ast.In | ast.NotIn):
        return _contains(left, others[0], isinstance(operator, ast.In))
    if not is_known(others[0]):
        return UNKNOWN
    if isinstance(operator, ast.Eq | ast.Is):
        return bool(left == others[0])
    return bool(left != others[0]) if isinstance(operator, ast.NotEq | ast.IsNot) else UNKNOWN


def _contains(left: Any, right: Any, wanted: bool) -> Any:
    if isinstance(right, str):
        return (left in right) is wanted if isinstance(left, str) and HOLE not in right else UNKNOWN
    if not isinstance(right, list | tuple | dict) or not all(map(is_known, items_of(right))):
        return UNKNOWN
    return (left in right) is wanted


def bind_walrus(node: ast.NamedExpr, run: Run) -> Any:
    """``(name := value)``."""
    value = run.evaluate(node.value)
    assign(node.target, value, run)
    return value
