"""Find exclusions of Python versions in workflows that no longer have an effect, or that metadata contradicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.pythons import is_supported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.facts import Found, Package
    from commonhold.scaffold.init.test_jobs import TestJob


@dataclass(frozen=True, slots=True)
class StaleExclusion:
    """An exclusion of a Python version for one plugin, with the reason why it may be removed."""

    name: Name
    excluded: Found
    reason: str


def find_stale_exclusions(jobs: Sequence[TestJob], packages: Sequence[Package]) -> Iterator[StaleExclusion]:
    """Yield the exclusions that a person should look at."""
    known = {package.name: package for package in packages}
    for job in jobs:
        pythons = {found.value for found in job.pythons}
        for name, excluded in job.excluded.items():
            for found in excluded:
                reason = _reason(name, found.value, job, pythons, known)
                if reason:
                    yield StaleExclusion(name, found, reason)


def _reason(name: Name, version: str, job: TestJob, pythons: set[str], known: Mapping[Name, Package]) -> str:
    if name not in job.packages:
        return "the job's list does not contain this plugin"
    if pythons and version not in pythons:
        return f"the job does not run on Python {version}"
    metadata = known[name].metadata if name in known else None
    if metadata is None:
        return ""
    if metadata.requires_python and not is_supported(version, metadata.requires_python):
        return f"requires-python {metadata.requires_python} already excludes it"
    if f"Programming Language :: Python :: {version}" in metadata.classifiers:
        return f"the plugin's classifiers list Python {version}"
    return ""
