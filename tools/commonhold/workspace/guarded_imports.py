"""Check that a Python file can be imported without certain modules."""

from __future__ import annotations

import _ast as ast

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.python_ast import parse_python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CAUGHT = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def guards_imports(data: bytes, modules: Iterable[str]) -> bool:
    """Return whether every mention of the modules is in a function, in an ``if TYPE_CHECKING`` or in a ``try`` block.

    The ``try`` block must catch ``ImportError``. The result is false for a file that cannot be parsed.
    """
    wanted = tuple(modules)
    tree = parse_python(data)
    if tree is None:
        return False
    return not any(_means(text, wanted) for text in _unguarded_texts(tree))


def _means(text: str, modules: tuple[str, ...]) -> bool:
    return any(text == module or text.startswith(f"{module}.") or module.startswith(f"{text}.") for module in modules)


def _unguarded_texts(tree: list[ast.stmt]) -> Iterator[str]:
    """Yield the imported names and the string literals outside functions and guarded blocks."""
    todo: list[object] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo += node
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}".lstrip(".") for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, _FUNCTIONS) or (isinstance(node, ast.If) and _checks_types(node.test)):
            todo += getattr(node, "decorator_list", getattr(node, "orelse", []))
        elif isinstance(node, ast.Try) and any(map(_catches_import_errors, node.handlers)):
            todo += [node.handlers, node.orelse, node.finalbody]
        elif hasattr(node, "_fields"):
            todo += vars(node).values()


def _checks_types(test: ast.expr) -> bool:
    return (getattr(test, "id", None) or getattr(test, "attr", None)) == "TYPE_CHECKING"


def _catches_import_errors(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (getattr(kind, "id", None) or getattr(kind, "attr", None)) in _CAUGHT for kind in kinds)
