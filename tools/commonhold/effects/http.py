"""HTTP that comes to an end: a socket's time limit begins anew with each byte, so that it never ends a trickle."""

from __future__ import annotations

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
"""Seconds to reach a server."""

SLOWEST = 50_000
"""Bytes a second, below which a line is as good as cut."""

_CHUNK = 2**16
_REDIRECTS = 5


class LateError(requests.Timeout):
    """An answer took too long as a whole."""


class TooLargeError(requests.RequestException):
    """An answer is longer than what was asked for can be."""


class BoundedAdapter(HTTPAdapter):
    """An adapter of requests: a server may be silent for ``silence`` seconds, and send ``largest`` bytes.

    Request and answer together may take ``longest`` seconds, and more by their length. Nothing is tried twice.
    """

    def __init__(self, silence: float, largest: int, longest: float | None = None) -> None:
        super().__init__(max_retries=0)
        self._silence = silence
        self._largest = largest
        self._longest = silence if longest is None else longest

    def send(self, request: Any, *arguments: Any, **named: Any) -> Any:
        """Send a request, and read its answer to the end. Raises ``requests.RequestException``."""
        settings = {**named, "stream": True, "timeout": (min(CONNECT, self._silence), self._silence)}
        length = int(request.headers.get("Content-Length") or 0)

        def exchange() -> Any:
            answer = super(BoundedAdapter, self).send(request, *arguments, **settings)
            # Whoever waits for this is to find the answer read, whatever was said about streaming.
            answer.raw = io.BytesIO(self._read(answer.raw, decode=not _is_verbatim(request)))
            return answer

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
    """Whether the bytes themselves are wanted: servers call a ``.tar.gz`` an encoding."""
    return bool(request.headers.get("Accept-Encoding") == "identity")


def mount_adapter(session: requests.Session, adapter: BoundedAdapter) -> None:
    """Let all of a session go through an adapter."""
    session.max_redirects = _REDIRECTS
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)


def with_deadline(seconds: float, action: Callable[[], T]) -> T:
    """What an action returns, or raises; ``LateError`` when that takes too long.

    The action is then left to itself, since no thread can be ended from outside: it ends with the process.
    """
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(action())
        except BaseException as error:  # noqa: BLE001 - it is raised again, where somebody waits
            errors.append(error)

    thread = threading.Thread(target=run, name="request", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise LateError(f"it took longer than {seconds:.0f} s")
    return answers[0]
