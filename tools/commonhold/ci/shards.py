"""Packing sessions into jobs: as many as are comfortable, as few as GitHub allows, all of them balanced."""

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
    """One session in one place, before it has a job. ``minutes`` is its time limit, ``seconds`` what it may take."""

    session: str
    plugin: str
    python: str
    os: str
    minutes: int
    seconds: float
    advisory: bool = False


@dataclass(frozen=True, slots=True)
class JobShard:
    """Sessions that share a job, and so a Python and an operating system."""

    python: str
    os: str
    legs: tuple[ShardEntry, ...]


@dataclass(frozen=True, slots=True)
class ShardLimits:
    """What a matrix may hold, and what is wanted of it.

    ``jobs`` and ``minutes`` are GitHub's (256 jobs a matrix, six hours a job). ``characters`` is what both
    matrices may have together: a job's outputs are limited to 1 MB "approximated based on UTF-16", which is
    half a million characters, less what the other outputs and the jobs' own fields need. Up to ``comfortable``
    sessions get a job each; beyond, jobs are as long as ``seconds``, so that setting one up is worth it.
    """

    jobs: int = 256
    minutes: int = 360
    characters: int = 450_000
    comfortable: int = 20
    seconds: float = 600.0
    set_up_minutes: int = 10

    def timeout(self, legs: Sequence[ShardEntry]) -> int:
        """The time limit of a job, in minutes: its sessions' limits, and some to set it up."""
        return min(self.minutes, _minutes(legs, self))


LIMITS = ShardLimits()

_Group: TypeAlias = "tuple[str, str]"
"""A Python and an operating system."""

_Groups: TypeAlias = "Mapping[_Group, list[ShardEntry]]"

_JOB_CHARACTERS = 250
"""More than the JSON of a job has without the names of its sessions: keys, a title, a system's label."""


class TooMuch(Exception):  # noqa: N818 - not an error by itself: whoever asked says what to do
    """More than any packing can hold."""


def pack(legs: Iterable[ShardEntry], limits: ShardLimits = LIMITS) -> tuple[tuple[JobShard, ...], list[str]]:
    """Jobs for all legs, each in exactly one, and a sentence for each way in which they are tighter than wanted.

    The same legs in another order make the same jobs. Raises ``TooMuch``.
    """
    groups = _grouped(legs)
    if len(groups) > limits.jobs:
        raise TooMuch(f"{len(groups)} pairs of a Python and an operating system, in at most {limits.jobs} jobs")
    wanted = _wanted(groups, limits)
    most = min(limits.jobs, _affordable(groups, limits))
    shards = _in_time(groups, _shares(groups, min(wanted, most)), most, limits)
    return shards, list(_tight(shards, wanted, limits))


def _in_time(groups: _Groups, shares: dict[_Group, int], most: int, limits: ShardLimits) -> tuple[JobShard, ...]:
    """Balanced jobs; more than ``shares`` where the sessions' time limits need them, and ``most`` allows."""
    packed = {group: _balance(legs, shares[group], limits) for group, legs in groups.items()}
    while spare := most - sum(map(len, packed.values())):
        late = {group: over for group, shards in packed.items() if (over := _late(shards, limits))}
        if not late:
            break
        for group, over in late.items():
            more = min(len(over), spare)
            spare -= more
            shares[group] = min(len(packed[group]) + more, len(groups[group]))
            packed[group] = _balance(groups[group], shares[group], limits)
    return tuple(shard for shards in packed.values() for shard in shards)


def _tight(shards: Sequence[JobShard], wanted: int, limits: ShardLimits) -> Iterator[str]:
    if len(shards) < wanted:
        total = sum(len(shard.legs) for shard in shards)
        yield f"{total} sessions share {len(shards)} jobs, where {wanted} were wanted (GitHub's limits)"
    if late := _late(shards, limits):
        yield (
            f"in {len(late)} of {len(shards)} jobs the sessions' time limits add up to more than the"
            f" {limits.minutes} minutes of a job"
        )


def _late(shards: Iterable[JobShard], limits: ShardLimits) -> list[JobShard]:
    """The jobs that end before all of their sessions have reached their limits."""
    return [shard for shard in shards if len(shard.legs) > 1 and _minutes(shard.legs, limits) > limits.minutes]


def _minutes(legs: Iterable[ShardEntry], limits: ShardLimits) -> int:
    return limits.set_up_minutes + sum(leg.minutes for leg in legs)


def _grouped(legs: Iterable[ShardEntry]) -> dict[_Group, list[ShardEntry]]:
    groups: dict[_Group, list[ShardEntry]] = {}
    # A duration of nothing would pile all such sessions on one job.
    for leg in sorted(set(legs), key=lambda leg: (-max(leg.seconds, 1.0), astuple(leg))):
        groups.setdefault((leg.python, leg.os), []).append(leg)
    return dict(sorted(groups.items(), key=lambda item: (*map(int, item[0][0].split(".")), item[0][1])))


def _wanted(groups: _Groups, limits: ShardLimits) -> int:
    total = sum(map(len, groups.values()))
    if total <= limits.comfortable:
        return total
    needed = 0
    for legs in groups.values():
        by_time = ceil(sum(map(_weight, legs)) / limits.seconds)
        by_limit = ceil(sum(leg.minutes for leg in legs) / max(limits.minutes - limits.set_up_minutes, 1))
        needed += max(1, by_time, by_limit)
    return min(total, max(needed, limits.comfortable))


def _affordable(groups: _Groups, limits: ShardLimits) -> int:
    """How many jobs' own JSON there is room for, beside the sessions' names (a job may be named after one)."""
    names = sum(2 * len(leg.session) + 1 for legs in groups.values() for leg in legs)
    room = limits.characters // 2
    jobs = (room - names) // _JOB_CHARACTERS
    if jobs < len(groups):
        raise TooMuch(f"the sessions' names need {names} characters, and a matrix holds about {room}")
    return jobs


def _shares(groups: _Groups, jobs: int) -> dict[_Group, int]:
    """How many of the jobs each group gets: one, and each further one goes where jobs are longest."""
    shares = dict.fromkeys(groups, 1)
    work = {group: sum(map(_weight, legs)) for group, legs in groups.items()}
    queue = [(-work[group], group) for group, legs in groups.items() if len(legs) > 1]
    heapq.heapify(queue)
    for _ in range(jobs - len(groups)):
        if not queue:
            break
        _, group = heapq.heappop(queue)
        shares[group] += 1
        if shares[group] < len(groups[group]):
            heapq.heappush(queue, (-work[group] / shares[group], group))
    return shares


def _balance(legs: list[ShardEntry], jobs: int, limits: ShardLimits) -> list[JobShard]:
    """Longest first, each to the job that has least so far (Graham's LPT: within 4/3 of the best).

    A job whose time would not do for one session more is passed over, unless all are.
    """
    bins: list[list[ShardEntry]] = [[] for _ in range(jobs)]
    queue = [(0.0, index) for index in range(jobs)]
    for leg in legs:
        full: list[tuple[float, int]] = []
        while queue and bins[queue[0][1]] and _minutes((*bins[queue[0][1]], leg), limits) > limits.minutes:
            full.append(heapq.heappop(queue))
        load, index = heapq.heappop(queue) if queue else full.pop(0)
        bins[index].append(leg)
        for item in (*full, (load + _weight(leg), index)):
            heapq.heappush(queue, item)
    return [
        JobShard(some[0].python, some[0].os, tuple(sorted(some, key=lambda leg: leg.session))) for some in bins if some
    ]


def _weight(leg: ShardEntry) -> float:
    return max(leg.seconds, 1.0)
