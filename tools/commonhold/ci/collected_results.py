"""Read the results that the jobs of a plan deliver, and refuse results that do not belong to their job."""

from __future__ import annotations

import json
import os
import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, TypeAlias

from commonhold.ci.agreement import NOX_REPORT, disagreement, read_nox_report
from commonhold.ci.results import QUICK_STARTS, read_result
from commonhold.effects.files import read_untrusted
from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.ci.agreement import NoxOutcome
    from commonhold.ci.results import SessionResult

MOST_BYTES = 4_000_000
"""The maximum size of a plan."""

_JOB = re.compile(r"(?:^|-)(advisory-)?(0|[1-9][0-9]{0,2})\Z")

Job: TypeAlias = "tuple[str, int]"
"""A job's matrix, ``required`` or ``advisory``, and the job's number in this matrix."""


@dataclass(frozen=True, slots=True)
class Results:
    """The results in a folder, ordered by session, and messages about refused or unreadable files."""

    results: tuple[SessionResult, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedSessions:
    """The sessions of each job in the required and in the advisory matrix of a plan."""

    required: tuple[frozenset[str], ...]
    advisory: tuple[frozenset[str], ...]

    def of(self, job: Job) -> frozenset[str]:
        """Return the sessions of a job; the result is empty if the plan does not contain the job."""
        matrix, number = job
        jobs = self.advisory if matrix == "advisory" else self.required
        return jobs[number] if number < len(jobs) else frozenset()


def read_planned_sessions(path: str) -> PlannedSessions:
    """Read the output of ``commonhold plan --json``. Raises ``ToolError`` if the file is not a plan."""
    try:
        document = json.loads(read_untrusted(path, MOST_BYTES, links=True))
        matrices = [document[key]["include"] for key in ("matrix", "advisory")]
        return PlannedSessions(*(tuple(frozenset(job["sessions"].split()) for job in jobs) for jobs in matrices))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ToolError(
            f"{path} is not a plan: {type(error).__name__}: {error}", hint="Write it with `commonhold plan --json`."
        ) from error


def read_results(folder: str, planned: PlannedSessions | None = None) -> Results:
    """Read the results in a folder and its subfolders, because each artifact of a matrix has its own folder.

    A file that cannot be read becomes a problem, and the other files are still read. A result is refused if nox's
    report or the JUnit file in its folder does not agree with it. Results of quick starts are not read. With
    ``planned``, nox's report is required, and only the sessions of the artifact's job are accepted, each of them once.
    Raises ``UsageError`` if ``folder`` is not a folder.
    """
    if not os.path.isdir(folder):
        exists = os.path.lexists(folder)
        state = "is a file" if os.path.isfile(folder) else "is not a folder" if exists else "does not exist"
        raise UsageError(f"{folder} {state}", hint="Pass the folder that contains the results.")
    results: list[SessionResult] = []
    problems: list[str] = []
    delivered: dict[tuple[Job, str], dict[SessionResult, str]] = {}
    for place, path, reported in _files(folder, always=planned is not None):
        try:
            result = read_result(path)
            job = None if planned is None else _find_job(folder, place, result, planned)
            if reported is not None and (problem := disagreement(place, result, reported)):
                raise ToolError(f"{path}: {problem}")
        except ToolError as error:  # noqa: PERF203 - a broken file must not hide the others
            problems.append(error.message)
        else:
            if job is None:
                results.append(result)
            else:
                delivered.setdefault((job, result.session), {}).setdefault(result, path)
    # Only one of several artifacts is the job's own, and the names do not show which artifact it is.
    for several in delivered.values():
        if len(several) == 1:
            results += several
        else:
            problems.append(f"{' and '.join(several.values())} contain different results of the same session and job")
    return Results(tuple(sorted(results, key=astuple)), tuple(problems))


def _find_job(folder: str, place: str, result: SessionResult, planned: PlannedSessions) -> Job:
    """Return the job that delivered a result in ``place``; ``folder`` contains the artifacts of all jobs.

    The name of a job's artifact ends with the job's number, or with ``advisory-`` and the number. Raises ``ToolError``
    if the artifact cannot contain the result.
    """
    # Tests can create folders below that of their job, with any name and another report of nox.
    if os.path.dirname(os.path.relpath(place, folder)):
        raise ToolError(f"{place} is inside the folder of a job, where no session writes results")
    match = None if place == folder else _JOB.search(os.path.basename(place))
    if match is None:
        raise ToolError(f"{place} does not end with the number of a job of the plan, such as results-0")
    job = ("advisory" if match[1] else "required", int(match[2]))
    if result.session not in planned.of(job):
        raise ToolError(f"{place}: the plan did not give {result.session} to this job")
    return job


def _files(folder: str, *, always: bool) -> Iterator[tuple[str, str, Mapping[str, NoxOutcome] | None]]:
    """Yield each result file with its folder and nox's report; without ``always``, a missing report is ``None``."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != QUICK_STARTS)
        is_reported = always or NOX_REPORT in names
        reported = read_nox_report(os.path.join(place, NOX_REPORT)) if is_reported else None
        for name in sorted(names):
            if name.endswith(".json") and name != NOX_REPORT:
                yield place, os.path.join(place, name), reported
