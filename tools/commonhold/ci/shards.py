"""Pack sessions into balanced jobs within GitHub's limits."""

from __future__ import annotations

import heapq
from dataclasses import astuple, dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ShardEntry:
    """A session without a job. ``minutes`` is the session's time limit, and ``seconds`` is its expected duration."""

    session: str
    plugin: str
    python: str
    os: str
    minutes: int
    seconds: float
    advisory: bool = False


@dataclass(frozen=True, slots=True)
class JobShard:
    """The sessions of one job, which have the same Python version and operating system."""

    python: str
    os: str
    entries: tuple[ShardEntry, ...]


@dataclass(frozen=True, slots=True)
class ShardLimits:
    """The limits of a matrix.

    ``jobs`` and ``minutes`` are GitHub's limits (256 jobs in a matrix, six hours for a job). ``characters`` is the
    limit for both matrices together. GitHub limits a job's outputs to 1 MB "approximated based on UTF-16", which is
    half a million characters, and other outputs also count towards this limit. Up to ``comfortable`` sessions get one
    job each. If there are more, they share jobs that take about ``seconds``, which is long enough to justify a job's
    setup time.
    """

    jobs: int = 256
    minutes: int = 360
    characters: int = 450_000
    comfortable: int = 20
    seconds: float = 600.0
    set_up_minutes: int = 10

    def timeout(self, entries: Sequence[ShardEntry]) -> int:
        """Return a job's time limit in minutes: its sessions' limits plus the setup time, but at most ``minutes``."""
        return min(self.minutes, _minutes(entries, self))


LIMITS = ShardLimits()

_Group: TypeAlias = "tuple[str, str]"
"""A Python version and an operating system."""

_Groups: TypeAlias = "Mapping[_Group, list[ShardEntry]]"

_JOB_CHARACTERS = 250
"""An upper bound for the length of a job's JSON without its session names: keys, title and runner label."""


class DoesNotFitError(Exception):
    """The sessions do not fit into a matrix; the caller converts this error to an error with a hint."""


def pack(entries: Iterable[ShardEntry], limits: ShardLimits = LIMITS) -> tuple[tuple[JobShard, ...], list[str]]:
    """Assign every entry to exactly one job; also return a description of each compromise that the limits require.

    The order of the entries does not matter. Raises ``DoesNotFitError``.
    """
    # A job has one operating system and one Python version, so each such group of sessions is packed separately.
    groups = _grouped(entries)
    if len(groups) > limits.jobs:
        raise DoesNotFitError(
            f"{len(groups)} combinations of Python version and operating system need more than {limits.jobs} jobs"
        )
    preferred = _preferred(groups, limits)
    most = min(limits.jobs, _affordable(groups, limits))
    shards = _in_time(groups, _shares(groups, min(preferred, most)), most, limits)
    return shards, list(_compromises(shards, preferred, limits))


def _in_time(groups: _Groups, shares: dict[_Group, int], most: int, limits: ShardLimits) -> tuple[JobShard, ...]:
    """Balance jobs; while a job's sessions exceed its time limit, add jobs, up to ``most``."""
    packed = {group: _balance(entries, shares[group], limits) for group, entries in groups.items()}
    while spare := most - sum(map(len, packed.values())):
        overlong = {group: over for group, shards in packed.items() if (over := _overlong(shards, limits))}
        if not overlong:
            break
        for group, over in overlong.items():
            # Add one job for each overlong job; the next iteration checks if that was enough.
            more = min(len(over), spare)
            spare -= more
            shares[group] = min(len(packed[group]) + more, len(groups[group]))
            packed[group] = _balance(groups[group], shares[group], limits)
    return tuple(shard for shards in packed.values() for shard in shards)


def _compromises(shards: Sequence[JobShard], preferred: int, limits: ShardLimits) -> Iterator[str]:
    if len(shards) < preferred:
        total = sum(len(shard.entries) for shard in shards)
        yield f"because of GitHub's limits, {total} sessions share {len(shards)} jobs instead of {preferred}"
    if overlong := _overlong(shards, limits):
        yield (
            f"in {len(overlong)} of {len(shards)} jobs, the sessions' time limits add up to more than a job's limit of"
            f" {limits.minutes} minutes"
        )


