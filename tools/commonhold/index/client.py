"""Read a package index: the files from its simple API (PEP 503, PEP 691), and the owners from PyPI's JSON API."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.index.addresses import Address
    from commonhold.index.page import IndexFile, IndexPage

SILENCE = 30.0
"""The number of seconds without data after which a request fails."""

LONGEST = 120.0
"""The maximum number of seconds for a whole response, however slowly its bytes arrive."""

LARGEST = 2**26
"""The maximum size of a project's page in bytes."""

_NOT_FOUND = 404
_SERVER_ERRORS = 500


class IndexUnreachableError(ToolError):
    """The index does not respond, or responds as a package index never does: try again later."""


class IndexClient:
    """A client that reads one index.

    The client has no cache, because a release queries the index until its files appear.
    """

    def __init__(self, address: Address) -> None:
        from pypi_simple import PyPISimple

        from commonhold.effects.http import BoundedAdapter, mount_adapter

        self.address = address
        self._client = PyPISimple(address.simple)
        mount_adapter(self._client.s, BoundedAdapter(SILENCE, LARGEST, LONGEST))

    def files(self, name: str) -> tuple[IndexFile, ...] | None:
        """Return the files of a project; ``None`` if the project does not exist. Raises ``IndexUnreachableError``.

        A project without files counts as missing: some indexes show an empty page for every name.
        """
        page = self.page(name)
        return None if page is None else page.files or None

    def page(self, name: str) -> IndexPage | None:
        """Return a project's page; ``None`` if the project does not exist. Raises ``IndexUnreachableError``."""
        from commonhold.effects.http import FAILURES
        from commonhold.index.page import read_page

        url = self._client.get_project_url(name)
        # A cache between here and the index could return a page from before the last upload.
        headers = {"Accept": self._client.accept, "Cache-Control": "no-cache"}
        try:
            response = self._client.s.get(url, headers=headers)
            # Some indexes forward names that they don't know to PyPI, whose project belongs to somebody else.
            if response.status_code == _NOT_FOUND or urlsplit(response.url).netloc != urlsplit(url).netloc:
                return None
            response.raise_for_status()
            return read_page(response, name)
        except FAILURES as error:
            raise IndexUnreachableError(
                f"cannot read project {name} from the index: {_describe(error)}", hint="Try again later."
            ) from error

    def fetch(self, file: IndexFile, size: int) -> bytes | None:
        """Download a file; return ``None`` if it has more than ``size`` bytes. Raises ``IndexUnreachableError``."""
        import requests

        from commonhold.effects.http import FAILURES, SLOWEST, BoundedAdapter, TooLargeError, mount_adapter

        with requests.Session() as session:
            mount_adapter(session, BoundedAdapter(SILENCE, size, LONGEST + size / SLOWEST))
            try:
                response = session.get(file.url, headers={"Accept-Encoding": "identity", "Cache-Control": "no-cache"})
                response.raise_for_status()
                return bytes(response.content)
            except TooLargeError:
                return None
            except FAILURES as error:
                raise IndexUnreachableError(
                    f"cannot download {file.name} from the index: {_describe(error)}", hint="Try again later."
                ) from error

    def owners(self, name: str) -> frozenset[str] | None:
        """Return a project's owners (PyPI's JSON API, "ownership"); ``None`` if the index does not publish them.

        Raises ``IndexUnreachableError`` if the index does not respond. A missing response must not count as missing
        owners: another publisher's project could then be mistaken for a project of this repository.
        """
        import requests

        from commonhold.effects.http import FAILURES

        base = urlsplit(self.address.simple)
        url = urlunsplit((base.scheme, base.netloc, f"/pypi/{name}/json", "", ""))
        try:
            response = self._client.s.get(url)
            # Other statuses, such as 404, come from indexes without this API.
            if response.status_code == requests.codes.too_many_requests or response.status_code >= _SERVER_ERRORS:
                response.raise_for_status()
        except FAILURES as error:
            raise IndexUnreachableError(
                f"cannot read the owners of {name} from the index: {_describe(error)}", hint="Try again later."
            ) from error
        with contextlib.suppress(ValueError, AttributeError, TypeError, KeyError):
            ownership: Mapping[str, object] = response.json()["ownership"] if response.ok else {}
            roles = ownership.get("roles")
            users = {role["user"] for role in roles} if isinstance(roles, list) else set()
            organization = ownership.get("organization")
            found = frozenset({*users, organization} - {None, ""})
            return frozenset(map(str, found)) or None
        return None


def _describe(error: Exception) -> str:
    """Describe an error without its text, which contains the URL and therefore possibly credentials."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return f"HTTP {status}" if status else type(error).__name__
