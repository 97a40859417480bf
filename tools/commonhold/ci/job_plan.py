"""From an :class:`Affected` to jobs: a pure function, and nothing that it is given gets lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.durations import Durations
from commonhold.ci.pythons import plugin_pythons
from commonhold.ci.shards import LIMITS, ShardEntry, TooMuch, pack
from commonhold.errors import ConfigurationError
from commonhold.selection.affected import SharedChanged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.ci.shards import JobShard, ShardLimits
    from commonhold.projects.names import Name
    from commonhold.selection.affected import Affected, AffectedPlugin
    from commonhold.workspace.config import Config
    from commonhold.workspace.model import Plugin, Workspace

OS = ("ubuntu-latest",)
"""Where a plugin is tested that says nothing about it."""

MINUTES = 30
"""The time limit of a session whose plugin sets none."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a matrix. ``sessions`` are names of nox sessions; ``timeout`` is in minutes."""

    name: str
    sessions: tuple[str, ...]
    python: str
    os: str
    timeout: int


@dataclass(frozen=True, slots=True)
class Untestable:
    """An affected plugin that no configured Python can test."""

    name: Name
    advisory: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """What must run for a selection, whoever runs it. ``untestable`` and ``doubts`` are said, never dropped."""

    legs: tuple[ShardEntry, ...]
    untestable: tuple[Untestable, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobPlan:
    """Two matrices: ``jobs`` count, ``advisory`` are only reported. ``core``: the core's own jobs must run."""

    jobs: tuple[Job, ...]
    advisory: tuple[Job, ...]
    core: bool
    untestable: tuple[Untestable, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something that counts cannot be tested at all."""
        return any(not plugin.advisory for plugin in self.untestable)


def session_name(plugin: str, python: str) -> str:
    """The name that nox gives to a plugin's session on one Python."""
    return f"{plugin}-{python}"


def plan_jobs(
    affected: Affected, workspace: Workspace, durations: Durations | None = None, limits: ShardLimits = LIMITS
) -> JobPlan:
    """The jobs for a selection.

    A plugin that changed itself runs on all its Pythons, any other on the lowest of them (so does every
    plugin when all are selected because the base is unknown); each on every ``os`` of its own. Raises
    ``ConfigurationError`` when the jobs fit into no matrix, however tightly they are packed.
    """
    sessions = find_sessions(affected, workspace, durations or Durations())
    try:
        jobs, tight = _matrix([leg for leg in sessions.legs if not leg.advisory], limits, "the matrix")
        advisory, tighter = _matrix([leg for leg in sessions.legs if leg.advisory], limits, "the advisory matrix")
    except TooMuch as error:
        raise ConfigurationError(
            f"the plan does not fit: {error}", hint="Test fewer Pythons, or fewer operating systems."
        ) from error
    return JobPlan(
        jobs=jobs,
        advisory=advisory,
        core=bool(affected.core),
        untestable=sessions.untestable,
        warnings=(*sessions.doubts, *tight, *tighter, *affected.warnings),
    )


def find_sessions(affected: Affected, workspace: Workspace, durations: Durations) -> Sessions:
    """What must run for a selection."""
    expected = durations.expectation()
    legs: list[ShardEntry] = []
    untestable: list[Untestable] = []
    doubts: list[str] = []
    for chosen in sorted(affected.plugins):
        plugin = workspace.plugins[chosen.name]
        pythons = plugin_pythons(plugin, workspace)
        doubts += pythons.doubts
        if not pythons.versions:
            untestable.append(Untestable(chosen.name, chosen.advisory, f"{chosen.name}: {pythons.restriction}"))
        wide = counts_as_changed(chosen, workspace.config)
        for python in pythons.versions if wide else pythons.versions[:1]:
            seconds = expected(chosen.name, python)
            legs += _legs(plugin, python, seconds, advisory=chosen.advisory)
    return Sessions(tuple(legs), tuple(untestable), tuple(dict.fromkeys(doubts)))


def counts_as_changed(plugin: AffectedPlugin, config: Config) -> bool:
    """Whether the plugin itself counts as changed: its files, what it reads, a shared path that names it."""
    return plugin.directly or any(
        isinstance(reason, SharedChanged) and isinstance(config.shared[reason.rule].affects, tuple)
        for reason in plugin.reasons
    )


def _legs(plugin: Plugin, python: str, seconds: float, *, advisory: bool) -> Iterable[ShardEntry]:
    minutes = plugin.testing.timeout or MINUTES
    for system in dict.fromkeys(plugin.testing.os or OS):
        yield ShardEntry(session_name(plugin.name, python), plugin.name, python, system, minutes, seconds, advisory)


def _matrix(legs: list[ShardEntry], limits: ShardLimits, matrix: str) -> tuple[tuple[Job, ...], list[str]]:
    shards, tight = pack(legs, limits)
    several = len({shard.os for shard in shards}) > 1
    totals = Counter((shard.python, shard.os) for shard in shards if len(shard.legs) > 1)
    numbers: Counter[tuple[str, str]] = Counter()
    jobs = []
    for shard in shards:
        where = f"{shard.python}, {shard.os}" if several or shard.os not in OS else shard.python
        numbers[shard.python, shard.os] += len(shard.legs) > 1
        number, total = numbers[shard.python, shard.os], totals[shard.python, shard.os]
        jobs.append(_job(shard, where, f"shard {number} of {total}", limits))
    return tuple(jobs), [f"{matrix}: {sentence}" for sentence in tight]


def _job(shard: JobShard, where: str, title: str, limits: ShardLimits) -> Job:
    legs = shard.legs
    name = f"{legs[0].plugin} ({where})" if len(legs) == 1 else f"{title} ({where}, {len(legs)} plugins)"
    sessions = tuple(leg.session for leg in legs)
    return Job(name, sessions, shard.python, shard.os, limits.timeout(legs))
