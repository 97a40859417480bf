"""Find the repository, the event of a workflow run and the connection, for commands that use GitHub's API."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from commonhold.effects.files import read_untrusted
from commonhold.errors import UsageError
from commonhold.github import API, Budget, GitHub, HttpTransport
from commonhold.vcs.web_address import repository_page

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.github.transport import Transport

REQUESTS = 450
"""The number of requests that one run may send."""

SCHEDULED_REQUESTS = 225
"""The number of requests that a scheduled run of the gate may send; two of them run in an hour."""

SCHEDULED_SHARE = 0.5
"""The share of GitHub's hourly limit (1,000 requests for a workflow) that is left to scheduled runs of the gate.

So no number of events, such as a stranger's comments, keeps the gate from its turn.
"""

_MOST_EVENT = 2**25


def api_transport() -> HttpTransport:
    """Return a connection to GitHub's API with the token in ``GITHUB_TOKEN``."""
    return HttpTransport(os.environ.get("GITHUB_API_URL") or API, os.environ.get("GITHUB_TOKEN"))


def limited_client(transport: Transport, repository: str, *, gate: bool = False) -> GitHub:
    """Return a client whose requests are limited by what started this workflow run; ``gate`` posts decisions."""
    event = os.environ.get("GITHUB_EVENT_NAME")
    if gate and event == "schedule":
        return GitHub(transport, repository, Budget(SCHEDULED_REQUESTS))
    github = GitHub(transport, repository, Budget(REQUESTS, kept=SCHEDULED_SHARE if event else 0.0))
    if event:
        github.observe_limit()
    return github


def repository_name(context: Context, chosen: str | None) -> str:
    """Return the name of the repository: the chosen one, that of the workflow run, or that of this clone's remote."""
    name = chosen or os.environ.get("GITHUB_REPOSITORY")
    if name:
        return name
    page = repository_page(context.repository().git)
    if page is None:
        raise UsageError("the remote of this clone is not a repository on GitHub", hint="Add --repository OWNER/NAME.")
    return urlsplit(page).path.strip("/")


def read_event(instead: str) -> bytes:
    """Read the event of this workflow run; ``instead`` is the option to use elsewhere."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    try:
        return read_untrusted(path, _MOST_EVENT, links=True)
    except OSError as error:
        hint = f"GitHub Actions sets GITHUB_EVENT_PATH. Elsewhere, use {instead}."
        raise UsageError(f"the event of this run cannot be read: {error.strerror}", hint=hint) from error


def current_time() -> datetime:
    """Return the present time in UTC, in whole seconds."""
    return datetime.now(timezone.utc).replace(microsecond=0)