def _overlong(shards: Iterable[JobShard], limits: ShardLimits) -> list[JobShard]:
    """Find the jobs whose time limit is shorter than the sum of their sessions' limits."""
    return [shard for shard in shards if len(shard.entries) > 1 and _minutes(shard.entries, limits) > limits.minutes]


def _minutes(entries: Iterable[ShardEntry], limits: ShardLimits) -> int:
    return limits.set_up_minutes + sum(entry.minutes for entry in entries)


def _grouped(entries: Iterable[ShardEntry]) -> dict[_Group, list[ShardEntry]]:
    groups: dict[_Group, list[ShardEntry]] = {}
    # Sessions with a duration of zero would all go into the same job, so count at least one second.
    for entry in sorted(set(entries), key=lambda entry: (-max(entry.seconds, 1.0), astuple(entry))):
        groups.setdefault((entry.python, entry.os), []).append(entry)
    # Sort Python versions as numbers, so that 3.9 precedes 3.10 in the matrix.
    return dict(sorted(groups.items(), key=lambda item: (*map(int, item[0][0].split(".")), item[0][1])))


def _preferred(groups: _Groups, limits: ShardLimits) -> int:
    total = sum(map(len, groups.values()))
    if total <= limits.comfortable:
        return total
    needed = 0
    for entries in groups.values():
        by_time = ceil(sum(map(_weight, entries)) / limits.seconds)
        by_limit = ceil(sum(entry.minutes for entry in entries) / max(limits.minutes - limits.set_up_minutes, 1))
        needed += max(1, by_time, by_limit)
    return min(total, max(needed, limits.comfortable))


def _affordable(groups: _Groups, limits: ShardLimits) -> int:
    """Return the number of jobs whose JSON fits into the matrix together with the session names."""
    # A session's name may occur twice, because a job may be named after a session.
    names = sum(2 * len(entry.session) + 1 for entries in groups.values() for entry in entries)
    room = limits.characters // 2  # the required matrix and the advisory matrix share the limit
    jobs = (room - names) // _JOB_CHARACTERS
    if jobs < len(groups):
        raise DoesNotFitError(f"the session names need {names} characters, but a matrix has room for only about {room}")
    return jobs


def _shares(groups: _Groups, jobs: int) -> dict[_Group, int]:
    """Give each group one job, then give each additional job to the group whose jobs take longest."""
    shares = dict.fromkeys(groups, 1)
    work = {group: sum(map(_weight, entries)) for group, entries in groups.items()}
    queue = [(-work[group], group) for group, entries in groups.items() if len(entries) > 1]
    heapq.heapify(queue)
    for _ in range(jobs - len(groups)):
        if not queue:
            break
        _, group = heapq.heappop(queue)
        shares[group] += 1
        if shares[group] < len(groups[group]):
            heapq.heappush(queue, (-work[group] / shares[group], group))
    return shares


def _balance(entries: list[ShardEntry], jobs: int, limits: ShardLimits) -> list[JobShard]:
    """Assign sessions, longest first, to the job with the least work (LPT, at most 4/3 of the optimal time).

    A job that has no time left for a session is skipped unless every job is full.
    """
    bins: list[list[ShardEntry]] = [[] for _ in range(jobs)]
    queue = [(0.0, index) for index in range(jobs)]
    for entry in entries:
        full: list[tuple[float, int]] = []
        while queue and bins[queue[0][1]] and _minutes((*bins[queue[0][1]], entry), limits) > limits.minutes:
            full.append(heapq.heappop(queue))
        # If every job is full, use the job with the least work; `pack` reports this compromise.
        load, index = heapq.heappop(queue) if queue else full.pop(0)
        bins[index].append(entry)
        for item in (*full, (load + _weight(entry), index)):
            heapq.heappush(queue, item)
    return [
        JobShard(some[0].python, some[0].os, tuple(sorted(some, key=lambda entry: entry.session)))
        for some in bins
        if some
    ]


def _weight(entry: ShardEntry) -> float:
    return max(entry.seconds, 1.0)
