"""Read past commits of a clone: who wrote them, when, and what they changed. People are numbers, never names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import git

from commonhold.governance.approvals.facts import USER, Account, ChangedFile

if TYPE_CHECKING:
    from pathlib import Path

_BOT = re.compile(r"\bbot\b|\[bot\]", re.IGNORECASE)
_STATUSES = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed", "C": "copied"}


@dataclass(frozen=True)
class PastCommit:
    """A commit on the first-parent line, which stands for a pull request."""

    oid: str
    parent: str
    author: Account
    at: datetime
    paths: tuple[str, ...]


class People:
    """Number the authors. Two commits with the same name or the same address have the same author."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def account(self, name: str, address: str) -> Account:
        """The account of an author, with a number in place of the login."""
        keys = [name.casefold(), address.casefold()]
        id_ = next((self._known[key] for key in keys if key in self._known), len(self._known) + 1)
        self._known.update(dict.fromkeys(keys, id_))
        is_bot = any(_BOT.search(text) for text in (name, address))
        return Account(f"person-{id_}", id_, "Bot" if is_bot else USER)


def read_history(clone: Path) -> list[PastCommit]:
    """Every commit on the first-parent line of ``HEAD``, newest first, except the first one."""
    form = "%x00%x00%H%x00%P%x00%aN%x00%aE%x00%ct%x00"
    options = ("--first-parent", "--diff-merges=first-parent", "--no-renames", "--name-only", "-z", f"--format={form}")
    output = git.Repo(clone).git.log(*options)
    people, found = People(), []
    for record in reversed(output.split("\0\0\0")):
        oid, parents, name, address, seconds, *paths = record.strip("\0").split("\0")
        account = people.account(name, address)
        at = datetime.fromtimestamp(int(seconds), timezone.utc)
        if parents:
            kept = tuple(path.strip("\n") for path in paths if path.strip("\n"))
            found.append(PastCommit(oid, parents.split()[0], account, at, kept))
    return found[::-1]


def changed_files(clone: Path, commit: PastCommit) -> tuple[ChangedFile, ...]:
    """The changed files as GitHub lists them, with renames."""
    output = git.Repo(clone).git.diff_tree("-r", "-z", "-M", "--raw", "--no-abbrev", commit.parent, commit.oid)
    fields = iter(output.rstrip("\0").split("\0"))
    found = []
    for field in fields:
        _, mode, old, new, status = field.lstrip(":").split(" ")
        path, previous = next(fields), None
        if status[0] in "RC":
            path, previous = next(fields), path
        blob = old if status == "D" else new
        found.append(ChangedFile(path, previous, _STATUSES[status[0]], blob, int(mode, 8)))
    return tuple(found)
