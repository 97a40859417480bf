"""Rules CH004 to CH006 and CH306 to CH310: people, maintainers of plugins, the ledger and issue forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.core_team import governance_of, ledger_of, listed_people, ownership_of
from commonhold.checks.edits import new_file
from commonhold.checks.finding import Severity, Violation
from commonhold.checks.rule import plugin_rule, repository_rule
from commonhold.checks.rules.people import maintaining_people
from commonhold.ownership import LifecycleState, Role
from commonhold.ownership.issue_forms import has_plugin_list, is_issue_form, with_plugin_list
from commonhold.ownership.plugin_choices import plugin_choices
from commonhold.projects.published import ValueState
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.ownership import GovernanceProblem, ListedPerson


def _violations(problems: Iterable[GovernanceProblem]) -> Iterator[Violation]:
    for problem in problems:
        yield Violation(problem.message, problem.path, problem.line, problem.message)


@plugin_rule("CH004", "The plugin's governance.toml is valid", requires=())
def valid_governance(checked: CheckedPlugin) -> Iterator[Violation]:
    """`governance.toml` in the plugin's folder is a file, not a link, and each value has the right type.

    Each maintainer has a name, a login, the numeric id of the account, and a first day. The id is required because an
    account can change its login, and then somebody else can take the old login. While the file is invalid, approvals
    for the plugin wait.

    **To fix it**, correct the value that the message names. `gh api users/LOGIN --jq .id` prints the id of an account.
    """
    yield from _violations(governance_of(checked).problems)


@repository_rule("CH005", "The list of people is valid")
def valid_people(repository: CheckedRepository) -> Iterator[Violation]:
    """`governance/people.toml` is a file, not a link, and each value has the right type.

    Each person has a name, a login and the numeric id of the account; no two people have the same id or login. While
    the file is invalid, no change can be approved.

    **To fix it**, correct the value that the message names. `gh api users/LOGIN --jq .id` prints the id of an account.
    """
    yield from _violations(ownership_of(repository).problems)


@repository_rule("CH006", "The ledger is a valid chain")
def valid_ledger(repository: CheckedRepository) -> Iterator[Violation]:
    """Each file `governance/ledger/PLUGIN/NNNN-EVENT.toml` is valid and contains the SHA-256 of the previous one.

    The numbers of a plugin's entries start with 0001 and have no gaps. So nobody can remove or change an entry
    unnoticed.

    **To fix it**, restore the entries that were changed, and add a new entry at the end.
    """
    yield from _violations(ledger_of(repository).problems)


@repository_rule("CH306", "An account has the same id and login in every file", requires=("CH005",))
def one_account(repository: CheckedRepository) -> Iterator[Violation]:
    """No login has two ids, and no id has two logins, in `governance/people.toml` and the plugins' `governance.toml`.

    Approvals are counted by id. So a wrong id gives the rights of one person to another. Logins are compared without
    regard to case, as GitHub does.

    **To fix it**, look up the id with `gh api users/LOGIN --jq .id`, and write the same login and id in every file.
    """
    logins: dict[str, tuple[str, ListedPerson]] = {}
    ids: dict[int, tuple[str, ListedPerson]] = {}
    for path, person in listed_people(repository):
        login = person.login.lower()
        named, known = logins.setdefault(login, (path, person)), ids.setdefault(person.id, (path, person))
        if named[1].id != person.id:
            text = f"the login {person.login} has the id {person.id}, but {named[1].id} in {named[0]}"
        elif known[1].login.lower() != login:
            text = f"the id {person.id} has the login {person.login}, but {known[1].login} in {known[0]}"
        else:
            continue
        yield Violation(text, path, person.line, f"{person.login} {person.id}")


@repository_rule("CH307", "No role has expired", severity=Severity.WARNING, requires=("CH005",))
def current_roles(repository: CheckedRepository) -> Iterator[Violation]:
    """No role in `governance/people.toml` has ended, except those of people with `emeritus = true`.

    A person whose role has ended does not have its rights. The rule is a reminder, because a day passes without a
    change that somebody reviews. It also reports if no core maintainer is active, because nobody could approve a
    change.

    **To fix it**, set a later day in `until`, remove the role, or add `emeritus = true` if the person left.
    """
    people = ownership_of(repository).people
    for person in people.people:
        for role, term in person.terms.items():
            if term.has_ended(repository.today) and not person.emeritus:
                text = f"the role {role.value} of {person.login} ended on {term.end}"
                yield Violation(text, people.path, person.line, f"{role.value} {person.id}")
    if people.exists and not people.active(Role.CORE, repository.today):
        yield Violation("no core maintainer is active, so nobody can approve a change", people.path, subject="core")


@plugin_rule("CH308", "The plugin has an active maintainer", severity=Severity.WARNING, requires=("CH004",))
def active_maintainer(checked: CheckedPlugin) -> Iterator[Violation]:
    """`governance.toml` lists at least one maintainer whose term has not ended and who is not suspended.

    Without an active maintainer, core maintainers alone decide about changes to the plugin. The rule applies if
    `governance/people.toml` exists and `approvals` of the tier is not `core`, unless the state of the plugin is
    `orphaned` or `retired`. It also reports each term that has ended, except those of people with `emeritus = true`.

    **To fix it**, add a maintainer, set a later day in `until`, or set `state = "orphaned"`.
    """
    governance, ownership = governance_of(checked), ownership_of(checked.repository)
    today = checked.repository.today
    for person in governance.maintainers:
        if person.has_left(today) and not person.emeritus:
            text = f"the term of {person.login} ended on {person.terms[Role.MAINTAINER].end}"
            yield Violation(text, governance.path, person.line, f"maintainer {person.id}")
    is_exempt = governance.state in (LifecycleState.ORPHANED, LifecycleState.RETIRED)
    if not ownership.people.exists or checked.plugin.tier.approvals == "core" or is_exempt:
        return
    if not ownership.maintainers(ownership.plugins[checked.plugin.path], today):
        if not governance.exists:
            why = "has no governance.toml, which lists its maintainers"
        elif not governance.maintainers:
            why = "lists no maintainer"
        else:
            why = "has no active maintainer: each is suspended, or the term has ended or not begun"
        yield Violation(f"the plugin {why}, so core decides alone", governance.path, subject="active")


@plugin_rule(
    "CH309",
    "The metadata and governance.toml name the same maintainers",
    severity=Severity.WARNING,
    requires=("CH001", "CH004"),
)
def same_maintainers(checked: CheckedPlugin) -> Iterator[Violation]:
    """Each active maintainer in `governance.toml` is in the metadata, and each maintainer in the metadata is there.

    `governance.toml` decides whose approval counts. The metadata is for users, who read it on the package index. A
    person is the same if the name, the login or the address in `contact` is the same. If the metadata has no
    `maintainers`, its `authors` are compared.

    **To fix it**, correct the file that is out of date. Changing `governance.toml` needs the approvals for maintainers.
    """
    governance, description = governance_of(checked), checked.description
    published = (description.maintainers, description.authors)
    if not governance.maintainers or any(each.state in (ValueState.COMPUTED, ValueState.INVALID) for each in published):
        return
    active = governance.active_maintainers(checked.repository.today)
    listed = [person for person in governance.maintainers if person.id in active]
    named = {_key(text) for each in maintaining_people(checked) for text in (each.name, each.email) if text}
    for person in listed:
        if named.isdisjoint(_names(person)):
            text = f"{person.name} ({person.login}) is a maintainer, but the metadata does not name this person"
            yield Violation(text, governance.path, person.line, f"metadata {person.id}")
    known = {key for person in listed for key in _names(person)}
    for each in description.maintainers.value or ():
        texts = [text for text in (each.name, each.email) if text]
        if texts and known.isdisjoint(map(_key, texts)):
            text = f"the metadata names {printable(texts[0])} as a maintainer, but {governance.path} does not"
            yield Violation(text, description.maintainers.path, description.maintainers.line, f"governance {texts[0]}")


@repository_rule("CH310", "Issue forms list every plugin")
def complete_issue_forms(repository: CheckedRepository) -> Iterator[Violation]:
    """The list between `# plugins: begin` and `# plugins: end` in an issue form contains every plugin and no other.

    `commonhold triage` sends an issue to the maintainers of the plugin that is chosen from this list. A form without
    these comments is not checked.

    **To fix it**, run `commonhold check --fix`.
    """
    choices = plugin_choices(ownership_of(repository).folders)
    for path in sorted(filter(is_issue_form, repository.files.entries)):
        text = repository.text(path) or ""
        if not has_plugin_list(text):
            continue
        expected = with_plugin_list(text, choices)
        if expected is None:
            message = "the form needs one line `# plugins: begin` and, after it, one line `# plugins: end`"
            yield Violation(message, path, subject="list")
        elif expected != text:
            message = "the list of plugins in the form differs from the plugins of the repository"
            yield Violation(
                message,
                path,
                subject="list",
                fix=None if "\ufffd" in text else new_file(path, expected.encode(), safe=True),
            )


def _names(person: ListedPerson) -> Iterator[str]:
    yield from (_key(person.name), _key(person.login))
    if person.contact is not None and person.contact.startswith("mailto:"):
        yield _key(person.contact.removeprefix("mailto:"))


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


PLUGIN_RULES = (valid_governance, active_maintainer, same_maintainers)
REPOSITORY_RULES = (valid_people, valid_ledger, one_account, current_roles, complete_issue_forms)
