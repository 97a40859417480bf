"""Build pull requests in memory: files at base, edits, reviews and comments, with people by login."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cache, cached_property
from typing import TYPE_CHECKING

from commonhold.governance.approvals import GateSettings, decide_approvals
from commonhold.governance.approvals.asks import ask_key
from commonhold.governance.approvals.evaluate import RULE
from commonhold.governance.approvals.facts import (
    Account,
    ChangedFile,
    IssueComment,
    PullCommit,
    PullRequest,
    Review,
    TimelineEvent,
)
from commonhold.governance.approvals.readings import paths_to_read, touched_paths
from commonhold.ownership import Ownership
from commonhold.workspace import read_config
from tests.support.trees import MemoryTree, oid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.governance.approvals import Decision
    from commonhold.governance.approvals.evaluate import ApprovalRule

NOW = datetime(2026, 6, 20, 14, 10, tzinfo=timezone.utc)
DEFAULTS = GateSettings()
HEAD = "b" * 40
OLD = "a" * 40
GONE = "9" * 40

# The outsiders have ids from 100 on.
IDS = {
    "ann": 1,
    "bo": 2,
    "cy": 3,
    "dee": 4,
    "eve": 5,
    "fay": 6,
    "gil": 7,
    "kim": 11,
    "lee": 12,
    "max": 13,
    "sam": 14,
    "tess": 21,
    "tom": 22,
    "out": 100,
    "ola": 101,
    "dependabot[bot]": 200,
    "copilot[bot]": 201,
    "github-actions[bot]": 41898282,
}

CONFIG = """\
[tool.commonhold]
core = { path = ["core/**"], pin = ["constraints.txt"] }

[tool.commonhold.tiers.official]
path = ["plugins/official/*"]
approvals = "core"

