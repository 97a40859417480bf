"""Read the settings of a repository. What GitHub does not show to this token is ``Unavailable``, never a default."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from commonhold.github import NotFoundError, ResponseError, segment
from commonhold.governance.settings.actors import Teams
from commonhold.governance.settings.setting import INDEX_BRANCH, Unavailable, read_setting
from commonhold.governance.settings.settings_records import (
    ActionsRecord,
    CollaboratorRecord,
    EnvironmentsRecord,
    ForkApprovalRecord,
    FullRepositoryRecord,
    LimitRecord,
    ProtectionRecord,
    RuleRecord,
    RulesetRecord,
    ShortBranchRecord,
    TeamRecord,
    WorkflowPermissionsRecord,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.github import GitHub

Collaborators: TypeAlias = "tuple[CollaboratorRecord, ...] | Unavailable"

_RELEASE = re.compile(
    r"(?:.*/)?(?:release|stable|maint(?:enance)?)s?(?:$|[/_.-].*)|v?\d+(?:\.(?:\d+|x))+", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class BranchSettings:
    """The rules of a branch: from rulesets, and from the older branch protection (``None`` if it has none)."""

    name: str
    rules: tuple[RuleRecord, ...] | Unavailable
    protection: ProtectionRecord | Unavailable | None
    rulesets: tuple[RulesetRecord | Unavailable, ...]


@dataclass(frozen=True)
class GitHubSettings:
    """The settings of a repository, as GitHub reports them."""

    repository: FullRepositoryRecord
    branches: tuple[BranchSettings, ...]
    own_rulesets: tuple[RulesetRecord, ...] | Unavailable
    limit: LimitRecord | Unavailable
    collaborators: Collaborators
    index_collaborators: Collaborators
    index: str
    environments: EnvironmentsRecord | Unavailable
    actions: ActionsRecord | Unavailable
    workflows: WorkflowPermissionsRecord | Unavailable
    forks: ForkApprovalRecord | Unavailable
    teams: Teams
    access_teams: tuple[TeamRecord, ...] | Unavailable
    """The teams with access to the repository."""


class SettingsReader:
    """A reader of settings. It only sends GET requests."""

    def __init__(self, github: GitHub, index: GitHub | None = None) -> None:
        """Create a reader; ``index`` is the repository of the plugin index, if that is another one."""
        self._github = github
        self._index = index
        self._rulesets: dict[int, RulesetRecord | Unavailable] = {}

    def read(self, branches: Iterable[str] = ()) -> GitHubSettings:
        """Read the settings, also those of ``branches``, which need not exist.

        Raises ``ToolError`` if the repository or the list of its branches cannot be read.
        """
        github = self._github
        repository = github.read("", FullRepositoryRecord)
        listed = {each.name: each.protected for each in github.read_pages("/branches", ShortBranchRecord)}
        names = ordered_branches(listed, repository.default_branch, branches)
        collaborators = _collaborators(github)
        return GitHubSettings(
            repository=repository,
            branches=tuple(self._branch(name, listed.get(name, False), repository) for name in names),
            own_rulesets=read_setting(lambda: github.read_pages("/rulesets", RulesetRecord)),
            limit=read_setting(lambda: github.read("/interaction-limits", LimitRecord)),
            collaborators=collaborators,
            index_collaborators=_collaborators(self._index) if self._index else collaborators,
            index=(self._index or github).repository,
            environments=read_setting(lambda: github.read("/environments", EnvironmentsRecord, per_page=100)),
            actions=read_setting(lambda: github.read("/actions/permissions", ActionsRecord)),
            workflows=read_setting(lambda: github.read("/actions/permissions/workflow", WorkflowPermissionsRecord)),
            forks=read_setting(
                lambda: github.read("/actions/permissions/fork-pr-contributor-approval", ForkApprovalRecord)
            ),
            teams=Teams(github),
            access_teams=read_setting(lambda: github.read_pages("/teams", TeamRecord)),
        )

    def _branch(self, name: str, protected: bool, repository: FullRepositoryRecord) -> BranchSettings:
        github, quoted = self._github, segment(name)
        rules = read_setting(lambda: github.read_pages(f"/rules/branches/{quoted}", RuleRecord))
        protection = self._protection(quoted, repository) if protected else None
        ids = () if isinstance(rules, Unavailable) else dict.fromkeys(each.ruleset_id for each in rules)
        rulesets = tuple(self._ruleset(number) for number in ids if number is not None)
        return BranchSettings(name, rules, protection, rulesets)

    def _ruleset(self, number: int) -> RulesetRecord | Unavailable:
        """Read a ruleset once; it often applies to many branches."""
        if number not in self._rulesets:
            self._rulesets[number] = read_setting(lambda: self._github.read(f"/rulesets/{number}", RulesetRecord))
        return self._rulesets[number]

    def _protection(self, quoted: str, repository: FullRepositoryRecord) -> ProtectionRecord | Unavailable | None:
        try:
            return self._github.read(f"/branches/{quoted}/protection", ProtectionRecord)
        except NotFoundError as error:
            # To administrators, GitHub says this about a branch that only rulesets protect.
            is_admin = repository.permissions is not None and repository.permissions.admin
            return None if is_admin else Unavailable(error.message)
        except ResponseError as error:
            return Unavailable(error.message)


def ordered_branches(listed: dict[str, bool], default: str, given: Iterable[str]) -> list[str]:
    """Return the branches to examine: the given ones, the newest release branches, and all protected ones.

    A new release branch is first, because the name of its status is new, so no older rule requires it. The branch of
    the plugin index is examined whether it is protected or not.
    """
    releases = [name for name in listed if name != default and _RELEASE.fullmatch(name)]
    releases.sort(key=lambda name: [int(number) for number in _NUMBER.findall(name)], reverse=True)
    others = (name for name, protected in listed.items() if protected or name == INDEX_BRANCH)
    return [*dict.fromkeys([*given, *releases, default, *others])]


def _collaborators(github: GitHub) -> Collaborators:
    return read_setting(lambda: github.read_pages("/collaborators", CollaboratorRecord))
