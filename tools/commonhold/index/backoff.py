"""Classify an index's responses to uploads, and wait between retries."""

from __future__ import annotations

import email.utils
import random
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import timezone
from enum import Enum, auto
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class IndexResponse:
    """An index's response to an upload: the HTTP status, its explanation, and the headers in lower case.

    ``is_page`` is true if the response is a web page, as a proxy or a login form sends it.
    """

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class BackoffLimits:
    """Limits in seconds: for one response (``timeout``), and for all attempts to upload one file (``patience``)."""

    timeout: float = 120.0
    patience: float = 120.0


class Verdict(Enum):
    """The meaning of a response to an upload."""

    ACCEPTED = auto()
    NOT_OF_AN_INDEX = auto()  # it reports success, but not as an index does
    CHECK_INDEX = auto()  # the index may already have the file
    RETRY = auto()
    QUOTA = auto()  # the index accepts no new projects at the moment
    UNAUTHENTICATED = auto()  # the credentials are wrong, so every other file would fail too
    REDIRECTED = auto()  # uploads belong to another address, so every other file would be redirected too
    REJECTED = auto()


# HTTP statuses do not distinguish these cases; the texts are from Warehouse, the software that runs PyPI.
_ACCEPTED = (200, 201)
_EXISTS = re.compile(r"already exist|previously used", re.IGNORECASE)
_BAD_CREDENTIALS = re.compile(r"invalid or non-existent authentication", re.IGNORECASE)
_MAX_ADDRESS = 200
_QUOTA = re.compile(r"too many new projects|project\.create", re.IGNORECASE)


def classify_response(response: IndexResponse) -> Verdict:
    """Classify a response by its status and text."""
    status, text = response.status, response.text
    if 200 <= status < 300:
        # A page for people, or a 204 or 207, comes from something between here and the index.
        return Verdict.ACCEPTED if status in _ACCEPTED and not response.is_page else Verdict.NOT_OF_AN_INDEX
    if 300 <= status < 400:
        return Verdict.REDIRECTED
    if status == 409 or (status in (400, 403) and _EXISTS.search(text)):
        return Verdict.CHECK_INDEX
    if status == 401 or (status == 403 and _BAD_CREDENTIALS.search(text)):
        return Verdict.UNAUTHENTICATED
    if status == 429:
        return Verdict.QUOTA if _QUOTA.search(text) or quota_reset(response) is not None else Verdict.RETRY
    return Verdict.RETRY if status in (408, 425) or status >= 500 else Verdict.REJECTED


def redirect_target(response: IndexResponse, address: str) -> str | None:
    """Return the address that uploads to ``address`` are redirected to, without credentials; ``None`` if invalid."""
    try:
        parts = urlsplit(urljoin(address, response.headers.get("location", "")))
        place = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    target = urlunsplit((parts.scheme, place, parts.path, "", ""))
    is_usable = parts.scheme in ("http", "https") and bool(place) and target.isprintable()
    return target if is_usable and target != address and len(target) <= _MAX_ADDRESS else None


MAX_WAIT = 30 * 86400.0
"""The longest accepted wait in seconds. A longer wait is a mistake of the index, and it could overflow dates."""


def requested_wait(response: IndexResponse) -> float | None:
    """Return the seconds for which the index asks clients to wait: the longer wait of two headers, or ``None``."""
    waits = [_retry_after(response.headers), quota_reset(response) if response.status == 429 else None]
    return max((seconds for seconds in waits if seconds is not None), default=None)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return min(float(value), MAX_WAIT)
    # Compare a date with the response's own date, because this machine's clock may be wrong.
    then, now = _date(value), _date(headers.get("date", ""))
    if then is None or now is None:
        return None
    return min(max((then - now).total_seconds(), 0.0), MAX_WAIT)


_LIMIT = re.compile(r'"(project\.create[^"]*)"\s*((?:;\s*[a-z]+\s*=\s*\d+\s*)+)')


def quota_reset(response: IndexResponse) -> float | None:
    """Return the seconds until the index accepts new projects again; ``None`` if it still accepts new projects.

    The response to an accepted upload also contains this time if the upload has used up the quota. Source: the
    ``RateLimit`` header (draft-ietf-httpapi-ratelimit-headers), in which ``r`` is the remaining quota, and ``t`` is the
    time until the reset.
    """
    waits = []
    for _name, parameters in _LIMIT.findall(response.headers.get("ratelimit", "")):
        values = dict(re.findall(r"([a-z]+)\s*=\s*(\d+)", parameters))
        if values.get("r") == "0" and "t" in values:
            waits.append(min(float(values["t"]), MAX_WAIT))
    return max(waits, default=None)


def _date(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    # Dates in HTTP are in UTC, even if they have no time zone.
    return found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found


class Gate:
    """The gate for all uploads: if an index asks one upload to wait, all uploads wait.

    After ``stop``, no upload waits or starts.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._closed_until = 0.0

    @property
    def is_stopped(self) -> bool:
        """Return whether uploads are stopped."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Stop all uploads: wake waiting uploads, and prevent new ones from starting."""
        self._stopped.set()

    def back_off(self, seconds: float) -> None:
        """Delay all uploads for this many seconds."""
        with self._lock:
            self._closed_until = max(self._closed_until, time.monotonic() + seconds)

    def wait(self, seconds: float = 0.0) -> bool:
        """Wait for ``seconds``, and longer if the gate is backing off; return whether the upload may start."""
        opens = time.monotonic() + seconds
        while (left := max(opens, self._closed_until) - time.monotonic()) > 0:
            if self._stopped.wait(left):
                return False
        return not self.is_stopped


class Backoff:
    """The pauses between the attempts to upload one file: they double until ``patience`` runs out."""

    def __init__(self, limits: BackoffLimits) -> None:
        self._end = time.monotonic() + limits.patience
        self._pause = min(1.0, limits.patience / 8)

    def next_pause(self, requested: float | None = None) -> float | None:
        """Return the seconds before the next attempt, at least ``requested``; ``None`` if that exceeds ``patience``."""
        # Jitter: uploads that failed at the same moment must not all retry at the same moment.
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311 - not used for security
        self._pause *= 2
        if requested is not None:
            pause += requested
        return pause if time.monotonic() + pause <= self._end else None