[tool.commonhold.tiers.community]
path = ["plugins/community/**"]
"""


def ago(hours: float = 0, days: float = 0) -> datetime:
    """A time before now."""
    return NOW - timedelta(hours=hours, days=days)


def account(login: str) -> Account:
    return Account(login, IDS[login], "Bot" if login.endswith("[bot]") else "User")


def person(login: str, roles: str, table: str, id_: int | None = None) -> str:
    """One entry of ``people.toml`` or of a ``governance.toml``."""
    return f'[[{table}]]\nname = "{login}"\nlogin = "{login}"\nid = {id_ or IDS[login]}\n{roles}\n'


def people(**roles: str) -> str:
    """``people.toml``: each login with its roles, such as ``kim="core"``."""
    lines = []
    for login, text in roles.items():
        words = text.split()
        given = [f"{role} = {{ from = 2024-01-01 }}" for role in words if role in {"core", "tsc", "release-manager"}]
        if "expired" in words:
            given = [line.replace(" }", ", until = 2026-01-01 }") for line in given]
        if "suspended" in words:
            given.append('suspended = { from = 2026-01-01, reason = "lost a key" }')
        lines.append(person(login, "\n".join(given), "people"))
    return "\n".join(lines)


def maintained(*logins: str, state: str = "", **ids: int) -> str:
    """A ``governance.toml``; a login with ``-`` in front is suspended."""
    top = f'state = "{state}"\nsince = 2026-05-01\nreason = "see the review"\n' if state else ""
    entries = []
    for login in logins:
        name = login.lstrip("-")
        roles = "from = 2024-01-01"
        if login.startswith("-"):
            roles += '\nsuspended = { from = 2026-01-01, reason = "lost a key" }'
        entries.append(person(name, roles, "maintainers", ids.get(name)))
    return top + "\n".join(entries)


SPARK = "plugins/community/spark"
DOLT = "plugins/community/dolt"
BARE = "plugins/community/bare"
BIG = "plugins/official/big"
PEOPLE = people(kim="core", lee="core", max="core", sam="core suspended", tess="tsc", tom="core expired")

BASE: dict[str, str] = {
    "pyproject.toml": CONFIG,
    "governance/people.toml": PEOPLE,
    "governance/policy.toml": "quorum = 2\n",
    "governance/waivers.toml": "",
    ".github/workflows/approvals.yml": "on: schedule\n",
    ".github/workflows/poke.yml": "on: pull_request_review\n",
    "core/main.py": "",
    "noxfile.py": "",
    f"{SPARK}/pyproject.toml": "",
    f"{SPARK}/x.py": "1",
    f"{SPARK}/y.py": "1",
    f"{SPARK}/governance.toml": maintained("ann", "bo"),
    f"{DOLT}/pyproject.toml": "",
    f"{DOLT}/x.py": "1",
    f"{DOLT}/governance.toml": maintained("cy"),
    f"{BARE}/pyproject.toml": "",
    f"{BARE}/x.py": "1",
    f"{BIG}/pyproject.toml": "",
    f"{BIG}/x.py": "1",
    f"{BIG}/governance.toml": maintained("dee"),
}
BULK = {f"plugins/community/p{number}/{name}": "" for number in range(6) for name in ("pyproject.toml", "x.py")}
BULK |= {f"plugins/community/p{number}/governance.toml": maintained("ann", "dee") for number in range(6)}
EDIT_BULK = {f"plugins/community/p{number}/x.py": "2" for number in range(6)}


@cache
def _owners(files: frozenset[tuple[str, str]], paths: tuple[str, ...]) -> Ownership:
    tree = MemoryTree(dict(files))
    return Ownership.read(tree, read_config(tree), paths)


def owners(files: Mapping[str, str], paths: Iterable[str]) -> Ownership:
    """The owners of some paths in a tree with these files."""
    return _owners(frozenset(files.items()), tuple(sorted({*paths})))


def review(
    login: str | None, state: str = "APPROVED", hours: float = 1, sha: str | None = HEAD, id_: int = 0
) -> Review:
    """A review that a person submitted some hours ago. Reviews are numbered by age, unless an id is given."""
    at = ago(hours)
    return Review(id_ or int(at.timestamp()), account(login) if login else None, state, sha, at)


def comment(login: str, body: str, hours: float = 1, *, edited: bool = False) -> IssueComment:
    at = ago(hours)
    return IssueComment(int(at.timestamp()), account(login), body, at, at + timedelta(seconds=5 if edited else 0))


def override(login: str, hours: float = 1, reason: str = "the maintainers are away", sha: str = HEAD) -> IssueComment:
    return comment(login, f"/override {sha} {reason}", hours)


def asked(*logins: str, days: float, row: int = 4, folder: str = SPARK, sha: str = HEAD) -> IssueComment:
    """A comment of the gate that asks people because of a row."""
    at = ago(days=days)
    key = ask_key(row, folder, sha)
    people = " ".join(f"{IDS[login]}{key and f'.{key}'}@{at:%Y-%m-%dT%H:%M:%SZ}" for login in logins)
    return comment("github-actions[bot]", f"<!-- commonhold approvals {people} -->\nPlease review.", days * 24)


def event(kind: str, hours: float, subject: str | None = None) -> TimelineEvent:
    return TimelineEvent(kind, ago(hours), None, account(subject) if subject else None)


@dataclass(frozen=True)
class Change:
    """A pull request: what it changes from the base, and what happened on it."""

    author: str = "out"
    edit: tuple[tuple[str, str | None], ...] = ((f"{SPARK}/x.py", "2"),)
    """Paths with their new content, or ``None`` for a deletion."""

    rename: tuple[tuple[str, str], ...] = ()
    reviews: tuple[Review, ...] = ()
    comments: tuple[IssueComment, ...] = ()
    timeline: tuple[TimelineEvent, ...] = ()
    commits: tuple[PullCommit, ...] = (PullCommit(OLD, 100, 100, (GONE,)), PullCommit(HEAD, 100, 100, (OLD,)))
    base: tuple[tuple[str, str | None], ...] = ()
    """Files at base that differ from ``BASE``."""

    facts: tuple[tuple[str, object], ...] = ()
    """Fields of the pull request that differ from the usual ones."""

    settings: GateSettings = DEFAULTS

    def base_files(self) -> dict[str, str]:
        return _changed(BASE, self.base)

    def head_files(self) -> dict[str, str]:
        files = _changed(self.base_files(), self.edit)
        for old, new in self.rename:
            files.setdefault(new, self.base_files()[old])
            if old not in dict(self.edit):
                files.pop(old, None)
        return files

    def changed_files(self) -> tuple[ChangedFile, ...]:
        before, after = self.base_files(), self.head_files()
        renamed = {new: old for old, new in self.rename}
        found = []
        for path in sorted(before.keys() | after.keys()):
            if before.get(path) == after.get(path) or path in dict(self.rename):
                continue
            status = "renamed" if path in renamed else "added" if path not in before else "modified"
            status = "removed" if path not in after else status
            blob = oid(after.get(path, before.get(path, "")).encode())
            found.append(ChangedFile(path, renamed.get(path), status, blob))
        return tuple(found)

    def pull(self) -> PullRequest:
        files = self.changed_files()
        pull = PullRequest(
            number=7,
            author=account(self.author),
            draft=False,
            base_ref="main",
            base_tip="c" * 40,
            base_protected=True,
            merge_base="c" * 40,
            head_sha=HEAD,
            changed_files_count=len(files),
            files=files,
            commits_count=len(self.commits),
            commits=self.commits,
            created_at=ago(days=30),
            reviews=self.reviews,
            comments=self.comments,
            timeline=self.timeline,
            last_push=ago(days=2),
            settings_changed=dict(self.edit).get("pyproject.toml", CONFIG) != CONFIG,
        )
        return replace(pull, **dict(self.facts))  # type: ignore[arg-type]

    @cached_property
    def read(self) -> tuple[PullRequest, Ownership, Ownership]:
        """The facts, and the owners at base and at head."""
        pull, head = self.pull(), owners(self.head_files(), touched_paths(self.pull()))
        return pull, owners(self.base_files(), paths_to_read(pull, head)), head

    def decide(self, rule: ApprovalRule = RULE) -> Decision:
        return decide_approvals(*self.read, self.settings, NOW, rule)


def _changed(files: Mapping[str, str], edits: tuple[tuple[str, str | None], ...]) -> dict[str, str]:
    merged = {**files, **dict(edits)}
    return {path: text for path, text in merged.items() if text is not None}


def change(**values: object) -> Change:
    """A :class:`Change`; mappings and lists are accepted for tuples."""
    frozen = {
        name: tuple(value.items()) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
    }
    return Change(**frozen)  # type: ignore[arg-type]
