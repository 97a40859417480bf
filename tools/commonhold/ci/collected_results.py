"""Read the results that the jobs of a plan deliver, and refuse those that do not belong to their job."""

from __future__ import annotations

import json
import os
import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from commonhold.ci.agreement import NOX_REPORT, disagreement, read_nox_report
from commonhold.ci.results import read_result
from commonhold.effects.files import read_untrusted
from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.ci.agreement import NoxOutcome
    from commonhold.ci.results import SessionResult

MOST_BYTES = 4_000_000
"""The maximum size of a plan."""

_JOB = re.compile(r"(?:^|-)(advisory-)?([0-9]{1,3})$")


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

    def of(self, artifact: str) -> frozenset[str]:
        """Return the sessions whose results an artifact may contain.

        The name of a job's artifact ends with the job's number, or with ``advisory-`` and the number.
        """
        match = _JOB.search(artifact)
        if match is None:
            return frozenset().union(*self.required, *self.advisory)
        jobs = self.advisory if match[1] else self.required
        return jobs[int(match[2])] if int(match[2]) < len(jobs) else frozenset()


def read_planned_sessions(path: str) -> PlannedSessions:
    """Read the output of ``commonhold plan --json``. Raises ``ToolError`` if the file is not a plan."""
    try:
        document = json.loads(read_untrusted(path, MOST_BYTES, links=True))
        matrices = [document[key]["include"] for key in ("matrix", "advisory")]
        return PlannedSessions(*(tuple(frozenset(job["sessions"].split()) for job in jobs) for jobs in matrices))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ToolError(
            f"{path} is not a plan: {type(error).__name__}: {error}", hint="Write it with: commonhold plan --json"
        ) from error


def read_results(folder: str, planned: PlannedSessions | None = None) -> Results:
    """Read the results in a folder and its subfolders, because each artifact of a matrix has its own folder.

    A file that cannot be read becomes a problem, and the other files are still read. A result is refused if nox's
    report or the JUnit file in its folder does not agree with it. With ``planned``, nox's report is required, and only
    the sessions of the artifact's job are accepted. Raises ``UsageError`` if ``folder`` is not a folder.
    """
    if not os.path.isdir(folder):
        exists = os.path.lexists(folder)
        state = "is a file" if os.path.isfile(folder) else "is not a folder" if exists else "does not exist"
        raise UsageError(f"{folder} {state}", hint="Pass the folder that contains the results.")
    results: list[SessionResult] = []
    problems: list[str] = []
    for place, path, reported in _files(folder, always=planned is not None):
        try:
            result = read_result(path)
            if planned is not None:
                _check_job(folder, place, result, planned)
            if reported is not None and (problem := disagreement(place, result, reported)):
                raise ToolError(f"{path}: {problem}")
        except ToolError as error:  # noqa: PERF203 - a broken file must not hide the others
            problems.append(error.message)
        else:
            results.append(result)
    return Results(tuple(sorted(results, key=astuple)), tuple(problems))


def _check_job(folder: str, place: str, result: SessionResult, planned: PlannedSessions) -> None:
    """Raise ``ToolError`` if the artifact in ``place`` cannot contain a result. ``folder`` contains the artifacts."""
    # Tests can create folders below that of their job, with any name and another report of nox.
    if os.path.dirname(os.path.relpath(place, folder)):
        raise ToolError(f"{place} is inside the folder of a job, where no session writes results")
    if result.session not in planned.of(os.path.basename(place)):
        raise ToolError(f"{place}: the plan did not give {result.session} to this job")


def _files(folder: str, *, always: bool) -> Iterator[tuple[str, str, Mapping[str, NoxOutcome] | None]]:
    """Yield the result files with their folder and the report of nox in that folder, if there is one or ``always``."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        is_reported = always or NOX_REPORT in names
        reported = read_nox_report(os.path.join(place, NOX_REPORT)) if is_reported else None
        for name in sorted(names):
            if name.endswith(".json") and name != NOX_REPORT:
                yield place, os.path.join(place, name), reported
