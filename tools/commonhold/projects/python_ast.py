"""Parse Python files safely, regardless of their content."""

from __future__ import annotations

import _ast as ast
import warnings
from functools import lru_cache

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Python 3.10 overflows its stack for trees of some hundred thousand levels; real files are much shorter
_MAX_SIZE = 1 << 17


@lru_cache(maxsize=1)  # one search of a file after another asks for the same tree
def parse_python(source: bytes) -> list[ast.stmt] | None:
    """Return the statements of a module; ``None`` if this interpreter cannot parse the file.

    Uses ``compile`` and the built-in ``_ast``, because ``ast`` takes as long to import as the
    interpreter takes to start.
    """
    if len(source) > _MAX_SIZE:
        return None
    # Warnings, such as those about invalid escapes, are for the project's authors, not for the user.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = compile(source, "<source>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return None
    return module.body if isinstance(module, ast.Module) else None


# The fields of these names contain texts, numbers, operators, or the names of imports.
_WITHOUT_NODES = frozenset(
    {
        *("ctx", "op", "ops", "id", "attr", "arg", "name", "names", "module", "level", "kind", "conversion"),
        *("type_comment", "is_async", "simple", "rest", "kwd_attrs", "tag"),
    }
)
_FIELDS = {
    kind: tuple(field for field in kind._fields if field not in _WITHOUT_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """Return the nodes in the fields of a node, without operators and the names of imports.

    This takes a third of the time of ``vars``, which also contains the line and column numbers.
    """
    found: list[ast.AST] = []
    for field in _FIELDS[type(node)]:
        inner = getattr(node, field)
        if type(inner) is list:
            found += inner
        elif type(inner) in _FIELDS:
            found.append(inner)
    # Lists contain None for missing values, such as defaults and the keys of ``**`` in a dict.
    return [each for each in found if each is not None] if None in found else found


def walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield nodes and all nodes in them, without docstrings and other strings that are statements."""
    todo = [*nodes]
    while todo:
        node = todo.pop()
        if type(node) is ast.Expr and type(node.value) is ast.Constant:
            continue
        yield node
        todo += child_nodes(node)
