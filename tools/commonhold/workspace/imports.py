"""Which plugins the Python files of a plugin import, declared or not.

Files are searched as bytes first. Only one that mentions a module of another plugin is parsed, to
tell an import from a comment. A file that cannot be parsed counts as importing what it mentions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from commonhold.workspace.modules import Modules
    from commonhold.workspace.names import Name

_RELATIVE = re.compile(rb"from\s*(\.(?:\s*\.)+)\s*([\w.]*)")
_LITERAL_RELATIVE = re.compile(rb"import_module\s*\(\s*[rRuU]?['\"]\.")
_NAMES = re.compile(rb"\s+import\s*(?:\(((?:[^)#]|#[^\n]*)*)|((?:[^\n;#\\]|\\\r?\n)*))")
_COMMENT = re.compile(rb"#[^\n]*|\\")
_SPACE = re.compile(rb"\s+")


class Source(NamedTuple):
    """One Python file: its owner, its path in the repository, and its path in the owner's folder."""

    owner: Name
    path: str
    inner: str


class ImportFinder:
    """Finds imports between plugins, given who defines which module."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        roots = sorted(modules.roots, key=len, reverse=True)
        joined = b"|".join(re.escape(root.encode("utf-8", "surrogateescape")) for root in roots)
        self._mentions = re.compile(rb"(?<![\w.])(?:" + (joined or rb"(?!)") + rb")(?:\s*\.\s*\w+)*(?!\w)")

    def targets(self, source: Source, data: bytes) -> frozenset[tuple[Name, str]]:
        """The other plugins that a file imports, each with the module through which it does."""
        if not self._may_import(source, data):
            return frozenset()
        import ast

        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return frozenset(self._mentioned(source, data))
        dotted = (name for node in ast.walk(tree) for name in _imported(node, source))
        return frozenset(self._others(dotted, source))

    def _others(self, dotted: Iterator[str], source: Source) -> Iterator[tuple[Name, str]]:
        for name in dotted:
            found = self._modules.owner(name, source.owner)
            if found is not None and found[0] != source.owner:
                yield found

    def _may_import(self, source: Source, data: bytes) -> bool:
        if _LITERAL_RELATIVE.search(data):
            return True
        return next(self._mentioned(source, data), None) is not None

    def _mentioned(self, source: Source, data: bytes) -> Iterator[tuple[Name, str]]:
        """The other plugins that the bytes name, in an import or elsewhere."""
        for match in self._mentions.finditer(data):
            yield from self._others(_meant(_dotted(match[0]), data, match.end()), source)
        for match in _RELATIVE.finditer(data):
            dotted = _absolute(source, match[1].count(b"."), _dotted(match[2]))
            yield from self._others(_meant(dotted, data, match.end()), source)


def _dotted(text: bytes) -> str:
    return _SPACE.sub(b"", text).decode("utf-8", "replace")


def _meant(module: str, data: bytes, end: int) -> Iterator[str]:
    """What a module's name means that ends at ``end``; before ``import``, each name may be a module of it."""
    yield module
    names = _NAMES.match(data, end)
    if names is None:
        return
    for part in _COMMENT.sub(b" ", names[1] or names[2] or b"").split(b","):
        if word := part.split():
            yield f"{module}.{word[0].decode('utf-8', 'replace')}"


def _imported(node: ast.AST, source: Source) -> Iterator[str]:
    import ast

    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = _absolute(source, node.level, node.module or "")
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Assign) and _assigns_plugins(node):
        yield from (text for text in _literals(node.value))
    elif isinstance(node, ast.Call) and _is_import_call(node.func):
        yield from _called(node, source)


def _assigns_plugins(node: ast.Assign) -> bool:
    return any(getattr(target, "id", None) == "pytest_plugins" for target in node.targets)


def _is_import_call(function: ast.expr) -> bool:
    name = getattr(function, "attr", None) or getattr(function, "id", None)
    return name in {"import_module", "__import__", "importorskip"}


def _called(node: ast.Call, source: Source) -> Iterator[str]:
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    texts = [text for argument in arguments for text in _literals(argument)]
    if texts and texts[0].startswith("."):
        level = len(texts[0]) - len(texts[0].lstrip("."))
        package = texts[1] if len(texts) > 1 else ".".join(_package(source))
        parts = package.split(".")
        yield ".".join([*parts[: len(parts) - level + 1], texts[0].lstrip(".")])
    elif texts:
        yield texts[0]


def _literals(node: ast.AST) -> Iterator[str]:
    import ast

    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def _package(source: Source) -> list[str]:
    return source.inner.removeprefix("src/").split("/")[:-1]


def _absolute(source: Source, level: int, module: str) -> str:
    if level == 0:
        return module
    package = _package(source)
    kept = package[: max(len(package) - level + 1, 0)]
    return ".".join([*kept, module] if module else kept)
