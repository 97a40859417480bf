"""Edit flytekit's workflows as text, so that the rest of each file stays unchanged."""

from __future__ import annotations

import re

import yaml

STEPS = ("Autobump plugin version", "Build all Plugins and publish", "Sleep until pypi is available")
"""The steps of the publishing job that release the plugins."""

JOB = "deploy"
AFTER = f"needs: [{JOB}, publish, verify]", "if: ${{ !cancelled() && needs.publish.outputs.up == 'true' }}"
"""The conditions of the jobs that need the published plugins."""


def cut_job(workflow: str, job: str) -> str:
    """Remove a job from a workflow."""
    return _cut(workflow, f"  {job}:")


def cut_step(workflow: str, name: str) -> str:
    """Remove the step with this name from a workflow."""
    return _cut(workflow, f"      - name: {name}")


def splice_release(workflow: str, release: str) -> str:
    """Replace the plugin steps of ``pythonpublish.yml`` by the jobs of ``release``."""
    for name in STEPS:
        workflow = cut_step(workflow, name)
    workflow = re.sub(rf"^( +)needs: {JOB}$", r"\1" + r"\n\1".join(AFTER), workflow, flags=re.MULTILINE)
    lines = workflow.splitlines(keepends=True)
    end = _end(lines, lines.index(f"  {JOB}:\n"))
    jobs = release.partition("\njobs:\n")[2]
    return "".join([*lines[:end], jobs, *(["\n"] if lines[end:] else []), *lines[end:]])


def job_names(workflow: str) -> tuple[str, ...]:
    """The names of the jobs of a workflow."""
    return tuple(yaml.safe_load(workflow)["jobs"])


def _cut(workflow: str, line: str) -> str:
    """Remove a line and the lines below it that are indented deeper."""
    lines = workflow.splitlines(keepends=True)
    start = lines.index(f"{line}\n")
    return "".join(lines[:start] + lines[_end(lines, start) :])


def _end(lines: list[str], start: int) -> int:
    """The index of the next line that is not indented deeper than the line at ``start``."""
    deep = _indent(lines[start])
    after = (index for index in range(start + 1, len(lines)) if lines[index].strip())
    return next((index for index in after if _indent(lines[index]) <= deep), len(lines))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
