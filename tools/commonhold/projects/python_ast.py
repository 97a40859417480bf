"""Syntax trees of Python files, whatever the files hold."""

from __future__ import annotations

import _ast as ast
import warnings

# Python 3.10 overflows its stack on trees some hundred thousand nodes deep; no real file is this long
_MAX_SIZE = 1 << 17


def parse_python(source: bytes) -> list[ast.stmt] | None:
    """The statements of a module; ``None`` if it is not Python that this interpreter reads.

    Uses ``compile`` and the built-in ``_ast``, because ``ast`` takes as long to import as the
    interpreter takes to start.
    """
    if len(source) > _MAX_SIZE:
        return None
    # What Python warns of, such as an invalid escape, is about somebody else's file
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = compile(source, "<source>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return None
    return module.body if isinstance(module, ast.Module) else None
