"""Find the plugins that a Python file imports, whether or not it declares them.

Files are first searched as bytes. A file is parsed only if it mentions another plugin's module, to distinguish imports
from comments. A file that cannot be parsed is assumed to import every module it mentions.
"""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.workspace.modules import resolve_relative

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.workspace.modules import Modules, PythonFile

_NAMES = re.compile(rb"[\s\\]*import[\s\\]*(?:\(((?:[^)#]|#[^\n]*)*)|((?:[^\n;#\\]|\\\n)*))")
_COMMENT = re.compile(rb"#[^\n]*|\\")
_SPACE = re.compile(rb"[\s\\]+")
_WORD = rb"[\w\x80-\xff]"
_END = rb"(?!" + _WORD + rb")"
_REST = rb"(?:[\s\\]*\.[\s\\]*" + _WORD + rb"+)*"
_RELATIVE = re.compile(rb"from[\s\\]*(\.[.\s\\]*)((?:(?!import\b)" + _WORD + rb"+" + _REST + rb")?)")
_BY_CALL = (b"import_module", b"__import__", b"importorskip", b"pytest_plugins")
_CALL_WITH_PACKAGE = re.compile(
    rb"(?:import_module|__import__)\s*\([^)]*(?:['\"]\.|,)"
)  # calls in which the meaning of one argument depends on another
_MAX_PATTERNS = 16  # re is fast for a pattern with a literal prefix, and one pattern is faster than many


class ImportFinder:
    """A finder of imports between plugins, given the modules that each plugin defines."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._private: dict[tuple[bytes, str], bool] = {}
        roots = [root.encode("utf-8", "surrogateescape") for root in sorted(modules.roots)]
        if len(roots) <= _MAX_PATTERNS:
            self._mentions = [(root, re.compile(re.escape(root) + _END + _REST)) for root in roots]
        else:
            self._mentions = [(b"", re.compile(b"(?:" + b"|".join(map(re.escape, roots)) + rb")" + _END + _REST))]

    def targets(self, source: PythonFile, data: bytes) -> frozenset[tuple[str, str]]:
        """Return the other plugins that a file imports, each with the imported module."""
        if b"\r" in data:  # Python accepts all three kinds of line ending
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        found: set[tuple[str, str]] = set()
        certain = True
        for dotted, is_certain in self._find_mentions(source, data):
            others = set(self._other_owners(dotted, source))
            found |= others
            certain = certain and (is_certain or not others)
        # Calls with several arguments can only be resolved with the syntax tree.
        if certain and not (b"import_" in data and _CALL_WITH_PACKAGE.search(data)):
            return frozenset(found)
        # The parser is imported late because it is slow to import and few files need it.
        from commonhold.workspace.import_ast import imported_names

        names = imported_names(data, source, by_call=any(call in data for call in _BY_CALL))
        return frozenset(found if names is None else self._other_owners(iter(names), source))

    def _find_mentions(self, source: PythonFile, data: bytes) -> Iterator[tuple[Iterator[str], bool]]:
        """Yield the names that each mention may import, and whether the mention is certainly an import."""
        for root, pattern in self._mentions:
            for match in pattern.finditer(data) if root in data else ():
                if self._is_private(match[0], source.owner):
                    continue
                before = _statement_start(data, match.start())
                is_certain = before in (b"from", b"import") and _is_code(data, match.start())
                if is_certain or _may_be_imported(data, match.start(), before):
                    yield _imported_names(_dotted(match[0]), data, match.end()), is_certain
        for match in _RELATIVE.finditer(data):
            dotted = resolve_relative(source, match[1].count(b"."), _dotted(match[2]))
            is_certain = not _statement_start(data, match.start()) and _is_code(data, match.start())
            yield _imported_names(dotted, data, match.end()), is_certain

    def _is_private(self, text: bytes, owner: str) -> bool:
        """Return whether only ``owner`` defines the mentioned module; cached, because the same few names recur."""
        known = self._private.get((text, owner))
        if known is None:
            known = self._private[text, owner] = self._modules.is_private(_dotted(text), owner)
        return known

    def _other_owners(self, dotted: Iterator[str], source: PythonFile) -> Iterator[tuple[str, str]]:
        for name in dotted:
            for found in self._modules.owners(name, source.owner):
                if found[0] != source.owner:
                    yield found


def _dotted(text: bytes) -> str:
    return _SPACE.sub(b"", text).decode("utf-8", "replace")


def _imported_names(module: str, data: bytes, end: int) -> Iterator[str]:
    """Yield the module whose name ends at ``end``, then each name after ``import``, which may be a submodule."""
    yield module
    names = _NAMES.match(data, end)
    if names is not None:
        for part in _COMMENT.sub(b" ", names[1] or names[2] or b"").split(b","):
            if word := part.split():
                yield f"{module}.{word[0].decode('utf-8', 'replace')}"


def _statement_start(data: bytes, start: int) -> bytes:
    """Return the part of the statement that precedes ``start`` on its line, after the last semicolon."""
    return data[data.rfind(b"\n", 0, start) + 1 : start].rpartition(b";")[2].strip()


def _is_code(data: bytes, at: int) -> bool:
    """Return whether a position is outside triple-quoted strings; a false positive only adds an unnecessary edge."""
    return data.count(b'"""', 0, at) % 2 == 0 and data.count(b"'''", 0, at) % 2 == 0


def _may_be_imported(data: bytes, start: int, before: bytes) -> bool:
    """Return whether the word at ``start`` may be an imported module or a quoted module name."""
    if before.endswith(b"from"):
        return True
    if before.endswith((b"'", b'"', b",")) and any(call in data for call in _BY_CALL):
        return True
    # The names after ``from x import`` are attributes, unless the line continues the previous one.
    line = data.rfind(b"\n", 0, start) + 1
    return data.endswith(b"\\\n", 0, line) or (b"import" in before and not before.startswith(b"from"))
