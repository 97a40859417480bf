"""Expressions that make values: literals, names, operators, attributes and items."""

from __future__ import annotations

import _ast as ast
import posixpath

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE
from commonhold.projects.static_eval.functions import iterate
from commonhold.projects.static_eval.interpreter import as_sized
from commonhold.projects.static_eval.methods import merge, percent
from commonhold.projects.static_eval.values import (
    UNKNOWN,
    Dotted,
    Method,
    as_text,
    extend,
    is_exact,
    is_known,
    items_within,
    join_text,
)

if TYPE_CHECKING:
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Run

_SEPARATORS = {"os.sep": "/", "os.path.sep": "/", "os.curdir": ".", "os.pardir": ".."}
_MAX_PARENTS = 8


def look_up_name(node: ast.Name, run: Run) -> Any:
    """A variable."""
    return run.look_up(node.id)


def make_list(node: ast.List | ast.Tuple | ast.Set, run: Run) -> Any:
    """``[...]``, ``(...)`` and ``{...}``, with what is unpacked into them."""
    found: list[Any] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            extend(found, iterate(run, run.evaluate(element.value)))
        else:
            found.append(run.evaluate(element))
    return tuple(found) if isinstance(node, ast.Tuple) else found


def make_dict(node: ast.Dict, run: Run) -> Any:
    """``{key: value, **others}``."""
    found: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            merge(run, found, run.evaluate(value))
        else:
            name = run.evaluate(key)
            found[name if is_known(name) else UNKNOWN] = run.evaluate(value)
    return found


def join_fstring(node: ast.JoinedStr, run: Run) -> Any:
    """An f-string; a part with a format is a hole."""
    parts = [as_text(_formatted(part, run)) for part in node.values]
    run.step(1 + sum(map(len, parts)) // 100)
    return join_text(*parts)


def _formatted(node: ast.expr, run: Run) -> Any:
    if not isinstance(node, ast.FormattedValue):
        return run.evaluate(node)
    value = run.force(run.evaluate(node.value))
    return value if node.format_spec is None and node.conversion == -1 else UNKNOWN


def combine_operands(node: ast.BinOp, run: Run) -> Any:
    """``left + right`` and the like."""
    left = run.evaluate(node.left)
    return operate(node.op, left, run.evaluate(node.right), run)


def operate(operator: ast.operator, left: Any, right: Any, run: Run) -> Any:
    """``left + right`` and the other operators that setup files use."""
    left, right = run.force(left), run.force(right)
    if isinstance(operator, ast.Mod) and isinstance(left, str):
        return percent(run, left, right)
    if isinstance(operator, ast.Div) and isinstance(left, str):
        return posixpath.join(left, as_text(right)) if len(left) < 10_000 else UNKNOWN
    if isinstance(operator, ast.BitOr) and isinstance(left, dict):
        found = dict(left)
        merge(run, found, right)
        return found
    return _add(left, right, run) if isinstance(operator, ast.Add | ast.BitOr) else UNKNOWN


def _add(left: Any, right: Any, run: Run) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        run.step(1 + (len(as_sized(left)) + len(as_sized(right))) // 100)
        return join_text(as_text(left), as_text(right))
    if not isinstance(left, list | tuple) and not isinstance(right, list | tuple):
        return UNKNOWN
    found: list[Any] = []
    for values in (left, right):
        extend(found, iterate(run, values))
    return tuple(found) if isinstance(left, tuple) else found


def get_attribute(node: ast.Attribute, run: Run) -> Any:
    """``owner.name``; a path is a text that has a parent."""
    owner = run.evaluate(node.value)
    if isinstance(owner, Dotted):
        name = f"{owner.name}.{node.attr}"
        run.step(1 + len(name) // 10)
        return _SEPARATORS.get(name, Dotted(name))
    if not isinstance(owner, str) or node.attr not in ("parent", "name", "parents"):
        return Method(owner, node.attr)
    if HOLE in owner:
        return UNKNOWN
    if node.attr == "parents":
        return [posixpath.normpath(posixpath.join(owner, *[".."] * up)) for up in range(1, _MAX_PARENTS)]
    return posixpath.dirname(owner) if node.attr == "parent" else posixpath.basename(owner)


def get_item(node: ast.Subscript, run: Run) -> Any:
    """``owner[key]``."""
    owner = run.force(run.evaluate(node.value))
    key = _key(node.slice, run)
    if key is UNKNOWN or not isinstance(owner, str | list | tuple | dict):
        return UNKNOWN
    exact = HOLE not in owner if isinstance(owner, str) else is_exact(owner)
    if not exact and not (isinstance(owner, dict) and UNKNOWN not in owner):
        run.poison(*items_within(owner))
        return UNKNOWN
    run.step(1 + len(owner) // 100)
    try:
        return owner[key]
    except (KeyError, IndexError, TypeError, ValueError):
        return UNKNOWN


def _key(node: ast.expr, run: Run) -> Any:
    """What is between brackets: a known key or slice, or ``UNKNOWN``."""
    if not isinstance(node, ast.Slice):
        key = run.evaluate(node)
        return key if is_known(key) else UNKNOWN
    bounds = [None if bound is None else run.evaluate(bound) for bound in (node.lower, node.upper, node.step)]
    return slice(*bounds) if all(isinstance(bound, int | None) for bound in bounds) else UNKNOWN
