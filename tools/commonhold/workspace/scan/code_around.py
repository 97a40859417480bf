"""Find the strings of a Python file and the code around them, without parsing the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOKEN = re.compile(
    rb"#[^\n]*"
    rb'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    rb"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    rb'|"(?!"")[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    rb"|'(?!'')[^'\\\n]*(?:\\.[^'\\\n]*)*'"
    rb"|[\"']",
    re.DOTALL,
)
_STRING, _COMMENT = b'"', b"#"
_BETWEEN = b" \t\n\f#"
_BRACKETS = re.compile(rb"[()\[\]{}]")
_JOINED = re.compile(rb"(?:[ \t\n\f#]|\\\n)*[a-zA-Z]{0,2}")
_OTHER_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\[^\\'\"abfnrtv\n]")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789_"
_PREFIXES = frozenset({b"", b"r", b"u", b"b", b"br", b"rb", b"f", b"fr", b"rf"})
_OTHER_KINDS = frozenset({b"b", b"br", b"rb", b"f", b"fr", b"rf"})
_NAME = re.compile(rb"([A-Za-z_]\w*(?:\s*\.\s*(?:dict|multiple))?)\s*$")
_LONGEST_NAME = 80
_BLANK = b" \t\r\x0b\f"
_BLANKS = re.compile(rb"[ \t\r\x0b\f]*")
_ENDS = (b"", b"\n", b";", _COMMENT)
_STEP = 64


@lru_cache(maxsize=1)  # imports and mentions are searched in one file after another
def code_around(data: bytes) -> CodeAround | None:
    """Return the code around strings in a file; ``None`` if the strings cannot be told apart with certainty."""
    if b"\r" in data:
        return None
    spans: list[tuple[int, int]] = []
    filled: list[bytes] = []
    before = 0
    for match in _TOKEN.finditer(data):
        start, end = match.span()
        fill = _COMMENT if data[start] == 0x23 else _STRING
        if fill == _STRING:
            if end - start == 1 or (start and data[start - 1] in b"fFtTrR" and _may_contain_strings(data, start, end)):
                return None
            spans.append((start, end))
        filled += (data[before:start], fill * (end - start))
        before = end
    text = b"".join((*filled, data[before:]))
    is_balanced = all(text.count(one) == text.count(other) for one, other in ((b"(", b")"), (b"[", b"]"), (b"{", b"}")))
    return CodeAround(data, text, spans) if is_balanced else None


def _may_contain_strings(data: bytes, start: int, end: int) -> bool:
    """Return whether a string may be the start of an f-string, which may contain its own quotes since Python 3.12."""
    prefix = data[max(start - 2, 0) : start].lower()
    text = data[start:end].replace(b"{{", b"").replace(b"}}", b"")
    return prefix.rstrip(b"r").endswith((b"f", b"t")) and text.count(b"{") != text.count(b"}")


class CodeAround:
    """The strings of a file and the code around them.

    ``text`` is the file with strings and comments replaced by quotes and number signs of the same length. ``strings``
    are the positions of the strings without their prefixes.
    """

    def __init__(self, data: bytes, text: bytes, strings: list[tuple[int, int]]) -> None:
        self._data = data
        self._text = text
        self._strings = strings
        self._at = 0
        self._open: list[int] = []

    def is_comment(self, at: int) -> bool:
        """Return whether a position is inside a comment."""
        return self._text[at : at + 1] == _COMMENT

    def is_string(self, at: int) -> bool:
        """Return whether a position is inside a string."""
        return self._text[at : at + 1] == _STRING

    def constants(self, places: Iterable[int]) -> list[tuple[int, str]] | None:
        """Return the string constants at ascending positions with their lines, as ``python_constants`` does.

        The result is ``None`` if only the parser can tell the value of one of them.
        """
        found: list[tuple[int, str]] = []
        line, counted, last = 1, 0, -1
        for place in places:
            if place < last or not self.is_string(place):
                continue
            group = self._adjacent(bisect_right(self._strings, (place, len(self._data))) - 1)
            start, last = group[0][0], group[-1][1]
            if self._is_statement(start, last):
                continue
            text = self._value(group)
            if text is None or self._may_be_statement(start):
                return None
            line += self._data.count(b"\n", counted, start)
            counted = start
            if text:
                found.append((line, text))
        return found

    def callees(self, at: int) -> Iterator[str]:
        """Yield the names of the functions in whose arguments a position is, innermost first."""
        for bracket in reversed(self._brackets_before(at)):
            name = _NAME.search(self._text, max(bracket - _LONGEST_NAME, 0), bracket)
            if name is not None and self._text[bracket : bracket + 1] == b"(":
                yield name[1].decode().partition(".")[0].strip()

    def is_first_argument(self, start: int, end: int, *, only: bool) -> bool:
        """Return whether a text is a whole string without a prefix that is the first (or only) argument of a call."""
        first, last = self._string(start)
        brackets = self._brackets_before(first)
        is_first = bool(brackets) and not self._text[brackets[-1] + 1 : first].strip(_BETWEEN)
        after = self._text[last : last + _LONGEST_NAME].lstrip()[:1]
        return is_first and (first, last) == (start - 1, end + 1) and (after == b")" or (after == b"," and not only))

    def _is_statement(self, start: int, end: int) -> bool:
        """Return whether a string is a statement, such as a docstring."""
        prefix = self._prefix(start)
        line = _end_of_text(self._data, start - len(prefix))
        is_first = prefix in _PREFIXES and self._data[line - 1 : line] in (b"", b"\n")
        after = _BLANKS.match(self._text, end)
        is_alone = is_first and after is not None and self._text[after.end() : after.end() + 1] in _ENDS
        return is_alone and self._data[line - 2 : line - 1] != b"\\" and not self._brackets_before(start)

    def _may_be_statement(self, start: int) -> bool:
        """Return whether a string at the end of a line may be a statement: ``x; "text"``, but not ``[x: "text"]``."""
        before = _end_of_text(self._text, start - len(self._prefix(start)))
        return self._text[before - 1 : before] in (b":", b";") and not self._brackets_before(start)

    def _adjacent(self, index: int) -> list[tuple[int, int]]:
        """Return a string and the strings that Python joins with it."""
        first = last = index
        while first and self._are_joined(first - 1):
            first -= 1
        while last + 1 < len(self._strings) and self._are_joined(last):
            last += 1
        return self._strings[first : last + 1]

    def _are_joined(self, index: int) -> bool:
        between = self._text[self._strings[index][1] : self._strings[index + 1][0]]
        return _JOINED.fullmatch(between) is not None

    def _value(self, group: list[tuple[int, int]]) -> str | None:
        """Return the value of adjacent strings; an empty text for bytes, and ``None`` if it is not known."""
        if len(group) > 1 and not self._brackets_before(group[0][0]):
            return None  # perhaps several statements
        values = [self._value_of(*each) for each in group]
        if len(group) > 1 and any(self._prefix(start) in _OTHER_KINDS for start, _ in group):
            return None
        return None if None in values else "".join(filter(None, values))

    def _prefix(self, start: int) -> bytes:
        before = self._text[max(start - 3, 0) : start].lower()
        return before[len(before.rstrip(_LETTERS)) :]

    def _value_of(self, start: int, end: int) -> str | None:
        prefix, text = self._prefix(start), self._data[start:end]
        text = text[3:-3] if text[:3] in (b'"""', b"'''") else text[1:-1]
        if prefix not in _PREFIXES or not text.isascii():
            return None
        if b"b" in prefix:
            return ""
        if b"f" in prefix:
            text, _, rest = text.partition(b"{")
            # Strings in the braces are constants too, and ``{x=}`` adds text.
            if b"{{" in rest or b"}}" in rest or rest[:1] == b"{" or any(char in rest for char in (b'"', b"'", b"=")):
                return None
            text = text.removesuffix(b".")
        if b"r" in prefix or b"\\" not in text:
            return text.decode()
        return None if _OTHER_ESCAPE.search(text) else text.decode("unicode_escape")

    def _string(self, at: int) -> tuple[int, int]:
        return self._strings[bisect_right(self._strings, (at, len(self._data))) - 1]

    def _brackets_before(self, at: int) -> list[int]:
        """Return the positions of the brackets that are open at a position."""
        if at < self._at:
            self._at, self._open = 0, []
        for match in _BRACKETS.finditer(self._text, self._at, at):
            if match[0] in b"([{":
                self._open.append(match.start())
            elif self._open:
                self._open.pop()
        self._at = at
        return self._open


def _end_of_text(data: bytes, at: int) -> int:
    """Return where the blanks before a position begin. The rest of a line is not copied, because it can be long."""
    while at > 0:
        part = data[max(at - _STEP, 0) : at]
        kept = len(part.rstrip(_BLANK))
        at -= len(part) - kept
        if kept:
            break
    return at
