"""Check URLs in documents: HTTPS, without credentials; HTTP only to this machine; files only in a local index."""

from __future__ import annotations

import os
import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

from commonhold_plugins.errors import WrongUsageError
from commonhold_plugins.text import quoted

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PLAIN = re.compile(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+", re.ASCII)  # RFC 3986
_LONGEST = 2000
_PART = re.compile(r"(?!\.{1,2}(/|$))[A-Za-z0-9._+!~-]+", re.ASCII)
_GIT = re.compile(r"git\+(?P<url>[^@#]+)@(?P<commit>[0-9a-f]{40})(#subdirectory=(?P<folder>[^#&]+))?", re.ASCII)


def url_problem(text: str, *, local: bool = False) -> str | None:
    """Return what is wrong with a URL, or ``None``; ``local`` allows ``file:`` URLs."""
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
        return "is not a URL"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises ValueError for a port that is not a number
    except ValueError:
        return "is not a URL"
    if parts.scheme == "file":
        return _file_problem(parts) if local else "is a file: URL, which only a local plugin index may contain"
    if not text.startswith(("https:", "http:")) or not parts.hostname:
        return "is not an https: URL"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return "is not encrypted: the URL must begin with https:"
    if "@" in parts.netloc:
        return "contains credentials"
    return "contains a fragment" if "#" in text else None


def _file_problem(parts: SplitResult) -> str | None:
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        return "is not an absolute file: URL"
    return "has a query or a fragment" if parts.query or parts.fragment else None


def git_problem(text: str, *, local: bool = False) -> str | None:
    """Return what is wrong with the requirement of a nightly release, or ``None``."""
    match = _GIT.fullmatch(text)
    if match is None:
        return "is not git+https://...@COMMIT#subdirectory=..."
    if match["folder"] and (match["folder"].startswith("-") or not is_path(match["folder"])):
        return "names a subdirectory that is not a relative path"
    return url_problem(match["url"], local=local)


def is_path(text: str) -> bool:
    """Whether text is a path below the base URL of a plugin index: relative, without ``..``.

    >>> is_path("index/v1/1.16/official.json"), is_path("../x"), is_path("/x"), is_path("a//b")
    (True, False, False, False)
    """
    return len(text) <= _LONGEST and all(_PART.fullmatch(part) for part in text.split("/"))


def shown_url(url: str) -> str:
    """Return a URL for messages: without credentials, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(a malformed URL)"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def base_url(text: str) -> str:
    """Return the base URL of a plugin index as a user writes it: a URL, or a local folder.

    Raises ``WrongUsageError``. Credentials belong in netrc or keyring, because a URL is stored and shown.
    """
    if "://" not in text and os.path.isdir(text):
        return f"file://{quote(os.path.abspath(text))}/"
    problem = url_problem(text, local=True) if "://" in text else "is neither a URL nor a folder"
    if problem is None and "?" in text:
        problem = "has a query"
    if problem is not None:
        shown = shown_url(text) if "://" in text else text
        hint = "Store credentials in ~/.netrc or in the keyring." if "credentials" in problem else None
        hint = hint or "Give the base URL of a plugin index, such as https://example.org/plugins/, or a folder."
        raise WrongUsageError(f"{quoted(shown, 200)} {problem}", hint=hint)
    return f"{text.rstrip('/')}/"


def local_path(url: str) -> str:
    """Return the path of a ``file:`` URL."""
    return unquote(urlsplit(url).path)
