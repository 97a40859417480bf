"""Find the present logins of people, to mention them on GitHub."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.github import NotFoundError
from commonhold.governance.approvals.facts import USER
from commonhold.governance.approvals.records import UserRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.github import GitHub

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def present_logins(github: GitHub, people: Iterable[int]) -> dict[int, str]:
    """Return the present login of each id, in the same order. People whose account GitHub does not show are left out.

    A login in a file may belong to another person by now, who must not be mentioned.
    """
    found = {}
    for person in people:
        try:
            account = github.read_account(person, UserRecord)
        except NotFoundError:
            continue
        if account.id == person and account.type == USER and _LOGIN.fullmatch(account.login):
            found[person] = account.login
    return found
