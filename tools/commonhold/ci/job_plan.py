"""Plan the jobs for a selection, without side effects and without dropping any plugin."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.durations import Durations
from commonhold.ci.pythons import plugin_pythons
from commonhold.ci.shards import LIMITS, DoesNotFitError, ShardEntry, pack
from commonhold.errors import ConfigurationError
from commonhold.selection.affected import SharedChanged
from commonhold.text import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.ci.shards import JobShard, ShardLimits
    from commonhold.projects.names import Name
    from commonhold.selection.affected import Affected, AffectedPlugin
    from commonhold.workspace.config import Config
    from commonhold.workspace.model import Plugin, Workspace

OS = ("ubuntu-latest",)
"""The default runner labels of plugins that do not configure ``os``."""

MOST_NAMES = 5
"""The number of plugins without tests to list in a plan's warning."""

MINUTES = 30
"""The default time limit of a session in minutes."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job in a matrix. ``sessions`` are nox session names; ``timeout`` is in minutes."""

    name: str
    sessions: tuple[str, ...]
    python: str
    os: str
    timeout: int


@dataclass(frozen=True, slots=True)
class Untestable:
    """An affected plugin that no configured Python version can test."""

    name: Name
    advisory: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions that a selection requires. The caller must report ``untestable`` plugins and ``doubts``."""

    entries: tuple[ShardEntry, ...]
    untestable: tuple[Untestable, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobPlan:
    """The matrices of required ``jobs`` and ``advisory`` jobs. If ``core`` is true, the core's own jobs must run."""

    jobs: tuple[Job, ...]
    advisory: tuple[Job, ...]
    core: bool
    untestable: tuple[Untestable, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """True if a required plugin cannot be tested on any Python version."""
        return any(not plugin.advisory for plugin in self.untestable)


def session_name(plugin: str, python: str) -> str:
    """Return the name that nox gives to a plugin's session for one Python version."""
    return f"{plugin}-{python}"


def plan_jobs(
    affected: Affected, workspace: Workspace, durations: Durations | None = None, limits: ShardLimits = LIMITS
) -> JobPlan:
    """Plan the jobs for a selection.

    A changed plugin is tested on every Python version that it supports. Any other plugin is tested on its lowest
    version only, even if the base is unknown. Each plugin is tested on every ``os`` that it configures. Raises
    ``ConfigurationError`` if the jobs do not fit into a matrix.
    """
    sessions = find_sessions(affected, workspace, durations or Durations())
    try:
        jobs, compromises = _matrix([entry for entry in sessions.entries if not entry.advisory], limits, "the matrix")
        advisory, advisory_compromises = _matrix(
            [entry for entry in sessions.entries if entry.advisory], limits, "the advisory matrix"
        )
    except DoesNotFitError as error:
        raise ConfigurationError(
            f"the plan does not fit: {error}", hint="Test fewer Python versions or operating systems."
        ) from error
    return JobPlan(
        jobs=jobs,
        advisory=advisory,
        core=bool(affected.core),
        untestable=sessions.untestable,
        warnings=(*sessions.doubts, *compromises, *advisory_compromises, *affected.warnings),
    )


def find_sessions(affected: Affected, workspace: Workspace, durations: Durations) -> Sessions:
    """List the sessions that a selection requires."""
    expected = durations.expectation()
    entries: list[ShardEntry] = []
    untestable: list[Untestable] = []
    doubts: list[str] = []
    without_tests: list[Name] = []
    for chosen in sorted(affected.plugins):
        plugin = workspace.plugins[chosen.name]
        pythons = plugin_pythons(plugin, workspace)
        doubts += pythons.doubts
        if not pythons.versions:
            untestable.append(Untestable(chosen.name, chosen.advisory, f"{chosen.name}: {pythons.restriction}"))
        elif not has_tests(plugin):
            without_tests.append(chosen.name)
            continue
        # A failure caused by a dependency rarely depends on the Python version, so one version is enough.
        wide = counts_as_changed(chosen, workspace.config)
        for python in pythons.versions if wide else pythons.versions[:1]:
            seconds = expected(chosen.name, python)
            entries += _entries(plugin, python, seconds, advisory=chosen.advisory)
    if without_tests:
        number = count(len(without_tests), "affected plugin")
        doubts.append(f"{number} without test files, so no job runs: {listed(without_tests, MOST_NAMES)}")
    return Sessions(tuple(entries), tuple(untestable), tuple(dict.fromkeys(doubts)))


def has_tests(plugin: Plugin) -> bool:
    """Return whether the plugin has a configured test command or a test file."""
    if plugin.testing.test is not None or plugin.files is None:
        return True
    return plugin.tests.are_among(path[len(plugin.path) + 1 :] for path in plugin.files)


def counts_as_changed(plugin: AffectedPlugin, config: Config) -> bool:
    """Return whether the plugin's files changed, or paths that it reads, or paths in a rule that names the plugin."""
    # A shared rule with a list names the plugin explicitly. A rule for all plugins does not make every plugin changed.
    return plugin.directly or any(
        isinstance(reason, SharedChanged) and isinstance(config.shared[reason.rule].affects, tuple)
        for reason in plugin.reasons
    )


def _entries(plugin: Plugin, python: str, seconds: float, *, advisory: bool) -> Iterable[ShardEntry]:
    minutes = plugin.testing.timeout or MINUTES
    for system in dict.fromkeys(plugin.testing.os or OS):
        yield ShardEntry(session_name(plugin.name, python), plugin.name, python, system, minutes, seconds, advisory)


def _matrix(entries: list[ShardEntry], limits: ShardLimits, matrix: str) -> tuple[tuple[Job, ...], list[str]]:
    shards, compromises = pack(entries, limits)
    # To keep job names short, they include the runner label only if it distinguishes jobs.
    several = len({shard.os for shard in shards}) > 1
    totals = Counter((shard.python, shard.os) for shard in shards if len(shard.entries) > 1)
    numbers: Counter[tuple[str, str]] = Counter()
    jobs = []
    for shard in shards:
        where = f"{shard.python}, {shard.os}" if several or shard.os not in OS else shard.python
        numbers[shard.python, shard.os] += len(shard.entries) > 1
        number, total = numbers[shard.python, shard.os], totals[shard.python, shard.os]
        jobs.append(_job(shard, where, f"shard {number} of {total}", limits))
    return tuple(jobs), [f"{matrix}: {sentence}" for sentence in compromises]


def _job(shard: JobShard, where: str, title: str, limits: ShardLimits) -> Job:
    entries = shard.entries
    name = f"{entries[0].plugin} ({where})" if len(entries) == 1 else f"{title} ({where}, {len(entries)} plugins)"
    sessions = tuple(entry.session for entry in entries)
    return Job(name, sessions, shard.python, shard.os, limits.timeout(entries))
