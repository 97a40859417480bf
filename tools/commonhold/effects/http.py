"""Send HTTP requests with a total time limit and a size limit.

A socket's timeout restarts with each byte, so a server that sends one byte at a time never exceeds it.
"""

from __future__ import annotations

import http.client
import io
import threading
from typing import TYPE_CHECKING

import requests
import urllib3
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

CONNECT = 30.0
"""The maximum number of seconds for connecting to a server."""

SLOWEST = 50_000
"""The slowest accepted connection, in bytes per second."""

FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError)
"""The exceptions that a server can cause. A redirect to an address that is not a URL, for example, is a ValueError."""

_CHUNK = 2**16
_REDIRECTS = 5


class LateError(requests.Timeout):
    """The whole response took too long."""


class TooLargeError(requests.RequestException):
    """A response exceeds its size limit."""


class BoundedAdapter(HTTPAdapter):
    """An adapter for requests that limits the time and the size of a response.

    ``silence`` limits the seconds without data, and ``largest`` limits the bytes of a response. ``longest`` (default:
    ``silence``) limits the seconds for request and response together; a long request gets more time. The adapter does
    not retry.
    """

    def __init__(self, silence: float, largest: int, longest: float | None = None) -> None:
        super().__init__(max_retries=0)
        self._silence = silence
        self._largest = largest
        self._longest = silence if longest is None else longest

    def send(self, request: Any, *arguments: Any, **named: Any) -> Any:
        """Send a request and read the whole response. Raises ``requests.RequestException``."""
        settings = {**named, "stream": True, "timeout": (min(CONNECT, self._silence), self._silence)}
        length = int(request.headers.get("Content-Length") or 0)

        def exchange() -> Any:
            response = super(BoundedAdapter, self).send(request, *arguments, **settings)
            # Read the whole body before the deadline, even if the caller requested streaming.
            response.raw = io.BytesIO(self._read(response.raw, decode=not _is_verbatim(request)))
            return response

        return with_deadline(self._longest + length / SLOWEST, exchange)

    def _read(self, raw: Any, *, decode: bool) -> bytes:
        data = bytearray()
        try:
            for chunk in raw.stream(_CHUNK, decode_content=decode):
                data += chunk
                if len(data) > self._largest:
                    raise TooLargeError(f"more than {self._largest} bytes")
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError(error) from error
        except BaseException:
            raw.close()
            raise
        raw.release_conn()
        return bytes(data)


def _is_verbatim(request: Any) -> bool:
    """Return whether the response must not be decompressed; some servers declare a ``.tar.gz`` as gzip-encoded."""
    return bool(request.headers.get("Accept-Encoding") == "identity")


def mount_adapter(session: requests.Session, adapter: BoundedAdapter) -> None:
    """Make a session use an adapter for all its requests."""
    session.max_redirects = _REDIRECTS
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)


def with_deadline(seconds: float, action: Callable[[], T]) -> T:
    """Run an action and return its result. Raises the action's exception, or ``LateError`` after ``seconds``.

    A late action continues in its thread until the process ends, because Python cannot stop a thread.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(action())
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            errors.append(error)

    thread = threading.Thread(target=run, name="request", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise LateError(f"no response within {seconds:.0f} s")
    return results[0]
