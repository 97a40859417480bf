"""Choose the Python versions on which plugins are tested today, for all plugins and for single ones."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from commonhold.ci.pythons import in_order
from commonhold.scaffold.init.config_line import ConfigLine, array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.facts import Found, Package
    from commonhold.scaffold.init.test_jobs import TestJob


def choose_pythons(
    packages: Sequence[Package], jobs: Sequence[TestJob]
) -> tuple[tuple[Found, ...], dict[Name, tuple[ConfigLine, ...]]]:
    """Return the versions on which most plugins are tested, and the setting of each plugin that differs."""
    tested = {package.name: _versions(package.name, jobs) for package in packages}
    counts = Counter(tuple(in_order(versions)) for versions in tested.values() if versions)
    if not counts:
        # No job names a package, so the jobs that run tests decide.
        counts = Counter(tuple(in_order({each.value for each in job.pythons})) for job in jobs if job.pythons)
        tested = {}
        if not counts:
            return (), {}
    usual = min(counts, key=lambda versions: (-counts[versions], versions))
    places = {version: found for versions in tested.values() for version, found in versions.items()}
    places |= {
        each.value: each for job in jobs if {*usual} <= {found.value for found in job.pythons} for each in job.pythons
    }
    pythons = tuple(places[version] for version in usual)
    differing = {}
    for name, versions in tested.items():
        lines = tuple(_lines(name, usual, versions, jobs))
        if lines:
            differing[name] = lines
    return pythons, differing


def _versions(name: Name, jobs: Sequence[TestJob]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for job in jobs:
        if name in job.packages:
            for each in job.own_pythons.get(name) or job.pythons:
                found.setdefault(each.value, each)
    return found


def _lines(name: Name, usual: tuple[str, ...], versions: dict[str, Found], jobs: Sequence[TestJob]) -> list[ConfigLine]:
    """Return the setting of one plugin: versions that it leaves out are a promise, further versions are a fact."""
    excluded = {each.value: each for job in jobs for each in job.excluded.get(name, ())}
    if excluded:
        kept = [version for version in usual if version not in excluded]
        places = ", ".join(f"{version} at {excluded[version].place}" for version in in_order(excluded))
        return [ConfigLine(f"python = {array(kept)}", f"the workflow excludes {places}", promise=True)] if kept else []
    listed = in_order(versions)
    if not listed or listed == [*usual]:
        return []
    place = versions[listed[0]].place
    return [ConfigLine(f"python = {array(listed)}", str(place), promise=not {*usual} <= {*listed})]
