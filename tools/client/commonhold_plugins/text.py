r"""Escape, shorten and count text, because names and summaries come from plugin indexes that anybody may write.

Nothing in them may send control sequences to a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_SHOWN = frozenset("\xa0\u200d")  # a no-break space, and the joiner of emoji: harmless, although not "printable"


def printable(text: str) -> str:
    r"""Escape control and invisible characters, so that a terminal can show the text.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _SHOWN else _escape(char) for char in text)


def printable_lines(text: str) -> str:
    """Escape text of several lines; line feeds stay, and tabs become blanks."""
    return "\n".join(printable(line.expandtabs(4)) for line in text.replace("\r\n", "\n").split("\n"))


def _escape(char: str) -> str:
    code_point = ord(char)
    return f"\\x{code_point:02x}" if code_point < 0x100 else f"\\u{code_point:04x}"


def quoted(text: str, longest: int = 60) -> str:
    r"""Quote a value from elsewhere for a message: escaped, and shortened.

    >>> quoted("a\x07")
    "'a\\x07'"
    """
    return f"'{shortened(printable(text[: longest + 1]), longest)}'"


def shortened(text: str, longest: int) -> str:
    """Cut text at ``longest`` characters, and end it with an ellipsis where it was cut."""
    return text if len(text) <= longest else f"{text[: max(longest - 1, 0)].rstrip()}…"


def count(number: int, noun: str) -> str:
    """Join a number and a noun, adding a plural "s" to the noun unless the number is 1.

    >>> count(1, "plugin"), count(2, "plugin")
    ('1 plugin', '2 plugins')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: Collection[str], most: int = 5) -> str:
    """Join the first names in alphabetical order, and add the number of names that are left out.

    >>> listed({"c", "b", "a"}, 2)
    'a, b and 1 more'
    """
    more = len(names) - most
    return ", ".join(sorted(names)[:most]) + (f" and {more} more" if more > 0 else "")


def age_text(seconds: float) -> str:
    """Return a length of time in its largest unit.

    >>> age_text(90), age_text(3 * 86400)
    ('1 minute', '3 days')
    """
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return count(int(seconds // length), unit)
    return count(max(int(seconds), 0), "second")
