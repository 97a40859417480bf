"""Select the affected plugins for each commit of a repository, with the current rules."""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.selection import Override
from commonhold.selection.audit import Audit, Replay, replay_history
from commonhold.vcs import open_repository
from commonhold.vcs.log import first_parents
from commonhold.workspace import read_config
from commonhold.workspace.plugin_discovery import find_plugin_folders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from commonhold.vcs import Repository

Commit: TypeAlias = "tuple[str, str | None]"

LAST = 500
"""The number of commits, along first parents, that are audited."""

_TIER = re.compile(r"^(\[tool\.commonhold\.tiers\.[^\]]+\])$", re.MULTILINE)
_ANSWER = re.compile(r"^on-(core|shared)-change = .*\n", re.MULTILINE)


class History(NamedTuple):
    """The audits of a repository. ``whole`` covers all commits of the clone, including merged branches.

    ``unmatched`` reports how often a tier's pattern matches no plugin in their trees.
    """

    audit: Audit
    plugins_only: Audit
    whole: Audit
    unmatched: str


def replay(clone: Path, rules: Path) -> History:
    """Audit the last commits, the last commits without the core and shared rules, and every commit."""
    repository = open_repository(str(clone), SpawnRunner(), os.environ)
    head = repository.resolve("HEAD")
    last = first_parents(repository, head, LAST)
    every = _every_commit(repository, head)
    text = rules.read_text()
    return History(
        audit=_audit(repository, last, text),
        plugins_only=_audit(repository, last, without_common_rules(text)),
        whole=_audit(repository, every, text),
        unmatched=_unmatched(repository, [commit for commit, _ in every], text),
    )


def without_common_rules(text: str) -> str:
    """Change the rules so that every tier skips changes to the core and to shared paths."""
    return _TIER.sub(r'\1\non-core-change = "skip"\non-shared-change = "skip"', _ANSWER.sub("", text))


def _every_commit(repository: Repository, head: str) -> list[Commit]:
    lines = (line.split() for line in repository.git.output("rev-list", "--parents", head).decode("ascii").splitlines())
    return [(commit, parents[0] if parents else None) for commit, *parents in lines]


def _audit(repository: Repository, commits: Iterable[Commit], rules: str) -> Audit:
    steps = list(replay_history(repository, commits, Override("the example", rules.encode())))
    replays = tuple(step for step in steps if isinstance(step, Replay))
    return Audit(replays, tuple(step for step in steps if isinstance(step, str)))


def _unmatched(repository: Repository, commits: list[str], rules: str) -> str:
    """Count the trees in which a tier's pattern matches no plugin, the usual conflict of old trees and the rules."""
    config = read_config(repository.tree(commits[0]), ("the example", rules.encode()))
    counts = Counter(
        problem for commit in commits for problem in find_plugin_folders(repository.tree(commit).entries, config)[1]
    )
    named = (f"`{problem.split(chr(39))[1]}` in {count:,}" for problem, count in counts.most_common())
    return f"A tier's pattern matches no plugin in some of the {len(commits):,} trees: {', '.join(named) or 'none'}."
