"""Edits of flytekit's workflows, made as text, so that the rest of a file stays as its authors wrote it."""

from __future__ import annotations

import re

import yaml

STEPS = ("Autobump plugin version", "Build all Plugins and publish", "Sleep until pypi is available")
"""The plugin half of the job that publishes."""

JOB = "deploy"
AFTER = f"needs: [{JOB}, publish, verify]", "if: ${{ !cancelled() && needs.publish.outputs.up == 'true' }}"
"""What the jobs that need what was published say from then on."""


def cut_job(workflow: str, job: str) -> str:
    """A workflow without one of its jobs."""
    return _cut(workflow, f"  {job}:")


def cut_step(workflow: str, name: str) -> str:
    """A workflow without the step of that name."""
    return _cut(workflow, f"      - name: {name}")


def splice_release(workflow: str, release: str) -> str:
    """``pythonpublish.yml`` with the jobs of ``release`` in the place of its plugin half."""
    for name in STEPS:
        workflow = cut_step(workflow, name)
    workflow = re.sub(rf"^( +)needs: {JOB}$", r"\1" + r"\n\1".join(AFTER), workflow, flags=re.MULTILINE)
    lines = workflow.splitlines(keepends=True)
    end = _end(lines, lines.index(f"  {JOB}:\n"))
    jobs = release.partition("\njobs:\n")[2]
    return "".join([*lines[:end], jobs, *(["\n"] if lines[end:] else []), *lines[end:]])


def job_names(workflow: str) -> tuple[str, ...]:
    """The jobs of a workflow."""
    return tuple(yaml.safe_load(workflow)["jobs"])


def _cut(workflow: str, line: str) -> str:
    """Without the block that a line begins: all that is indented deeper."""
    lines = workflow.splitlines(keepends=True)
    start = lines.index(f"{line}\n")
    return "".join(lines[:start] + lines[_end(lines, start) :])


def _end(lines: list[str], start: int) -> int:
    """The next line that is indented no deeper than the one at ``start``."""
    deep = _indent(lines[start])
    after = (index for index in range(start + 1, len(lines)) if lines[index].strip())
    return next((index for index in after if _indent(lines[index]) <= deep), len(lines))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
