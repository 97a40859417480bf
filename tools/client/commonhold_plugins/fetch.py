"""Read documents from servers, with limits on the size, the time and the redirects of a whole response."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from commonhold_plugins.decoding import LARGEST
from commonhold_plugins.errors import ClientError, MissingError, UnavailableError
from commonhold_plugins.urls import local_path, shown_url, url_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import requests

CONNECT_SECONDS = 15.0
SILENT_SECONDS = 30.0
TOTAL_SECONDS = 120.0
MOST_REDIRECTS = 5
_CHUNK = 2**16
_LONGEST_ETAG = 500
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MISSING = frozenset({404, 410})
_UNAUTHORIZED = frozenset({401, 403})


@dataclass(frozen=True)
class Fetched:
    """A response: its bytes (``None`` if nothing changed), and the ETag that makes the next request short."""

    data: bytes | None
    etag: str | None = None


class Fetcher:
    """Reads documents. ``redirects`` are other hosts to which a server may redirect; the same host always may.

    Credentials come from netrc, or from keyring if it is installed and the server asks for them.
    """

    def __init__(self, redirects: Collection[str] = ()) -> None:
        self._allowed = frozenset(redirects)
        self._session: requests.Session | None = None

    def fetch(self, url: str, etag: str | None = None, largest: int = LARGEST) -> Fetched:
        """Read a URL; with ``etag``, only if the document has changed. Raises ``UnavailableError``."""
        problem = url_problem(url, local=True)
        if problem is not None:
            raise UnavailableError(f"cannot read {shown_url(url)}: the URL {problem}")
        if url.startswith("file:"):
            return _read_file(url, largest)
        try:
            return _with_deadline(TOTAL_SECONDS, lambda: self._follow(url, etag, largest), url)
        except UnavailableError:
            self._session = None  # a late request may still use it
            raise

    def fetch_root(self, url: str, etag: str | None = None) -> Fetched:
        """Read ``index.json``, whose path contains the schema: an old client does not find a newer plugin index."""
        try:
            return self.fetch(url, etag)
        except MissingError as error:
            error.hint = (
                "If this is the right URL, the plugin index may need a newer client: "
                "pip install --upgrade commonhold-plugins"
            )
            raise

    def _follow(self, url: str, etag: str | None, largest: int) -> Fetched:
        import requests
        import urllib3

        try:
            for _ in range(MOST_REDIRECTS):
                response = self._request(url, etag)
                with response:
                    if response.status_code in _REDIRECTS:
                        url = self._redirected(url, response.headers.get("Location", ""))
                        continue
                    return _read_response(response, url, etag, largest)
        # A server can cause ValueError, too: for example, with a redirect to something that is not a URL.
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise UnavailableError(f"cannot read {shown_url(url)}: {_cause(error)}") from error
        raise UnavailableError(f"cannot read {shown_url(url)}: more than {MOST_REDIRECTS} redirects")

    def _request(self, url: str, etag: str | None) -> requests.Response:
        session = self._open()
        headers = {"Accept": "application/json, */*;q=0.1", "Cache-Control": "no-cache"}
        if etag:
            headers["If-None-Match"] = etag
        options: dict[str, Any] = {
            "headers": headers,
            "stream": True,
            "allow_redirects": False,
            "timeout": (CONNECT_SECONDS, SILENT_SECONDS),
        }
        response = session.get(url, **options)
        if response.status_code in _UNAUTHORIZED and (credentials := _from_keyring(url)):
            response.close()
            response = session.get(url, auth=credentials, **options)
        return response

    def _open(self) -> requests.Session:
        if self._session is None:
            import requests

            from commonhold_plugins import __version__

            self._session = requests.Session()
            self._session.headers["User-Agent"] = f"commonhold-plugins/{__version__}"
        return self._session

    def _redirected(self, url: str, location: str) -> str:
        target = urljoin(url, location)
        problem = url_problem(target)
        if problem is not None:
            raise UnavailableError(f"cannot read {shown_url(url)}: it redirects to a URL that {problem}")
        before, after = urlsplit(url), urlsplit(target)
        if before.netloc != after.netloc and after.netloc not in self._allowed:
            message = f"cannot read {shown_url(url)}: it redirects to another host, {after.netloc}"
            hint = f"If the plugin index has moved, use its new URL. To allow this redirect, add {after.netloc} to "
            raise UnavailableError(message, hint=f'{hint}"redirects" in the configuration file.')
        if before.scheme == "https" and after.scheme != "https":
            raise UnavailableError(f"cannot read {shown_url(url)}: it redirects to a URL that is not encrypted")
        return target


def _read_response(response: requests.Response, url: str, etag: str | None, largest: int) -> Fetched:
    if response.status_code == 304 and etag:
        return Fetched(None, etag)
    if response.status_code in _MISSING:
        raise MissingError(f"cannot read {shown_url(url)}: HTTP status {response.status_code}")
    if response.status_code != 200:
        hint = "Store credentials in ~/.netrc or in the keyring." if response.status_code in _UNAUTHORIZED else None
        raise UnavailableError(f"cannot read {shown_url(url)}: HTTP status {response.status_code}", hint=hint)
    data = bytearray()
    for chunk in response.iter_content(_CHUNK):
        data += chunk
        if len(data) > largest:
            raise UnavailableError(f"cannot read {shown_url(url)}: it is larger than {largest} bytes")
    tag = response.headers.get("ETag", "")
    return Fetched(bytes(data), tag if tag.isascii() and tag.isprintable() and 0 < len(tag) <= _LONGEST_ETAG else None)


def _read_file(url: str, largest: int) -> Fetched:
    path = local_path(url)
    try:
        with open(path, "rb") as file:
            data = file.read(largest + 1)
    except FileNotFoundError as error:
        raise MissingError(f"cannot read {path}: {error.strerror}") from error
    except OSError as error:
        raise UnavailableError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > largest:
        raise UnavailableError(f"cannot read {path}: it is larger than {largest} bytes")
    return Fetched(data)


def _with_deadline(seconds: float, action: Callable[[], Fetched], url: str) -> Fetched:
    # A socket's time limit restarts with each byte, so a server that sends one byte at a time never exceeds it. A late
    # request continues in its thread until the process ends, because Python cannot stop a thread.
    results: list[Fetched] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(action())
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            errors.append(error)

    thread = threading.Thread(target=run, name="fetch", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise UnavailableError(f"cannot read {shown_url(url)}: no complete response within {seconds:.0f} s")
    return results[0]


def _from_keyring(url: str) -> tuple[str, str] | None:
    try:
        import keyring
    except ImportError:
        return None
    parts = urlsplit(url)
    try:
        found = keyring.get_credential(f"{parts.scheme}://{parts.netloc}", None)
    except Exception:  # noqa: BLE001 - a keyring's backend may raise anything, and works as if it were empty
        return None
    return (found.username, found.password) if found else None


def _cause(error: Exception) -> str:
    """Describe an error without its text, which may contain the URL of a proxy, with credentials."""
    import requests

    if isinstance(error, ClientError):
        return error.message
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate cannot be verified"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refused the connection"
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ReadTimeout)):
        return "the server does not respond"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "no connection to the server"
    return type(error).__name__
