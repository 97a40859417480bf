"""Check the answers from which a plugin is created: they come from strangers, and are written into several formats."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass, replace

from commonhold.errors import UsageError
from commonhold.ownership import parse_account
from commonhold.projects.names import normalize
from commonhold.text import printable

LICENCES = ("Apache-2.0", "BSD-3-Clause", "MIT")
"""The licences whose texts commonhold can write: permissive, as plugin communities require."""

_MOST_NAME = 64
_MOST_DESCRIPTION = 300
_MOST_PERSON = 200
# Windows cannot create folders with these names.
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))))
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_PERSON = re.compile(r"(?P<name>[^<>]*[^<>\s])\s*<(?P<email>[^<>\s]+)>")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Maintainer:
    """A person who maintains a plugin, with a contact; ``account`` is the login and the numeric id, if known."""

    name: str
    email: str
    account: tuple[str, int] | None = None

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers from which a plugin is created; ``name`` is the part that differs between plugins of the tier."""

    name: str
    tier: str
    template: str
    description: str
    maintainers: tuple[Maintainer, ...]
    license: str


def parse_name(text: str) -> str:
    """Return the normalized name of a plugin. Raises ``UsageError`` if Python or a file system cannot use the name."""
    if len(text) > _MOST_NAME:
        raise UsageError(f"the name {text[:20]!r}... has more than {_MOST_NAME} characters")
    name = normalize(text)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{text!r} is not a plugin name",
            hint="Use lower-case letters, digits and hyphens, and begin with a letter: my-library",
        )
    module = name.replace("-", "_")
    if keyword.iskeyword(module):
        raise UsageError(f"{name} is a keyword of Python, so no module can have this name", hint="Use another name.")
    if module in sys.stdlib_module_names:
        raise UsageError(
            f"{name} shadows the module `{module}` of Python's standard library",
            hint=f"Use a name such as {name}-plugin.",
        )
    if name in _DEVICES:
        raise UsageError(f"{name} cannot be the name of a folder on Windows", hint="Use another name.")
    return name


def parse_description(text: str) -> str:
    """Return a description. Raises ``UsageError`` if it is not one short line of printable characters."""
    _check_line("description", text, _MOST_DESCRIPTION)
    return text.strip()


def parse_maintainer(text: str) -> Maintainer:
    """Return the person in ``Name <address>``. Raises ``UsageError`` if there is no name or no e-mail address."""
    _check_line("maintainer", text, _MOST_PERSON)
    found = _PERSON.fullmatch(text.strip())
    if found is None or not _EMAIL.fullmatch(found["email"]):
        raise UsageError(
            f"{text!r} is not a name with an e-mail address", hint='Write it as "octocat <octocat@example.com>".'
        )
    return Maintainer(found["name"].strip(), found["email"])


def read_account(text: str) -> tuple[str, int]:
    """Return the login and the numeric id in ``LOGIN:ID``. Raises ``UsageError`` if they are invalid."""
    account = parse_account(text)
    if account is None:
        raise UsageError(
            f"{printable(text[:_MOST_PERSON])!r} is not a login with a numeric id",
            hint="Write it as octocat:583231; `gh api users/octocat --jq .id` prints the id.",
        )
    return account


def add_accounts(maintainers: tuple[Maintainer, ...], accounts: tuple[tuple[str, int], ...]) -> tuple[Maintainer, ...]:
    """Give the first maintainers their accounts, in order. Raises ``UsageError`` if there are more accounts."""
    if len(accounts) > len(maintainers):
        raise UsageError("there are more accounts than maintainers", hint="Pass one --account for each --maintainer.")
    known = [replace(each, account=account) for each, account in zip(maintainers, accounts, strict=False)]
    return (*known, *maintainers[len(accounts) :])


def choose_licence(wanted: str | None, permitted: tuple[str, ...]) -> str:
    """Return the wanted licence, or the first that the tier permits. Raises ``UsageError`` if there is none."""
    possible = [each for each in LICENCES if not permitted or each in permitted]
    if wanted in possible:
        return wanted
    if wanted is None and possible:
        return possible[0]
    raise UsageError(
        f"the tier does not permit the licence {wanted or ' or '.join(LICENCES)}",
        hint=f"It permits: {', '.join(permitted or LICENCES)}",
    )


def _check_line(what: str, text: str, most: int) -> None:
    if not text.strip():
        raise UsageError(f"the {what} is empty")
    if len(text) > most:
        raise UsageError(f"the {what} has more than {most} characters")
    if not text.isprintable():
        raise UsageError(f"the {what} contains characters that cannot be printed, such as line breaks")
