"""Describe what triage does about issues as a JSON document (``commonhold triage --json``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from commonhold.governance.triage.route import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.governance.triage.triage_run import TriageResult

TRIAGE_SCHEMA = 1


class TriagedDocument(msgspec.Struct, frozen=True):
    """One issue: the labels and the comment that it gets. ``stage`` and ``comment`` are ``null`` if none is due."""

    number: int
    plugin: str | None
    reason: str
    stage: Stage | None
    labels: list[str]
    mention: list[int]
    comment: str | None
    error: str | None


class TriageDocument(msgspec.Struct, frozen=True):
    """The issues of one repository; ``posted`` is whether the labels and comments were added."""

    schema: int
    repository: str
    posted: bool
    issues: list[TriagedDocument]


def encode_triage(repository: str, results: Iterable[TriageResult], *, posted: bool) -> str:
    """Return what is done about issues as an indented JSON document."""
    document = TriageDocument(TRIAGE_SCHEMA, repository, posted, [_issue(result) for result in results])
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _issue(result: TriageResult) -> TriagedDocument:
    plan, error = result.plan, result.error
    return TriagedDocument(
        number=result.number,
        plugin=plan.choice,
        reason=plan.reason,
        stage=plan.stage,
        labels=list(plan.labels),
        mention=list(plan.mention),
        comment=result.comment,
        error=None if error is None else error.message,
    )
