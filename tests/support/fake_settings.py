"""Settings of a repository with the fields that GitHub's OpenAPI description requires."""

from __future__ import annotations

from typing import Any

from tests.support.fake_github import REPOSITORY, TIME, Record, user

RULESET = 77


def collaborator(login: str, number: int, role: str = "write") -> Record:
    """An account with access."""
    order = ("read", "triage", "write", "maintain", "admin")
    names = ("pull", "triage", "push", "maintain", "admin")
    permissions = {name: order.index(role) >= at for at, name in enumerate(names)}
    return {**user(login, number), "permissions": permissions, "role_name": role}


def rule(kind: str, parameters: Record | None = None, ruleset: int = RULESET) -> Record:
    """A rule of a branch."""
    source = {"ruleset_source_type": "Repository", "ruleset_source": REPOSITORY, "ruleset_id": ruleset}
    return {"type": kind, **({} if parameters is None else {"parameters": parameters}), **source}


def status_rule(context: str, integration: int | None = 15368) -> Record:
    """A rule that requires a status."""
    check: Record = {"context": context} if integration is None else {"context": context, "integration_id": integration}
    return rule(
        "required_status_checks", {"strict_required_status_checks_policy": False, "required_status_checks": [check]}
    )


def review_rule(count: int = 1, owners: bool = False, reviewers: list[Record] | None = None) -> Record:
    """A rule that requires a pull request."""
    return rule(
        "pull_request",
        {
            "dismiss_stale_reviews_on_push": False,
            "require_code_owner_review": owners,
            "require_last_push_approval": False,
            "required_approving_review_count": count,
            "required_review_thread_resolution": False,
            "required_reviewers": reviewers or [],
        },
    )


def core_team(*patterns: str) -> Record:
    """A team that must approve changes to files."""
    return {"file_patterns": list(patterns), "minimum_approvals": 1, "reviewer": {"id": 5, "type": "Team"}}


def team(slug: str, number: int, permission: str = "push") -> Record:
    """A team of the organization."""
    order = ("pull", "triage", "push", "maintain", "admin")
    urls = {f"{name}url": "https://example" for name in ("", "html_", "members_", "repositories_")}
    return {
        "id": number,
        "node_id": "T",
        "name": slug.title(),
        "slug": slug,
        "description": None,
        "permission": permission,
        "permissions": {name: order.index(permission) >= at for at, name in enumerate(order)},
        "type": "organization",
        "parent": None,
        **urls,
    }


def app(slug: str) -> Record:
    """A GitHub App."""
    return {
        "id": 3,
        "slug": slug,
        "node_id": "A",
        "name": slug,
        "owner": user("flyteorg", 35380635, "Organization"),
        "description": "",
        "external_url": "https://example",
        "html_url": "https://example",
        "created_at": TIME,
        "updated_at": TIME,
        "permissions": {"metadata": "read"},
        "events": [],
    }


def protection(
    *contexts: str,
    bypass: Record | None = None,
    restrictions: Record | None = None,
    owners: bool = True,
    admins: bool = True,
) -> Record:
    """The older protection of a branch: ``bypass`` and ``restrictions`` contain users, teams and apps."""
    url = "https://example"
    reviews = {
        "dismiss_stale_reviews": False,
        "require_code_owner_reviews": owners,
        "required_approving_review_count": 1,
    }
    urls = {f"{name}url": url for name in ("", "users_", "teams_", "apps_")}
    checks = [{"context": context, "app_id": 15368} for context in contexts]
    return {
        "required_status_checks": {"contexts": [*contexts], "checks": checks},
        "required_pull_request_reviews": {
            **reviews,
            **({} if bypass is None else {"bypass_pull_request_allowances": bypass}),
        },
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
        "enforce_admins": {"url": url, "enabled": admins},
        **({} if restrictions is None else {"restrictions": {**urls, **restrictions}}),
    }


def good_rules(branch: str) -> list[Record]:
    """Everything that the gate needs of a branch."""
    team = core_team("governance/**", ".github/**", "pyproject.toml")
    return [
        rule("deletion"),
        rule("non_fast_forward"),
        review_rule(reviewers=[team]),
        status_rule(f"approvals ({branch})"),
    ]


