"""Read the files of a plugin index from its base URL or from a folder, with limits for their size and time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.catalog.documents.text_checks import check_url
from commonhold.catalog.untrusted_text import hide_credentials
from commonhold.effects.files import read_untrusted
from commonhold.errors import CommonholdError, ToolError, UsageError
from commonhold.text import printable

if TYPE_CHECKING:
    from typing import Protocol

    class Origin(Protocol):
        """A source of files by path or URL."""

        name: str

        def read(self, path: str, limit: int) -> bytes | None:
            """Return the file at a path below the base URL; ``None`` if it does not exist. Raises ``ToolError``."""

        def fetch(self, url: str, limit: int) -> bytes:
            """Download a file from its URL. Raises ``ToolError``."""


_MISSING = (404, 410)


def open_origin(source: str) -> Origin:
    """Return the plugin index at a URL or in a folder. Raises ``UsageError``."""
    if os.path.isdir(source):
        return _FolderOrigin(source)
    url = source if source.endswith("/") else f"{source}/"
    try:
        check_url(url)
    except ValueError as error:
        raise UsageError(
            f"{hide_credentials(source)} is neither a folder nor the URL of a plugin index: {error}",
            hint="Pass the base URL, below which is index/v1/index.json, or a folder.",
        ) from error
    return _WebOrigin(url)


def _download(url: str, limit: int) -> bytes | None:
    """Return the content of a URL; ``None`` if it does not exist. Credentials come from netrc."""
    import requests

    from commonhold.effects.http import FAILURES, SLOWEST, BoundedAdapter, TooLargeError, mount_adapter

    with requests.Session() as session:
        mount_adapter(session, BoundedAdapter(30.0, limit, 120.0 + limit / SLOWEST))
        try:
            response = session.get(url, headers={"Accept-Encoding": "identity"})
            if response.status_code in _MISSING:
                return None
            response.raise_for_status()
            return bytes(response.content)
        except TooLargeError as error:
            raise ToolError(f"{printable(url)} has more than {limit:,} bytes") from error
        except FAILURES as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            reason = f"HTTP {status}" if status else type(error).__name__
            raise ToolError(f"{printable(url)} cannot be downloaded: {reason}", hint="Try again later.") from error


class _WebOrigin:
    def __init__(self, base: str) -> None:
        self.name = base

    def read(self, path: str, limit: int) -> bytes | None:
        return _download(self.name + path, limit)

    def fetch(self, url: str, limit: int) -> bytes:
        return _required(url, limit)


class _FolderOrigin:
    def __init__(self, folder: str) -> None:
        self.name = folder

    def read(self, path: str, limit: int) -> bytes | None:
        try:
            return read_untrusted(os.path.join(self.name, path), limit)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ToolError(f"{path} cannot be read: {error.strerror}") from error

    def fetch(self, url: str, limit: int) -> bytes:
        if not url.startswith("file:"):
            return _required(url, limit)
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        path = url2pathname(urlsplit(url).path)
        try:
            return read_untrusted(path, limit, links=True)
        except (OSError, CommonholdError) as error:
            raise ToolError(f"{printable(path)} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _required(url: str, limit: int) -> bytes:
    data = _download(url, limit)
    if data is None:
        raise ToolError(f"{printable(url)} does not exist any more")
    return data
