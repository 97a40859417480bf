"""Packing: every session in exactly one job, jobs balanced, never more than GitHub takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.ci.shards import LIMITS, DoesNotFitError, JobShard, ShardEntry, ShardLimits, pack

if TYPE_CHECKING:
    import random

entries = st.lists(
    st.builds(
        lambda plugin, python, system, minutes, seconds: ShardEntry(
            f"p{plugin}-{python}", f"p{plugin}", python, system, minutes, seconds
        ),
        st.integers(0, 400),
        st.sampled_from(["3.9", "3.10", "3.12"]),
        st.sampled_from(["ubuntu-latest", "windows-latest"]),
        st.integers(1, 360),
        st.floats(0, 4000),
    ),
    unique_by=lambda entry: (entry.session, entry.os),
    max_size=60,
)
limits = st.tuples(st.integers(6, 40), st.integers(0, 20), st.floats(30, 4000)).map(
    lambda drawn: ShardLimits(jobs=drawn[0], comfortable=drawn[1], seconds=drawn[2])
)


def simple(count: int, seconds: float = 60, minutes: int = 10, python: str = "3.11") -> list[ShardEntry]:
    """Sessions on one Python."""
    return [
        ShardEntry(f"plugin-{index:04}-{python}", f"plugin-{index:04}", python, "ubuntu-latest", minutes, seconds)
        for index in range(count)
    ]


def load(shard: JobShard) -> float:
    return sum(max(entry.seconds, 1.0) for entry in shard.entries)


@given(entries, limits)
def test_every_session_is_in_exactly_one_job_of_its_own_python_and_system(
    some: list[ShardEntry], limits: ShardLimits
) -> None:
    shards, _ = pack(some, limits)
    assert Counter(entry for shard in shards for entry in shard.entries) == Counter(some)
    assert all((entry.python, entry.os) == (shard.python, shard.os) for shard in shards for entry in shard.entries)
    assert all(shard.entries for shard in shards)


@given(entries, limits)
def test_there_are_never_more_jobs_than_a_matrix_takes(some: list[ShardEntry], limits: ShardLimits) -> None:
    assert len(pack(some, limits)[0]) <= limits.jobs


@given(entries, limits, st.randoms(use_true_random=False))
def test_the_order_of_the_sessions_does_not_matter(
    some: list[ShardEntry], limits: ShardLimits, rng: random.Random
) -> None:
    shuffled = rng.sample(some, len(some))
    assert pack(shuffled, limits) == pack(some, limits)


@given(entries, limits)
def test_jobs_of_one_kind_differ_by_no_more_than_the_longest_session(
    some: list[ShardEntry], limits: ShardLimits
) -> None:
    short = [replace(entry, minutes=1) for entry in some]
    for kind in {(entry.python, entry.os) for entry in short}:
        loads = [load(shard) for shard in pack(short, limits)[0] if (shard.python, shard.os) == kind]
        longest = max(entry.seconds for entry in short if (entry.python, entry.os) == kind)
        assert max(loads) - min(loads) <= max(longest, 1.0) + 1e-6


@given(entries, limits)
def test_a_job_shorter_than_its_sessions_limits_is_reported(some: list[ShardEntry], limits: ShardLimits) -> None:
    shards, tight = pack(some, limits)
    late = [s for s in shards if len(s.entries) > 1 and 10 + sum(entry.minutes for entry in s.entries) > limits.minutes]
    assert bool(late) == any("time limits add up" in sentence for sentence in tight)


@given(entries, limits)
def test_fewer_jobs_than_preferred_are_reported(some: list[ShardEntry], limits: ShardLimits) -> None:
    shards, tight = pack(some, limits)
    free, _ = pack(some, replace(limits, jobs=10_000))
    if not tight:
        assert len(shards) == len(free)


def test_a_comfortable_number_of_sessions_get_a_job_each() -> None:
    assert [len(shard.entries) for shard in pack(simple(20))[0]] == [1] * 20


def test_many_short_sessions_share_jobs_that_are_worth_setting_up() -> None:
    shards, tight = pack(simple(600, seconds=60, minutes=5))
    assert len(shards) == 60
    assert {len(shard.entries) for shard in shards} == {10}
    assert tight == []


def test_sessions_beyond_the_limit_of_a_matrix_share_jobs_with_a_warning() -> None:
    shards, tight = pack(simple(1000, seconds=900))
    assert len(shards) == 256
    assert tight == ["because of GitHub's limits, 1000 sessions share 256 jobs instead of 1000"]


def test_sessions_with_long_limits_do_not_share_a_job_that_is_too_short_for_them() -> None:
    shards, tight = pack(simple(100, seconds=1, minutes=170))
    assert {len(shard.entries) for shard in shards} <= {1, 2}
    assert len(shards) < 55
    assert tight == []


def test_a_session_as_long_as_a_job_may_be_has_it_for_itself() -> None:
    shards, tight = pack([*simple(40, seconds=1, minutes=5), *simple(1, minutes=360, python="3.12")])
    alone = next(shard for shard in shards if shard.python == "3.12")
    assert LIMITS.timeout(alone.entries) == 360
    assert tight == []


def test_names_that_fit_into_no_output_are_an_error_rather_than_a_shorter_plan() -> None:
    with pytest.raises(DoesNotFitError, match="characters"):
        pack(simple(200), replace(LIMITS, characters=10_000))


def test_more_kinds_of_jobs_than_jobs_are_an_error() -> None:
    with pytest.raises(DoesNotFitError, match="3 combinations"):
        pack([entry for python in ("3.9", "3.10", "3.11") for entry in simple(1, python=python)], ShardLimits(jobs=2))
