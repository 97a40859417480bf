"""What an index's answer means, and how long to wait before asking again."""

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

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class IndexResponse:
    """What an index said to an upload: HTTP's status, its reason in words, and the headers in lower case."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BackoffLimits:
    """How long one answer may take (``timeout``), and how long one file is tried (``patience``); in seconds."""

    timeout: float = 120.0
    patience: float = 120.0


class Verdict(Enum):
    """What is to be done about an answer."""

    ACCEPTED = auto()
    CHECK_INDEX = auto()  # the index may already have the file
    AGAIN = auto()
    QUOTA = auto()  # it takes no new projects for now
    UNAUTHENTICATED = auto()  # the credentials are wrong, so every other file would fail too
    REJECTED = auto()


_EXISTS = re.compile(r"already exist|previously used", re.IGNORECASE)
_BAD_CREDENTIALS = re.compile(r"invalid or non-existent authentication", re.IGNORECASE)
_QUOTA = re.compile(r"too many new projects|project\.create", re.IGNORECASE)


def classify_response(answer: IndexResponse) -> Verdict:
    """What an answer means."""
    status, text = answer.status, answer.text
    if 200 <= status < 300:
        return Verdict.ACCEPTED
    if status == 409 or (status in (400, 403) and _EXISTS.search(text)):
        return Verdict.CHECK_INDEX
    if status == 401 or (status == 403 and _BAD_CREDENTIALS.search(text)):
        return Verdict.UNAUTHENTICATED
    if status == 429:
        return Verdict.QUOTA if _QUOTA.search(text) or _left(answer.headers) is not None else Verdict.AGAIN
    return Verdict.AGAIN if status in (408, 425) or status >= 500 else Verdict.REJECTED


LONGEST = 30 * 86400.0
"""No index means to be left alone for more seconds, whatever it says."""


def wait_asked(answer: IndexResponse) -> float | None:
    """For how many seconds the index wants to be left alone, if it says so: the longest, if it does so twice."""
    asked = [_retry_after(answer.headers), _left(answer.headers) if answer.status == 429 else None]
    return max((seconds for seconds in asked if seconds is not None), default=None)


def quota_spent(answer: IndexResponse) -> float | None:
    """Seconds until the index takes new projects again, if this answer says that the last one was just taken."""
    return _left(answer.headers)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """A date is compared with the answer's own ``Date``: this machine's clock may be wrong."""
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return min(float(asked), LONGEST)
    then, now = _date(asked), _date(headers.get("date", ""))
    if then is None or now is None:
        return None
    return min(max((then - now).total_seconds(), 0.0), LONGEST)


_LIMIT = re.compile(r'"(project\.create[^"]*)"\s*((?:;\s*[a-z]+\s*=\s*\d+\s*)+)')


def _left(headers: Mapping[str, str]) -> float | None:
    """The longest time in a ``RateLimit`` header (an Internet draft) after which new projects are allowed again."""
    waits = []
    for _name, parameters in _LIMIT.findall(headers.get("ratelimit", "")):
        values = dict(re.findall(r"([a-z]+)\s*=\s*(\d+)", parameters))
        if values.get("r") == "0" and "t" in values:
            waits.append(min(float(values["t"]), LONGEST))
    return max(waits, default=None)


def _date(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    # HTTP's dates are in UTC, however they are written.
    return found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found


class Gate:
    """What all uploads wait at: an index that asks one of them to wait means all. ``stop`` opens it for good."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._closed_until = 0.0

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Let nothing more begin."""
        self._stopped.set()

    def close(self, seconds: float) -> None:
        """Let nobody pass for so long."""
        with self._lock:
            self._closed_until = max(self._closed_until, time.monotonic() + seconds)

    def pass_(self, seconds: float = 0.0) -> bool:
        """Wait so long, and as long as the gate is closed; whether one may go on."""
        opens = time.monotonic() + seconds
        while (left := max(opens, self._closed_until) - time.monotonic()) > 0:
            if self._stopped.wait(left):
                return False
        return not self.is_stopped


class Backoff:
    """The tries of one thing: pauses that double, each of random length, until the patience is at its end."""

    def __init__(self, limits: BackoffLimits) -> None:
        self._end = time.monotonic() + limits.patience
        self._pause = min(1.0, limits.patience / 8)

    def next_pause(self, asked: float | None = None) -> float | None:
        """Seconds to wait before the next try, at least those ``asked`` for; ``None`` when that takes too long."""
        # Random, or those who were cut off together come back together.
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        self._pause *= 2
        if asked is not None:
            pause += asked
        return pause if time.monotonic() + pause <= self._end else None
