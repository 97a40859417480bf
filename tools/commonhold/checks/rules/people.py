"""Rules CH3xx: people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.finding import Severity, Violation
from commonhold.checks.readme import read_readme, readme_path
from commonhold.checks.root_documents import find_documents, root_texts
from commonhold.checks.rule import plugin_rule, repository_rule
from commonhold.projects.published import ValueState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.projects.published import Person

_PYTORCH_MAINTAINERS = 2
# The address begins where its characters begin; otherwise, a search would begin again at each of them.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PLACEHOLDER = re.compile(
    r"^(your?|author|maintainer|user|name|me|example)([._-]?(name|email|mail))?@|@example\.|^(your name"
    r"|author|todo|tbd|name|unknown)$",
    re.IGNORECASE,
)


@plugin_rule("CH301", "The metadata names enough maintainers", implements=(7, 46, 81))
def named_maintainers(checked: CheckedPlugin) -> Iterator[Violation]:
    """The metadata names the plugin's maintainers: at least as many people as the setting `maintainers` (default: 1).

    `authors` count too, because they maintain the plugin unless the metadata names other maintainers. The profile
    `pytorch` requires two. Placeholders such as "Your Name" do not count. The metadata is for users and gives
    nobody the right to approve changes; `governance.toml` does that, and CH309 compares the two files.

    **To fix it**, add the people to the metadata: `maintainers = [{ name = "...", email = "..." }]`.
    """
    listed = (checked.description.maintainers, checked.description.authors)
    if any(each.state in (ValueState.COMPUTED, ValueState.INVALID) for each in listed):
        return
    people = maintaining_people(checked)
    least = max(checked.settings.maintainers, _PYTORCH_MAINTAINERS if "pytorch" in checked.settings.profile else 0)
    if len(people) < least:
        place = listed[1] if listed[0].is_missing else listed[0]
        text = f"the metadata names {_count(len(people))}, but the tier requires at least {least}"
        yield Violation(text, place.path, place.line)


def _count(number: int) -> str:
    return {0: "no maintainer", 1: "one maintainer"}.get(number, f"{number} maintainers")


def maintaining_people(checked: CheckedPlugin) -> tuple[Person, ...]:
    """Return the different people in the metadata as maintainers or authors, without placeholders."""
    found: dict[str, Person] = {}
    for person in (*(checked.description.maintainers.value or ()), *(checked.description.authors.value or ())):
        texts = [text for text in (person.name, person.email) if text]
        known = {_key(text) for text in texts}
        # A person with a name counts, whatever the address: a template that nobody completed has no real name either.
        if texts and not _PLACEHOLDER.search(texts[0]) and known.isdisjoint(found):
            found.update(dict.fromkeys(known, person))
    return tuple(dict.fromkeys(found.values()))


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


@plugin_rule("CH302", "The README names a maintainer", implements=(82,), requires=("CH001", "CH301", "CH401"))
def readme_maintainer(checked: CheckedPlugin) -> Iterator[Violation]:
    """The README names at least one of the people in the metadata, for example in a section "Maintainers".

    Users read the README, not the metadata, when they need help.

    **To fix it**, name the maintainers in the README, as they are written in the metadata.
    """
    document, people = read_readme(checked), maintaining_people(checked)
    if document is None or not people:
        return
    words = f" {_plain(document.prose)} "
    links = " ".join(target.casefold() for _, target in document.links)
    for person in people:
        email = (person.email or "").casefold()
        if person.name and f" {_plain(person.name)} " in words:
            return
        if email and (email in document.prose.casefold() or email in links):
            return
    names = ", ".join(person.name or person.email or "" for person in people)
    yield Violation(f"the README names none of the plugin's maintainers: {names}", document.path, 1)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


_CONTACT_LABELS = re.compile(
    r"issue|bug|tracker|support|contact|help|discussion|chat|forum|slack|discord|mail", re.IGNORECASE
)
_CONTACT_LINKS = re.compile(
    r"mailto:|/issues\b|/discussions\b|slack|discord|gitter|discourse|forum|stackoverflow|t\.me/|matrix\.to",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"\b(report|file|open|raise|create|submit)\w*\b[^.\n]{0,60}\b(issues?|bugs?|problems?|tickets?)\b"
    r"|\bcontact\b|\breach (us|out)\b"
    r"|\bmention the maintainer",
    re.IGNORECASE,
)


@plugin_rule("CH303", "The maintainers can be contacted", implements=(84,), requires=("CH001", "CH301"))
def maintainer_contact(checked: CheckedPlugin) -> Iterator[Violation]:
    """The metadata or the README says how to reach the maintainers: an address, an issue tracker or a chat.

    **To fix it**, add an email address to the people in the metadata, or a link such as
    `[project.urls] Issues = "https://..."`.
    """
    values = (checked.description.maintainers, checked.description.authors, checked.description.urls)
    if any(each.state in (ValueState.COMPUTED, ValueState.INVALID) for each in values):
        return
    if any(person.email and _EMAIL.fullmatch(person.email.strip()) for person in maintaining_people(checked)):
        return
    urls = checked.description.urls.value or {}
    if any(_CONTACT_LABELS.search(label) or _CONTACT_LINKS.search(url) for label, url in urls.items()):
        return
    document = read_readme(checked)
    if document is not None and (
        document.find(_CONTACT)
        or _EMAIL.search(document.prose)
        or any(_CONTACT_LINKS.search(target) for _, target in document.links)
    ):
        return
    place = checked.description.maintainers
    yield Violation("neither the metadata nor the README says how to reach the maintainers", place.path, place.line)


_FORMER = re.compile(
    r"\b(retired|emeritus|emeriti|former|alumni|alumnus|past|inactive|stepped down|previous)\b", re.IGNORECASE
)
_PEOPLE_FILES = re.compile(
    r"(^|/)(CODEOWNERS|OWNERS|MAINTAINERS|EMERITUS|COMMITTERS|GOVERNANCE|people)(\.\w+)?$", re.IGNORECASE
)


@repository_rule("CH304", "Retired committers are named", implements=(54,), general=False)
def retired_committers(repository: CheckedRepository) -> Iterator[Violation]:
    """A list of people, such as CODEOWNERS or MAINTAINERS, names the current owners and the retired committers.

    The rule looks for a word such as "retired", "emeritus" or "former" in CODEOWNERS, OWNERS, MAINTAINERS, COMMITTERS,
    EMERITUS, GOVERNANCE, or `governance/people.toml`. If there are none, write this in the list.

    **To fix it**, add the list to CODEOWNERS as comments: `# Retired committers: ...`.
    """
    texts = root_texts(repository, _PEOPLE_FILES)
    if not texts:
        yield Violation("no file lists the current owners and the retired committers", ".github/CODEOWNERS")
    elif not any(_FORMER.search(text) for text in texts.values()):
        path = next(iter(texts))
        yield Violation(f"no list of people names the retired committers: {', '.join(texts)}", path)


_CONTRIBUTION_FILES = re.compile(
    r"(^|/)(CONTRIBUTORS|AUTHORS|MAINTAINERS|CREDITS|THANKS|\.all-contributorsrc|people)(\.\w+)?$", re.IGNORECASE
)
_CONTRIBUTIONS = re.compile(r"\b(contribut(ors|ions)|maintainers|credits|acknowledge?ments|thanks)\b", re.IGNORECASE)


@repository_rule(
    "CH305",
    "A public list names the maintainers and their contributions",
    implements=(94,),
    severity=Severity.WARNING,
    general=False,
)
def contribution_list(repository: CheckedRepository) -> Iterator[Violation]:
    """A file lists the maintainers of the plugins and their contributions.

    The rule looks for a file named CONTRIBUTORS, MAINTAINERS, AUTHORS or CREDITS, or for a section with such a title in
    the README or the docs. Each person in the metadata of a plugin must be in one of them.

    **To fix it**, add the file `MAINTAINERS.md` with a line for each person: the plugins, and other contributions.
    """
    texts = [*root_texts(repository, _CONTRIBUTION_FILES).values()]
    for document in find_documents(repository):
        texts += [f"{section.title}\n{section.prose}" for section in document.titled(_CONTRIBUTIONS)]
    if not texts:
        yield Violation("no public list names the maintainers and their contributions", "MAINTAINERS.md")
        return
    listed = f" {_plain(' '.join(texts))} "
    for name, checked in repository.plugins.items():
        for person in maintaining_people(checked):
            known = [text for text in (person.name, person.email) if text]
            if known and not any(f" {_plain(text)} " in listed for text in known):
                text = f"no public list of contributions names {known[0]}, who maintains {name}"
                yield Violation(text, readme_path(checked), subject=f"{name} {known[0]}")


PLUGIN_RULES = (named_maintainers, readme_maintainer, maintainer_contact)
REPOSITORY_RULES = (retired_committers, contribution_list)
