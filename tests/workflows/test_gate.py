"""The gate's script, taken out of the workflow and run on every combination of results."""

from __future__ import annotations

import os
import subprocess
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.workflows.sample_repo import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GATE: dict[str, Any] = yaml.safe_load((REPOSITORY / ".github/workflows/ci.yml").read_text())["jobs"]["gate"]
RESULTS = ("success", "failure", "cancelled", "skipped", "")
PLANNED = ("true", "false", "")


def judge(values: Mapping[str, str], summary: Path) -> bool:
    """Whether the gate passes, given the values of its environment."""
    (step,) = GATE["steps"]
    assert set(values) == set(step["env"])
    env = {"PATH": os.environ["PATH"], "GITHUB_STEP_SUMMARY": str(summary), **values}
    argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(argv, env=env, check=False, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode in (0, 1)
    return done.returncode == 0


def case(**changes: str) -> dict[str, str]:
    """A run in which everything was planned and passed, but for the changes."""
    values = {"PLAN": "success", "PROJECT": "success", "CHECK": "success", "TEST": "success", "CORE": "success"}
    return {**values, "TEST_PLANNED": "true", "CORE_PLANNED": "true", **changes}


def test_it_passes_when_everything_passed(tmp_path: Path) -> None:
    assert judge(case(), tmp_path / "summary")


def test_it_passes_when_there_was_nothing_to_do(tmp_path: Path) -> None:
    nothing = {"TEST": "skipped", "TEST_PLANNED": "false", "CORE": "skipped", "CORE_PLANNED": "false"}
    assert judge(case(**nothing), tmp_path / "summary")


@pytest.mark.parametrize("result", RESULTS[1:])
@pytest.mark.parametrize("job", ["PLAN", "PROJECT", "CHECK"])
def test_it_fails_unless_a_job_that_always_runs_passed(job: str, result: str, tmp_path: Path) -> None:
    assert not judge(case(**{job: result}), tmp_path / "summary")


@pytest.mark.parametrize("job", ["TEST", "CORE"])
def test_only_a_job_that_was_not_planned_may_be_skipped(job: str, tmp_path: Path) -> None:
    passed = {
        (result, planned)
        for result, planned in product(RESULTS, PLANNED)
        if judge(case(**{job: result, f"{job}_PLANNED": planned}), tmp_path / "summary")
    }
    succeeded = {("success", planned) for planned in PLANNED}
    assert passed == succeeded | {("skipped", "false"), ("", "false")}


def test_it_fails_when_the_planner_broke_and_everything_behind_it_was_skipped(tmp_path: Path) -> None:
    behind = {"TEST": "skipped", "TEST_PLANNED": "", "CORE": "skipped", "CORE_PLANNED": ""}
    assert not judge(case(PLAN="failure", **behind), tmp_path / "summary")
    assert not judge(case(**behind), tmp_path / "summary")


def test_one_bad_result_is_enough_whatever_the_others_say(tmp_path: Path) -> None:
    jobs = ("PLAN", "TEST", "CORE", "PROJECT")
    for results in product(("success", "failure", "cancelled"), repeat=len(jobs)):
        everything_passed = set(results) == {"success"}
        assert judge(case(**dict(zip(jobs, results, strict=True))), tmp_path / "summary") is everything_passed


def test_its_summary_names_what_failed(tmp_path: Path) -> None:
    summary = tmp_path / "summary"
    judge(case(TEST="failure", CORE="skipped", CORE_PLANNED="false"), summary)
    assert summary.read_text().splitlines() == [
        "- plan: passed",
        "- test: **failure**",
        "- core: nothing to do",
        "- project: passed",
        "- check: passed",
    ]


def test_it_judges_every_job_it_waits_for_and_waits_for_no_advisory_one() -> None:
    (step,) = GATE["steps"]
    judged = {name.lower() for name in step["env"] if not name.endswith("_PLANNED")}
    assert judged == set(GATE["needs"]) == {"plan", "test", "core", "project", "check"}
