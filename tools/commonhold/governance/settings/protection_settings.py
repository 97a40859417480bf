"""Judge the lists of the older branch protection: who may bypass pull requests, and who may push."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.github import segment
from commonhold.governance.settings.actors import Actors
from commonhold.governance.settings.setting import SettingResult, SettingState, gh_command, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.governance.settings.branch_settings import BranchCase
    from commonhold.governance.settings.settings_records import ActorsRecord


def examine_protection(case: BranchCase) -> Iterator[SettingResult]:
    """Yield the results for the lists of a protected branch. Rulesets have their own lists."""
    protection = case.protection
    if protection is None:
        return
    reviews, branch = protection.required_pull_request_reviews, case.branch.name
    by_ruleset = any(each.parameters.required_approving_review_count for each in case.rules_of("pull_request"))
    if reviews is not None and not by_ruleset:
        actors = _actors(case, reviews.bypass_pull_request_allowances)
        why = "these accounts can push without a pull request"
        path = f"{_path(case)}/required_pull_request_reviews"
        empty: dict[str, Any] = {"bypass_pull_request_allowances": {"users": [], "teams": [], "apps": []}}
        fix = gh_command("PATCH", path, body=empty)
        yield judged(str(actors) == "nobody", "bypass of pull requests", str(actors), why, fix, branch=branch)
    if protection.restrictions is not None and case.core is not None:
        why = "people who may push to the branch merge pull requests, which only core does"
        result = SettingResult("people who may push", SettingState.OK, "", why, branch=branch)
        actors = _actors(case, protection.restrictions)
        lists: dict[str, list[str]] = {"users": sorted(case.core.values()), "teams": [], "apps": []}
        fixes = (
            gh_command("PUT", f"{_path(case)}/restrictions/{key}", body={key: value}) for key, value in lists.items()
        )
        yield actors.judge(case.core, result, *fixes)


def _path(case: BranchCase) -> str:
    return f"repos/{case.settings.repository.full_name}/branches/{segment(case.branch.name)}/protection"


def _actors(case: BranchCase, record: ActorsRecord) -> Actors:
    teams = tuple(case.settings.teams.by_slug(each.slug) for each in record.teams)
    return Actors({each.id: each.login for each in record.users}, teams, tuple(each.slug for each in record.apps))
