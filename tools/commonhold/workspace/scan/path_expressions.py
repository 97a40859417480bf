"""Evaluate expressions that compute a path from a file's own path, such as ``Path(__file__).parents[1] / "b"``."""

from __future__ import annotations

import _ast as ast
import posixpath

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE, resolve, rooted
from commonhold.projects.python_ast import child_nodes, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

_MADE_OF_ARGUMENTS = frozenset({"Path", "PurePath", "PosixPath", "PurePosixPath", "local"})
_UNCHANGED = frozenset({"str", "fspath", "abspath", "realpath", "normpath", "expanduser"})
_UNCHANGED_METHODS = frozenset({"resolve", "absolute", "expanduser", "as_posix"})
_WORKING_DIRECTORY = frozenset({"cwd", "getcwd"})
_EXPRESSIONS = frozenset({ast.BinOp, ast.Call, ast.Attribute, ast.Subscript, ast.JoinedStr})
_MAX_LENGTH = 4096  # of a path on Linux


def computed_paths(tree: list[ast.stmt], path: str, folder: str) -> Iterator[tuple[int, str]]:
    """Yield the paths that a Python file computes, with their lines.

    ``path`` is the file, and ``folder`` is its plugin's folder, in which tests run. A path whose beginning is unknown
    is yielded without that beginning. All other paths start with a slash, which stands for the repository's root.
    """
    evaluator = _Evaluator(path, folder)
    assignments = (node for node in walk(tree) if type(node) is ast.Assign)
    for assignment in sorted(assignments, key=lambda node: node.lineno):
        evaluator.assign(assignment)
    yield from _outermost(tree, evaluator)


def _outermost(tree: list[ast.stmt], evaluator: _Evaluator) -> Iterator[tuple[int, str]]:
    """Yield the values of complete paths, but not the values of paths that are parts of a longer path."""
    todo: list[ast.AST] = [*tree]
    while todo:
        node = todo.pop()
        if type(node) in _EXPRESSIONS:
            found = _known_part(evaluator.evaluate(node))
            if found:
                yield node.lineno, found  # type: ignore[attr-defined]
                continue
        todo += child_nodes(node)


def _known_part(value: str) -> str | None:
    if HOLE in value:
        rest = value.rpartition(HOLE)[2].lstrip("/")
        return rest if "/" in rest else None
    found = resolve("", value) if value.startswith(rooted("")) else None
    return f"/{found}" if found else None


class _Evaluator:
    """An evaluator of the paths in one file. An unknown value, or part of a value, is a ``HOLE``."""

    def __init__(self, path: str, folder: str) -> None:
        self._folder = rooted(folder)
        self._names = {"__file__": rooted(path)}
        self._known: dict[int, str] = {}

    def assign(self, node: ast.Assign) -> None:
        value = self.evaluate(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and HOLE not in value:
                self._names.setdefault(target.id, value)

    def evaluate(self, node: ast.AST) -> str:
        """Return the value of an expression; evaluate each expression once, after its parts, without deep recursion."""
        todo = [node]
        while todo:
            last = todo[-1]
            parts = [part for part in _parts(last) if id(part) not in self._known]
            todo += parts
            if not parts:
                if id(last) not in self._known:
                    value = self._evaluate(last)
                    self._known[id(last)] = value if len(value) <= _MAX_LENGTH else HOLE
                todo.pop()
        return self._known[id(node)]

    def _evaluate(self, node: ast.AST) -> str:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else HOLE
        if isinstance(node, ast.Name):
            return self._names.get(node.id, HOLE)
        if isinstance(node, ast.BinOp):
            return self._combine(node)
        if isinstance(node, ast.Attribute):
            return _parent(self.evaluate(node.value)) if node.attr == "parent" else HOLE
        if isinstance(node, ast.Subscript):
            return self._ancestor(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.JoinedStr):
            return "".join(map(self.evaluate, node.values))
        if isinstance(node, ast.FormattedValue):
            return self.evaluate(node.value)
        return HOLE

    def _combine(self, node: ast.BinOp) -> str:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if isinstance(node.op, ast.Div):
            return posixpath.join(left, right)
        return left + right if isinstance(node.op, ast.Add) else HOLE

    def _ancestor(self, node: ast.Subscript) -> str:
        index = getattr(node.slice, "value", None)
        if getattr(node.value, "attr", None) != "parents" or not isinstance(index, int) or not 0 <= index < 100:
            return HOLE
        value = self.evaluate(node.value.value)  # type: ignore[attr-defined]
        for _ in range(index + 1):
            value = _parent(value)
        return value

    def _call(self, node: ast.Call) -> str:
        function = node.func
        name = getattr(function, "attr", None) or getattr(function, "id", None)
        owner = getattr(function, "value", None)
        args = [self.evaluate(arg) for arg in node.args]
        if name in _WORKING_DIRECTORY:
            return self._folder
        if name in _MADE_OF_ARGUMENTS:
            return posixpath.join(*args) if args else self._folder
        if name in _UNCHANGED and args:
            return _normal(args[0])
        if name == "dirname" and args:
            return _parent(args[0])
        if name == "join" and len(args) > 1:
            return posixpath.join(*args)
        if owner is not None and name in _UNCHANGED_METHODS:
            return _normal(self.evaluate(owner))
        if owner is not None and name == "joinpath":
            return posixpath.join(self.evaluate(owner), *args)
        return HOLE


def _parts(node: ast.AST) -> list[ast.AST]:
    """Return the subexpressions whose values are needed to evaluate an expression."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, (ast.Attribute, ast.Subscript, ast.FormattedValue)):
        return [node.value]
    if isinstance(node, ast.Call):
        return [node.func, *node.args]
    return [*node.values] if isinstance(node, ast.JoinedStr) else []


def _parent(value: str) -> str:
    return posixpath.dirname(value) or (HOLE if HOLE in value else "")


def _normal(value: str) -> str:
    return posixpath.normpath(value) if value.startswith(rooted("")) and HOLE not in value else value
