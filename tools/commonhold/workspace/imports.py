"""Which plugins the Python files of a plugin import, declared or not.

Files are searched as bytes first. Only one that mentions a module of another plugin is parsed, to
tell an import from a comment. A file that cannot be parsed counts as importing what it mentions.
"""

from __future__ import annotations

import _ast as ast  # the compiled half of ast; the other half doubles what an import of it costs
import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.workspace.modules import Modules
    from commonhold.workspace.names import Name

_NAMES = re.compile(rb"[\s\\]*import[\s\\]*(?:\(((?:[^)#]|#[^\n]*)*)|((?:[^\n;#\\]|\\\r?\n)*))")
_COMMENT = re.compile(rb"#[^\n]*|\\")
_SPACE = re.compile(rb"[\s\\]+")
_WORD = rb"[\w\x80-\xff]"
_REST = rb"(?:[\s\\]*\.[\s\\]*" + _WORD + rb"+)*"
_RELATIVE = re.compile(rb"from[\s\\]*(\.[.\s\\]*)((?:(?!import\b)" + _WORD + rb"+" + _REST + rb")?)")
_BY_CALL = (b"import_module", b"__import__", b"importorskip", b"pytest_plugins")
_RELATIVE_CALL = re.compile(rb"(?:import_module|__import__)\s*\([^)]*['\"]\.")
_MOST_PATTERNS = 16  # a pattern that begins with one literal is searched for quickly; many of them are not


class Source(NamedTuple):
    """One Python file: its owner, its path in the repository, and its path in the owner's folder."""

    owner: Name
    path: str
    inner: str


class ImportFinder:
    """Finds imports between plugins, given who defines which module."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        roots = [re.escape(root.encode("utf-8", "surrogateescape")) for root in sorted(modules.roots)]
        groups = roots if len(roots) <= _MOST_PATTERNS else [b"(?:" + b"|".join(roots) + b")"]
        self._mentions = [re.compile(group + rb"\b" + _REST) for group in groups]

    def targets(self, source: Source, data: bytes) -> frozenset[tuple[Name, str]]:
        """The other plugins that a file imports, each with the module through which it does."""
        by_call = any(call in data for call in _BY_CALL)
        mentioned = frozenset(self._others(self._mentioned(source, data, quoted=by_call), source))
        if not mentioned and not (by_call and _RELATIVE_CALL.search(data)):
            return mentioned
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an odd escape in a stranger's file is not our reader's business
                tree = compile(data, source.path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return mentioned
        nodes = _everything(tree) if by_call else _statements(tree)
        return frozenset(self._others((name for node in nodes for name in _imported(node, source)), source))

    def _mentioned(self, source: Source, data: bytes, *, quoted: bool) -> Iterator[str]:
        """What import statements in the text may mean as modules; with ``quoted``, strings as well."""
        for pattern in self._mentions:
            for match in pattern.finditer(data):
                if _is_imported(data, match.start(), quoted=quoted):
                    yield from _meant(_dotted(match[0]), data, match.end())
        for match in _RELATIVE.finditer(data):
            dotted = _absolute(source, match[1].count(b"."), _dotted(match[2]))
            yield from _meant(dotted, data, match.end())

    def _others(self, dotted: Iterator[str], source: Source) -> Iterator[tuple[Name, str]]:
        for name in dotted:
            for found in self._modules.owners(name, source.owner):
                if found[0] != source.owner:
                    yield found


def _dotted(text: bytes) -> str:
    return _SPACE.sub(b"", text).decode("utf-8", "replace")


def _meant(module: str, data: bytes, end: int) -> Iterator[str]:
    """What a module's name means that ends at ``end``; before ``import``, each name behind it may be a module too."""
    yield module
    names = _NAMES.match(data, end)
    if names is not None:
        for part in _COMMENT.sub(b" ", names[1] or names[2] or b"").split(b","):
            if word := part.split():
                yield f"{module}.{word[0].decode('utf-8', 'replace')}"


def _is_imported(data: bytes, start: int, *, quoted: bool) -> bool:
    """Whether the word that begins at ``start`` may be a module that its line imports, or one in quotes."""
    line = data.rfind(b"\n", 0, start) + 1
    before = data[line:start].rpartition(b";")[2].strip()
    if before.endswith(b"from") or (quoted and before.endswith((b"'", b'"', b","))):
        return True
    # Behind ``from x import`` stand attributes, unless the line goes on from another.
    continued = data[max(line - 3, 0) : line].rstrip(b"\r\n").endswith(b"\\")
    return continued or (b"import" in before and not before.startswith(b"from"))


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every statement, however deep: an import is nothing else."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, block, ())
            todo += inner if isinstance(inner, list) else ()


def _everything(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node: what ``ast.walk`` does, at a third of its price."""
    todo: list[object] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo += node
        elif hasattr(node, "_fields"):
            yield node  # type: ignore[misc]
            todo += vars(node).values()


def _imported(node: ast.AST, source: Source) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = _absolute(source, node.level, node.module or "")
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and _assigns_plugins(node):
        for text in _literals(node):
            yield from text.replace(" ", "").split(",")
    elif isinstance(node, ast.Call) and _is_import_call(node.func):
        yield from _called(node, source)


def _assigns_plugins(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> bool:
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return any(getattr(target, "id", None) == "pytest_plugins" for target in targets)


def _is_import_call(function: ast.expr) -> bool:
    name = getattr(function, "attr", None) or getattr(function, "id", None)
    return name in {"import_module", "__import__", "importorskip"}


def _called(node: ast.Call, source: Source) -> Iterator[str]:
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    texts = [text for argument in arguments for text in _literals(argument)]
    names = [text for text in texts if not text.startswith(".")]
    for text in texts:
        if text.startswith("."):
            parts = names[0].split(".") if names else _package(source)
            level = len(text) - len(text.lstrip("."))
            yield ".".join([*parts[: max(len(parts) - level + 1, 0)], text.lstrip(".")])
    yield from names[:1]
    yield from (f"{names[0]}.{name}" for name in names[1:])  # the names after ``from``, as __import__ takes them


def _literals(node: ast.AST) -> Iterator[str]:
    for child in _everything(node):
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
