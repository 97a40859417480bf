"""Make texts from metadata safe to publish: without control characters, and not too long."""

from __future__ import annotations

import re

from commonhold.catalog.documents.text_checks import UNSAFE, check_url
from commonhold.text import printable

MAX_LINE = 500
"""The maximum number of characters of a text that is shown in one line."""

MAX_TEXT = 1 << 20
"""The maximum number of characters of a longer text, such as a readme."""

_CREDENTIALS = re.compile(r"(?<=://)[^/@]+@")
# Line separators that not every program knows.
_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")


def clean_line(text: str, limit: int = MAX_LINE) -> str:
    r"""Return a text as one line; the word that exceeds the limit is replaced by an ellipsis.

    >>> clean_line("Runs\n  \x1b[31mtasks")
    'Runs [31mtasks'
    """
    line = " ".join(UNSAFE.sub("", _LINE_ENDS.sub(" ", text[: limit * 4])).split())
    if len(line) <= limit:
        return line
    return f"{line[:limit].rpartition(' ')[0] or line[: limit - 1]}…"


def clean_text(text: str) -> str:
    """Return a text with several lines, without control characters."""
    return UNSAFE.sub("", _LINE_ENDS.sub("\n", text[:MAX_TEXT]))


def clean_url(text: str) -> str | None:
    """Return a link without its fragment; ``None`` if a plugin index must not contain the link."""
    url = text.strip().partition("#")[0]
    try:
        check_url(url)
    except ValueError:
        return None
    return url


def hide_credentials(text: str) -> str:
    """Return a text for messages, without the credentials of a URL and with control characters escaped.

    >>> hide_credentials("https://me:secret@example.org/")
    'https://example.org/'
    """
    return _CREDENTIALS.sub("", printable(text))
