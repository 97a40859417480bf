"""Rewrite the messages of an imported history, so that references to issues keep their meaning."""

from __future__ import annotations

import re

# `#12` refers to an issue, but not in `owner/repo#12`, `&#12;`, `page/#12` or `##12`. Numbers do not begin with 0.
_ISSUE = re.compile(rb"(?<![\w/&#.=-])(?:#|GH-)([1-9]\d{0,6})(?![\w-])")
_COLOUR = re.compile(
    rb"(?:colou?r|background|fill|stroke|border|rgb|hex|theme)\w*[\"'`]?\s*(?:[:=]|to|is)?\s*[\"'`(]?$", re.IGNORECASE
)
_CODE = re.compile(rb"```.*?(?:```|\Z)|`[^`\n]*`|^(?: {4}|\t)[^\n]*$", re.DOTALL | re.MULTILINE)
CONTROL_CHARACTERS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
"""Characters that a terminal obeys, and characters that change the direction of text."""


def rewrite_message(message: bytes, project: bytes | None) -> bytes:
    """Replace references to issues by references to ``project`` (``owner/name``), and escape control characters.

    >>> rewrite_message(b"Fix #12, see owner/repo#3 and `#4`", b"a/b")
    b'Fix a/b#12, see owner/repo#3 and `#4`'
    """
    message = CONTROL_CHARACTERS.sub(lambda match: b"".join(b"\\x%02x" % byte for byte in match[0]), message)
    if project is None:
        return message
    parts = []
    at = 0
    for code in _CODE.finditer(message):
        parts += [_rewrite(message[at : code.start()], project), code[0]]
        at = code.end()
    return b"".join([*parts, _rewrite(message[at:], project)])


def _rewrite(text: bytes, project: bytes) -> bytes:
    def replace(match: re.Match[bytes]) -> bytes:
        is_colour = len(match[1]) in (3, 6) and _COLOUR.search(text, max(0, match.start() - 40), match.start())
        return match[0] if is_colour else project + b"#" + match[1]

    return _ISSUE.sub(replace, text)