def ruleset(name: str = "gate", actors: list[Record] | None = None, **more: Any) -> Record:
    """A ruleset; GitHub leaves out the actors for those who may not change it."""
    shown = {} if actors is None else {"bypass_actors": actors}
    return {
        "id": RULESET,
        "name": name,
        "target": "branch",
        "source_type": "Repository",
        "source": REPOSITORY,
        "enforcement": "active",
        **shown,
        **more,
    }


def short_branch(name: str, *, protected: bool = True) -> Record:
    """A branch in a list."""
    return {"name": name, "commit": {"sha": "a" * 40, "url": "https://example"}, "protected": protected}


def environment(name: str, reviewers: list[Record], **more: Any) -> Record:
    """An environment whose reviewers are people or teams."""
    listed = [{"type": "User" if "login" in each else "Team", "reviewer": each} for each in reviewers]
    rules = [
        {"id": 1, "node_id": "R", "type": "wait_timer", "wait_timer": 30},
        {"id": 2, "node_id": "R", "type": "required_reviewers", "prevent_self_review": True, "reviewers": listed},
        {"id": 3, "node_id": "R", "type": "branch_policy"},
    ]
    times = {"created_at": TIME, "updated_at": TIME}
    urls = {"url": "https://example", "html_url": "https://example"}
    policy = {"protected_branches": True, "custom_branch_policies": False}
    base = {"id": 9, "node_id": "E", "name": name, **urls, **times}
    return {**base, "protection_rules": rules, "deployment_branch_policy": policy, **more}


_URLS = """archive assignees blobs branches clone collaborators comments commits compare contents contributors
deployments downloads events forks git git_commits git_refs git_tags hooks html issue_comment issue_events issues keys
labels languages merges milestones notifications pulls releases ssh stargazers statuses subscribers subscription svn tags
teams trees"""
_COUNTS = "forks forks_count network_count open_issues open_issues_count size stargazers_count subscribers_count"
_SWITCHES = "archived disabled fork has_discussions has_issues has_pages has_projects has_wiki private"
_MISSING = "description homepage language license mirror_url"


def repository(*, admin: bool = True, **more: Any) -> Record:
    """A repository, with what the account of the token may do in it."""
    permissions = {"admin": admin, "maintain": admin, "push": admin, "triage": admin, "pull": True}
    return {
        "id": 1,
        "node_id": "R",
        "name": REPOSITORY.partition("/")[2],
        "owner": user("flyteorg", 35380635, "Organization"),
        "full_name": REPOSITORY,
        "default_branch": "main",
        "permissions": permissions,
        "url": "https://example",
        **{f"{name}_url": "https://example" for name in _URLS.split()},
        **dict.fromkeys((*_COUNTS.split(), "watchers", "watchers_count"), 0),
        **dict.fromkeys(_SWITCHES.split(), False),
        **dict.fromkeys(_MISSING.split()),
        **dict.fromkeys(("created_at", "pushed_at", "updated_at"), TIME),
        **more,
    }


def good_settings(reviewers: list[Record], collaborators: list[Record]) -> dict[str, Any]:
    """The settings of a repository where everything is as the gate needs it."""
    return {
        "": repository(allow_auto_merge=False),
        "/branches": [short_branch("main")],
        "/branches/main/protection": 404,
        "/rules/branches/main": good_rules("main"),
        "/teams": [team("core", 5), team("fans", 6, "pull")],
        "/orgs/flyteorg/teams": [team("core", 5), team("fans", 6, "pull"), team("admins", 8)],
        "/orgs/flyteorg/teams/core/members": reviewers,
        "/rulesets": [ruleset()],
        f"/rulesets/{RULESET}": ruleset(actors=[]),
        "/interaction-limits": {},
        "/collaborators": collaborators,
        "/environments": {"total_count": 1, "environments": [environment("pypi", reviewers)]},
        "/actions/permissions": {"enabled": True, "allowed_actions": "all"},
        "/actions/permissions/workflow": {
            "default_workflow_permissions": "read",
            "can_approve_pull_request_reviews": False,
        },
        "/actions/permissions/fork-pr-contributor-approval": {"approval_policy": "first_time_contributors"},
    }
