"""What a package index has: read from its simple pages (PEP 503, PEP 691) with pypi-simple."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypi_simple import ProjectPage

SECONDS = 30.0
"""How long an index may be silent when it is asked."""

LONGEST = 120.0
"""How long it may take to answer in all, however slowly it speaks."""

LARGEST = 2**26
"""The page of a project has no more bytes."""

_BROKEN = 500
"""From here on, HTTP's statuses tell of the server, and not of what was asked."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


WAREHOUSES = ("pypi", "testpypi")
"""The indexes that have a name."""


class IndexUnreachableError(ToolError):
    """The index does not answer, or not as an index does: try again later."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index takes files (``upload``) and where it shows them (``simple``); both end with a slash."""

    upload: str
    simple: str


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file as an index shows it: its SHA-256 in hexadecimal, if the index tells, and where it is handed out."""

    name: str
    version: str | None
    sha256: str | None
    yanked: bool = False
    url: str = ""


class IndexClient:
    """An index that is read. Answers are not kept: the next may be another."""

    def __init__(self, address: Address) -> None:
        from pypi_simple import PyPISimple

        from commonhold.effects.http import BoundedAdapter, mount_adapter

        self.address = address
        self._client = PyPISimple(address.simple)
        mount_adapter(self._client.s, BoundedAdapter(SECONDS, LARGEST, LONGEST))

    def files(self, name: str) -> tuple[IndexFile, ...] | None:
        """The files of a project; ``None`` when the index has no such project. Raises ``IndexUnreachableError``."""
        from pypi_simple import NoSuchProjectError

        try:
            page = self._page(name)
        except NoSuchProjectError:
            return None
        except Exception as error:  # a page that is none fails as its parser likes
            raise IndexUnreachableError(
                f"the index does not tell about {name}: {_kind(error)}", hint="Try again later."
            ) from error
        return tuple(
            IndexFile(
                package.filename,
                package.version,
                _digest(package.digests),
                bool(package.is_yanked),
                package.url,
            )
            for package in page.packages
        )

    def _page(self, name: str) -> ProjectPage:
        # The newest answer, not one that a cache on the way kept.
        return self._client.get_project_page(name, headers={"Cache-Control": "no-cache"})

    def fetch(self, file: IndexFile, size: int) -> bytes | None:
        """What the index hands out as a file; ``None`` when that is longer than ``size`` bytes.

        Raises ``IndexUnreachableError``.
        """
        import requests

        from commonhold.effects.http import SLOWEST, BoundedAdapter, TooLargeError, mount_adapter

        with requests.Session() as session:
            mount_adapter(session, BoundedAdapter(SECONDS, size, LONGEST + size / SLOWEST))
            try:
                answer = session.get(file.url, headers={"Accept-Encoding": "identity", "Cache-Control": "no-cache"})
                answer.raise_for_status()
                return bytes(answer.content)
            except TooLargeError:
                return None
            except (requests.RequestException, ValueError) as error:
                raise IndexUnreachableError(
                    f"the index does not hand out {file.name}: {_kind(error)}", hint="Try again later."
                ) from error

    def owners(self, name: str) -> frozenset[str] | None:
        """Who owns a project, where the index tells that (PyPI's JSON API, "ownership"); ``None`` where not.

        Raises ``IndexUnreachableError`` when it does not answer: a stranger's project is not to pass for one of ours.
        """
        import requests

        base = urlsplit(self.address.simple)
        place = urlunsplit((base.scheme, base.netloc, f"/pypi/{name}/json", "", ""))
        try:
            answer = self._client.s.get(place)
            if answer.status_code == requests.codes.too_many_requests or answer.status_code >= _BROKEN:
                answer.raise_for_status()
        except requests.RequestException as error:
            raise IndexUnreachableError(
                f"the index does not tell who owns {name}: {_kind(error)}", hint="Try again later."
            ) from error
        with contextlib.suppress(ValueError, AttributeError, TypeError, KeyError):
            ownership: Mapping[str, object] = answer.json()["ownership"] if answer.ok else {}
            roles = ownership.get("roles")
            users = {role["user"] for role in roles} if isinstance(roles, list) else set()
            organization = ownership.get("organization")
            found = frozenset({*users, organization} - {None, ""})
            return frozenset(map(str, found)) or None
        return None


def _digest(digests: Mapping[str, str] | None) -> str | None:
    """The SHA-256 among the digests of a file, if it is one: an index can write anything there."""
    found = (digests or {}).get("sha256", "").lower()
    return found if _SHA256.fullmatch(found) else None


def _kind(error: Exception) -> str:
    """What went wrong, without the address: it may hold what nobody is to see."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return f"HTTP status {status}" if status else type(error).__name__


def find_index(word: str, simple: str | None = None) -> Address:
    """The index that ``pypi``, ``testpypi`` or an address means; ``simple`` tells where another one is read.

    Without it, that is ``simple/`` below the address. Raises ``UsageError``.
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


def index_options(address: Address) -> tuple[str, ...]:
    """The options of a command that name an index again; none for PyPI, where a release goes without."""
    word = next((word for word in WAREHOUSES if find_index(word).upload == address.upload), address.upload)
    simple = () if find_index(word) == address else ("--simple", address.simple)
    return (*(() if word == "pypi" else ("--to", word)), *simple)


def _check(address: str) -> None:
    """Raise ``UsageError`` for what is no address, or tells more than where something is."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.username is not None:
        raise UsageError(
            f"the address of {parts.hostname} holds credentials, which journals and logs would keep",
            hint="Leave them out. What uploads is found in TWINE_USERNAME and TWINE_PASSWORD, or in the keyring; "
            "what reads, in ~/.netrc.",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{address} is no index", hint="Name pypi, testpypi, or an address that begins with http.")
