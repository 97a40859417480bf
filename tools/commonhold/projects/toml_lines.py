"""Find the lines of keys and tables in TOML files."""

from __future__ import annotations

import re
from bisect import bisect
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Key: TypeAlias = tuple[str, ...]

# Strings and comments are single tokens, so that their content is never taken for a key.
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}=\n]|[^\s\[\]{}=#"\']+',
    re.DOTALL,
)


@lru_cache(maxsize=4)  # one rule after another asks for lines of the same file
def key_lines(text: str) -> Mapping[Key, int]:
    r"""Return the line of each table and each key in a valid TOML document; keys of inline tables are left out.

    >>> key_lines('[project]\nname = "x"\nurls.Home = "y"\n')
    {('project',): 1, ('project', 'name'): 2, ('project', 'urls', 'Home'): 3}
    """
    found: dict[Key, int] = {}
    table: Key = ()
    words: list[str] = []
    line, depth, is_header, in_value = 1, 0, False, False
    for part in _TOKEN.findall(text):
        if in_value:
            depth += (part in "[{") - (part in "]}")
        elif part == "=":
            found.setdefault((*table, *_parts(words)), line)
            in_value = True
        elif part == "[":
            is_header = True
        elif part not in ("]", "\n") and part[0] != "#":
            words.append(part)
        if part == "\n" and depth == 0:
            if is_header:
                table = _parts(words)
                found.setdefault(table, line)
            words, is_header, in_value = [], False, False
        line += part.count("\n")
    return found


def array_table_lines(text: str, name: str) -> list[int]:
    r"""Return the lines of the headers of an array of tables.

    >>> array_table_lines('[[people]]\nname = "x"\n\n[[ people ]]\n', "people")
    [1, 4]
    """
    header = re.compile(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]")
    return [number for number, line in enumerate(text.split("\n"), 1) if header.match(line)]


def find_line(text: str, key: Sequence[str], part: str = "") -> int | None:
    """Return the line of a key in a TOML document or, if it is missing, of the innermost table around it.

    ``part`` is a text: the result is the first line at or below the key's line that contains this text, if any does.
    """
    lines, key = key_lines(text), tuple(key)
    # The key itself or, for the table of [project.urls], the first table below it; otherwise the table around it.
    starts = (key[:end] for end in range(len(key), 0, -1))
    line = next((found for start in starts if (found := _first_below(lines, start)) is not None), None)
    return first_line_with(text, part, line)


def _first_below(lines: Mapping[Key, int], start: Key) -> int | None:
    return lines.get(start) or next((line for key, line in lines.items() if key[: len(start)] == start), None)


def first_line_with(text: str, part: str, line: int | None) -> int | None:
    """Return the first line, starting at ``line``, that contains ``part``; ``line`` itself if no line does."""
    if not part or line is None:
        return line
    starts = _line_starts(text)
    if line > len(starts):
        return line  # other readers also end lines at a carriage return
    at = text.find(part, starts[line - 1])
    return line if at < 0 else bisect(starts, at)


@lru_cache(maxsize=4)
def _line_starts(text: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in re.finditer("\n", text)))


def _parts(words: Sequence[str]) -> Key:
    parts: list[str] = []
    for word in words:
        parts += [word[1:-1]] if word[0] in "\"'" else [part for part in word.split(".") if part]
    return tuple(parts)
