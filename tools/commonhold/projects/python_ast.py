"""Parse Python files safely, regardless of their content."""

from __future__ import annotations

import _ast as ast
import warnings
from functools import lru_cache

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
