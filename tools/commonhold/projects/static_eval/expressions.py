"""Evaluate expressions: literals, names, operators, attributes, items, conditions and comprehensions."""

from __future__ import annotations

import _ast as ast
import posixpath
from functools import reduce

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE
from commonhold.projects.static_eval.assignment import assign, names_in
from commonhold.projects.static_eval.interpreter import text_length
from commonhold.projects.static_eval.methods import merge, percent
from commonhold.projects.static_eval.values import (
    PERHAPS,
    UNKNOWN,
    Dotted,
    Method,
    as_text,
    extend,
    is_exact,
    is_known,
    items_of,
    items_within,
    join_text,
    loosen,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Interpreter

_SEPARATORS = {"os.sep": "/", "os.path.sep": "/", "os.curdir": ".", "os.pardir": ".."}


def look_up_name(node: ast.Name, run: Interpreter) -> Any:
    """Evaluate a variable."""
    return run.look_up(node.id)


def make_list(node: ast.List | ast.Tuple | ast.Set, run: Interpreter) -> Any:
    """Evaluate ``[...]``, ``(...)`` and ``{...}``, with unpacked items."""
    found: list[Any] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            extend(found, run.iterate(run.evaluate(element.value)))
        else:
            found.append(run.evaluate(element))
    return tuple(found) if isinstance(node, ast.Tuple) else found


def make_dict(node: ast.Dict, run: Interpreter) -> Any:
    """Evaluate ``{key: value, **others}``."""
    found: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            merge(run, found, run.evaluate(value))
        else:
            # An unknown key may replace any other entry before setup() gets the dict: readers check for such keys.
            name = run.evaluate(key)
            found[name if is_known(name) else UNKNOWN] = run.evaluate(value)
    return found


def join_fstring(node: ast.JoinedStr, run: Interpreter) -> Any:
    """Evaluate an f-string; a part with a format specification becomes unknown (a ``HOLE``)."""
    # f"flytekit{pin}" is a requirement on flytekit, although its version is unknown.
    parts = [as_text(_formatted(part, run)) for part in node.values]
    run.step(1 + sum(map(len, parts)) // 100)
    return join_text(*parts)


def _formatted(node: ast.expr, run: Interpreter) -> Any:
    if not isinstance(node, ast.FormattedValue):
        return run.evaluate(node)
    value = run.force(run.evaluate(node.value))
    return value if node.format_spec is None and node.conversion == -1 else UNKNOWN


def combine_operands(node: ast.BinOp, run: Interpreter) -> Any:
    """Evaluate ``left + right`` and other operators."""
    left = run.evaluate(node.left)
    return operate(node.op, left, run.evaluate(node.right), run)


def operate(operator: ast.operator, left: Any, right: Any, run: Interpreter) -> Any:
    """Apply ``+`` and the other operators that setup files use."""
    left, right = run.force(left), run.force(right)
    if isinstance(operator, ast.Mod) and isinstance(left, str):
        return percent(run, left, right)
    # Path(__file__).parent / "requirements.txt"
    if isinstance(operator, ast.Div) and isinstance(left, str):
        return posixpath.join(left, as_text(right)) if len(left) < 10_000 else UNKNOWN
    return _add(left, right, run) if isinstance(operator, ast.Add) else UNKNOWN


def _add(left: Any, right: Any, run: Interpreter) -> Any:
    # If one operand is a known text, the other one must be a text too; if unknown, it becomes a hole.
    if isinstance(left, str) or isinstance(right, str):
        run.step(1 + (text_length(left) + text_length(right)) // 100)
        return join_text(as_text(left), as_text(right))
    if not isinstance(left, list | tuple) and not isinstance(right, list | tuple):
        return UNKNOWN
    found: list[Any] = []
    for values in (left, right):
        extend(found, run.iterate(values))
    return tuple(found) if isinstance(left, tuple) else found


def get_attribute(node: ast.Attribute, run: Interpreter) -> Any:
    """Evaluate ``owner.name``; a ``pathlib`` path is a string, which has a ``parent`` and ``parents``."""
    owner = run.evaluate(node.value)
    if isinstance(owner, Dotted):
        name = f"{owner.name}.{node.attr}"
        # Count the length, because x = x.a in a loop doubles the work each time.
        run.step(1 + len(name) // 10)
        return _SEPARATORS.get(name, Dotted(name))
    if not isinstance(owner, str) or node.attr not in ("parent", "parents"):
        return Method(owner, node.attr)
    if HOLE in owner:
        return UNKNOWN
    return posixpath.dirname(owner) if node.attr == "parent" else _parents(owner, run)


def _parents(path: str, run: Interpreter) -> list[str]:
    run.step(1 + len(path) * path.count("/") // 100)
    found: list[str] = []
    while path:
        path = posixpath.dirname(path.rstrip("/"))
        found.append(path)
    return found


def get_item(node: ast.Subscript, run: Interpreter) -> Any:
    """Evaluate ``owner[key]``."""
    owner = run.force(run.evaluate(node.value))
    key = _key(node.slice, run)
    if key is UNKNOWN or not isinstance(owner, str | list | tuple | dict):
        return UNKNOWN
    exact = HOLE not in owner if isinstance(owner, str) else is_exact(owner)
    # In a dict that may lack entries, an entry is still known; in a list that may lack items, an item is not. Any of
    # the items may be the result, so later operations on the result may change any of them.
    if not exact and not (isinstance(owner, dict) and UNKNOWN not in owner):
        run.poison(*items_within(owner))
        return UNKNOWN
    run.step(1 + len(owner) // 100)
    try:
        return owner[key]  # a key missing from a dict with PERHAPS would raise an exception, so the key exists
    except (KeyError, IndexError, TypeError, ValueError):
        return UNKNOWN


def _key(node: ast.expr, run: Interpreter) -> Any:
    """Return the key or slice between brackets, or ``UNKNOWN``."""
    if not isinstance(node, ast.Slice):
        key = run.evaluate(node)
        return key if is_known(key) else UNKNOWN
    bounds = [None if bound is None else run.evaluate(bound) for bound in (node.lower, node.upper, node.step)]
    return slice(*bounds) if all(isinstance(bound, int | None) for bound in bounds) else UNKNOWN


def comprehend(node: Any, run: Interpreter) -> Any:
    """Evaluate a comprehension; an item that may be left out is kept."""
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


def _rounds(generators: list[ast.comprehension], run: Interpreter, *, is_there: bool = True) -> Iterator[bool]:
    """Iterate over the nested ``for`` clauses of a comprehension; yield for each round whether it certainly happens."""
    if not generators:
        yield is_there
        return
    first, *rest = generators
    items = run.iterate(run.evaluate(first.iter))
    exact = is_there and is_exact(items)
    # The variables of a comprehension are local to it; they are kept in the enclosing scope and removed afterwards.
    scope = run.scopes[-1]
    hidden = {name.id: scope[name.id] for name in names_in(first.target) if name.id in scope}
    for item in items:
        if item is not PERHAPS:
            assign(first.target, item, run)
            tests = [truth(run.force(run.evaluate(test))) for test in first.ifs]
            # If the condition is unknown, keep the item as an item that may be missing.
            if False not in tests:
                yield from _rounds(rest, run, is_there=exact and None not in tests)
    scope.update(hidden)


def choose(node: ast.IfExp, run: Interpreter) -> Any:
    """Evaluate ``one if test else other``."""
    test = truth(run.force(run.evaluate(node.test)))
    if test is not None:
        return run.evaluate(node.body if test else node.orelse)
    return run.agree(*_perhaps([node.body, node.orelse], run))


def _perhaps(nodes: Sequence[ast.expr], run: Interpreter) -> list[Any]:
    """Return the values of expressions that may not be reached."""
    with run.perhaps():
        return [run.evaluate(node) for node in nodes]


def combine_booleans(node: ast.BoolOp, run: Interpreter) -> Any:
    """Evaluate ``and`` and ``or``."""
    decisive = isinstance(node.op, ast.Or)
    value: Any = UNKNOWN
    for at, operand in enumerate(node.values, 1):
        value = run.force(run.evaluate(operand))
        found = truth(value)
        if found is None:
            # The value is this operand or a later one, which may not be evaluated: "unknown and x.append(...)".
            return reduce(run.agree, _perhaps(node.values[at:], run), value)
        if found is decisive:
            return value
    return value


def negate(node: ast.UnaryOp, run: Interpreter) -> Any:
    """Evaluate ``not``, and the sign of a number."""
    value = run.force(run.evaluate(node.operand))
    if isinstance(node.op, ast.Not):
        found = truth(value)
        return UNKNOWN if found is None else not found
    return -value if isinstance(node.op, ast.USub) and isinstance(value, int) else UNKNOWN


def compare_values(node: ast.Compare, run: Interpreter) -> Any:
    """Evaluate ``==``, ``!=``, ``is``, ``in`` and their opposites."""
    left, *others = (run.force(run.evaluate(operand)) for operand in (node.left, *node.comparators))
    operator = node.ops[0]
    run.step(1 + len(items_within(others[0])) // 10)
    # "sys.version_info >= (3, 8)" and other orderings are unknown: requirements of both branches count.
    if len(others) > 1 or not is_known(left):
        return UNKNOWN
    if isinstance(operator, ast.In | ast.NotIn):
        return _contains(left, others[0], isinstance(operator, ast.In))
    if not is_known(others[0]):
        return UNKNOWN
    if isinstance(operator, ast.Eq | ast.Is):
        return bool(left == others[0])
    return bool(left != others[0]) if isinstance(operator, ast.NotEq | ast.IsNot) else UNKNOWN


def _contains(left: Any, right: Any, expected: bool) -> Any:
    if isinstance(right, str):
        return (left in right) is expected if isinstance(left, str) and HOLE not in right else UNKNOWN
    if not isinstance(right, list | tuple | dict) or not all(map(is_known, items_of(right))):
        return UNKNOWN
    return (left in right) is expected


def bind_walrus(node: ast.NamedExpr, run: Interpreter) -> Any:
    """Evaluate ``(name := value)``."""
    value = run.evaluate(node.value)
    assign(node.target, value, run)
    return value
