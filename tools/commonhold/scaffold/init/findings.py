"""Define the result of a survey: everything that `init` finds out about a repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.projects.names import Name
    from commonhold.projects.workflow import Workflow
    from commonhold.scaffold.init.config_line import ConfigLine
    from commonhold.scaffold.init.facts import CoreFound, Found, LeftOut, Mention, Package, Place, TierFolders
    from commonhold.scaffold.init.path_rules import PathRule
    from commonhold.scaffold.init.test_jobs import TestJob

History: TypeAlias = "tuple[tuple[str, frozenset[str]], ...]"
"""Past commits, newest first, each with the paths that it changed."""


@dataclass(frozen=True, slots=True)
class PluginFacts:
    """The settings of one plugin."""

    name: Name
    lines: tuple[ConfigLine, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that `init` finds out about a repository."""

    packages: tuple[Package, ...]
    left_out: tuple[LeftOut, ...]
    core: CoreFound | None
    tiers: tuple[TierFolders, ...]
    workflows: Mapping[str, Workflow]
    jobs: tuple[TestJob, ...]
    rules: tuple[PathRule, ...]
    reads: str = ""
    branch: Found | None = None
    pythons: tuple[Found, ...] = ()
    runners: tuple[str, ...] = ()
    tags: Found | None = None
    naming: Mapping[str, tuple[ConfigLine, ...]] = field(default_factory=dict)
    testing: Mapping[str, tuple[ConfigLine, ...]] = field(default_factory=dict)
    plugins: tuple[PluginFacts, ...] = ()
    commented: Mapping[Name, Place] = field(default_factory=dict)
    owners: Mapping[Name, Found] = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    outer_tests: tuple[str, ...] = ()

    @property
    def tested(self) -> Mapping[Name, Place]:
        """The packages that jobs test today, each with the place that names it."""
        found: dict[Name, Place] = {}
        for job in self.jobs:
            for name, place in job.packages.items():
                found.setdefault(name, place)
        return found

    @property
    def untested(self) -> tuple[Package, ...]:
        """The packages that no job tests today."""
        tested = self.tested
        return tuple(package for tier in self.tiers for package in tier.packages if package.name not in tested)
