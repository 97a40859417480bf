"""Find the pull requests to evaluate: from options, or from the event that started a workflow.

An event only says where to look. What decides is read from GitHub's API, because an event can be old when its workflow
runs. Source: "Webhook events and payloads" in GitHub's documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from commonhold.errors import UsageError
from commonhold.governance.approvals.records import PullNumber, PullSummary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.github import GitHub


@dataclass(frozen=True, slots=True)
class Target:
    """What to evaluate: some pull requests, those with some head commits, or (neither) all that are open."""

    numbers: tuple[int, ...] = ()
    heads: frozenset[str] = frozenset()

    def choose(self, opened: Iterable[PullSummary]) -> tuple[PullSummary, ...]:
        """Return the open pull requests of this target."""
        everything = not (self.numbers or self.heads)
        return tuple(
            pull for pull in opened if everything or pull.number in self.numbers or pull.head.sha in self.heads
        )


class _Head(msgspec.Struct, frozen=True):
    sha: str


class _Pull(msgspec.Struct, frozen=True):
    number: int
    head: _Head | None = None


class _Run(msgspec.Struct, frozen=True):
    head_sha: str


class _Payload(msgspec.Struct, frozen=True):
    pull_request: _Pull | None = None
    issue: PullNumber | None = None
    workflow_run: _Run | None = None
    before: str | None = None


def target_of_event(payload: bytes) -> Target:
    """Return the target of an event; an event without a pull request, such as a schedule, is about all.

    A pull request shares its status with others that have the same head and base. When it is closed, changes its base
    or gets a new head, the others are evaluated without it, so the target contains its heads. Raises ``UsageError`` if
    the payload is not one of GitHub's.
    """
    try:
        event = msgspec.json.decode(payload, type=_Payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"the event's payload cannot be read: {error}") from error
    if event.pull_request is not None:
        head = event.pull_request.head
        heads = (event.before, None if head is None else head.sha)
        return Target((event.pull_request.number,), frozenset(each for each in heads if each is not None))
    if event.issue is not None:
        return Target((event.issue.number,))
    return Target(heads=frozenset({event.workflow_run.head_sha})) if event.workflow_run is not None else Target()


def open_pull_requests(github: GitHub) -> tuple[PullSummary, ...]:
    """Return the open pull requests, the one that changed last first."""
    # In the order of their creation, a pull request that changes meanwhile keeps its page.
    listed = github.read_log("/pulls", PullSummary, state="open", sort="created", direction="asc")
    pulls = {pull.number: pull for pull in listed}
    return tuple(sorted(pulls.values(), key=lambda pull: pull.updated_at, reverse=True))
