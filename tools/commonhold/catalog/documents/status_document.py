"""Define ``index/v1/status.json``: what changes after a release, for the plugins of every series."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from commonhold.catalog.documents.text_checks import (
    Day,
    DistributionName,
    Line,
    SeriesName,
    Time,
    Url,
    VersionText,
    check_time,
    check_url,
    check_version,
)

ListedState: TypeAlias = Literal["active", "noticed", "orphaned", "retired", "quarantined"]
TestedResult: TypeAlias = Literal["passed", "failed", "unknown"]


class StateChange(msgspec.Struct, frozen=True, kw_only=True):
    """A state in a plugin's history, with its first day."""

    state: ListedState
    since: Day
    reason: Line = ""

    def __post_init__(self) -> None:
        check_time(self.since)


class MovedTo(msgspec.Struct, frozen=True, kw_only=True):
    """The plugin that replaces this one, such as a fork: ``acme/x`` is the plugin x of the plugin index acme."""

    name: Annotated[str, msgspec.Meta(max_length=300, pattern=r"^([a-z0-9][a-z0-9-]*/)?[a-z0-9]+(-[a-z0-9]+)*$")]
    reason: Line


class ReleaseMarks(msgspec.Struct, frozen=True, kw_only=True):
    """The reasons why a release is yanked, fails its tests, or is no longer listed; null if it is not."""

    yanked: Line | None = None
    failing: Line | None = None
    unlisted: Line | None = None


class Compatibility(msgspec.Struct, frozen=True, kw_only=True):
    """The newest test result of a plugin in a series: ``version`` was tested with version ``core`` of the core."""

    series: SeriesName
    core: VersionText
    version: VersionText
    result: TestedResult
    at: Time
    url: Url | None = None

    def __post_init__(self) -> None:
        check_version(self.core)
        check_version(self.version)
        check_time(self.at)
        if self.url is not None:
            check_url(self.url)


class ListedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The current status of a plugin. ``replacement`` is the plugin to use instead of a retired one."""

    state: ListedState = "active"
    since: Day | None = None
    reason: Line = ""
    replacement: Line | None = None
    needs_maintainer: bool = False
    moved_to: MovedTo | None = None
    releases: dict[VersionText, ReleaseMarks] = {}
    compatibility: list[Compatibility] = []
    history: list[StateChange] = []

    def __post_init__(self) -> None:
        if self.since is not None:
            check_time(self.since)
        for version in self.releases:
            check_version(version)


class StatusDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The status of plugins by name; a plugin without an entry is active, and nothing else is known about it."""

    schema: Literal[1] = 1
    generated: Time
    plugins: dict[DistributionName, ListedStatus]

    def __post_init__(self) -> None:
        check_time(self.generated)
