"""Describe GitHub's records of issues: the fields that triage uses, with their types.

Source: GitHub's OpenAPI description (``issue``, ``label``, ``full-repository``).
"""

from __future__ import annotations

import msgspec

from commonhold.governance.approvals.records import Time, UserRecord


class LabelRecord(msgspec.Struct, frozen=True):
    """A label (``label``)."""

    name: str


class IssueRecord(msgspec.Struct, frozen=True):
    """An issue or a pull request (``issue``). Only a pull request has the field ``pull_request``."""

    number: int
    state: str
    user: UserRecord | None
    labels: list[LabelRecord]
    comments: int
    created_at: Time
    body: str | None = None
    pull_request: dict[str, object] | None = None


class RepositoryRecord(msgspec.Struct, frozen=True):
    """The repository (``full-repository``)."""

    default_branch: str
