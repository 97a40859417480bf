"""Find when the head commit of a pull request was pushed, from the statuses that the gate posted on it.

GitHub's API has no time of a push, and dates in commits can be forged. But the gate evaluates every head, and each of
its statuses says for which pull requests: the first one for a head is later than the push. A status of the same commit
for another pull request says nothing, because the commit can be older than this head.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from commonhold.governance.approvals.facts import HEAD_CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from commonhold.governance.approvals.facts import PullRequest
    from commonhold.governance.approvals.records import StatusRecord

_LONGEST_RUN = timedelta(hours=1)
"""A run may post a status for a head that was replaced while it evaluated it, but not later than this."""

_MOST_NUMBERS = 20
_PULL = "pr"


def naming_pulls(page: str | None, numbers: Iterable[int]) -> str | None:
    """Return the address of a run's page with the pull requests that the run decided about.

    GitHub's own links from a pull request to a run have the same form.

    >>> naming_pulls("https://github.com/flyteorg/flytekit/actions/runs/42", [7])
    'https://github.com/flyteorg/flytekit/actions/runs/42?pr=7'
    """
    query = urlencode([(_PULL, number) for number in [*numbers][:_MOST_NUMBERS]])
    return f"{page}?{query}" if page is not None and query else page


def named_pulls(page: str | None) -> frozenset[str]:
    """Return the numbers of the pull requests that an address names."""
    return frozenset(value for name, value in parse_qsl(urlsplit(page or "").query) if name == _PULL)


def last_push(pull: PullRequest, statuses: Iterable[StatusRecord], context: str, account: int) -> datetime | None:
    """Return the time of the last push, or a later one; ``None`` if no status of the gate's account proves it.

    ``statuses`` are those of the head, and ``context`` is the name of the gate's status.
    """
    seen = [
        status.created_at
        for status in statuses
        if status.context == context
        and status.creator is not None
        and status.creator.id == account
        and str(pull.number) in named_pulls(status.target_url)
    ]
    # A force-push can bring back a commit that was the head before, and then a usual push another one.
    changed = [event.at + _LONGEST_RUN for event in pull.timeline if event.kind in HEAD_CHANGES]
    return min((at for at in seen if all(at > each for each in changed)), default=None)
