"""What can be read off the workflow files, and no linter looks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.workflows.house import REPOSITORY
from tests.workflows.runner import actions_used

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKFLOWS: dict[str, dict[str, Any]] = {
    file.name: yaml.safe_load(file.read_text()) for file in sorted(REPOSITORY.glob(".github/workflows/*.yml"))
}
ACTIONS: dict[str, dict[str, Any]] = {
    file.parent.name: yaml.safe_load(file.read_text())
    for file in sorted(REPOSITORY.glob(".github/actions/*/action.yml"))
}


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in WORKFLOWS.items():
        for job_id, job in workflow["jobs"].items():
            yield f"{name}: {job_id}", job


def steps() -> Iterator[dict[str, Any]]:
    for _, job in jobs():
        yield from job["steps"]
    for action in ACTIONS.values():
        yield from action["runs"]["steps"]


JOBS = dict(jobs())


def test_no_script_holds_a_template_expression() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


def test_every_action_is_pinned_by_its_commit() -> None:
    assert [use for use in actions_used(REPOSITORY) if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use)] == []


def test_no_variable_holds_an_output_that_may_be_longer_than_linux_allows() -> None:
    values = [value for step in steps() for value in step.get("env", {}).values()]
    assert [value for value in values if re.search(r"toJSON\(needs\)|outputs\.(matrix|advisory)\b", value)] == []


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_a_job_gets_no_right_but_to_read_the_code_and_no_secret(job: dict[str, Any]) -> None:
    assert job["permissions"] in ({}, {"contents": "read"})
    assert "secrets" not in yaml.safe_dump(job)


PLANNED = {name: job for name, job in JOBS.items() if isinstance(job.get("strategy", {}).get("matrix"), str)}


@pytest.mark.parametrize("job", PLANNED.values(), ids=PLANNED)
def test_a_matrix_out_of_the_plan_is_guarded_against_being_empty(job: dict[str, Any]) -> None:
    matrix = job["strategy"]["matrix"]
    output = re.fullmatch(r"\$\{\{ fromJSON\(needs\.plan\.outputs\.(matrix|advisory)\) \}\}", matrix)
    assert output is not None
    guard = {"matrix": "any", "advisory": "any-advisory"}[output[1]]
    assert job["if"] == f"needs.plan.outputs.{guard} == 'true'"
    assert job["strategy"]["fail-fast"] is False


def test_the_gate_can_be_required() -> None:
    # YAML 1.1 reads the key `on` as true.
    triggers: dict[str, Any] = WORKFLOWS["ci.yml"][True]  # type: ignore[index]
    assert set(triggers) == {"pull_request", "push", "merge_group"}
    assert triggers["merge_group"] == {"types": ["checks_requested"]}
    # A filtered workflow leaves its check waiting for ever.
    assert triggers["pull_request"] is None
    gates = [job["name"] for _, job in jobs() if job["name"] == "gate"]
    assert gates == ["gate"]
    assert WORKFLOWS["ci.yml"]["jobs"]["gate"]["if"] == "always()"
