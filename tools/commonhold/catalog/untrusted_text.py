"""Make texts from metadata safe to publish: without control characters, and not too long."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

MAX_LINE = 500
"""The maximum number of characters of a text that is shown in one line."""

MAX_TEXT = 1 << 20
"""The maximum number of characters of a longer text, such as a readme."""

_MAX_URL = 2000
# Line separators that not every program knows.
_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters, surrogates, and characters that change the direction of the text around them: these make a reader
# see another text than a program.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def clean_line(text: str, limit: int = MAX_LINE) -> str:
    r"""Return a text as one line; the word that exceeds the limit is replaced by an ellipsis.

    >>> clean_line("Runs\n  \x1b[31mtasks")
    'Runs [31mtasks'
    """
    line = " ".join(_HIDDEN.sub("", _LINE_ENDS.sub(" ", text[: limit * 4])).split())
    if len(line) <= limit:
        return line
    return f"{line[:limit].rpartition(' ')[0] or line[: limit - 1]}…"


def clean_text(text: str) -> str:
    """Return a text with several lines, without control characters."""
    return _HIDDEN.sub("", _LINE_ENDS.sub("\n", text[:MAX_TEXT]))


def clean_url(text: str) -> str | None:
    """Return a link without its fragment; ``None`` if it is not an HTTPS link, or if it contains credentials."""
    url = text.strip()
    if len(url) > _MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return None
    return urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, "")) if is_valid else None
