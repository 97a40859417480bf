"""Match path patterns as git matches ``:(glob)`` pathspecs (gitglossary(7), "pathspec").

``*`` and ``?`` do not match ``/``. ``**/`` matches any number of folders, and ``/**`` matches everything below a
folder. A pattern without wildcards matches a file, or a folder and its contents.
"""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WILD = frozenset("*?[\\")


def is_literal(pattern: str) -> bool:
    """Return whether the pattern has no wildcards."""
    return _WILD.isdisjoint(pattern)


def literal_prefix(pattern: str) -> str:
    """Return the deepest folder that contains every match of a pattern.

    >>> literal_prefix("plugins/official/flytekit-*")
    'plugins/official'
    """
    parts = pattern.split("/")
    for index, part in enumerate(parts):
        if not is_literal(part):
            return "/".join(parts[:index])
    return pattern.rstrip("/")


def escape(text: str) -> str:
    """Return a pattern that matches exactly ``text``."""
    return text if is_literal(text) else "".join(f"\\{char}" if char in _WILD else char for char in text)


class Patterns:
    """A set of patterns. Equality and ``repr`` use the patterns' text.

    >>> Patterns(["docs/**", "**/*.md"]).match("plugins/x/README.md")
    True
    """

    __slots__ = ("_below", "_exact", "_literals", "_match", "sources")

    def __init__(self, sources: Iterable[str]) -> None:
        self.sources = tuple(sources)
        self._literals = frozenset(source.rstrip("/") for source in self.sources if is_literal(source))
        folders = (source.removesuffix("/**") for source in self.sources if source.endswith("/**"))
        self._below = tuple(f"{folder}/" for folder in (*self._literals, *folders) if is_literal(folder))
        self._match: Callable[[str], object] | None = None
        self._exact: Callable[[str], object] | None = None

    def match(self, path: str) -> bool:
        """Return whether any pattern matches the file at ``path``."""
        if path in self._literals or path.startswith(
            self._below
        ):  # compiling a regular expression is slow, and most patterns have no wildcards
            return True
        if self._match is None:
            self._match = _compiled(source for source in self.sources if not is_literal(source.removesuffix("/**")))
        return self._match(path) is not None

    def match_folder(self, path: str) -> bool:
        """Return whether any pattern matches the folder ``path`` itself, not only files in it."""
        if self._exact is None:
            self._exact = _compiled(self.sources)
        return self._exact(path) is not None

    def __bool__(self) -> bool:
        return bool(self.sources)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Patterns) and self.sources == other.sources

    def __hash__(self) -> int:
        return hash(self.sources)

    def __repr__(self) -> str:
        return f"Patterns({list(self.sources)!r})"


def _compiled(patterns: Iterable[str]) -> Callable[[str], object]:
    joined = "|".join(map(_expression, patterns))
    return re.compile(joined or r"(?!)", re.DOTALL).fullmatch


def _expression(pattern: str) -> str:
    pattern = pattern.rstrip("/")
    out: list[str] = []
    at = 0
    while at < len(pattern):
        piece, at = _piece(pattern, at)
        out.append(piece)
    return "".join(out)


def _piece(pattern: str, at: int) -> tuple[str, int]:
    char = pattern[at]
    if char == "*":
        return _stars(pattern, at)
    if char == "?":
        return "[^/]", at + 1
    if char == "[":
        return _bracket(pattern, at)
    if char == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    return re.escape(char), at + 1


def _stars(pattern: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(pattern) and pattern[end] == "*":
        end += 1
    begins = at == 0 or pattern[at - 1] == "/"
    if end - at == 2 and begins:
        if pattern[end : end + 1] == "/":
            return "(?:.*/)?", end + 1
        if end == len(pattern):
            return ".*", end
    return "[^/]*", end


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    start = at + 1
    negated = pattern[start : start + 1] in ("!", "^")
    start += negated
    end = pattern.find("]", start + 1)
    if end < 0:
        return re.escape("["), at + 1
    body = pattern[start:end].replace("\\", "\\\\").replace("[", "\\[").replace("&&", "&\\&")
    body = body.replace("~~", "~\\~").replace("||", "|\\|")
    # Only the first "!" or "^" negates. A second "^" is literal and needs a backslash in a regular expression.
    if body.startswith("^"):
        body = "\\" + body
    # A bracket never matches a slash, not even in a range.
    return f"(?!/)[{'^' if negated else ''}{body}]", end + 1
