"""Format plans and results as Markdown for a step summary, and results as text for a terminal."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from commonhold.selection.describe import describe
from commonhold.text import capped, code, count, markdown, table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from commonhold.ci.job_plan import Job, JobPlan
    from commonhold.ci.results import SessionResult
    from commonhold.selection.affected import Affected, Reason


def job_plan_summary(plan: JobPlan, affected: Affected) -> str:
    """Summarize the planned jobs and their reasons."""
    return capped(_plan_lines(plan, affected))


def _plan_lines(plan: JobPlan, affected: Affected) -> Iterator[str]:
    yield "## Plugins that this change can break"
    yield ""
    yield f"**{affected.selection}**: {markdown(affected.because)}"
    yield ""
    for plugin in plan.untestable:
        kind = "advisory" if plugin.advisory else "**error**"
        yield f"- {kind}: no Python version can test {markdown(plugin.detail)}"
    yield from (f"- warning: {markdown(warning)}" for warning in plan.warnings)
    yield ""
    if affected.plugins:
        yield from table(("Plugin", "Tier", "", "Sessions", "Why"), _plugin_rows(plan, affected))
        yield ""
    if affected.core:
        yield f"The core's own jobs run: {_describe(affected.core[0])}."
        yield ""
    if affected.removed:
        yield f"Removed: {', '.join(map(code, affected.removed))}."
        yield ""
    if affected.left_out:
        paths = count(affected.left_out, "changed path")
        yield f"Left out: {paths} outside {code(affected.folder)} that nothing in it names."
        yield ""
    jobs, advisory = _sizes(plan.jobs), _sizes(plan.advisory)
    yield f"{jobs} in the required matrix, {advisory} in the advisory matrix."


def _plugin_rows(plan: JobPlan, affected: Affected) -> Iterator[tuple[str, ...]]:
    pythons_of: dict[str, list[str]] = {}
    for job in (*plan.jobs, *plan.advisory):
        for session in job.sessions:
            version = job.python if job.os == "ubuntu-latest" else f"{job.python} on {job.os}"
            pythons_of.setdefault(session.removesuffix(f"-{job.python}"), []).append(version)
    for plugin in affected.plugins:
        strength = "advisory" if plugin.advisory else "required"
        reasons = "<br>".join(map(_describe, plugin.reasons))
        pythons = markdown(", ".join(pythons_of.get(plugin.name, ["none"])))
        yield code(plugin.name), markdown(plugin.tier), strength, pythons, reasons


def _describe(reason: Reason) -> str:
    return describe(reason, quote=code, escape=markdown)


def _sizes(jobs: Sequence[Job]) -> str:
    return f"{count(sum(len(job.sessions) for job in jobs), 'session')} in {count(len(jobs), 'job')}"


_SIGNS = {
    "passed": "✅ passed",
    "no-tests": "⚠️ no tests",
    "failed": "❌ failed",
    "timed-out": "⏱️ timed out",
    "install-failed": "📦 installation failed",
}


def results_summary(results: Sequence[SessionResult]) -> str:
    """Format results as Markdown, failures first."""
    return capped(_results_lines(results))


def _results_lines(results: Sequence[SessionResult]) -> Iterator[str]:
    bad = [result for result in results if not result.good]
    yield f"{count(len(results), 'session')}, {len(bad)} failed." if results else "No session wrote a result."
    yield ""
    if results:
        rows = (
            (code(r.plugin), code(_place(r)), _SIGNS[r.outcome], f"{r.seconds:.0f} s", code(r.core or "-"))
            # Failures come first, because GitHub may cut off a long summary.
            for r in sorted(results, key=lambda result: (result.good, astuple(result)))
        )
        yield from table(("Plugin", "Python", "Outcome", "Time", "Core"), rows)


def _place(result: SessionResult) -> str:
    return f"{result.python} ({result.os})" if result.os else result.python


def results_lines(results: Iterable[SessionResult], advisory: Collection[str] = ()) -> Iterator[str]:
    """Format results as text, and mark the sessions whose names are in ``advisory``."""
    rows = [
        (
            result.plugin,
            _place(result),
            result.outcome + (" (advisory)" if result.session in advisory else ""),
            f"{result.seconds:.1f} s",
            f"core {result.core}" if result.core else "",
        )
        for result in results
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
