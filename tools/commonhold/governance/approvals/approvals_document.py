"""Describe decisions as a JSON document (``commonhold approvals --json``)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.decision import Decision, Need

SCHEMA = 1


class ReasonDocument(msgspec.Struct, frozen=True):
    """Why a pull request is pending: the row of the rule, the name of the condition, and a sentence."""

    row: int
    condition: str
    text: str


class PersonDocument(msgspec.Struct, frozen=True):
    """A person on GitHub."""

    id: int
    login: str


class NeedDocument(msgspec.Struct, frozen=True):
    """What a row needs on a plugin's side; ``since`` is ``null`` while it is unmet."""

    row: int
    wanted: str
    met: bool
    since: datetime | None
    by: list[PersonDocument]
    who: list[PersonDocument]
    how: str


class PluginDocument(msgspec.Struct, frozen=True):
    """The plugin's side of one plugin."""

    name: str
    path: str
    met: bool
    needs: list[NeedDocument]


class BindingDocument(msgspec.Struct, frozen=True):
    """Core's side: how many binding approvals are needed, whose count, and whose came too early."""

    row: int
    met: bool
    needed: int
    by: list[PersonDocument]
    who: list[PersonDocument]
    early: list[PersonDocument]
    objections: list[PersonDocument]
    tsc: bool


class IgnoredDocument(msgspec.Struct, frozen=True):
    """A review that does not count, with the reason."""

    review: int
    by: PersonDocument | None
    state: str
    commit: str | None
    condition: str
    reason: str


class OverrideDocument(msgspec.Struct, frozen=True):
    """A comment with the command ``/override``; ``refusal`` is ``null`` if it has an effect."""

    comment: int
    by: PersonDocument
    sha: str
    reason: str
    refusal: str | None


class PullDocument(msgspec.Struct, frozen=True):
    """The decision about one pull request."""

    number: int
    base: str
    base_tip: str
    merge_base: str
    head: str
    evaluated: datetime
    state: str
    next: str
    status: str
    reasons: list[ReasonDocument]
    rows: list[int]
    plugins: list[PluginDocument]
    binding: BindingDocument | None
    ignored: list[IgnoredDocument]
    overrides: list[OverrideDocument]


class ApprovalsDocument(msgspec.Struct, frozen=True):
    """The decisions about pull requests of one repository."""

    schema: int
    repository: str
    pulls: list[PullDocument]


def encode_approvals(repository: str, decisions: Iterable[tuple[Decision, str]]) -> str:
    """Return decisions, each with the text of its status, as an indented JSON document."""
    document = ApprovalsDocument(SCHEMA, repository, [_pull(decision, status) for decision, status in decisions])
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _pull(decision: Decision, status: str) -> PullDocument:
    case = decision.case
    pull = case.pull
    return PullDocument(
        number=pull.number,
        base=pull.base_ref,
        base_tip=pull.base_tip,
        merge_base=pull.merge_base,
        head=pull.head_sha,
        evaluated=case.now,
        state=decision.state.value,
        next=decision.next.value,
        status=status,
        reasons=[ReasonDocument(each.row, each.condition, each.text) for each in decision.reasons],
        rows=sorted(decision.rows),
        plugins=[
            PluginDocument(each.name, each.folder, each.is_met, [_need(case, need) for need in each.needs])
            for each in decision.plugins
        ],
        binding=_binding(decision),
        ignored=_ignored(decision),
        overrides=[
            OverrideDocument(each.comment.id, _person(case, each.person), each.sha, each.reason, each.refusal or None)
            for each in decision.overrides
        ],
    )


def _person(case: Case, number: int) -> PersonDocument:
    return PersonDocument(number, case.login(number))


def _people(case: Case, numbers: Iterable[int]) -> list[PersonDocument]:
    return [_person(case, number) for number in numbers]


def _need(case: Case, need: Need) -> NeedDocument:
    since = need.since[0] if need.since is not None else None
    by, who = _people(case, need.by), _people(case, need.who)
    return NeedDocument(need.row, need.wanted, need.since is not None, since, by, who, need.how)


def _binding(decision: Decision) -> BindingDocument | None:
    case, side = decision.case, decision.binding
    if side is None:
        return None
    by, who, early, objections = (_people(case, each) for each in (side.by, side.who, side.early, side.objections))
    return BindingDocument(side.row, side.is_met, side.needed, by, who, early, objections, side.is_tsc)


def _ignored(decision: Decision) -> list[IgnoredDocument]:
    case = decision.case
    return [
        IgnoredDocument(
            each.review.id,
            None if each.review.account is None else _person(case, each.review.account.id),
            each.review.state,
            each.review.commit_id,
            each.refusal.condition,
            each.refusal.reason,
        )
        for each in decision.ignored
    ]
