"""Match path patterns as git matches ``:(glob)`` pathspecs (gitglossary(7), "pathspec").

``*`` and ``?`` do not match ``/``. ``**/`` matches any number of folders, and ``/**`` matches everything below a
folder. A pattern without wildcards matches a file, or a folder and its contents.
"""

from __future__ import annotations

import re
from itertools import count

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_WILD = frozenset("*?[\\")
# What other tools write in patterns.
_SPECIAL = frozenset("!{[(\\")
_ESCAPED = _WILD | _SPECIAL | {" "}
_ODD = ("**", "//", "/./", " /")


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
    r"""Return a pattern that matches exactly ``text``, and that a configuration accepts.

    >>> escape("plugins/a-b"), escape("[a]"), escape("a (1) ")
    ('plugins/a-b', '\\[a]', 'a\\ \\(1)\\ ')
    """
    if is_literal(text) and is_plain(text):
        return text
    return "".join(f"\\{char}" if char in _ESCAPED else char for char in text)


def outside_start(pattern: str) -> int:
    """Return the length of the prefix with which a pattern leaves its folder: ``/``, or one or more ``../``."""
    length = int(pattern.startswith("/"))
    while pattern.startswith("../", length):
        length += 3
    return length


def in_repository(pattern: str, folder: str) -> str | None:
    """Convert a pattern relative to ``folder``, which is not a pattern, to a pattern relative to the repository's root.

    A pattern that starts with a slash is relative to the repository's root. Returns ``None`` if the pattern leaves the
    repository.

    >>> in_repository("../shared/**", "packages/python"), in_repository("/docs/**", "packages/python")
    ('packages/shared/**', 'docs/**')
    """
    if not folder or pattern.startswith("/"):
        return pattern.removeprefix("/")
    parts = folder.split("/")
    while pattern == ".." or pattern.startswith("../"):
        if not parts:
            return None
        parts.pop()
        pattern = pattern[3:]
    return "/".join((*parts, pattern))


def is_plain(pattern: str) -> bool:
    """Return whether a pattern contains only syntax that has the same meaning in git and in other tools."""
    # Slashes at both ends and between stars leave only what `**` is next to.
    inner = f"/{pattern}/".replace("/**/", "/").replace("/**/", "/")
    return not _SPECIAL.intersection(pattern) and not any(part in inner for part in _ODD) and inner[1:2] != " "


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
    numbers = count()
    joined = "|".join(_expression(pattern, numbers) for pattern in patterns)
    return re.compile(joined or r"(?!)", re.DOTALL).fullmatch


# Three tokens stand for wildcards that match any number of characters; all others are expressions for one character.
_STAR, _FOLDERS, _REST = "*", "**/", "**"


def _expression(pattern: str, numbers: Iterator[int]) -> str:
    """Translate a pattern so that matching takes at most the product of both lengths.

    A plain translation (``[^/]*`` for each star) takes exponential time for patterns with many stars. Here, only the
    last star of a name and the last ``**/`` of a pattern may try several lengths. Each earlier wildcard ends at the
    first position where the next part matches: if any later position led to a match, the first position would too.
    """
    first, *others = _split(list(_tokens(pattern.rstrip("/"))), _FOLDERS)
    out = [_names(first, numbers)]
    if others:
        *middle, last = others
        out += (_at_first("(?:.*?/)??" + _names(block, numbers), numbers) for block in middle if block)
        out += ["(?:.*/)?", _names(last, numbers)]
    return "".join(out)


def _names(tokens: list[str], numbers: Iterator[int]) -> str:
    """Translate the part of a pattern between two ``**/``."""
    return "/".join(_name(name, numbers) for name in _split(tokens, "/"))


def _name(tokens: list[str], numbers: Iterator[int]) -> str:
    """Translate the part of a pattern between two slashes."""
    first, *others = ("".join(piece) for piece in _split(tokens, _STAR))
    if not others:
        return ".*" if first == _REST else first
    *middle, last = others
    return "".join((first, *(_at_first(f"[^/]*?{piece}", numbers) for piece in middle if piece), "[^/]*", last))


def _at_first(expression: str, numbers: Iterator[int]) -> str:
    """Return an expression that acts as an atomic group, which Python 3.10 lacks: a lookahead is never retried."""
    number = next(numbers)
    return f"(?=(?P<g{number}>{expression}))(?P=g{number})"


def _split(tokens: list[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == separator:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _tokens(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            token, at = _stars(pattern, at)
        elif char == "?":
            token, at = "[^/]", at + 1
        elif char == "[":
            token, at = _bracket(pattern, at)
        else:
            char, at = _unescaped(pattern, at)
            token = re.escape(char)
        yield token


def _unescaped(pattern: str, at: int) -> tuple[str, int]:
    """Return the character at a position, or the character that the backslash there escapes, and the next position."""
    if pattern[at] == "\\" and at + 1 < len(pattern):
        return pattern[at + 1], at + 2
    return pattern[at], at + 1


def _stars(pattern: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(pattern) and pattern[end] == "*":
        end += 1
    if end - at == 2 and (at == 0 or pattern[at - 1] == "/"):
        if pattern[end : end + 1] == "/":
            return _FOLDERS, end + 1
        if end == len(pattern):
            return _REST, end
    return _STAR, end


_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    """Translate a bracket expression; an opening bracket without a closing bracket stands for itself."""
    negated = pattern[at + 1 : at + 2] in ("!", "^")
    start = at + 1 + negated
    items: list[str] = []
    here = start
    while here < len(pattern) and (pattern[here] != "]" or here == start):
        close = pattern.find(":]", here + 2) if pattern.startswith("[:", here) else -1
        if close >= 0:
            items.append(_CLASSES.get(pattern[here + 2 : close], ""))
            here = close + 2
        else:
            item, here = _range(pattern, here)
            items.append(item)
    if here >= len(pattern):
        return re.escape("["), at + 1
    inner = "".join(items)
    # A bracket never matches a slash, not even in a range.
    if not inner:
        return "[^/]" if negated else "(?!)", here + 1
    return f"(?!/)[{'^' if negated else ''}{inner}]", here + 1


def _range(pattern: str, at: int) -> tuple[str, int]:
    """Translate one character of a bracket expression, or a range; a range whose end precedes its start is empty."""
    low, at = _unescaped(pattern, at)
    if pattern[at : at + 1] != "-" or pattern[at + 1 : at + 2] in ("", "]"):
        return re.escape(low), at
    high, at = _unescaped(pattern, at + 1)
    return f"{re.escape(low)}-{re.escape(high)}" if low <= high else "", at
