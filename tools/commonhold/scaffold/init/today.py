"""Count the plugin jobs that today's workflows ran for past commits, as far as their triggers and path filters show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonhold.projects.workflow import Trigger, Workflow
    from commonhold.scaffold.init.findings import History
    from commonhold.scaffold.init.test_jobs import TestJob

_EVENTS = ("pull_request", "pull_request_target", "push")


@dataclass(frozen=True, slots=True)
class TodaysJobs:
    """The plugin jobs of all commits; ``at_most`` if scripts decide for each commit which of them really run."""

    jobs: int
    at_most: bool


def count_todays_jobs(jobs: Sequence[TestJob], history: History) -> TodaysJobs:
    """Count each plugin once for each commit whose paths start a job that tests the plugin."""
    total = 0
    for _, paths in history:
        started = {job.workflow.path for job in jobs if _starts(job.workflow, paths)}
        total += len({name for job in jobs if job.workflow.path in started for name in job.packages})
    return TodaysJobs(total, any(job.computed for job in jobs))


def _starts(workflow: Workflow, paths: Iterable[str]) -> bool:
    trigger = next((found for event in _EVENTS if (found := workflow.trigger(event)) is not None), None)
    return trigger is not None and any(_is_selected(trigger, path) for path in paths)


def _is_selected(trigger: Trigger, path: str) -> bool:
    """Return whether a changed path passes the filters of a trigger; the last matching pattern decides."""
    if trigger.paths:
        selected = False
        for text in trigger.paths:
            if _pattern(text.text.removeprefix("!")).match(path):
                selected = not text.text.startswith("!")
        return selected
    return not any(_pattern(text.text).match(path) for text in trigger.paths_ignore)


@cache
def _pattern(text: str) -> Patterns:
    # In GitHub's syntax, `**` also matches slashes inside a name.
    return Patterns([re.sub(r"(^|/)\*\*(?=[^/*])", r"\1**/*", text)])
