"""Read import statements in the text of a Python file, without parsing it."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAMES = re.compile(rb"[\s\\]*import[\s\\]*(?:\(((?:[^)#]|#[^\n]*)*)|((?:[^\n;#\\]|\\\n)*))")
_COMMENT = re.compile(rb"#[^\n]*|\\")
_SPACE = re.compile(rb"[\s\\]+")
_KEYWORD = re.compile(rb"\s*(from|import)\s*")

# The names after "import" are searched once for each statement; only text that is not Python needs more than this.
_MOST_WORK = 16


class NotPythonError(Exception):
    """The file is not Python, and searching it would take too long."""


def dotted_name(text: bytes) -> str:
    """Return the module whose name is written in a statement, perhaps with blanks."""
    return _SPACE.sub(b"", text).decode("utf-8", "replace")


class ImportedNames:
    """The names that statements import, searched with a limit on the total work."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _MOST_WORK * len(data)

    def after(self, module: str, end: int) -> Iterator[str]:
        """Return the module whose name ends at ``end``, then each name after ``import``, which may be a submodule.

        Raises ``NotPythonError``.
        """
        names = _NAMES.match(self._data, end)
        if names is None:
            return iter((module,))
        text = names[1] or names[2] or b""
        self._left -= len(text) + len(module) * text.count(b",")
        if self._left < 0:
            raise NotPythonError
        words = (part.split(None, 1) for part in _COMMENT.sub(b" ", text).split(b","))
        return iter([module, *(f"{module}.{word[0].decode('utf-8', 'replace')}" for word in words if word)])


class ImportPlace:
    """A position in a file that moves forward to each mention; a move reads only text after the previous mention."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._line = 0
        self._statement = -1  # before the first move
        self._keyword: re.Match[bytes] | None = None
        self._has_import = False
        self._quotes = [0, 0]
        self._counted = 0
        self._gap = b""
        self.begins_statement = True

    def move(self, start: int) -> None:
        """Move forward to the start of a word."""
        data, before = self._data, self._at
        self._line = max(self._line, data.rfind(b"\n", before, start) + 1)
        statement = max(self._statement, self._line, data.rfind(b";", before, start) + 1)
        if statement != self._statement:
            self._statement, self._has_import = statement, False
            self._keyword = _KEYWORD.match(data, statement)
        first = max(statement, before)
        self._gap = data[first:start].rstrip()
        self.begins_statement = first == statement and not self._gap
        # The previous word may have begun in the middle of "import".
        self._has_import = self._has_import or data.find(b"import", max(statement, before - 5), start) >= 0
        self._at = start

    @property
    def is_code(self) -> bool:
        """Return whether the position is outside triple-quoted strings; a wrong ``True`` only adds an edge."""
        for index, quotes in enumerate((b'"""', b"'''")):  # most positions need no answer
            self._quotes[index] += self._data.count(quotes, self._counted, self._at)
        self._counted = self._at
        return not any(count % 2 for count in self._quotes)

    @property
    def begins_import(self) -> bool:
        """Return whether only ``from`` or ``import`` precedes the position in its statement."""
        return self._keyword is not None and self._keyword.end() == self._at and self.is_code

    def may_be_imported(self, *, by_call: Callable[[], bool]) -> bool:
        """Return whether the word at the position may be an imported module or a quoted module name."""
        if self._gap.endswith(b"from"):
            return True
        if self._gap.endswith((b"'", b'"', b"-m", b"-p")) and by_call():
            return True
        if self._gap.endswith(b",") and b"pytest_plugins" in self._data:
            return True
        # The names after ``from x import`` are attributes, unless the line continues the previous one.
        is_from = self._keyword is not None and self._keyword[1] == b"from"
        return self._data.endswith(b"\\\n", 0, self._line) or (self._has_import and not is_from)
