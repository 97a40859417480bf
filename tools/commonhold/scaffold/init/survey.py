"""Survey a repository: its packages, core, tiers and tests, and the rules for its shared paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonhold.scaffold.init.commented import find_commented
from commonhold.scaffold.init.core import choose_core
from commonhold.scaffold.init.name_templates import name_templates
from commonhold.scaffold.init.named_paths import find_named_paths
from commonhold.scaffold.init.package_names import PackageNames
from commonhold.scaffold.init.packages import survey_packages
from commonhold.scaffold.init.path_rules import PathRules, count_changes
from commonhold.scaffold.init.pythons import choose_pythons
from commonhold.scaffold.init.test_jobs import find_test_jobs, read_workflows
from commonhold.scaffold.init.tiers import group_tiers
from commonhold.selection.evidence import find_evidence
from commonhold.workspace import Files, read_workspace
from commonhold.workspace.config import decode_config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.projects.names import Name
    from commonhold.projects.workflow import Workflow
    from commonhold.scaffold.init.configuration import ConfigLine
    from commonhold.scaffold.init.facts import CoreFound, Found, LeftOut, Package, Place, TierFolders
    from commonhold.scaffold.init.path_rules import PathRule
    from commonhold.scaffold.init.test_jobs import TestJob
    from commonhold.tree import Tree
    from commonhold.workspace import Cache, Workspace

History = tuple[tuple[str, frozenset[str]], ...]


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


def survey_tree(tree: Tree, branch: Found | None, history: History, cache: Cache | None = None) -> Survey:
    """Survey a tree, without running anything from it; ``history`` are the last commits with their changed paths."""
    files = Files.of(tree)
    packages, left_out, root = survey_packages(files)
    core = choose_core(files, packages, root)
    plugins = [package for package in packages if core is None or core.package is not package]
    tiers = group_tiers(plugins, files.entries)
    workflows = read_workflows(files)
    names = PackageNames(plugins)
    jobs = find_test_jobs(files, workflows, names)
    workspace = _workspace(files, core, tiers, cache)
    named = find_named_paths(files, jobs)
    paths = PathRules(files, workspace, find_evidence(files, workspace), named, count_changes(history))
    pythons, facts = choose_pythons(plugins, jobs)
    return Survey(
        packages,
        left_out,
        core,
        tiers,
        workflows,
        jobs,
        paths.rules(),
        reads=paths.reads,
        branch=branch,
        pythons=pythons,
        naming={tier.name: name_templates(tier) for tier in tiers},
        plugins=tuple(PluginFacts(name, lines) for name, lines in facts.items()),
        commented=find_commented(files, jobs, names),
    )


def _workspace(files: Files, core: CoreFound | None, tiers: Sequence[TierFolders], cache: Cache | None) -> Workspace:
    """Read the plugins with a configuration that contains only the core and the tiers."""
    table: dict[str, object] = {
        "tiers": {tier.name: {"path": [*tier.patterns], "exclude": [*tier.exclude]} for tier in tiers}
        or {"plugins": {"path": ["plugins/*"]}}
    }
    if core is not None:
        table["core"] = {"distribution": core.name, **({"path": [*core.paths]} if core.paths else {})}
    return read_workspace(files, decode_config(table, "init", files.workspace), cache=cache)
