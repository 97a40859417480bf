"""Judge who must approve changes to the gate's own files: teams of a ruleset, or code owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.governance.settings.actors import Actors
from commonhold.governance.settings.branch_settings import judge_rule
from commonhold.governance.settings.setting import SettingResult, SettingState, judged
from commonhold.text import listed
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.governance.settings.branch_settings import BranchCase

_NAME = "required reviewers"
_WHY = "a change of the gate's own files must not pass by the gate alone"


def examine_reviewers(case: BranchCase) -> SettingResult:
    """Return the result for the reviewers of the gate's files. All of them must be core maintainers."""
    teams = {path: [*_teams(case, path)] for path in case.code_owners}
    reviews = case.protection.required_pull_request_reviews if case.protection else None
    by_owners = any(rule.parameters.require_code_owner_review for rule in case.rules_of("pull_request"))
    by_owners = by_owners or bool(reviews and reviews.require_code_owner_reviews)
    open_files = [path for path, found in teams.items() if not found]
    if open_files and not by_owners:
        return judge_rule(case, False, _NAME, f"nobody in particular must approve {listed(open_files, 3)}", _WHY)
    unowned = [path for path in open_files if not case.code_owners[path]]
    if unowned:
        found = f"code owners must approve, but CODEOWNERS names nobody for {listed(unowned, 3)}"
        return judged(False, _NAME, found, f"{_WHY}: name core's team in CODEOWNERS", branch=case.branch.name)
    owners = [owner for path in open_files for owner in case.code_owners[path]]
    numbers = dict.fromkeys(number for found in teams.values() for number in found)
    return _judge_people(case, numbers, dict.fromkeys(owners))


def _teams(case: BranchCase, path: str) -> Iterator[int]:
    """Yield the teams one of which must approve a file."""
    for rule in case.rules_of("pull_request"):
        for reviewer in rule.parameters.required_reviewers:
            # A pattern that excludes files is not evaluated, so its list protects nothing here.
            excludes = any(pattern.startswith("!") for pattern in reviewer.file_patterns)
            patterns = Patterns(pattern.lstrip("/") for pattern in reviewer.file_patterns)
            if reviewer.minimum_approvals >= 1 and not excludes and patterns.match(path):
                yield reviewer.reviewer.id


def _judge_people(case: BranchCase, numbers: Iterable[int], owners: Iterable[str]) -> SettingResult:
    result = SettingResult(_NAME, SettingState.OK, "", _WHY, branch=case.branch.name)
    if case.core is None:
        return judged(True, _NAME, "a team or code owners must approve the gate's files", _WHY, branch=case.branch.name)
    teams = [case.settings.teams.by_number(number) for number in numbers]
    ids = {login.casefold(): id_ for id_, login in case.core.items()}
    users, unknown = {}, []
    for at, owner in enumerate(owners):
        organization, slash, slug = owner.removeprefix("@").partition("/")
        if not owner.startswith("@"):
            unknown.append(owner)
        elif slash and organization.casefold() == case.settings.repository.full_name.partition("/")[0].casefold():
            teams.append(case.settings.teams.by_slug(slug))
        elif not slash:
            users[ids.get(organization.casefold(), -at)] = organization
        else:
            unknown.append(owner)
    return Actors(users, tuple(teams), unknown=tuple(unknown)).judge(case.core, result)
