"""Upload files with the twine library; each call makes one attempt, with a time limit."""

from __future__ import annotations

import contextlib
import os
import re
import tarfile
import threading
import traceback
import zipfile
import zlib
from typing import TYPE_CHECKING, Protocol

from commonhold.effects.machine import MachineError, room_hint, temporary_folder
from commonhold.effects.scratch import ScratchFolder
from commonhold.errors import CommonholdError, ToolError
from commonhold.index.backoff import IndexResponse
from commonhold.release.publish.credentials import quiet_twine

if TYPE_CHECKING:
    from twine.package import PackageFile
    from twine.repository import Repository

    from commonhold.release.publish.credentials import Credentials

MAX_RESPONSE_BYTES = 2**20
"""Size limit for the response to an upload."""


class NoAnswerError(Exception):
    """The connection failed, was closed, or timed out, so it is unknown whether the index has the file."""


class UnreadableError(Exception):
    """twine cannot read the file as a distribution."""


class Uploader(Protocol):
    """An uploader for one index. Several threads may call the uploader."""

    def upload(self, name: str, data: bytes, attestations: tuple[str, ...] = ()) -> IndexResponse:
        """Upload a file in a single attempt; ``attestations`` are the paths of its attestation files.

        Raises ``NoAnswerError`` or ``UnreadableError``.
        """


class TwineUploader:
    """An uploader that uses twine. ``seconds`` is the time limit for the index's response."""

    def __init__(self, address: str, credentials: Credentials, seconds: float) -> None:
        quiet_twine()
        self._address = address
        self._credentials = credentials
        self._seconds = seconds
        self._per_thread = threading.local()  # threads must not share a requests session

    def upload(self, name: str, data: bytes, attestations: tuple[str, ...] = ()) -> IndexResponse:
        # twine opens the file by name, twice. It gets a copy of the verified bytes in a private folder, so that the
        # file cannot change between the two reads.
        with contextlib.ExitStack() as stack:
            try:
                path = os.path.join(stack.enter_context(ScratchFolder("upload")).path, name)
                with open(path, "wb") as file:
                    file.write(data)
            except (OSError, MachineError) as error:
                raise MachineError(f"{name} cannot be copied: {error}", hint=room_hint(temporary_folder())) from error

            return self._send(_read_package(path, attestations))

    def _send(self, package: PackageFile) -> IndexResponse:
        from commonhold.effects.http import FAILURES

        try:
            # max_redirects=1 limits twine to one attempt: it would otherwise repeat the upload after a 503 at once,
            # although the index may already have the file.
            response = self._repository().upload(package, max_redirects=1)
        except ToolError as error:  # trusted publishing failed to get a token
            raise NoAnswerError(error.message) from None
        except FAILURES as error:
            # Only the error's type is shown, because its text contains the address, which may include credentials.
            raise NoAnswerError(_describe(error)) from None
        except CommonholdError:
            raise
        except Exception:  # noqa: BLE001 - a bug; its traceback is kept, without secrets
            raise RuntimeError(self._credentials.redact(traceback.format_exc())) from None
        headers = {key.lower(): value for key, value in response.headers.items()}
        # Secrets are redacted before the text is truncated, because a truncated secret would not be recognized.
        text = one_line(*map(self._credentials.redact, (response.reason or "", response.text)))
        is_page = "html" in headers.get("content-type", "") and bool(response.text.strip())
        return IndexResponse(response.status_code, text, headers, is_page=is_page)

    def _repository(self) -> Repository:
        repository: Repository | None = getattr(self._per_thread, "repository", None)
        if repository is None:
            from twine.repository import Repository

            from commonhold.effects.http import BoundedAdapter, mount_adapter

            repository = Repository(self._address, None, None, disable_progress_bar=True)
            repository.session.auth = self._credentials.auth
            mount_adapter(repository.session, BoundedAdapter(self._seconds, MAX_RESPONSE_BYTES))
            self._per_thread.repository = repository
        return repository


def _read_package(path: str, attestations: tuple[str, ...]) -> PackageFile:
    """Read a distribution with twine. Raises ``UnreadableError``."""
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


def _describe(error: Exception) -> str:
    return {
        "ConnectTimeout": "the index could not be reached in time",
        "ReadTimeout": "the index did not respond in time",
        "LateError": "the index did not respond in time",
        "TooLargeError": "the index's response is too large",
        "SSLError": "the connection is not secure (TLS)",
        "ValueError": "the index redirects to an address that is not a URL",
    }.get(type(error).__name__, "the connection was closed")


# Each pattern stops at the next "<", because searching a response for one that is never closed would take long.
_TAG = re.compile(r"<(/?)([a-z]*)[^<>]*>?", re.IGNORECASE)
_INVISIBLE = ("style", "script", "title")


def one_line(reason: str, body: str) -> str:
    """Return the index's explanation on one line: the HTTP reason, and the text of the response without HTML."""
    visible: list[str] = []
    start, inside = 0, ""
    for tag in _TAG.finditer(body):
        name = tag[2].lower()
        if not inside:
            visible.append(body[start : tag.start()])
            inside = name if name in _INVISIBLE and not tag[1] else ""
        elif tag[1] and name == inside:
            inside = ""
        start = tag.end()
    visible.append("" if inside else body[start:])
    line = " ".join(re.sub(r"[^\x20-\x7e]+", " ", " ".join((reason, *visible))).split())
    return line[:300]
