"""Find the people behind the accounts and teams that a setting names, and judge whether all of them are listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from commonhold.github import segment
from commonhold.governance.approvals.records import UserRecord
from commonhold.governance.settings.setting import SettingResult, Unavailable, asked, gh_command, judged, read_setting
from commonhold.governance.settings.settings_records import TeamRecord
from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from commonhold.github import GitHub

_SHOWN = 10


@dataclass(frozen=True)
class Team:
    """A team and its members, if GitHub shows them; ``slug`` is its name in addresses, or else its number."""

    organization: str
    slug: str
    members: tuple[UserRecord, ...] | Unavailable


class Teams:
    """The teams of the organization that owns a repository. Each is read when it is needed, once."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._organization = github.repository.partition("/")[0]
        self._known: dict[str, Team] = {}

    def by_slug(self, slug: str) -> Team:
        """Return the team with a name."""
        if slug not in self._known:
            path = f"/teams/{segment(slug)}/members"
            members = read_setting(lambda: self._github.read_organization_pages(path, UserRecord))
            self._known[slug] = Team(self._organization, slug, members)
        return self._known[slug]

    def by_number(self, number: int) -> Team:
        """Return the team with an id, which rulesets contain instead of a name."""
        if isinstance(self._listed, Unavailable):
            return Team(self._organization, str(number), self._listed)
        slug = next((team.slug for team in self._listed if team.id == number), None)
        if slug is None:
            return Team(self._organization, str(number), Unavailable("GitHub does not list this team"))
        return self.by_slug(slug)

    @cached_property
    def _listed(self) -> tuple[TeamRecord, ...] | Unavailable:
        return read_setting(lambda: self._github.read_organization_pages("/teams", TeamRecord))


@dataclass(frozen=True)
class Actors:
    """The accounts (by id), teams and apps that a setting names; ``unknown`` are names without an account."""

    users: Mapping[int, str] = field(default_factory=dict)
    teams: tuple[Team, ...] = ()
    apps: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @cached_property
    def people(self) -> Mapping[int, str]:
        """The login of each person, as far as GitHub shows them."""
        members = (each.members for each in self.teams if not isinstance(each.members, Unavailable))
        return {**self.users, **{member.id: member.login for group in members for member in group}}

    def __str__(self) -> str:
        return (
            listed([*self.users.values(), *map(_described, self.teams), *self.apps, *self.unknown], _SHOWN) or "nobody"
        )

    def _outside(self, people: Container[int]) -> Iterator[tuple[str, Team | None]]:
        yield from ((login, None) for id_, login in self.users.items() if id_ not in people)
        yield from ((f"the app {app}", None) for app in self.apps)
        for team in self.teams:
            members = () if isinstance(team.members, Unavailable) else team.members
            yield from ((member.login, team) for member in members if member.id not in people)

    def judge(
        self,
        people: Container[int],
        result: SettingResult,
        *commands: str,
        group: str = "core maintainers",
        least: int = 1,
    ) -> SettingResult:
        """Judge that all are among some people, and that they are enough. What GitHub does not show is asked.

        ``result`` has the name, the reason and the branch. Without commands, a person leaves the team.
        """
        name, why, branch = result.name, result.why, result.branch
        outside = [*self._outside(people)]
        unseen = [each for each in self.teams if isinstance(each.members, Unavailable)]
        if outside:
            found = f"{self}; not {group}: {listed(dict.fromkeys(each for each, _ in outside), _SHOWN)}"
            leave = (_leave(login, team) for login, team in outside if team is not None)
            return judged(False, name, found, why, *(commands or leave), branch=branch)
        if unseen or self.unknown:
            names = listed([*(f"the team {each.slug}" for each in unseen), *self.unknown], _SHOWN)
            return asked(name, str(self), why, f"Look at {names}: are all members {group}?", branch)
        return judged(len(self.people) >= least, name, str(self), why, *commands, branch=branch)


def _described(team: Team) -> str:
    if isinstance(team.members, Unavailable):
        return f"team {team.slug} (cannot see its members: {team.members.why})"
    return f"team {team.slug} ({listed([each.login for each in team.members], _SHOWN) or 'nobody'})"


def _leave(login: str, team: Team) -> str:
    path = f"orgs/{segment(team.organization)}/teams/{segment(team.slug)}/memberships/{segment(login)}"
    return gh_command("DELETE", path)
