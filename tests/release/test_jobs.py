"""Test the division of a plan into the jobs of a workflow."""

from __future__ import annotations

import json
from dataclasses import astuple

import msgspec
import pytest

from commonhold.errors import ConfigurationError
from commonhold.release.plan.build_shards import divide
from commonhold.release.plan.workflow_jobs import job_output_lines, make_jobs
from tests.release.minimal_artifacts import plan_of, planned
from tests.support.trees import MemoryTree


def of(tier: str, count: int, **fields):
    return [msgspec.structs.replace(planned(f"{tier}-{number}", **fields), tier=tier) for number in range(count)]


def outputs(jobs) -> dict[str, object]:
    lines = dict(line.split("=", 1) for line in job_output_lines(jobs).splitlines())
    return {name: value if name in ("version", "commit") else json.loads(value) for name, value in lines.items()}


def test_shards_are_counted_by_tier() -> None:
    plan = plan_of(*of("official", 5), *of("community", 2))
    jobs = make_jobs(plan, MemoryTree([]), per_shard=2)
    assert [job.shard for job in jobs.rest] == ["1/4", "2/4", "3/4", "4/4"]
    tiers = [{name.partition("-")[0] for name in names} for names in divide(plan, 4)]
    assert tiers == [{"official"}, {"official"}, {"official"}, {"community"}]


def test_names_of_stores_sort_like_the_shards() -> None:
    jobs = make_jobs(plan_of(*of("official", 12)), MemoryTree([]), per_shard=1)
    stores = [job.store for job in jobs.rest]
    assert stores == sorted(stores)
    assert [job.shard for job in jobs.rest] == [f"{number}/12" for number in range(1, 13)]


def test_tiers_that_stop_a_release_are_built_first() -> None:
    plan = plan_of(*of("a", 1), *of("stopping", 3, stops=True), *of("b", 1))
    jobs = make_jobs(plan, MemoryTree([]), per_shard=2)
    assert [astuple(job) for job in jobs.first] == [("1/4", "first-001"), ("2/4", "first-002")]
    assert [astuple(job) for job in jobs.rest] == [("3/4", "rest-003"), ("4/4", "rest-004")]
    assert divide(plan, 4) == (("stopping-0", "stopping-2"), ("stopping-1",), ("a-0",), ("b-0",))


def test_each_released_plugin_with_a_dockerfile_has_an_image() -> None:
    plan = plan_of(planned("a"), planned("b"), planned("c", held="it is private"))
    jobs = make_jobs(plan, MemoryTree(["plugins/a/Dockerfile", "plugins/b/src/Dockerfile", "plugins/c/Dockerfile"]))
    assert [astuple(image) for image in jobs.images] == [("a", "1.17.0", "plugins/a")]


def test_the_core_has_no_image() -> None:
    core = msgspec.structs.replace(planned("core"), path="")
    jobs = make_jobs(msgspec.structs.replace(plan_of(core), core="core"), MemoryTree(["Dockerfile"]))
    assert jobs.images == ()


def test_each_output_is_one_line() -> None:
    found = outputs(make_jobs(plan_of(planned("a")), MemoryTree(["plugins/a/Dockerfile"])))
    assert found == {
        "any": True,
        "version": "1.17.0",
        "commit": "0" * 40,
        "any-first": False,
        "first": {"include": []},
        "any-rest": True,
        "rest": {"include": [{"shard": "1/1", "store": "rest-001"}]},
        "any-image": True,
        "images": {"include": [{"plugin": "a", "version": "1.17.0", "path": "plugins/a"}]},
    }


def test_an_empty_release_has_no_jobs() -> None:
    found = outputs(make_jobs(plan_of(planned("a", held="not now")), MemoryTree([])))
    assert (found["any"], found["any-image"]) == (False, False)


def test_the_number_of_shards_is_limited() -> None:
    assert len(make_jobs(plan_of(*of("official", 300)), MemoryTree([]), per_shard=1).rest) == 256


def test_a_path_that_is_unsafe_in_a_shell_is_an_error() -> None:
    plan = plan_of(msgspec.structs.replace(planned("a"), path="plugins/a\nany=true"))
    with pytest.raises(ConfigurationError, match="no image"):
        make_jobs(plan, MemoryTree(["plugins/a\nany=true/Dockerfile"]))
