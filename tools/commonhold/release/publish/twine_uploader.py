"""The one place that sends files: twine's library, one try a call, with time limits."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import tarfile
import tempfile
import threading
import traceback
import zipfile
import zlib
from typing import TYPE_CHECKING, Protocol

from commonhold.errors import CommonholdError, ToolError
from commonhold.index.backoff import IndexResponse
from commonhold.release.publish.credentials import quiet_twine

if TYPE_CHECKING:
    from twine.package import PackageFile
    from twine.repository import Repository

    from commonhold.release.publish.credentials import Credentials

LONGEST_ANSWER = 2**20
"""An index's answer to an upload has no more bytes."""


class NoAnswerError(Exception):
    """The connection was not made, was cut, or hung: whether the index has the file is not known."""


class UnreadableError(Exception):
    """twine cannot read the file as a distribution."""


class Uploader(Protocol):
    """Sends files to one index. May be called by several threads."""

    def upload(self, name: str, data: bytes, attestations: tuple[str, ...] = ()) -> IndexResponse:
        """Send a file once, with the attestations in the files of these names.

        Raises ``NoAnswerError`` or ``UnreadableError``.
        """


class TwineUploader:
    """Uploads with twine. ``seconds`` is how long the index may take to answer."""

    def __init__(self, address: str, credentials: Credentials, seconds: float) -> None:
        quiet_twine()
        self._address = address
        self._credentials = credentials
        self._seconds = seconds
        self._of_thread = threading.local()

    def upload(self, name: str, data: bytes, attestations: tuple[str, ...] = ()) -> IndexResponse:
        # twine opens the file by its name twice. What it reads is a copy of the bytes that were checked, where nobody
        # else puts anything.
        with contextlib.ExitStack() as stack:
            try:
                path = os.path.join(stack.enter_context(tempfile.TemporaryDirectory(prefix="commonhold-")), name)
                with open(path, "wb") as file:
                    file.write(data)
            except OSError as error:
                raise ToolError(
                    f"{name} cannot be copied to {tempfile.gettempdir()}: {error.strerror}",
                    hint="Make room, or set TMPDIR, then go on with: commonhold release resume.",
                ) from error
            return self._send(_read(path, attestations))

    def _send(self, package: PackageFile) -> IndexResponse:
        import requests
        import urllib3

        try:
            # One redirect at most is one try: twine would repeat a 503 at once, without asking what became of it.
            response = self._repository().upload(package, max_redirects=1)
        except ToolError as error:  # no token for now
            raise NoAnswerError(error.message) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
            # Its text holds the address, and may hold more; its kind says enough.
            raise NoAnswerError(_kind(error)) from None
        except CommonholdError:
            raise
        except Exception:  # noqa: BLE001 - a bug, of which everything is told but what it may repeat
            raise RuntimeError(self._credentials.redact(traceback.format_exc())) from None
        headers = {key.lower(): value for key, value in response.headers.items()}
        # Before anything is cut off: half a secret is not known as one.
        words = _words(*map(self._credentials.redact, (response.reason or "", response.text)))
        return IndexResponse(response.status_code, words, headers)

    def _repository(self) -> Repository:
        repository: Repository | None = getattr(self._of_thread, "repository", None)
        if repository is None:
            from twine.repository import Repository

            from commonhold.effects.http import BoundedAdapter, mount_adapter

            repository = Repository(self._address, None, None, disable_progress_bar=True)
            repository.session.auth = self._credentials.auth
            mount_adapter(repository.session, BoundedAdapter(self._seconds, LONGEST_ANSWER))
            self._of_thread.repository = repository
        return repository


def _read(path: str, attestations: tuple[str, ...]) -> PackageFile:
    """A file as twine reads it. Raises ``UnreadableError``."""
    from twine.exceptions import TwineException
    from twine.package import PackageFile

    broken = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, ValueError, LookupError, NotImplementedError)
    try:
        package = PackageFile.from_filename(path, None)
        if attestations:
            package.add_attestations(list(attestations))
    except (TwineException, OSError, *broken) as error:
        folder = os.path.dirname(path) + os.sep
        raise UnreadableError(f"{type(error).__name__}: {error}".replace(folder, "")) from None
    return package


def _kind(error: Exception) -> str:
    return {
        "ConnectTimeout": "the index could not be reached in time",
        "ReadTimeout": "the index did not answer in time",
        "LateError": "the index did not answer in time",
        "TooLargeError": "the index does not stop answering",
        "SSLError": "the connection is not secure (TLS)",
    }.get(type(error).__name__, "the connection was cut")


def _words(reason: str, body: str) -> str:
    """What the index said, on one line: HTTP's reason, and the text of the page behind it."""
    text = re.sub(r"<(style|script|title).*?</\1>|<[^>]+>", " ", body, flags=re.DOTALL | re.IGNORECASE)
    words = " ".join(re.sub(r"[^\x20-\x7e]+", " ", f"{reason} {text}").split())
    return words[:300]
