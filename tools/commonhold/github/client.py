"""Read and write GitHub's REST API with a limited number of requests, and decode the responses strictly."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import msgspec

from commonhold.errors import ToolError, UsageError
from commonhold.github.transport import GitHubUnreachableError, Request, header_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from commonhold.github.transport import Response, Transport

    T = TypeVar("T")

PER_PAGE = 100
"""The number of items on a page; GitHub's maximum."""

MOST_PAGES = 60
"""The number of pages after which a list counts as unread; GitHub accepts 2,500 comments for an issue."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_LINK = re.compile(r'<([^>]{1,2000})>; rel="(next|last)"')
_RETRIES = (1.0, 4.0, 9.0)
_SERVER_ERRORS = 500


class RateLimitError(GitHubUnreachableError):
    """GitHub accepts no more requests until ``resume``."""

    def __init__(self, resume: datetime) -> None:
        super().__init__(
            f"GitHub accepts no more requests until {resume:%H:%M} UTC", hint="Run the same command again after that."
        )
        self.resume = resume


class BudgetError(ToolError):
    """The run needs more requests than it may send."""


class ShareError(ToolError):
    """One part of the run needs more requests than its share."""


class NotFoundError(ToolError):
    """GitHub has no such thing, or the token may not read it."""


class ResponseError(ToolError):
    """GitHub refused a request, or its response does not have the documented form."""


@dataclass(slots=True)
class Budget:
    """The number of requests that a run may still send."""

    left: int
    share: int | None = None
    """The number of them that the present part of the run may still send, so that one part cannot spend them all."""

    kept: float = 0.0
    """The part of GitHub's hourly limit that the run leaves to others, such as scheduled runs."""

    def spend(self) -> None:
        """Count one request. Raises ``BudgetError`` or ``ShareError`` if none is left."""
        if self.left <= 0:
            raise BudgetError(
                "the limit for requests to GitHub in one run or in this hour is reached",
                hint="Run the command again later.",
            )
        if self.share is not None:
            if self.share <= 0:
                raise ShareError("a pull request needs too many requests to GitHub", hint="Split the pull request.")
            self.share -= 1
        self.left -= 1

    def observe(self, limit: float | None, remaining: float | None) -> None:
        """Compare what GitHub reports about its hourly limit with the share that the run must not use."""
        if limit is not None and remaining is not None and self.kept and remaining <= self.kept * limit:
            self.left = 0


@dataclass(slots=True)
class Patience:
    """The seconds that a run may still wait for GitHub, and how it waits."""

    seconds: float = 60.0
    sleep: Callable[[float], None] = field(default=time.sleep)

    def wait(self, seconds: float) -> bool:
        """Wait, unless that takes longer than what is left; return whether it waited."""
        if seconds > self.seconds:
            return False
        self.seconds -= seconds
        self.sleep(seconds)
        return True


class _Limit(msgspec.Struct, frozen=True):
    limit: int
    remaining: int


class _Resources(msgspec.Struct, frozen=True):
    core: _Limit


class _Limits(msgspec.Struct, frozen=True):
    resources: _Resources


