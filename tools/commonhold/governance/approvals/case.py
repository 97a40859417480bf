"""Combine everything that a decision depends on: the pull request, its owners, the settings and the time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from commonhold.governance.approvals.facts import BASE_CHANGES, READY_FOR_REVIEW, USER
from commonhold.ownership import Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from commonhold.governance.approvals.facts import PullRequest
    from commonhold.governance.approvals.gate_settings import GateSettings
    from commonhold.ownership import ListedPerson, Ownership


@dataclass(frozen=True)
class Case:
    """A pull request with the owners at its base and at its head, the settings, and the time of the decision."""

    pull: PullRequest
    base: Ownership
    head: Ownership
    settings: GateSettings
    now: datetime
    present: Mapping[int, str] | None = None
    """The present login of each person to mention, as far as GitHub confirms it; ``None`` if nothing is posted."""

    @cached_property
    def day(self) -> date:
        """The day of the decision."""
        return self.now.date()

    @cached_property
    def author_id(self) -> int | None:
        """The id of the pull request's author. Bots have none here, because they have no privilege."""
        author = self.pull.author
        return author.id if author is not None and author.type == USER else None

    @cached_property
    def core(self) -> frozenset[int]:
        """The active core maintainers at base."""
        return self.base.people.active(Role.CORE, self.day)

    @cached_property
    def tsc(self) -> frozenset[int]:
        """The active members of the TSC at base."""
        return self.base.people.active(Role.TSC, self.day)

    def maintainers(self, folder: str) -> frozenset[int]:
        """Return the active maintainers at base of the plugin in a folder."""
        plugin = self.base.plugins.get(folder)
        return frozenset() if plugin is None else self.base.maintainers(plugin, self.day)

    @cached_property
    def base_changed_at(self) -> datetime | None:
        """The time of the last change or force-push of the base branch."""
        return max((event.at for event in self.pull.timeline if event.kind in BASE_CHANGES), default=None)

    @cached_property
    def ready_since(self) -> datetime:
        """The time at which the pull request was last marked as ready for review."""
        ready = (event.at for event in self.pull.timeline if event.kind == READY_FOR_REVIEW)
        return max(ready, default=self.pull.created_at)

    @cached_property
    def commit_authors(self) -> frozenset[int]:
        """The authors of commits that are not merge commits."""
        return frozenset(
            commit.author_id for commit in self.pull.commits if commit.author_id is not None and not commit.is_merge
        )

    @cached_property
    def logins(self) -> Mapping[int, str]:
        """The login of each id: as listed at base, or else as listed at head, or else as GitHub reports it."""
        accounts = [self.pull.author, *(each.account for each in self.pull.reviews)]
        accounts += [each.account for each in self.pull.comments]
        reported = {each.id: each.login for each in accounts if each is not None}
        return {**reported, **_listed(self.head), **_listed(self.base)}

    @cached_property
    def listed(self) -> frozenset[int]:
        """Everybody whom the files at base list, also former and suspended people."""
        return frozenset(_listed(self.base))

    @cached_property
    def named(self) -> frozenset[int]:
        """Everybody whom the files at base or at head list."""
        return self.listed | frozenset(_listed(self.head))

    def login(self, person: int) -> str:
        """Return a person's login, or the id if no list and no account has it."""
        return self.logins.get(person, f"id {person}")

    def is_reachable(self, person: int) -> bool:
        """Return whether a comment can mention a person. A listed login may belong to somebody else by now."""
        return self.present is None or person in self.present

    def mention(self, person: int) -> str:
        """Return how a comment addresses a person."""
        if not self.is_reachable(person):
            return f"{self.login(person)} (not mentioned: GitHub does not confirm that this is the listed account)"
        return f"@{self.login(person) if self.present is None else self.present[person]}"


def _listed(side: Ownership) -> dict[int, str]:
    people: list[ListedPerson] = [*side.people.people]
    for plugin in side.plugins.values():
        people += plugin.governance.maintainers
    return {person.id: person.login for person in people}
