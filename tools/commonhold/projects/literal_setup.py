"""Recognize a ``setup.py`` that only passes literals to ``setup()``; a build uses only files that the literals name."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.python_ast import parse_python

if TYPE_CHECKING:
    from typing import Any

_FUNCTIONS = frozenset(("find_packages", "setup"))
_ARGUMENTS = frozenset(
    (
        *("author", "author_email", "classifiers", "description", "entry_points", "exclude", "extras_require"),
        *("include", "include_package_data", "install_requires", "keywords", "license", "license_files"),
        *("long_description", "long_description_content_type", "maintainer", "maintainer_email", "name"),
        *("namespace_packages", "package_data", "package_dir", "packages", "project_urls", "py_modules"),
        *("python_requires", "url", "version", "where", "zip_safe"),
    )
)
"""The arguments that neither run code nor add packages outside the folders of the project's packages."""

_SYNTAX = frozenset(
    (
        *("Add", "Assign", "BinOp", "Constant", "Dict", "Expr", "FormattedValue", "JoinedStr", "List", "Load", "Mod"),
        *("Store", "Tuple", "alias", "keyword"),
    )
)


def only_calls_setup(raw: bytes) -> bool:
    """Return whether a ``setup.py`` only calls ``setup()`` with literals, and no literal contains ``..``."""
    tree = parse_python(raw)
    todo: list[object] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo += node
        elif hasattr(node, "_fields"):
            if not _is_literal(node):
                return False
            todo += vars(node).values()
        elif isinstance(node, str) and ".." in node:
            return False
    return tree is not None


def _is_literal(node: Any) -> bool:
    kind = type(node).__name__
    if kind == "ImportFrom":
        return node.module == "setuptools" and all(one.name in _FUNCTIONS and one.asname is None for one in node.names)
    if kind == "Call":
        named = {keyword.arg for keyword in node.keywords}
        return getattr(node.func, "id", None) in _FUNCTIONS and named <= _ARGUMENTS
    if kind == "Name":
        # Another function may be assigned to the name.
        return type(node.ctx).__name__ == "Load" or node.id not in _FUNCTIONS
    return kind in _SYNTAX
