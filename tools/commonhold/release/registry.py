"""What a package index has: read from its simple pages (PEP 503, PEP 691) with pypi-simple."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit, urlunsplit

from commonhold.errors import ToolError, UsageError
from commonhold.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 30.0
"""How long an index may take to answer a question."""


class IndexUnreachableError(ToolError):
    """The index does not answer, or not as an index does: try again later."""


class Address(NamedTuple):
    """Where an index takes files (``upload``) and where it shows them (``simple``); both end with a slash."""

    upload: str
    simple: str


class Served(NamedTuple):
    """One file as an index shows it: its SHA-256 in hexadecimal, if the index tells."""

    name: str
    version: str | None
    sha256: str | None
    yanked: bool = False


class Registry:
    """An index that is read. Answers are not kept: the next may be another."""

    def __init__(self, address: Address) -> None:
        from pypi_simple import PyPISimple

        self.address = address
        self._client = PyPISimple(address.simple)

    def files(self, name: str) -> tuple[Served, ...] | None:
        """The files of a project; ``None`` when the index has no such project. Raises ``IndexUnreachableError``."""
        from pypi_simple import NoSuchProjectError, UnsupportedContentTypeError, UnsupportedRepoVersionError
        from requests import RequestException

        try:
            # The newest answer, not one that a cache on the way kept.
            page = self._client.get_project_page(name, timeout=SECONDS, headers={"Cache-Control": "no-cache"})
        except NoSuchProjectError:
            return None
        except (RequestException, UnsupportedContentTypeError, UnsupportedRepoVersionError, ValueError) as error:
            raise IndexUnreachableError(
                f"the index does not tell about {name}: {type(error).__name__}", hint="Try again later."
            ) from error
        return tuple(
            Served(package.filename, package.version, (package.digests or {}).get("sha256"), bool(package.is_yanked))
            for package in page.packages
        )

    def owners(self, name: str) -> frozenset[str] | None:
        """Who owns a project, where the index tells that (PyPI's JSON API, "ownership"); ``None`` where not."""
        import requests

        base = urlsplit(self.address.simple)
        place = urlunsplit((base.scheme, base.netloc, f"/pypi/{name}/json", "", ""))
        with contextlib.suppress(requests.RequestException, ValueError, AttributeError, TypeError, KeyError):
            answer = requests.get(place, timeout=SECONDS)
            ownership: Mapping[str, object] = answer.json()["ownership"] if answer.ok else {}
            roles = ownership.get("roles")
            users = {role["user"] for role in roles} if isinstance(roles, list) else set()
            organization = ownership.get("organization")
            found = frozenset({*users, organization} - {None, ""})
            return frozenset(map(str, found)) or None
        return None


def find_index(word: str, simple: str | None = None) -> Address:
    """The index that ``pypi``, ``testpypi`` or an address means; ``simple`` tells where another one is read.

    Without it, that is ``simple/`` below the address. Raises ``UsageError``.
    """
    from pypi_simple import PYPI_SIMPLE_ENDPOINT
    from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

    if word == "pypi":
        return Address(DEFAULT_REPOSITORY, simple or PYPI_SIMPLE_ENDPOINT)
    if word == "testpypi":
        base = urlsplit(TEST_REPOSITORY)
        return Address(TEST_REPOSITORY, simple or urlunsplit((base.scheme, base.netloc, "/simple/", "", "")))
    parts = urlsplit(word)
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"{word} is no index", hint="Name pypi, testpypi, or an address that begins with http.")
    if parts.username is not None:
        raise UsageError(
            f"the address of {parts.hostname} holds credentials, which plans and logs would keep",
            hint="Leave them out; give them as TWINE_USERNAME and TWINE_PASSWORD, or to the keyring.",
        )
    upload = word if word.endswith("/") else f"{word}/"
    return Address(upload, simple or f"{upload}simple/")
