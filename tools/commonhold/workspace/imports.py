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

_WORDS = re.compile(rb"\.*[^\W\d][\w.]*|\.+")
_SPACED = re.compile(rb"(?<!from)\s+\.\s*\w|\w\.\s+\w")
_NAMES = re.compile(rb"\s+import\s*(?:\(((?:[^)#]|#[^\n]*)*)|((?:[^\n;#\\]|\\\r?\n)*))")
_COMMENT = re.compile(rb"#[^\n]*|\\")
_BY_CALL = (b"import_module", b"__import__", b"importorskip", b"pytest_plugins")


class Source(NamedTuple):
    """One Python file: its owner, its path in the repository, and its path in the owner's folder."""

    owner: Name
    path: str
    inner: str


class ImportFinder:
    """Finds imports between plugins, given who defines which module."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._roots = modules.roots

    def targets(self, source: Source, data: bytes) -> frozenset[tuple[Name, str]]:
        """The other plugins that a file imports, each with the module through which it does."""
        if not self._may_import(source, data):
            return frozenset()
        import ast

        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return frozenset(self._others(_words(source, data, self._roots), source))
        return frozenset(self._others((name for node in _walk(tree) for name in _imported(node, source)), source))

    def _may_import(self, source: Source, data: bytes) -> bool:
        """Whether it is worth parsing: a line with the word "import" names another plugin, or is no plain line."""
        if any(call in data for call in _BY_CALL):
            return True
        for start, end in _import_lines(data):
            if not data[start:end].isascii() or _SPACED.search(data, start, end):
                return True
            if next(self._others(_words(source, data, self._roots, start, end), source), None) is not None:
                return True
        return False

    def _others(self, dotted: Iterator[str], source: Source) -> Iterator[tuple[Name, str]]:
        for name in dotted:
            found = self._modules.owner(name, source.owner)
            if found is not None and found[0] != source.owner:
                yield found


def _import_lines(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the logical lines with the word "import" begin and end: every import statement is on one."""
    at = data.find(b"import")
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        while data[max(start - 3, 0) : start].rstrip(b"\r\n").endswith(b"\\"):
            start = data.rfind(b"\n", 0, start - 1) + 1
        end = data.find(b"\n", at)
        while end > 0 and data[end - 2 : end].rstrip(b"\r").endswith(b"\\"):
            end = data.find(b"\n", end + 1)
        end = len(data) if end < 0 else end
        yield start, end
        at = data.find(b"import", end)


def _words(source: Source, data: bytes, roots: frozenset[str], start: int = 0, end: int | None = None) -> Iterator[str]:
    """What the words between two places may mean as modules; before ``import``, also with each name behind it.

    Words that cannot be a module of a plugin, because none begins so, are passed over.
    """
    for match in _WORDS.finditer(data, start, len(data) if end is None else end):
        text = match[0].decode("ascii", "replace")
        if text[0] == ".":
            module = text.lstrip(".")
            text = _absolute(source, len(text) - len(module), module)
        if text.partition(".")[0] not in roots:
            continue
        yield text
        names = _NAMES.match(data, match.end())
        if names is not None:
            for part in _COMMENT.sub(b" ", names[1] or names[2] or b"").split(b","):
                if word := part.split():
                    yield f"{text}.{word[0].decode('utf-8', 'replace')}"


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node: what ``ast.walk`` does, at a third of its price."""
    import ast

    todo: list[object] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo += node
        elif isinstance(node, ast.AST):
            yield node
            todo += vars(node).values()


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
