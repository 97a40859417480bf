"""Which plugins the Python files of a plugin import, declared or not.

Files are searched as bytes first. Only one that mentions a module of another plugin is parsed, to
tell an import from a comment. A file that cannot be parsed counts as importing what it mentions.
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
_OF_SEVERAL = re.compile(rb"(?:import_module|__import__)\s*\([^)]*(?:['\"]\.|,)")  # one argument depends on another
_MOST_PATTERNS = 16  # a pattern that begins with one literal is searched for quickly; many of them are not


class ImportFinder:
    """Finds imports between plugins, given who defines which module."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._private: dict[tuple[bytes, str], bool] = {}
        roots = [root.encode("utf-8", "surrogateescape") for root in sorted(modules.roots)]
        if len(roots) <= _MOST_PATTERNS:
            self._mentions = [(root, re.compile(re.escape(root) + _END + _REST)) for root in roots]
        else:
            self._mentions = [(b"", re.compile(b"(?:" + b"|".join(map(re.escape, roots)) + rb")" + _END + _REST))]

    def targets(self, source: PythonFile, data: bytes) -> frozenset[tuple[str, str]]:
        """The other plugins that a file imports, each with the module through which it does."""
        if b"\r" in data:  # Python takes each of the three for the end of a line
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        found: set[tuple[str, str]] = set()
        certain = True
        for dotted, plainly in self._mentioned(source, data):
            others = set(self._others(dotted, source))
            found |= others
            certain = certain and (plainly or not others)
        if certain and not (b"import_" in data and _OF_SEVERAL.search(data)):
            return frozenset(found)
        # Almost no file comes here, and the syntax of Python is slow to import.
        from commonhold.workspace.import_ast import imported_names

        names = imported_names(data, source, by_call=any(call in data for call in _BY_CALL))
        return frozenset(found if names is None else self._others(iter(names), source))

    def _mentioned(self, source: PythonFile, data: bytes) -> Iterator[tuple[Iterator[str], bool]]:
        """What the text may import, mention by mention, and whether it plainly does: on a line that says so first."""
        for root, pattern in self._mentions:
            for match in pattern.finditer(data) if root in data else ():
                if self._is_private(match[0], source.owner):
                    continue
                before = _before(data, match.start())
                plainly = before in (b"from", b"import") and _is_code(data, match.start())
                if plainly or _may_be_imported(data, match.start(), before):
                    yield _meant(_dotted(match[0]), data, match.end()), plainly
        for match in _RELATIVE.finditer(data):
            dotted = resolve_relative(source, match[1].count(b"."), _dotted(match[2]))
            plainly = not _before(data, match.start()) and _is_code(data, match.start())
            yield _meant(dotted, data, match.end()), plainly

    def _is_private(self, text: bytes, owner: str) -> bool:
        """Whether a mention is of the owner's own modules, as almost all are; the same few come again and again."""
        known = self._private.get((text, owner))
        if known is None:
            known = self._private[text, owner] = self._modules.is_private(_dotted(text), owner)
        return known

    def _others(self, dotted: Iterator[str], source: PythonFile) -> Iterator[tuple[str, str]]:
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


def _before(data: bytes, start: int) -> bytes:
    """What stands on the line before ``start``, from the last semicolon on."""
    return data[data.rfind(b"\n", 0, start) + 1 : start].rpartition(b";")[2].strip()


def _is_code(data: bytes, at: int) -> bool:
    """Whether a place is outside of strings over several lines. A wrong yes only makes an edge too many."""
    return data.count(b'"""', 0, at) % 2 == 0 and data.count(b"'''", 0, at) % 2 == 0


def _may_be_imported(data: bytes, start: int, before: bytes) -> bool:
    """Whether the word that begins at ``start`` may be a module that its line imports, or one in quotes."""
    if before.endswith(b"from"):
        return True
    if before.endswith((b"'", b'"', b",")) and any(call in data for call in _BY_CALL):
        return True
    # Behind ``from x import`` stand attributes, unless the line goes on from another.
    line = data.rfind(b"\n", 0, start) + 1
    return data.endswith(b"\\\n", 0, line) or (b"import" in before and not before.startswith(b"from"))
