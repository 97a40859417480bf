"""Judge the settings of the whole repository: who may interact with it, and what its workflows may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.github import segment
from commonhold.governance.settings.setting import SettingResult, Unavailable, asked, gh_command, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.governance.settings.settings_reader import GitHubSettings

_ACTIONS = "Settings › Actions › General"
_NOBODY = "GitHub ignores the approvals of people without explicit access while it is on, so the gate can never pass"


def examine_repository(settings: GitHubSettings) -> Iterator[SettingResult]:
    """Yield a result for each setting of the repository."""
    yield _code_review_limits()
    yield _interaction_limits(settings)
    yield _execution_protections()
    yield _actions(settings)
    yield from _workflow_permissions(settings)
    yield _fork_approval(settings)
    yield _auto_merge(settings)


def _code_review_limits() -> SettingResult:
    question = "Look at Settings › Moderation options › Code review limits: are they off?"
    return asked("code review limits", "no API reports them", _NOBODY, question)


def _interaction_limits(settings: GitHubSettings) -> SettingResult:
    name, limit = "interaction limits", settings.limit
    if isinstance(limit, Unavailable):
        question = "Look at Settings › Moderation options › Interaction limits: are they off?"
        return asked(name, limit.why, _NOBODY, question)
    repository = settings.repository.full_name
    owner = segment(repository.partition("/")[0])
    places = {"organization": f"orgs/{owner}/interaction-limits", "user": "user/interaction-limits"}
    path = places.get(limit.origin or "", f"repos/{repository}/interaction-limits")
    found = "off" if limit.limit is None else f"{limit.limit}, set for the {limit.origin}, until {limit.expires_at}"
    return judged(limit.limit is None, name, found, _NOBODY, gh_command("DELETE", path))


def _execution_protections() -> SettingResult:
    why = "without these events, an approval shows only after the next scheduled run"
    question = (
        f"Look at {_ACTIONS} › Workflow execution protections: may pull_request_target, pull_request_review,"
        " issue_comment, workflow_run and schedule start workflows, the second and third also"
        " for people with read access?"
    )
    return asked("workflow execution protections", "no API reports them", why, question)


def _actions(settings: GitHubSettings) -> SettingResult:
    name, why = "GitHub Actions", "the gate is a workflow"
    if isinstance(settings.actions, Unavailable):
        return asked(name, settings.actions.why, why, f"Look at {_ACTIONS}: is GitHub Actions on?")
    path = f"repos/{settings.repository.full_name}/actions/permissions"
    on = settings.actions.enabled
    return judged(on, name, "on" if on else "off", why, gh_command("PUT", path, "-F", "enabled=true"))


def _workflow_permissions(settings: GitHubSettings) -> Iterator[SettingResult]:
    names = ("default workflow permissions", "approvals by workflows")
    whys = ("every workflow could post the gate's status", "a workflow could give the approval that GitHub requires")
    read = settings.workflows
    if isinstance(read, Unavailable):
        where = f"Look at {_ACTIONS} › Workflow permissions:"
        yield asked(names[0], read.why, whys[0], f"{where} is the default “Read repository contents”?")
        yield asked(names[1], read.why, whys[1], f"{where} is “Allow GitHub Actions to approve pull requests” off?")
        return
    path = f"repos/{settings.repository.full_name}/actions/permissions/workflow"
    fields = ("-f", "default_workflow_permissions=read", "-F", "can_approve_pull_request_reviews=false")
    command = gh_command("PUT", path, *fields)
    default = read.default_workflow_permissions
    yield judged(default == "read", names[0], default, whys[0], command)
    approves = read.can_approve_pull_request_reviews
    yield judged(not approves, names[1], "allowed" if approves else "off", whys[1], command)


def _fork_approval(settings: GitHubSettings) -> SettingResult:
    """Show whose workflow runs wait. No value is wrong: the strictest is the safest, and only delays approvals."""
    name, why = "held workflow runs", "while GitHub holds an event, an approval shows only after the next scheduled run"
    if isinstance(settings.forks, Unavailable):
        question = f"Look at {_ACTIONS} › Approval for running fork pull request workflows: is such a delay acceptable?"
        return asked(name, settings.forks.why, why, question)
    policy = settings.forks.approval_policy
    return judged(
        True, name, f"those of {policy.replace('_', ' ')}; their approvals can show up to 30 minutes later", why
    )


def _auto_merge(settings: GitHubSettings) -> SettingResult:
    name, why = "auto-merge", "a pull request would be merged as soon as the status passes, without a last look"
    on = settings.repository.allow_auto_merge
    if on is None:
        question = "Look at Settings › General › Pull Requests: is “Allow auto-merge” off?"
        return asked(name, "GitHub does not show it to this token", why, question)
    path = f"repos/{settings.repository.full_name}"
    return judged(not on, name, "on" if on else "off", why, gh_command("PATCH", path, "-F", "allow_auto_merge=false"))
