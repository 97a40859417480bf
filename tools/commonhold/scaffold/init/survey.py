"""Survey a repository: its packages, core, tiers and tests, and the rules for its shared paths."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from commonhold.scaffold.init.commented import find_commented
from commonhold.scaffold.init.config_line import ConfigLine
from commonhold.scaffold.init.core import choose_core
from commonhold.scaffold.init.findings import PluginFacts, Survey
from commonhold.scaffold.init.mentions import find_mentions
from commonhold.scaffold.init.name_templates import name_templates
from commonhold.scaffold.init.named_paths import find_named_paths
from commonhold.scaffold.init.outer_tests import find_outer_tests, is_test_file
from commonhold.scaffold.init.owners import find_owners
from commonhold.scaffold.init.package_names import PackageNames
from commonhold.scaffold.init.packages import survey_packages
from commonhold.scaffold.init.path_rules import PathRules, count_changes
from commonhold.scaffold.init.pythons import choose_pythons
from commonhold.scaffold.init.tag_formats import find_tag_format
from commonhold.scaffold.init.test_jobs import find_test_jobs, load_workflows
from commonhold.scaffold.init.test_settings import TestSettings
from commonhold.scaffold.init.tiers import group_tiers
from commonhold.selection.evidence import find_evidence
from commonhold.workspace import Cache, Files, read_workspace
from commonhold.workspace.config import decode_config
from commonhold.workspace.patterns import escape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from commonhold.scaffold.init.facts import CoreFound, Found, TierFolders
    from commonhold.scaffold.init.findings import History
    from commonhold.tree import Tree
    from commonhold.workspace import Workspace


def survey_tree(
    tree: Tree, branch: Found | None, history: History, cache: Cache | None = None, tags: Iterable[str] = ()
) -> Survey:
    """Survey a tree, without running anything from it; ``history`` are the last commits."""
    files = Files.of(tree)
    packages, left_out, root = survey_packages(files)
    core = choose_core(files, packages, root)
    plugins = [package for package in packages if core is None or core.package is not package]
    tiers = group_tiers(plugins, files.entries)
    workflows = load_workflows(files)
    names = PackageNames(plugins)
    jobs = find_test_jobs(files, workflows, names)
    read = partial(_workspace, files, core, tiers, cache or Cache())
    workspace = read()
    outer_tests = find_outer_tests(files, workspace)
    named = {**outer_tests, **find_named_paths(files, jobs)}
    unread = {path: flow.problems[0].message for path, flow in workflows.items() if flow.table is None}
    evidence = find_evidence(files, workspace)
    paths = PathRules(files, workspace, evidence, named, count_changes(history), unread)
    pythons, facts = choose_pythons(plugins, jobs)
    settings = TestSettings(files, tiers, jobs)
    form = find_tag_format(tags, plugins, names)
    versions = {
        name: (ConfigLine('version = "own"', f"the tag {tag}"),) for name, tag in (form.own if form else {}).items()
    }
    parts = (facts, settings.plugins, versions)
    lines = {name: tuple(line for part in parts for line in part.get(name, ())) for part in parts for name in part}
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
        naming={tier.name: tuple(name_templates(tier, workspace)) for tier in tiers},
        runners=settings.runners,
        testing=settings.tiers,
        plugins=tuple(PluginFacts(name, each) for name, each in lines.items()),
        tags=form.form if form else None,
        owners=find_owners(files, plugins),
        mentions=find_mentions(workspace, read, jobs),
        commented=find_commented(files, jobs, names),
        unread=unread,
        outer_tests=tuple(filter(is_test_file, outer_tests)),
    )


def _workspace(
    files: Files,
    core: CoreFound | None,
    tiers: Sequence[TierFolders],
    cache: Cache,
    without_mentions: Collection[str] = (),
) -> Workspace:
    """Read the plugins with a configuration that contains only the core, the tiers and ignored mentions."""
    table: dict[str, object] = {
        "tiers": {tier.name: {"path": [*tier.patterns], "exclude": [*tier.exclude]} for tier in tiers}
        or {"plugins": {"path": ["plugins/*"]}},
        "mentions": {escape(path): "ignore" for path in without_mentions},
    }
    if core is not None:
        table["core"] = {"distribution": core.name, **({"path": [*core.paths]} if core.paths else {})}
    return read_workspace(files, decode_config(table, "init", files.workspace), cache=cache)
