"""Judge the settings of one branch: its required status, reviews, and who may bypass them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from commonhold.github import segment
from commonhold.governance.approvals.post import status_context
from commonhold.governance.settings.actors import Actors
from commonhold.governance.settings.setting import (
    INDEX_BRANCH,
    SettingResult,
    Unavailable,
    asked,
    gh_command,
    judged,
)
from commonhold.text import count, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from commonhold.governance.settings.settings_reader import BranchSettings, GitHubSettings
    from commonhold.governance.settings.settings_records import (
        BypassActorRecord,
        ProtectionRecord,
        RuleRecord,
        RulesetRecord,
    )

GITHUB_ACTIONS = 15368
"""The id of the app whose token the gate's workflow posts its status with."""

_ANY = "any source"
_WHERE = "Settings › Rules › Rulesets, and Settings › Branches"


@dataclass(frozen=True)
class BranchCase:
    """A branch with what its settings are compared with: the code owners of each file that decides, and core.

    ``core`` has the login of each active core maintainer by id; it is ``None`` if the list has mistakes.
    """

    settings: GitHubSettings
    branch: BranchSettings
    code_owners: Mapping[str, tuple[str, ...]]
    core: Mapping[int, str] | None

    @property
    def context(self) -> str:
        """The name of the gate's status."""
        return status_context(self.branch.name)

    @cached_property
    def rules(self) -> tuple[RuleRecord, ...]:
        """The rules of rulesets; none if they could not be read."""
        return () if isinstance(self.branch.rules, Unavailable) else self.branch.rules

    def rules_of(self, kind: str) -> Iterator[RuleRecord]:
        """Yield the rules of one type."""
        return (rule for rule in self.rules if rule.type == kind)

    @property
    def protection(self) -> ProtectionRecord | None:
        """The older branch protection, if it could be read."""
        return None if isinstance(self.branch.protection, Unavailable) else self.branch.protection

    @cached_property
    def unread(self) -> str | None:
        """Why some rules could not be read."""
        parts = (self.branch.rules, self.branch.protection)
        return next((part.why for part in parts if isinstance(part, Unavailable)), None)

    @cached_property
    def sources(self) -> dict[int | None, list[int]]:
        """The required sources of the gate's status, each with the rulesets that require it."""
        found: dict[int | None, list[int]] = {}
        for rule in self.rules_of("required_status_checks"):
            for check in rule.parameters.required_status_checks:
                if check.context == self.context:
                    found.setdefault(check.integration_id, []).extend([rule.ruleset_id] if rule.ruleset_id else [])
        if self.protection and self.protection.required_status_checks:
            for each in self.protection.required_status_checks.checks:
                if each.context == self.context:
                    found.setdefault(each.app_id, [])
        return found

    @property
    def fix(self) -> str:
        """The command that creates, or replaces, a ruleset with everything that the gate needs of this branch."""
        purpose = INDEX_BRANCH if self.branch.name == INDEX_BRANCH else self.context
        name, repository = f"commonhold {purpose}", self.settings.repository.full_name
        own = self.settings.own_rulesets
        known = () if isinstance(own, Unavailable) else own
        number = next((each.id for each in known if each.name == name and each.source_type == "Repository"), None)
        path = f"repos/{repository}/rulesets"
        body = _ruleset_body(name, self.branch.name, self.context)
        return (
            gh_command("POST", path, body=body) if number is None else gh_command("PUT", f"{path}/{number}", body=body)
        )


def examine_branch(case: BranchCase) -> Iterator[SettingResult]:
    """Yield the result for each setting of a branch."""
    if case.branch.name == INDEX_BRANCH:
        yield from _examine_index_branch(case)
        return
    yield _status(case)
    if case.sources:
        yield _source(case)
    yield _pull_request(case)
    yield _forbidden(case, "force pushes", "non_fast_forward", "a forced push replaces commits that were approved")
    yield _forbidden(case, "deletion", "deletion", "a branch that is created again has none of the approved commits")
    yield from _bypass(case)


def _examine_index_branch(case: BranchCase) -> Iterator[SettingResult]:
    """Judge the branch of the plugin index: its history is kept, and the workflow can push to it."""
    why = "the plugin index only grows, and clients reject one that does not"
    yield _forbidden(case, "force pushes", "non_fast_forward", why)
    yield _forbidden(case, "deletion", "deletion", why)
    stopping = {rule.type for rule in case.rules if rule.type in ("pull_request", "required_status_checks")}
    if case.protection and case.protection.required_pull_request_reviews:
        stopping.add("pull_request")
    if case.protection and case.protection.required_status_checks:
        stopping.add("required_status_checks")
    found = listed(stopping, 2) or "none"
    why = "the workflow plugin-index.yml pushes commits, and no pull request"
    yield judge_rule(case, not stopping, "rules that stop the workflow", found, why)


def judge_rule(case: BranchCase, right: bool, name: str, found: str, why: str) -> SettingResult:
    """Judge a rule; if some rules were not read, one that is missing is unknown."""
    if not right and case.unread is not None:
        question = f"Look at {_WHERE}: does the branch {case.branch.name} have the setting “{name}”?"
        return asked(name, f"{found}, but not everything could be read: {case.unread}", why, question, case.branch.name)
    return judged(right, name, found, why, case.fix, branch=case.branch.name)