class GitHub:
    """One repository on GitHub (``owner/name``)."""

    def __init__(self, transport: Transport, repository: str, budget: Budget, patience: Patience | None = None) -> None:
        if not _NAME.fullmatch(repository):
            raise UsageError(f"{repository!r} is not the name of a GitHub repository", hint="Write it as OWNER/NAME.")
        self.repository = repository
        self.budget = budget
        self._transport = transport
        self._patience = patience or Patience()
        self._accounts: dict[int, Response] = {}

    def read(self, path: str, form: type[T], **query: str | int) -> T:
        """Read one document below the repository, such as ``/pulls/1``."""
        return _decode(self._send(Request("GET", self._address(path, query))), form, path)

    def read_pages(self, path: str, form: type[T], **query: str | int) -> tuple[T, ...]:
        """Read a list, with all its pages, in GitHub's order."""
        start = self._address(path, {**query, "per_page": PER_PAGE})
        return self._read_from(start, self._send(Request("GET", start)), form)

    def read_organization_pages(self, path: str, form: type[T]) -> tuple[T, ...]:
        """Read a list below the organization that owns the repository, such as ``/teams``, with all its pages."""
        start = f"/orgs/{self.repository.partition('/')[0]}{path}?per_page={PER_PAGE}"
        return self._read_from(start, self._send(Request("GET", start)), form)

    def _read_from(self, start: str, response: Response, form: type[T]) -> tuple[T, ...]:
        """Follow the links to the next pages from the response to ``start``."""
        found: list[T] = []
        path = start.partition("?")[0]
        for _ in range(MOST_PAGES):
            found += _decode(response, list[form], path)  # type: ignore[valid-type]
            address = _linked_page(response, path, "next")
            if address is None:
                return tuple(found)
            response = self._send(Request("GET", address))
        raise _too_many_pages(path)

    def read_log(self, path: str, form: type[T], **query: str | int) -> tuple[T, ...]:
        """Read a list with all its pages to which items are added at the end, and from which people can remove items.

        The last page is read first. When an item is removed, the following ones move to earlier pages. Read in GitHub's
        order, one of them would be missed; now it is read twice, and kept once.
        """
        start = self._address(path, {**query, "per_page": PER_PAGE})
        response = self._send(Request("GET", start))
        last = _linked_page(response, self._address(path, {}), "last")
        number = _page_number(last)
        if number is None:  # one page, or a list without a last one
            return self._read_from(start, response, form)
        if number > MOST_PAGES:
            raise _too_many_pages(path)
        found: dict[T, None] = {}
        for page in [*range(number, 1, -1), 1]:
            response = self._send(Request("GET", f"{start}&page={page}"))
            found = dict.fromkeys([*_decode(response, list[form], path), *found])  # type: ignore[valid-type]
        return tuple(found)

    def write(self, method: str, path: str, body: Any, form: type[T]) -> T:
        """Create or change something below the repository, and return GitHub's view of it."""
        request = Request(method, self._address(path, {}), msgspec.Raw(msgspec.json.encode(body)))
        return _decode(self._send(request), form, path)

    def read_account(self, number: int, form: type[T]) -> T:
        """Read an account by its numeric id, which stays the same when the login changes; in one run only once."""
        path = f"/user/{number}"
        if number not in self._accounts:
            self._accounts[number] = self._send(Request("GET", path))
        return _decode(self._accounts[number], form, path)

    def observe_limit(self) -> None:
        """Ask GitHub how many requests are left in this hour. It does not count this request.

        A server without a limit has no such page. Source: "REST API endpoints for rate limits".
        """
        response = self._transport.send(Request("GET", "/rate_limit"))
        if response.status == 200:
            core = _decode(response, _Limits, "/rate_limit").resources.core
            self.budget.observe(core.limit, core.remaining)

    def _address(self, path: str, query: dict[str, str | int]) -> str:
        return f"/repos/{self.repository}{path}{'?' + urlencode(query) if query else ''}"

    def _send(self, request: Request) -> Response:
        """Send a request until it succeeds, is refused, or waiting would take too long."""
        for delay in (*_RETRIES, None):
            self.budget.spend()
            response = self._transport.send(request)
            self.budget.observe(*(header_number(response.headers, f"x-ratelimit-{n}") for n in ("limit", "remaining")))
            resume = _resume_time(response)
            # Repeating a request that changes something could change it twice.
            if resume is None and (response.status < _SERVER_ERRORS or request.method != "GET"):
                break
            pause = delay if resume is None else max(0.0, resume - time.time())
            if delay is None or not self._patience.wait(pause or 0.0):
                if resume is not None:
                    raise RateLimitError(datetime.fromtimestamp(resume, timezone.utc))
                break
        return _require_success(response, request)


def segment(text: str) -> str:
    """Quote a text for one part of a path; a branch may contain ``/``.

    >>> segment("release/1.16")
    'release%2F1.16'
    """
    return quote(text, safe="")


def _resume_time(response: Response) -> float | None:
    """Return when GitHub accepts requests again, in seconds since 1970; ``None`` if it accepted this one.

    Source: "Rate limits for the REST API" in GitHub's documentation.
    """
    if response.status not in (403, 429):
        return None
    after = header_number(response.headers, "retry-after")
    if after is not None:
        return time.time() + after
    if response.headers.get("x-ratelimit-remaining") == "0":
        return header_number(response.headers, "x-ratelimit-reset") or time.time() + 60
    return time.time() + 60 if response.status == 429 or "secondary rate limit" in response.body else None


def _require_success(response: Response, request: Request) -> Response:
    if 200 <= response.status < 300:
        return response
    where = f"{request.method} {request.path.partition('?')[0]}"
    if response.status in (404, 410):
        raise NotFoundError(f"GitHub has no {where}, or the token may not read it")
    if response.status >= _SERVER_ERRORS:
        raise GitHubUnreachableError(f"GitHub failed: {where}: HTTP {response.status}", hint="Try again later.")
    if 300 <= response.status < 400:
        raise ResponseError(f"{where} was moved", hint="Was the repository renamed? Use its new name.")
    raise ResponseError(f"GitHub refused {where}: HTTP {response.status}")


def _decode(response: Response, form: type[T], path: str) -> T:
    try:
        return msgspec.json.decode(response.body, type=form)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ResponseError(f"GitHub's response for {path} has another form than documented: {error}") from error


def _too_many_pages(path: str) -> ResponseError:
    return ResponseError(f"{path} has more than {MOST_PAGES} pages", hint="No command reads a list of this length.")


def _page_number(address: str | None) -> int | None:
    numbers = parse_qs(urlsplit(address or "").query).get("page", [])
    return int(numbers[0]) if numbers and re.fullmatch("[0-9]{1,9}", numbers[0]) else None


def _linked_page(response: Response, path: str, which: str) -> str | None:
    """Return the path of the next or last page. Raises ``ResponseError`` if it is not a page of the same list."""
    links = {name: address for address, name in _LINK.findall(response.headers.get("link", ""))}
    if which not in links:
        return None
    address = urlsplit(links[which])
    if not re.fullmatch(f".*{_numbered(path)}", address.path):
        raise ResponseError(f"the {which} page of {path} belongs to another list")
    return f"{path}?{address.query}"


def _numbered(path: str) -> str:
    """Return a pattern for a path in which GitHub may write the numbers of the repository and of a team for names."""
    if path.startswith("/repos/"):
        return rf"/(repos/[^/]+/[^/]+|repositories/\d+)/{re.escape(path.split('/', 4)[-1])}"
    tail = re.sub(r"^teams/[^/]+/", r"(teams/[^/]+|team/\\d+)/", path.split("/", 3)[-1])
    return rf"/(orgs/[^/]+|organizations/\d+)/{tail}"
