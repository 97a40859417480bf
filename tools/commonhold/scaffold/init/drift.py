"""Compare an existing configuration, and the hand-written lists of a repository, with its tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.ci.pythons import in_order
from commonhold.projects.paths import PROJECT_FILES
from commonhold.scaffold.init.lists import find_lists
from commonhold.scaffold.init.package_names import PackageNames
from commonhold.scaffold.init.packages import survey_packages
from commonhold.scaffold.init.pythons import choose_pythons
from commonhold.scaffold.init.test_jobs import find_test_jobs, load_workflows
from commonhold.text import and_more, count
from commonhold.workspace.config.locate import read_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from commonhold.scaffold.init.facts import Package
    from commonhold.scaffold.init.test_jobs import TestJob
    from commonhold.workspace import Files
    from commonhold.workspace.config import Config

_MOST = 5


def find_drift(files: Files, config: Config) -> tuple[str, ...]:
    """Return a line for each difference: packages without a tier, Python versions, and lists that are out of date."""
    packages, _, _ = survey_packages(files)
    plugins = [each for each in packages if any(tier.contains(each.folder) for tier in config.tiers.values())]
    names = PackageNames(plugins)
    jobs = find_test_jobs(files, load_workflows(files), names)
    return (
        *_without_tier(packages, plugins, config),
        *_pythons(plugins, jobs, config),
        *outdated_lists(files, plugins, jobs, {path for path, _ in [read_rules(files)]}),
    )


def _without_tier(packages: Sequence[Package], plugins: Sequence[Package], config: Config) -> Iterator[str]:
    covering = (config.core.path, config.ignore, *(rule.path for rule in config.shared))
    excluded = [tier.exclude for tier in config.tiers.values() if tier.exclude]
    for package in packages:
        paths = [f"{package.folder}/{name}" for name in PROJECT_FILES]
        covered = any(each.match(path) for each in covering for path in paths)
        if package not in plugins and not covered and not any(each.match_folder(package.folder) for each in excluded):
            yield f"{package.place}: the package {package.name} is in no tier; add its folder to a tier"


def _pythons(plugins: Sequence[Package], jobs: Sequence[TestJob], config: Config) -> Iterator[str]:
    """Compare `python` with the versions on which other workflows test plugins; commonhold's own name none."""
    if not config.python:
        return
    found, _ = choose_pythons(plugins, jobs)
    known = {each.value: each.place for each in found}
    if not known:
        return
    for version in in_order({*config.python} - {*known}):
        yield f"python: the configuration lists {version}, but no workflow tests plugins on it"
    for version in in_order({*known} - {*config.python}):
        yield f"{known[version]}: plugins are tested on Python {version}, which the configuration does not list"


def outdated_lists(
    files: Files, plugins: Sequence[Package], jobs: Sequence[TestJob], ignored: Collection[str] = ()
) -> Iterator[str]:
    """Yield a line for each hand-written list that omits plugins of the tree, or names plugins that do not exist."""
    for each in find_lists(files, plugins, jobs, PackageNames(plugins), ignored):
        for verb, listed in (("does not contain", each.missing), ("names plugins that do not exist", each.unknown)):
            if listed:
                shown = f"{', '.join(listed[:_MOST])}{and_more(len(listed), _MOST)}"
                yield f"{each.place}: a list of {count(each.size, 'plugin')} {verb}: {shown}"
