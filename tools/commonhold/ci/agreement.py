"""Accept the result of a session only if nox's report and the session's JUnit file agree with it.

All sessions of a job run as the same user, so the tests of one plugin can change the result of another plugin. nox
writes its report after the last session has ended.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from commonhold.ci.junit import has_failed, read_report
from commonhold.ci.results import junit_path
from commonhold.effects.files import read_untrusted
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.ci.results import SessionResult

NOX_REPORT = "nox.json"
"""The file in the results folder that contains nox's report."""

SUCCESS = "success"

MOST_BYTES = 16_000_000
"""The maximum size of nox's report."""


class NoxOutcome(NamedTuple):
    """The outcome of a session according to nox: ``success``, ``failed``, ``aborted`` or ``skipped``."""

    outcome: str
    reason: str


def read_nox_report(path: str) -> Mapping[str, NoxOutcome]:
    """Read nox's report by session; the result is empty if nox ended before it wrote the report."""
    try:
        return _outcomes(json.loads(read_untrusted(path, MOST_BYTES))["sessions"])
    except (OSError, ToolError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def _outcomes(sessions: Iterable[Mapping[str, Any]]) -> dict[str, NoxOutcome]:
    found: dict[str, NoxOutcome] = {}
    for entry in sessions:
        outcome = NoxOutcome(str(entry["result"]), str(entry.get("reason") or "nox gives no reason"))
        for name in map(str, entry["signatures"]):
            # A session that nox ran twice has succeeded only if both runs have.
            if name not in found or found[name].outcome == SUCCESS:
                found[name] = outcome
    return found


def disagreement(folder: str, result: SessionResult, reported: Mapping[str, NoxOutcome]) -> str | None:
    """Return why a result in ``folder`` is not accepted; ``None`` if nox's report and the JUnit file agree with it."""
    found = reported.get(result.session)
    if found is None:
        return f"the result is {result.outcome}, but nox did not report the session"
    if (found.outcome == SUCCESS) != result.good:
        return f"the result is {result.outcome}, but nox reported {found.outcome}: {found.reason}"
    return _contradicting_tests(folder, result)


def _contradicting_tests(folder: str, result: SessionResult) -> str | None:
    path = junit_path(folder, result.session)
    if not result.good or not os.path.lexists(path):
        return None  # other commands than tests can fail, and not every command writes a report
    try:
        failed = has_failed(read_report(path))
    except ToolError as error:
        return error.message
    return f"the result is {result.outcome}, but the JUnit file contains failures" if failed else None
