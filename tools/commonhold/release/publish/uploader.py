"""The one place that sends files: twine's library, one try a call, with time limits."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import re
import tempfile
import threading

from commonhold.errors import ToolError
from commonhold.release.publish.retry import Answer
from commonhold.typed import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from twine.repository import Repository

    from commonhold.release.publish.credentials import Credentials

CONNECT = 30.0
"""Seconds to reach the index."""


class NoAnswerError(Exception):
    """The connection was not made, was cut, or hung: whether the index has the file is not known."""


class UnreadableError(Exception):
    """twine cannot read the file as a distribution."""


class Uploader(Protocol):
    """Sends files to one index. May be called by several threads."""

    def upload(self, name: str, data: bytes, attestations: tuple[str, ...] = ()) -> Answer:
        """Send a file once, with the attestations in the files of these names.

        Raises ``NoAnswerError`` or ``UnreadableError``.
        """


class TwineUploader:
    """Uploads with twine. ``seconds`` is how long the index may be silent."""

    def __init__(self, address: str, credentials: Credentials, seconds: float) -> None:
        import rich

        # twine tells what it does on stdout and by logging; here the reporter does, which knows more.
        rich.reconfigure(quiet=True)
        logger = logging.getLogger("twine")
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        self._address = address
        self._credentials = credentials
        self._seconds = seconds
        self._of_thread = threading.local()

    def upload(self, name: str, data: bytes, attestations: tuple[str, ...] = ()) -> Answer:
        import requests
        import urllib3
        from twine.exceptions import TwineException
        from twine.package import PackageFile

        # twine opens the file by its name twice. What it reads is a copy of the bytes that were checked, where nobody
        # else puts anything.
        with tempfile.TemporaryDirectory(prefix="commonhold-") as folder:
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(data)
            try:
                package = PackageFile.from_filename(path, None)
                if attestations:
                    package.add_attestations(list(attestations))
            except (TwineException, OSError, ValueError, KeyError) as error:
                raise UnreadableError(f"{type(error).__name__}: {error}".replace(folder + os.sep, "")) from None
            try:
                # One redirect at most is one try: twine would repeat a 503 at once, without asking what became of it.
                response = self._repository().upload(package, max_redirects=1)
            except ToolError as error:  # no token for now
                raise NoAnswerError(error.message) from None
            except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
                # Its text holds the address, and may hold more; its kind says enough.
                raise NoAnswerError(_kind(error)) from None
            with contextlib.closing(response):
                headers = {key.lower(): value for key, value in response.headers.items()}
                words = self._credentials.redact(_words(response.reason, response.text))
                return Answer(response.status_code, words, headers)

    def _repository(self) -> Repository:
        repository: Repository | None = getattr(self._of_thread, "repository", None)
        if repository is None:
            from twine.repository import Repository

            repository = Repository(self._address, None, None, disable_progress_bar=True)
            repository.session.auth = self._credentials.auth
            adapter = _limited(self._seconds)
            repository.session.mount("http://", adapter)
            repository.session.mount("https://", adapter)
            self._of_thread.repository = repository
        return repository


def _limited(seconds: float) -> Any:
    """An adapter of requests that neither retries nor waits for ever."""
    from requests.adapters import HTTPAdapter

    class Limited(HTTPAdapter):
        def send(self, request: Any, *arguments: Any, **named: Any) -> Any:
            settings: Mapping[str, Any] = {**named, "timeout": (min(CONNECT, seconds), seconds)}
            return super().send(request, *arguments, **settings)

    return Limited(max_retries=0)


def _kind(error: Exception) -> str:
    return {
        "ConnectTimeout": "the index could not be reached in time",
        "ReadTimeout": "the index did not answer in time",
        "SSLError": "the connection is not secure (TLS)",
    }.get(type(error).__name__, "the connection was cut")


def _words(reason: str | None, body: str) -> str:
    """What the index said, on one line: HTTP's reason, and the text of the page behind it."""
    text = re.sub(r"<(style|script|title).*?</\1>|<[^>]+>", " ", body, flags=re.DOTALL | re.IGNORECASE)
    words = " ".join(re.sub(r"[^\x20-\x7e]+", " ", f"{reason or ''} {text}").split())
    return words[:300]
