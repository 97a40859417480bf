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
    """What to evaluate: some pull requests, those with one head commit, or (neither) all that are open."""

    numbers: tuple[int, ...] = ()
    head: str | None = None

    def choose(self, opened: Iterable[PullSummary]) -> tuple[PullSummary, ...]:
        """Return the open pull requests of this target."""
        return tuple(
            pull
            for pull in opened
            if (not self.numbers or pull.number in self.numbers) and self.head in (None, pull.head.sha)
        )


class _Run(msgspec.Struct, frozen=True):
    head_sha: str


class _Payload(msgspec.Struct, frozen=True):
    pull_request: PullNumber | None = None
    issue: PullNumber | None = None
    workflow_run: _Run | None = None


def target_of_event(payload: bytes) -> Target:
    """Return the target of an event; an event without a pull request, such as a schedule, is about all.

    Raises ``UsageError`` if the payload is not one of GitHub's.
    """
    try:
        event = msgspec.json.decode(payload, type=_Payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"the event's payload cannot be read: {error}") from error
    about = event.pull_request or event.issue
    if about is not None:
        return Target((about.number,))
    return Target(head=event.workflow_run.head_sha) if event.workflow_run is not None else Target()


def open_pull_requests(github: GitHub) -> tuple[PullSummary, ...]:
    """Return the open pull requests, the one that changed last first."""
    return github.read_pages("/pulls", PullSummary, state="open", sort="updated", direction="desc")
