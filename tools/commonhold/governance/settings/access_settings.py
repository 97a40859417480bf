"""Judge who has write access, and who reviews a deployment to the publishing environments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonhold.github import segment
from commonhold.governance.settings.actors import Actors
from commonhold.governance.settings.setting import SettingResult, SettingState, Unavailable, asked, gh_command, judged
from commonhold.ownership import Role
from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from commonhold.governance.settings.settings_reader import Collaborators, GitHubSettings
    from commonhold.governance.settings.settings_records import CollaboratorRecord, EnvironmentRecord
    from commonhold.ownership import Ownership, People

_MOST_REVIEWERS = 6
_SHOWN = 10
_WHERE = "Settings › Collaborators and teams"


@dataclass(frozen=True)
class AccessCase:
    """The settings with the people that the default branch lists, on a day."""

    settings: GitHubSettings
    ownership: Ownership
    day: date

    @property
    def people(self) -> People:
        """The people in ``governance/people.toml``."""
        return self.ownership.people

    @property
    def core(self) -> frozenset[int]:
        """The ids of the core maintainers."""
        return self.ownership.core(self.day)

    @property
    def maintainers(self) -> frozenset[int]:
        """The ids of everybody who maintains a plugin."""
        plugins = self.ownership.plugins.values()
        return frozenset().union(*(self.ownership.maintainers(plugin, self.day) for plugin in plugins))


def examine_access(case: AccessCase) -> Iterator[SettingResult]:
    """Yield a result for each setting about write access."""
    yield _maintainers(case)
    yield _others(case)
    yield from _teams(case)
    yield _index(case)


def _writers(collaborators: Collaborators) -> list[CollaboratorRecord]:
    if isinstance(collaborators, Unavailable):
        return []
    return [each for each in collaborators if each.permissions.writes]


def _maintainers(case: AccessCase) -> SettingResult:
    name, why = "maintainers with write access", "the approval of a plugin's maintainer is not binding"
    question = f"Look at {_WHERE}: do all plugin maintainers who are not core have no write access?"
    return _without_access(case, name, why, question, case.maintainers - case.core, inside=True)


def _others(case: AccessCase) -> SettingResult:
    name, why = "others with write access", "only core maintainers give the approval that GitHub itself requires"
    question = f"Look at {_WHERE}: are all people with write access listed as core in governance/people.toml?"
    return _without_access(case, name, why, question, case.core | case.maintainers, inside=False)


def _without_access(
    case: AccessCase, name: str, why: str, question: str, ids: frozenset[int], *, inside: bool
) -> SettingResult:
    """Judge that nobody in ``ids``, or nobody outside of it, has write access."""
    collaborators = case.settings.collaborators
    if isinstance(collaborators, Unavailable):
        return asked(name, collaborators.why, why, question)
    found = [each for each in _writers(collaborators) if (each.id in ids) is inside]
    text = f"{listed([each.login for each in found], _SHOWN)}; teams and owners of the organization count too"
    path = f"repos/{case.settings.repository.full_name}/collaborators"
    commands = (gh_command("DELETE", f"{path}/{segment(each.login)}") for each in found)
    return judged(not found, name, text if found else "nobody", why, *commands)


def _teams(case: AccessCase) -> Iterator[SettingResult]:
    """Judge each team with write access. If the teams cannot be read, the collaborators contain their members."""
    read = case.settings.access_teams
    for each in () if isinstance(read, Unavailable) else read:
        if each.writes:
            why = "the members have write access, which only core has"
            result = SettingResult(f"team {each.slug}", SettingState.OK, "", why)
            yield Actors(teams=(case.settings.teams.by_slug(each.slug),)).judge(case.core, result, least=0)


def _index(case: AccessCase) -> SettingResult:
    settings = case.settings
    name, why = "plugin index", "changes to the plugin index wait if only one core maintainer can merge them"
    if isinstance(settings.index_collaborators, Unavailable):
        question = f"Look at the collaborators of {settings.index}: can at least two core maintainers merge changes?"
        return asked(name, settings.index_collaborators.why, why, question)
    writers = _writers(settings.index_collaborators)
    mergers = [each.login for each in writers if each.id in case.core]
    able = {each.id for each in writers}
    missing = [person for person in case.people.people if person.id in case.core - able]
    path = f"repos/{settings.index}/collaborators"
    commands = (gh_command("PUT", f"{path}/{segment(person.login)}", "-f", "permission=push") for person in missing)
    advice = "" if len(case.core) > 1 else "; list a second core maintainer in governance/people.toml"
    found = f"{listed(mergers, _SHOWN) or 'no core maintainer'} can merge"
    return judged(len(mergers) > 1, name, found, f"{why}{advice}", *commands)


def examine_environments(case: AccessCase, names: tuple[str, ...]) -> Iterator[SettingResult]:
    """Yield a result for each publishing environment."""
    read = case.settings.environments
    for name in names:
        title = f"environment {name}"
        why = "one of at least two release managers must approve every upload"
        question = f"Look at Settings › Environments › {name}: are the reviewers at least two release managers?"
        if isinstance(read, Unavailable):
            yield asked(title, read.why, why, question)
            continue
        found = next((each for each in read.environments if each.name == name), None)
        if found is None and read.total_count > len(read.environments):
            yield asked(title, "GitHub lists more environments than one page has", why, question)
        else:
            yield _environment(case, name, found, why)


def _environment(case: AccessCase, name: str, found: EnvironmentRecord | None, why: str) -> SettingResult:
    managers = case.people.active(Role.RELEASE_MANAGER, case.day)
    commands = (_set_reviewers(case, name, found, sorted(managers)),) if len(managers) > 1 else ()
    title, advice = (
        f"environment {name}",
        "" if commands else "; list a second release manager in governance/people.toml",
    )
    if found is None:
        return judged(False, title, "it does not exist", f"{why}{advice}", *commands)
    result = SettingResult(title, SettingState.OK, "", f"{why}{advice}")
    return _reviewers(case, found).judge(managers, result, *commands, group="release managers", least=2)


def _reviewers(case: AccessCase, environment: EnvironmentRecord) -> Actors:
    rules = [rule for rule in environment.protection_rules if rule.type == "required_reviewers"]
    users, teams = {}, []
    for each in (each for rule in rules for each in rule.reviewers):
        reviewer = each.reviewer
        if each.type == "User":
            users[reviewer.id] = reviewer.login or str(reviewer.id)
        else:
            known = case.settings.teams
            teams.append(known.by_number(reviewer.id) if reviewer.slug is None else known.by_slug(reviewer.slug))
    return Actors(users, tuple(teams))


def _set_reviewers(case: AccessCase, name: str, found: EnvironmentRecord | None, managers: list[int]) -> str:
    """Return the command; it repeats the other settings, because GitHub resets what it leaves out."""
    rules = found.protection_rules if found else []
    policy = found.deployment_branch_policy if found else None
    body: dict[str, Any] = {
        "wait_timer": max((rule.wait_timer for rule in rules), default=0),
        "prevent_self_review": any(rule.prevent_self_review for rule in rules),
        "reviewers": [{"type": "User", "id": id_} for id_ in managers[:_MOST_REVIEWERS]],
        "deployment_branch_policy": policy
        and {
            "protected_branches": policy.protected_branches,
            "custom_branch_policies": policy.custom_branch_policies,
        },
    }
    path = f"repos/{case.settings.repository.full_name}/environments/{segment(name)}"
    return gh_command("PUT", path, body=body)
