"""Examine all settings: those of each branch, of the repository, and of the people with access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.github import GitHubTree, segment
from commonhold.governance.approvals.gate_config import read_gate_settings
from commonhold.governance.approvals.gate_settings import GateMode
from commonhold.governance.approvals.records import BranchRecord
from commonhold.governance.settings.access_settings import AccessCase, examine_access, examine_environments
from commonhold.governance.settings.branch_settings import BranchCase, examine_branch
from commonhold.governance.settings.protection_settings import examine_protection
from commonhold.governance.settings.repository_settings import examine_repository
from commonhold.governance.settings.reviewer_settings import examine_reviewers
from commonhold.governance.settings.setting import INDEX_BRANCH, SettingResult, SettingState, judged
from commonhold.ownership import PEOPLE, Ownership
from commonhold.projects.codeowners import codeowners_path, read_codeowners
from commonhold.workspace import read_config
from commonhold.workspace.config.locate import rules_files
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from commonhold.github import GitHub
    from commonhold.governance.settings.settings_reader import GitHubSettings
    from commonhold.tree import Tree

GATE_WORKFLOW = ".github/workflows/approvals.yml"


@dataclass(frozen=True)
class GatePolicy:
    """What the default branch says: the people, and the files that decide, each with its code owners."""

    ownership: Ownership
    mode: GateMode
    code_owners: Mapping[str, tuple[str, ...]]


def read_policy(github: GitHub, branch: str) -> GatePolicy:
    """Read the people and owners at the tip of a branch. Raises ``ToolError`` or ``ConfigurationError``."""
    tip = github.read(f"/branches/{segment(branch)}", BranchRecord).commit.sha
    tree = GitHubTree(github, tip)
    config = read_config(tree)
    ownership = Ownership.read(tree, config)
    protected = (config.path(PEOPLE), GATE_WORKFLOW, rules_files(config.folder)[0])
    owners = {path: _code_owners(tree, path) for path in protected}
    return GatePolicy(ownership, read_gate_settings(config).mode, owners)


def _code_owners(tree: Tree, path: str) -> tuple[str, ...]:
    file = codeowners_path(tree.entries)
    data = tree.read([file]).get(file) if file is not None else None
    if file is None or data is None:
        return ()
    matching = [rule for rule in read_codeowners(file, data).rules if Patterns(rule.globs).match(path)]
    return matching[-1].owners if matching else ()


def examine_settings(
    settings: GitHubSettings, policy: GatePolicy, day: date, environments: tuple[str, ...]
) -> Iterator[SettingResult]:
    """Yield a result for each setting, the new release branches first."""
    problems = uncertain_people(policy.ownership)
    core = policy.ownership.core(day)
    people = {each.id: each.login for each in policy.ownership.people.people if each.id in core}
    for branch in settings.branches:
        case = BranchCase(settings, branch, policy.code_owners, None if problems else people)
        yield from examine_branch(case)
        if branch.name != INDEX_BRANCH:
            yield examine_reviewers(case)
            yield from examine_protection(case)
    yield from examine_repository(settings)
    yield _mode(policy)
    why = "rights belong to listed people, and an entry with a mistake gives none"
    yield judged(not problems, "listed people", problems[0] if problems else "no mistakes", why)
    if not problems:
        access = AccessCase(settings, policy.ownership, day)
        yield from examine_access(access)
        yield from examine_environments(access, environments)


def _mode(policy: GatePolicy) -> SettingResult:
    key = '`mode = "required"` below `[tool.commonhold.approvals]`'
    why = f"no status is posted, so a branch that requires it is closed: write {key} on the default branch"
    return judged(policy.mode is GateMode.REQUIRED, "mode", policy.mode.value, why)


def uncertain_people(ownership: Ownership) -> tuple[str, ...]:
    """Return the mistakes in governance files, because of which too few people may be listed."""
    plugins = (problem for plugin in ownership.plugins.values() for problem in plugin.governance.problems)
    missing = () if ownership.people.exists else (f"{ownership.people.path} does not exist",)
    return (*missing, *map(str, (*ownership.problems, *plugins)))


def has_wrong(results: tuple[SettingResult, ...]) -> bool:
    """Return whether a setting is wrong."""
    return any(each.state is SettingState.WRONG for each in results)
