"""Send requests to GitHub's REST API, record the exchanges, and replay recorded ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec

from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

API = "https://api.github.com"
"""The address of GitHub's API; GitHub Enterprise Server has its own (``GITHUB_API_URL``)."""

VERSION = "2022-11-28"
"""The version of the REST API (header ``X-GitHub-Api-Version``)."""

SILENCE = 30.0
"""The number of seconds without data after which a request fails."""

LONGEST = 90.0
"""The maximum number of seconds for a whole response."""

LARGEST = 2**27
"""The maximum size of a response in bytes; a page of the longest comments may have 80 MB, if GitHub escapes them."""

_LAST_YEAR = 9000
"""The last year of a recording: periods are added to its time, and Python knows no year after 9999."""

_HEADERS = ("link", "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


class GitHubUnreachableError(ToolError):
    """GitHub does not respond, or responds with something that is not its API: try again later."""


class Request(msgspec.Struct, frozen=True):
    """One request; ``path`` begins with ``/`` and contains the query, and ``body`` is the JSON document to send."""

    method: str
    path: str
    body: msgspec.Raw | None = None


class Response(msgspec.Struct, frozen=True):
    """A response: the HTTP status, the headers that the client uses (in lower case), and the body."""

    status: int
    headers: dict[str, str]
    body: str


class Exchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request with its response. It contains no token."""

    request: Request
    response: Response


class Transport(Protocol):
    """A way to get a response for a request."""

    def send(self, request: Request) -> Response:
        """Return the response. Raises ``GitHubUnreachableError``."""


class HttpTransport:
    """A transport over HTTP. It follows no redirects, so the token is sent to one address only."""

    def __init__(self, address: str, token: str | None) -> None:
        import requests

        from commonhold.effects.http import BoundedAdapter, mount_adapter

        self._address = address.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = token is None  # a .netrc would replace the token
        self._session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION})
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        mount_adapter(self._session, BoundedAdapter(SILENCE, LARGEST, LONGEST))

    def send(self, request: Request) -> Response:
        """Send a request and read the whole response. Raises ``GitHubUnreachableError``."""
        from commonhold.effects.http import FAILURES

        body = None if request.body is None else bytes(request.body)
        try:
            response = self._session.request(
                request.method, f"{self._address}{request.path}", data=body, allow_redirects=False
            )
            text = response.content.decode("utf-8")
        except FAILURES as error:  # the texts of these errors contain addresses
            where = request.path.partition("?")[0]
            raise GitHubUnreachableError(
                f"cannot read {where} from GitHub: {type(error).__name__}", hint="Try again later."
            ) from error
        return Response(
            response.status_code, {name: response.headers[name] for name in _HEADERS if name in response.headers}, text
        )


@dataclass(slots=True)
class Recorder:
    """A transport that keeps the exchanges of another one."""

    transport: Transport
    exchanges: list[Exchange] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        """Send the request through the other transport."""
        response = self.transport.send(request)
        self.exchanges.append(Exchange(request, response))
        return response


class RecordedTransport:
    """A transport that answers with recorded exchanges.

    A request that was sent several times gets its responses in the recorded order. Raises ``UsageError`` for a request
    that was not recorded.
    """

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._responses: dict[tuple[str, str], list[Response]] = {}
        for each in exchanges:
            self._responses.setdefault((each.request.method, each.request.path), []).append(each.response)

    def send(self, request: Request) -> Response:
        """Return the next recorded response to the request."""
        responses = self._responses.get((request.method, request.path))
        if not responses:
            raise UsageError(
                f"the recording has no response for {request.method} {request.path}",
                hint="Record the pull request again with --record FILE.",
            )
        return responses.pop(0)


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchanges of one evaluation, and the values that it did not read from GitHub."""

    schema: int
    repository: str
    number: int
    now: Annotated[datetime, msgspec.Meta(tz=True)]
    exchanges: list[Exchange]


def encode_recording(recording: Recording) -> bytes:
    """Return a recording as a JSON document with one exchange per line, so that differences are readable."""
    head = msgspec.json.encode(msgspec.structs.replace(recording, exchanges=[]))
    lines = b",\n".join(map(msgspec.json.encode, recording.exchanges))
    return head[: -len(b"]}")] + b"\n" + lines + b"\n]}\n"


def decode_recording(raw: bytes, where: str) -> Recording:
    """Decode a recording. Raises ``UsageError`` if the document is not one."""
    try:
        recording = msgspec.json.decode(raw, type=Recording)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{where} is not a recording of a pull request: {error}") from error
    if recording.now.year > _LAST_YEAR:
        raise UsageError(f"{where} was not recorded in the year {recording.now.year}")
    if recording.schema != 1:
        raise UsageError(
            f"{where} has schema {recording.schema}; this version reads schema 1", hint="Upgrade commonhold."
        )
    return recording


def header_number(headers: Mapping[str, str], name: str) -> float | None:
    """Return a header as a number of seconds; ``None`` if it is missing or not a number."""
    try:
        value = float(headers[name])
    except (KeyError, ValueError):
        return None
    return value if 0 <= value < 1e11 else None
