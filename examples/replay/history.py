"""A repository's history, decided commit by commit with today's rules."""

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
"""How many commits of the first-parent line are audited."""

_TIER = re.compile(r"^(\[tool\.commonhold\.tiers\.[^\]]+\])$", re.MULTILINE)
_ANSWER = re.compile(r"^on-(core|shared)-change = .*\n", re.MULTILINE)


class History(NamedTuple):
    """What replaying says. ``whole`` are all commits of the clone, merged branches included.

    ``strangeness`` tells in how many of their trees today's rules do not fit.
    """

    audit: Audit
    plugins_only: Audit
    whole: Audit
    strangeness: str


def replay(clone: Path, rules: Path) -> History:
    """Decide the last commits, the same without core and shared rules, and every commit there is."""
    repository = open_repository(str(clone), SpawnRunner(), os.environ)
    head = repository.resolve("HEAD")
    last = first_parents(repository, head, LAST)
    every = _every_commit(repository, head)
    text = rules.read_text()
    return History(
        audit=_audit(repository, last, text),
        plugins_only=_audit(repository, last, without_common_rules(text)),
        whole=_audit(repository, every, text),
        strangeness=_strangeness(repository, [commit for commit, _ in every], text),
    )


def without_common_rules(text: str) -> str:
    """The same rules for a repository whose tiers skip changes of the core and of shared paths."""
    return _TIER.sub(r'\1\non-core-change = "skip"\non-shared-change = "skip"', _ANSWER.sub("", text))


def _every_commit(repository: Repository, head: str) -> list[Commit]:
    lines = (line.split() for line in repository.git.output("rev-list", "--parents", head).decode("ascii").splitlines())
    return [(commit, parents[0] if parents else None) for commit, *parents in lines]


def _audit(repository: Repository, commits: Iterable[Commit], rules: str) -> Audit:
    steps = list(replay_history(repository, commits, Override("the example", rules.encode())))
    replays = tuple(step for step in steps if isinstance(step, Replay))
    return Audit(replays, tuple(step for step in steps if isinstance(step, str)))


def _strangeness(repository: Repository, commits: list[str], rules: str) -> str:
    """Patterns of tiers that match no plugin: by far the most frequent way in which an old tree does not fit."""
    config = read_config(repository.tree(commits[0]), ("the example", rules.encode()))
    counts = Counter(
        problem for commit in commits for problem in find_plugin_folders(repository.tree(commit).entries, config)[1]
    )
    named = (f"`{problem.split(chr(39))[1]}` in {count:,}" for problem, count in counts.most_common())
    return f"A tier's pattern matches no plugin in some of the {len(commits):,} trees: {', '.join(named) or 'none'}."
