"""Define the document that ``catalog late --json`` prints."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

LateWord: TypeAlias = Literal["failed", "no-release", "untested"]


class LateCore(msgspec.Struct, frozen=True, kw_only=True):
    """The core: ``version`` is the tested version, and ``release`` the release that it belongs to."""

    distribution: str
    version: str
    release: str


class LateReasonEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Why a plugin is not ready; ``url`` is the run of its tests."""

    kind: LateWord
    text: str
    url: str | None


class LateEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that is not ready; ``version`` is its newest listed version."""

    name: str
    tier: str
    state: str
    version: str | None
    reasons: list[LateReasonEntry]


class LateDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The plugins that are not ready; ``coming`` means that the core itself is not released yet."""

    schema: Literal[1] = 1
    core: LateCore
    series: str
    coming: bool
    ready: list[str]
    late: list[LateEntry]
