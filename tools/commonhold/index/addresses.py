"""The URLs of package indexes, for uploading and for reading."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from commonhold.errors import UsageError

NAMED_INDEXES = ("pypi", "testpypi")
"""The names that stand for an index on the command line."""


@dataclass(frozen=True, slots=True)
class Address:
    """The two URLs of an index: ``upload`` accepts files, ``simple`` lists them. Both URLs end with a slash."""

    upload: str
    simple: str


def find_index(word: str, simple: str | None = None) -> Address:
    """Return the index that ``pypi``, ``testpypi`` or an upload URL names.

    ``simple`` is the URL of its simple API, by default ``simple/`` below the upload URL. Raises ``UsageError``.
    """
    from pypi_simple import PYPI_SIMPLE_ENDPOINT
    from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

    if simple is not None:
        _check(simple)
        simple = f"{simple.rstrip('/')}/"
    if word == "pypi":
        return Address(DEFAULT_REPOSITORY, simple or PYPI_SIMPLE_ENDPOINT)
    if word == "testpypi":
        base = urlsplit(TEST_REPOSITORY)
        return Address(TEST_REPOSITORY, simple or urlunsplit((base.scheme, base.netloc, "/simple/", "", "")))
    _check(word)
    upload = word if word.endswith("/") else f"{word}/"
    return Address(upload, simple or f"{upload}simple/")


def read_address(simple: str | None) -> Address:
    """Return an index that is only read, by the URL of its simple API; by default PyPI. Raises ``UsageError``."""
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    if simple is not None:
        _check(simple)
    url = f"{(simple or PYPI_SIMPLE_ENDPOINT).rstrip('/')}/"
    return Address(url, url)


def index_options(address: Address) -> tuple[str, ...]:
    """Return the command-line options that select this index; no options for PyPI, the default."""
    word = next((word for word in NAMED_INDEXES if find_index(word).upload == address.upload), address.upload)
    simple = () if find_index(word) == address else ("--simple", address.simple)
    return (*(() if word == "pypi" else ("--to", word)), *simple)


def _check(address: str) -> None:
    """Raise ``UsageError`` if the text is not a URL, or if the URL contains credentials."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.username is not None:
        raise UsageError(
            f"the address of {parts.hostname} contains credentials, which the journal and the logs would record",
            hint="Remove them. For uploads, set TWINE_USERNAME and TWINE_PASSWORD or use the keyring; "
            "for reading, use ~/.netrc.",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{address} is not a package index", hint="Use pypi, testpypi, or an HTTP URL.")
