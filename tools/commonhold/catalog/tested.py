"""Combine the results of test sessions: whether a plugin's tests pass with each version of the core."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.catalog.series import series_of
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.version import Version

    from commonhold.ci.results import SessionResult


@dataclass(frozen=True, slots=True)
class CoreTestResult:
    """The tests of a plugin with one version of the core; ``failed`` are the Python versions whose tests fail."""

    plugin: str
    core: Version
    failed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the tests pass on every Python version on which they ran."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class CoreTestResults:
    """The results of all plugins, with the series rule of the core."""

    results: tuple[CoreTestResult, ...]
    rule: str

    def find(self, plugin: str, series: str) -> CoreTestResult | None:
        """Return the result of a plugin with the newest version of a series; ``None`` if it was not tested with one."""
        found = [each for each in self.results if each.plugin == plugin and series_of(each.core, self.rule) == series]
        return max(found, key=lambda each: each.core, default=None)


def combine_results(results: Iterable[SessionResult], rule: str) -> CoreTestResults:
    """Combine the sessions of each plugin. A session that does not name the version of the core shows nothing."""
    sessions: Mapping[tuple[str, Version], list[SessionResult]] = defaultdict(list)
    for result in results:
        core = parse_version(result.core or "")
        if core is not None:
            sessions[result.plugin, core].append(result)
    found = []
    for (plugin, core), each in sorted(sessions.items()):
        failed = {session.python for session in each if not session.good}
        found.append(CoreTestResult(plugin, core, tuple(sorted(failed, key=lambda text: (len(text), text)))))
    return CoreTestResults(tuple(found), rule)