def _status(case: BranchCase) -> SettingResult:
    found = "required" if case.sources else f"{case.context} is not required"
    why = f"without the required status {case.context}, a pull request can be merged before it is approved"
    return judge_rule(case, bool(case.sources), "required status", found, why)


def _source(case: BranchCase) -> SettingResult:
    names = {_ANY if source in (None, -1) else f"app {source}" for source in case.sources}
    right = GITHUB_ACTIONS in case.sources
    why = "everybody with write access could post the status from another source"
    return judge_rule(case, right, "expected source", "GitHub Actions" if right else listed(names, 3), why)


def _pull_request(case: BranchCase) -> SettingResult:
    counts = [rule.parameters.required_approving_review_count for rule in case.rules_of("pull_request")]
    if case.protection and case.protection.required_pull_request_reviews:
        counts.append(case.protection.required_pull_request_reviews.required_approving_review_count)
    found = f"{count(max(counts), 'approval')} required" if counts else "a pull request is not required"
    why = "if the gate fails, somebody with write access must still approve"
    return judge_rule(case, max(counts, default=0) >= 1, "pull request with an approval", found, why)


def _forbidden(case: BranchCase, name: str, rule: str, why: str) -> SettingResult:
    right = any(True for _ in case.rules_of(rule))
    if case.protection:
        switches = {"non_fast_forward": case.protection.allow_force_pushes, "deletion": case.protection.allow_deletions}
        right = right or not switches[rule].enabled
    return judge_rule(case, right, name, "blocked" if right else "allowed", why)


def _bypass(case: BranchCase) -> Iterator[SettingResult]:
    """Judge who may bypass the rules. Of several rulesets with the same rule, one that nobody can bypass is enough."""
    statuses = case.sources.get(GITHUB_ACTIONS)
    if statuses is None:
        return
    if not statuses:
        yield _administrators(case)
        return
    kinds = ("pull_request", "non_fast_forward", "deletion")
    rulesets = {each.id: each for each in case.branch.rulesets if not isinstance(each, Unavailable)}
    groups: list[set[int | None]] = [
        {*statuses},
        *({rule.ruleset_id for rule in case.rules_of(kind)} for kind in kinds),
    ]
    unknown = False
    bypassed: dict[int, RulesetRecord] = {}
    for numbers in groups:
        known = [each for id_, each in rulesets.items() if id_ in numbers and each.bypass_actors is not None]
        if all(each.bypass_actors for each in known):
            unknown = unknown or len(known) < len(numbers)
            bypassed.update((each.id, each) for each in known)
    yield _bypass_result(case, bypassed.values(), unknown=unknown)


def _bypass_result(case: BranchCase, bypassed: Collection[RulesetRecord], *, unknown: bool) -> SettingResult:
    name, why = "bypass", "these accounts can merge or push without the gate"
    if bypassed:
        actors = {_actor(case, actor) for each in bypassed for actor in each.bypass_actors or ()}
        commands = (_empty_bypass(case, each) for each in bypassed)
        return judged(False, name, listed(actors, 5), why, *commands, branch=case.branch.name)
    if unknown:
        found = "GitHub shows it only to those who may change the ruleset"
        question = f"Look at Settings › Rules › Rulesets: are the bypass lists for {case.branch.name} empty?"
        return asked(name, found, why, question, case.branch.name)
    return judged(True, name, "nobody", why, branch=case.branch.name)


def _administrators(case: BranchCase) -> SettingResult:
    """Judge the older branch protection, which administrators bypass unless it includes them."""
    right = bool(case.protection and case.protection.enforce_admins.enabled)
    path = f"repos/{case.settings.repository.full_name}/branches/{segment(case.branch.name)}/protection/enforce_admins"
    found, why = "nobody" if right else "administrators", "these accounts can merge or push without the gate"
    return judged(right, "bypass", found, why, gh_command("POST", path), branch=case.branch.name)


def _actor(case: BranchCase, actor: BypassActorRecord) -> str:
    if actor.actor_type == "Team" and actor.actor_id is not None:
        return f"{Actors(teams=(case.settings.teams.by_number(actor.actor_id),))} ({actor.bypass_mode})"
    number = "" if actor.actor_id is None else f" {actor.actor_id}"
    return f"{actor.actor_type}{number} ({actor.bypass_mode})"


def _empty_bypass(case: BranchCase, ruleset: RulesetRecord) -> str:
    if ruleset.source_type == "Organization":
        owner = f"orgs/{segment(ruleset.source)}"
    elif ruleset.source_type == "Enterprise":
        owner = f"enterprises/{segment(ruleset.source)}"
    else:
        owner = f"repos/{case.settings.repository.full_name}"
    return gh_command("PUT", f"{owner}/rulesets/{ruleset.id}", body={"bypass_actors": []})


def _ruleset_body(name: str, branch: str, context: str) -> dict[str, Any]:
    reviews = {
        "required_approving_review_count": 1,
        "require_code_owner_review": True,
        "dismiss_stale_reviews_on_push": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    statuses = {
        "strict_required_status_checks_policy": False,
        "do_not_enforce_on_create": True,
        "required_status_checks": [{"context": context, "integration_id": GITHUB_ACTIONS}],
    }
    gate = [
        {"type": "pull_request", "parameters": reviews},
        {"type": "required_status_checks", "parameters": statuses},
    ]
    return {
        "name": name,
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": {"ref_name": {"include": [f"refs/heads/{branch}"], "exclude": []}},
        "rules": [
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            *([] if branch == INDEX_BRANCH else gate),
        ],
    }
