"""Propose the core team, and the maintainers of each plugin, from the commits before a moment."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from commonhold.governance.approvals.facts import USER
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from commonhold.workspace.config import Tier
    from examples.rehearsal.history import PastCommit


@dataclass(frozen=True)
class ProposalRule:
    """Who is proposed: a bot never is."""

    window: timedelta = timedelta(days=730)
    sweep: int = 3
    """A commit that touches more plugins than this number says nothing about their maintainers."""

    plugin_commits: int = 2
    """The plugin-specific commits in the window that make their author a maintainer."""

    core_commits: int = 10
    """The commits outside plugins in the window that make their author a core maintainer."""


@dataclass(frozen=True)
class Proposal:
    """The people at one moment, by their numbers."""

    core: frozenset[int]
    maintainers: Mapping[str, frozenset[int]]


@dataclass(frozen=True)
class Proposer:
    """A history whose commits are assigned to plugins once."""

    history: tuple[PastCommit, ...]
    folders: Mapping[str, Tier]

    @cached_property
    def _touched(self) -> tuple[tuple[PastCommit, frozenset[str], bool], ...]:
        owners = Owners(self.folders)
        found = []
        for commit in self.history:
            if commit.author.type == USER:
                folders = [owners.of(path) for path in commit.paths]
                found.append((commit, frozenset(filter(None, folders)), None in folders))
        return tuple(found)

    def propose(self, before: datetime, rule: ProposalRule) -> Proposal:
        """The people to propose from the commits in the window that ends at a moment."""
        core: Counter[int] = Counter()
        plugins: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for commit, folders, is_outside in self._touched:
            if before - rule.window <= commit.at < before:
                core[commit.author.id] += is_outside
                for folder in folders if len(folders) <= rule.sweep else ():
                    plugins[folder][commit.author.id] += 1
        maintainers = {folder: _at_least(rule.plugin_commits, counts) for folder, counts in plugins.items()}
        return Proposal(_at_least(rule.core_commits, core), maintainers)


def _at_least(least: int, counts: Counter[int]) -> frozenset[int]:
    return frozenset(person for person, commits in counts.items() if commits >= least)


def people_text(table: str, people: Iterable[int], role: str) -> str:
    """A governance file that lists people by number."""
    entries = [f'[[{table}]]\nname = "{id_}"\nlogin = "person-{id_}"\nid = {id_}\n{role}\n' for id_ in sorted(people)]
    return "\n".join(entries)
