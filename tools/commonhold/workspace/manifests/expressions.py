"""Folding of expressions: what a syntax tree is worth without running it."""

from __future__ import annotations

import _ast as ast
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from commonhold.workspace.manifests.calls import call_function, call_method, lines_of, merge, percent
from commonhold.workspace.manifests.paths import HOLE
from commonhold.workspace.manifests.run import LeaveError, same
from commonhold.workspace.manifests.syntax import parse
from commonhold.workspace.manifests.values import (
    UNKNOWN,
    Dotted,
    File,
    Method,
    as_text,
    extend,
    is_known,
    items_of,
    join_text,
    poison,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonhold.workspace.manifests.run import Run

_EXITS = frozenset(("sys.exit", "os._exit", "exit", "quit"))
_SETUPS = frozenset(
    ("setuptools.setup", "distutils.core.setup", "skbuild.setup", "numpy.distutils.core.setup")
)
_MAX_DEPTH = 12


class LocalFunction(NamedTuple):
    """A function that the file defines, and the variables around it."""

    node: ast.FunctionDef
    scopes: tuple[dict[str, Any], ...]


def evaluate(node: ast.expr | None, run: Run) -> Any:
    """What an expression is worth; ``UNKNOWN`` where only running it would tell."""
    run.step()
    handler = _HANDLERS.get(type(node))
    return handler(node, run) if handler is not None else UNKNOWN


def iterate(value: Any, run: Run) -> list[Any]:
    """What a loop over a value goes through."""
    if isinstance(value, File):
        return lines_of(run, value.path)
    items = items_of(run.force(value))
    run.step(1 + len(items) // 10)
    return items


def assign(target: ast.expr, value: Any, run: Run) -> None:
    """Bind what an assignment, a loop or a ``with`` names."""
    if isinstance(target, ast.Name):
        run.bind(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        items = iterate(value, run)
        exact = len(items) == len(target.elts) and not any(isinstance(e, ast.Starred) for e in target.elts)
        for at, element in enumerate(target.elts):
            if isinstance(element, ast.Starred):
                assign(element.value, UNKNOWN, run)
            else:
                assign(element, items[at] if exact else UNKNOWN, run)
    elif isinstance(target, ast.Subscript):
        owner = evaluate(target.value, run)
        if isinstance(owner, dict):
            run.set_item(owner, evaluate(target.slice, run), value)
        else:
            poison(owner)


def _name(node: ast.Name, run: Run) -> Any:
    return run.look_up(node.id)


def _list(node: ast.List | ast.Tuple | ast.Set, run: Run) -> Any:
    found: list[Any] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            extend(found, iterate(evaluate(element.value, run), run))
        else:
            found.append(evaluate(element, run))
    return tuple(found) if isinstance(node, ast.Tuple) else found


def _dict(node: ast.Dict, run: Run) -> Any:
    found: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            merge(run, found, evaluate(value, run))
        else:
            name = evaluate(key, run)
            found[name if is_known(name) else UNKNOWN] = evaluate(value, run)
    return found


def _joined(node: ast.JoinedStr, run: Run) -> Any:
    parts = [
        as_text(
            run.force(evaluate(part.value, run))
            if part.format_spec is None and part.conversion == -1
            else UNKNOWN
        )
        if isinstance(part, ast.FormattedValue)
        else as_text(evaluate(part, run))
        for part in node.values
    ]
    run.step(1 + sum(map(len, parts)) // 100)
    return join_text(*parts)


def _operation(node: ast.BinOp, run: Run) -> Any:
    left = evaluate(node.left, run)
    return operate(node.op, left, evaluate(node.right, run), run)


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
        run.step(1 + (len(as_text(left)) + len(as_text(right))) // 100)
        return join_text(as_text(left), as_text(right))
    if isinstance(left, list | tuple) or isinstance(right, list | tuple):
        found: list[Any] = []
        for values in (left, right):
            run.step(1 + len(items_of(values)) // 10)
            extend(found, values)
        return tuple(found) if isinstance(left, tuple) else found
    return UNKNOWN


def _attribute(node: ast.Attribute, run: Run) -> Any:
    owner = evaluate(node.value, run)
    if isinstance(owner, Dotted):
        name = f"{owner.name}.{node.attr}" if len(owner.name) < 200 else ""
        return {"os.sep": "/", "os.curdir": ".", "os.pardir": ".."}.get(name, Dotted(name))
    if isinstance(owner, str) and node.attr in ("parent", "name", "parents"):
        if HOLE in owner:
            return UNKNOWN
        if node.attr == "parents":
            return [posixpath.normpath(posixpath.join(owner, *[".."] * up)) for up in range(1, 8)]
        return posixpath.dirname(owner) if node.attr == "parent" else posixpath.basename(owner)
    return Method(owner, node.attr)


def _subscript(node: ast.Subscript, run: Run) -> Any:
    owner = run.force(evaluate(node.value, run))
    if isinstance(node.slice, ast.Slice):
        bounds = [node.slice.lower, node.slice.upper, node.slice.step]
        key: Any = slice(*[None if bound is None else evaluate(bound, run) for bound in bounds])
        known = all(isinstance(bound, int | None) for bound in (key.start, key.stop, key.step))
    else:
        key = evaluate(node.slice, run)
        known = is_known(key)
    if (
        not known
        or not isinstance(owner, str | list | tuple | dict)
        or (isinstance(owner, str) and HOLE in owner)
    ):
        return UNKNOWN
    if not isinstance(owner, str) and UNKNOWN in owner:
        return UNKNOWN
    try:
        return owner[key]
    except (KeyError, IndexError, TypeError, ValueError):
        return UNKNOWN


def _call(node: ast.Call, run: Run) -> Any:
    function = evaluate(node.func, run)
    args: list[Any] = []
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            extend(args, iterate(evaluate(arg.value, run), run))
        else:
            args.append(evaluate(arg, run))
    keywords: dict[Any, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            merge(run, keywords, evaluate(keyword.value, run))
        else:
            keywords[keyword.arg] = evaluate(keyword.value, run)
    return _apply(run, function, args, keywords)


def _apply(run: Run, function: Any, args: list[Any], keywords: dict[Any, Any]) -> Any:
    if isinstance(function, Dotted):
        if function.name in _SETUPS:
            run.setups.append(keywords)
            return UNKNOWN
        if function.name in _EXITS:
            raise LeaveError("program")
        if function.name == "exec":
            return _execute(run, args)
        return call_function(run, function.name, args, keywords)
    if isinstance(function, Method):
        return call_method(run, function.owner, function.name, args, keywords)
    if isinstance(function, LocalFunction) and len(run.scopes) < _MAX_DEPTH:
        return _call_local(run, function, args, keywords)
    for value in (*args, *keywords.values()):
        poison(value)
    return UNKNOWN


def _execute(run: Run, args: list[Any]) -> Any:
    """``exec`` of a file's text, the usual way to a version kept in a module."""
    text = run.force(args[0]) if args else UNKNOWN
    body = parse(text.encode("utf-8", "replace")) if isinstance(text, str) and HOLE not in text else None
    table = args[1] if len(args) > 1 else None
    if body is None:
        poison(table)
    elif isinstance(table, dict):
        run.inside([table], body)
    elif len(run.scopes) < _MAX_DEPTH:
        run.perform(body, run)
    return None


def _call_local(run: Run, function: LocalFunction, args: list[Any], keywords: dict[Any, Any]) -> Any:
    """Follow a function of the file; where it may return in several ways, what it returns is unknown."""
    scope = _bind_arguments(function.node.args, args, keywords, run)
    return run.inside((*function.scopes, scope), function.node.body)


def _bind_arguments(
    parameters: ast.arguments, args: list[Any], keywords: dict[Any, Any], run: Run
) -> dict[str, Any]:
    names = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    scope: dict[str, Any] = dict.fromkeys(
        (*names, *(parameter.arg for parameter in parameters.kwonlyargs)), UNKNOWN
    )
    for name, default in zip(reversed(names), reversed(parameters.defaults), strict=False):
        scope[name] = evaluate(default, run)
    for parameter, default_or_none in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
        if default_or_none is not None:
            scope[parameter.arg] = evaluate(default_or_none, run)
    scope.update(zip(names, args, strict=False))
    rest = {name: value for name, value in keywords.items() if name not in scope}
    scope.update((name, value) for name, value in keywords.items() if isinstance(name, str) and name in scope)
    if parameters.vararg is not None:
        scope[parameters.vararg.arg] = tuple(args[len(names) :])
    if parameters.kwarg is not None:
        scope[parameters.kwarg.arg] = rest
    return scope


def _comprehend(node: Any, run: Run) -> Any:
    """Build a list or dict; an element that may be left out is kept."""
    if isinstance(node, ast.DictComp):
        table: dict[Any, Any] = {}
        for _ in _rounds(node.generators, run):
            run.set_item(table, evaluate(node.key, run), evaluate(node.value, run))
        return table
    found: list[Any] = []
    for _ in _rounds(node.generators, run):
        extend(found, [evaluate(node.elt, run)])
    return found


def _rounds(generators: list[ast.comprehension], run: Run) -> Iterator[None]:
    if not generators:
        yield
        return
    first, *rest = generators
    items = iterate(evaluate(first.iter, run), run)
    scope = run.scopes[-1]
    before = dict(scope)
    for item in items:
        assign(first.target, item, run)
        if all(truth(run.force(evaluate(test, run))) is not False for test in first.ifs):
            yield from _rounds(rest, run)
    scope.clear()
    scope.update(before)


def _choice(node: ast.IfExp, run: Run) -> Any:
    test = truth(run.force(evaluate(node.test, run)))
    if test is not None:
        return evaluate(node.body if test else node.orelse, run)
    one, other = evaluate(node.body, run), evaluate(node.orelse, run)
    return one if same(one, other) else UNKNOWN


def _logic(node: ast.BoolOp, run: Run) -> Any:
    wanted = isinstance(node.op, ast.Or)
    value: Any = UNKNOWN
    for operand in node.values:
        value = run.force(evaluate(operand, run))
        found = truth(value)
        if found is None:
            return UNKNOWN
        if found is wanted:
            return value
    return value


def _negation(node: ast.UnaryOp, run: Run) -> Any:
    value = run.force(evaluate(node.operand, run))
    if isinstance(node.op, ast.Not):
        found = truth(value)
        return UNKNOWN if found is None else not found
    return -value if isinstance(node.op, ast.USub) and isinstance(value, int) else UNKNOWN


def _comparison(node: ast.Compare, run: Run) -> Any:
    left = run.force(evaluate(node.left, run))
    right = run.force(evaluate(node.comparators[0], run))
    operator = node.ops[0]
    if len(node.ops) > 1 or not is_known(left):
        return UNKNOWN
    if isinstance(operator, ast.In | ast.NotIn):
        return _contains(left, right, isinstance(operator, ast.In))
    if not is_known(right):
        return UNKNOWN
    if isinstance(operator, ast.Eq | ast.Is):
        return bool(left == right)
    return bool(left != right) if isinstance(operator, ast.NotEq | ast.IsNot) else UNKNOWN


def _contains(left: Any, right: Any, wanted: bool) -> Any:
    if isinstance(right, str):
        return (left in right) is wanted if isinstance(left, str) and HOLE not in right else UNKNOWN
    if not isinstance(right, list | tuple | dict) or not all(map(is_known, right)):
        return UNKNOWN
    return (left in right) is wanted


def _walrus(node: ast.NamedExpr, run: Run) -> Any:
    value = evaluate(node.value, run)
    assign(node.target, value, run)
    return value


def _yield(node: ast.expr, run: Run) -> Any:
    run.returned.append(UNKNOWN)
    return UNKNOWN


_HANDLERS: dict[type, Callable[[Any, Run], Any]] = {
    ast.Constant: lambda node, run: node.value,
    ast.Name: _name,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Set: _list,
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.BinOp: _operation,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.ListComp: _comprehend,
    ast.SetComp: _comprehend,
    ast.GeneratorExp: _comprehend,
    ast.DictComp: _comprehend,
    ast.IfExp: _choice,
    ast.BoolOp: _logic,
    ast.UnaryOp: _negation,
    ast.Compare: _comparison,
    ast.NamedExpr: _walrus,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
}
