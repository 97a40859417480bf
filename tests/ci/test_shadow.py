"""Plans next to an existing CI: the plugins that they skip, and the failures that they miss."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commonhold.ci.job_plan import JobPlan, Untestable
from commonhold.ci.shadow import (
    ShadowRecord,
    append_record,
    read_outcomes,
    read_records,
    record_shadow,
    summarize_shadow,
)
from commonhold.errors import ToolError, UsageError
from commonhold.projects.names import Name
from tests.ci.builders import NEEDS, chosen, plugin, selection, workspace

if TYPE_CHECKING:
    from pathlib import Path

WORKSPACE = workspace(
    [plugin(name)._replace(path=f"plugins/flytekit-{name}") for name in ("aws", "aws-batch", "spark", "ray")]
)
PLAN = JobPlan((), (), core=False)
AFFECTED = selection(chosen("aws"), chosen("ray", NEEDS, advisory=True))


def test_every_plugin_is_run_advisory_or_skipped() -> None:
    assert record_shadow(PLAN, AFFECTED, WORKSPACE) == ShadowRecord(
        base="base", head="head", selection="some", runs=("aws",), advisory=("ray",), skips=("aws-batch", "spark")
    )


def test_an_untestable_plugin_counts_as_skipped() -> None:
    plan = replace(PLAN, untestable=(Untestable(Name("aws"), advisory=False, detail="aws: no"),))
    assert record_shadow(plan, AFFECTED, WORKSPACE).skips == ("aws", "aws-batch", "spark")


@pytest.mark.parametrize(
    "job",
    [
        "aws-batch",
        "AWS_Batch",
        "flytekit-aws-batch",
        "plugins/flytekit-aws-batch",
        "build-plugins (3.10, flytekit-aws-batch)",
        "build-plugins/flytekit-aws-batch",
        "results/plugins-flytekit-aws-batch",
        "aws-batch-3.11",
    ],
)
def test_a_job_of_the_older_ci_is_found_by_the_names_that_a_plugin_has(job: str) -> None:
    record = record_shadow(PLAN, AFFECTED, WORKSPACE, {job: "failed"})
    assert record.failed == ("aws-batch",)
    assert record.missed == ("aws-batch",)
    assert record.strangers == ()


def test_a_job_that_matches_no_plugin_is_reported() -> None:
    record = record_shadow(PLAN, AFFECTED, WORKSPACE, {"lint": "failed", "spark": "passed"})
    assert (record.strangers, record.failed, record.outcomes) == (("lint",), (), 2)


def test_many_runs_together_tell_how_many_failures_the_plans_would_have_found() -> None:
    first = record_shadow(PLAN, AFFECTED, WORKSPACE, {"aws": "failed", "spark": "failed"})
    second = record_shadow(PLAN, AFFECTED, WORKSPACE, {"aws": "failed"})
    third = record_shadow(PLAN, AFFECTED._replace(head=None), WORKSPACE)
    summary = summarize_shadow([first, second, third])
    assert summary.recall == pytest.approx(2 / 3)
    assert list(summary.lines()) == [
        "3 runs, 2 with job results",
        "the plans run 6 plugin jobs and skip 6",
        "the plans find 2 of 3 failures (66.7%)",
        "missed: spark at head",
    ]


def test_without_failures_there_is_no_recall() -> None:
    summary = summarize_shadow([record_shadow(PLAN, AFFECTED, WORKSPACE, {"aws": "passed"})])
    assert summary.recall is None
    assert "cannot show" in list(summary.lines())[2]


def test_records_are_lines_that_are_read_again(tmp_path: Path) -> None:
    path = str(tmp_path / "deep" / "shadow.jsonl")
    records = (record_shadow(PLAN, AFFECTED, WORKSPACE), record_shadow(PLAN, AFFECTED, WORKSPACE, {"spark": "failed"}))
    for record in records:
        append_record(path, record)
    assert read_records(path) == records


def test_an_invalid_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "shadow.jsonl"
    append_record(str(path), record_shadow(PLAN, AFFECTED, WORKSPACE))
    path.write_text(path.read_text() + '{"schema": 1}\n')
    with pytest.raises(ToolError, match="line 2"):
        read_records(str(path))


def test_outcomes_are_an_object_of_words(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.json"
    path.write_text(json.dumps({"aws": "passed", "spark": "failed"}))
    assert read_outcomes(str(path)) == {"aws": "passed", "spark": "failed"}
    path.write_text(json.dumps({"aws": "green"}))
    with pytest.raises(UsageError, match="green"):
        read_outcomes(str(path))


def test_outcomes_are_a_folder_of_junit_files(tmp_path: Path) -> None:
    good = '<testsuites><testsuite failures="0"><testcase name="x"/></testsuite></testsuites>'
    bad = '<testsuite><testcase name="x"><failure message="m"/></testcase></testsuite>'
    for path, text in {"aws.xml": good, "flytekit-spark/junit.xml": bad, "3.10/ray.xml": good}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    assert read_outcomes(str(tmp_path)) == {"aws": "passed", "flytekit-spark": "failed", "3.10/ray": "passed"}


def test_a_junit_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "aws.xml").write_text("<testsuite>")
    with pytest.raises(UsageError, match=r"aws\.xml is not a JUnit file"):
        read_outcomes(str(tmp_path))


def test_outcomes_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_outcomes(str(tmp_path / "none.json"))
