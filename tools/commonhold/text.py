r"""Escape, shorten and count text for terminals, Markdown and sentences.

Names and paths come from untrusted repositories, so they must not be able to send control sequences to a terminal or
add markup to Markdown. ``commonhold affected`` imports this module, so ``re`` is imported late to keep that command
fast.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

MOST_SUMMARY_BYTES = 1024 * 1024 - 4096
"""The maximum size of a step summary, because GitHub does not show summaries that exceed 1 MiB."""

_MARKUP = {ord(char): f"\\{char}" for char in "\\`*_{}[]()<>#+!|~&"}
_ENTITIES = {ord(char): f"&#{ord(char)};" for char in "&<>|`*_[]\\@~"}
_LINK = r"(?i)(https?|ftp|www|xmpp|mailto)([:.])"


def printable(text: str) -> str:
    r"""Escape control characters and bytes that are not UTF-8 as ``\xNN``, so that a terminal can show the text.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    code_point = ord(char)
    if 0xDC80 <= code_point <= 0xDCFF:  # os.fsdecode represents a byte that is not UTF-8 this way
        return f"\\x{code_point - 0xDC00:02x}"
    return f"\\x{code_point:02x}" if code_point < 0x100 else f"\\u{code_point:04x}"


def wrap_line(text: str, width: int | None, indent: int = 2) -> list[str]:
    """Break a line for a terminal at blanks, but not inside backticks; indent continuation lines by ``indent`` more.

    A word that is longer than a line is not broken, so that paths and commands can be copied. ``width`` is ``None``
    without a terminal.

    >>> wrap_line("  see `git log`, which is long", 15)
    ['  see', '    `git log`,', '    which is', '    long']
    """
    if width is None or len(text) <= width:
        return [text]
    import re

    margin = " " * (len(text) - len(text.lstrip(" ")) + indent)
    lines = [""]
    for blanks, word in re.findall(r"( *)((?:`[^`]*`|\(\+\d+ more\)|[^ ])+)", text):
        if lines[-1].strip() and len(lines[-1]) + len(blanks) + len(word) > width:
            lines.append(margin + word)
        else:
            lines[-1] += blanks + word
    return lines


def markdown(text: str) -> str:
    r"""Escape text so that Markdown shows it unchanged, even in a table.

    >>> markdown("a|b <script> @octocat www.example.com")
    'a\\|b \\<script\\> @&#8203;octocat www\\.example.com'
    """
    import re

    escaped = printable(text.replace("\n", " ")).translate(_MARKUP)
    # GitHub links bare URLs and notifies mentioned users after it has removed the backslashes.
    return re.sub(_LINK, r"\1\\\2", escaped).replace("@", "@&#8203;")


def code(text: str) -> str:
    """Format text as code for Markdown, even in a table; a backtick in the text does not end the code."""
    return f"<code>{printable(text).translate(_ENTITIES)}</code>"


def table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Format a Markdown table from cells that are already Markdown."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def capped(lines: Iterable[str], limit: int = MOST_SUMMARY_BYTES) -> str:
    """Join lines up to the size that GitHub shows; if lines are left out, say so in the last line."""
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode("utf-8", "backslashreplace")) + 1
        if size > limit:
            kept.append("\n**This summary is cut off here: GitHub shows at most 1 MiB. See the log for the rest.**")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def count(number: int, noun: str) -> str:
    """Join a number and a noun, adding a plural "s" to the noun unless the number is 1.

    >>> count(1, "plugin"), count(2, "plugin")
    ('1 plugin', '2 plugins')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def and_more(total: int, shown: int = 1) -> str:
    """Return the text for items that a list leaves out, or ``""`` if the list is complete.

    >>> "a" + and_more(3), "a" + and_more(1)
    ('a and 2 more', 'a')
    """
    return f" and {total - shown} more" if total > shown else ""


def listed(names: Collection[str], most: int) -> str:
    """Join the first names in alphabetical order, and add the number of names that are left out.

    >>> listed({"c", "b", "a"}, 2)
    'a, b and 1 more'
    """
    return ", ".join(sorted(names)[:most]) + and_more(len(names), most)
