"""Format a plan as table rows, and as a Markdown page for the approval of a release."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from commonhold.text import markdown, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.release.model.plan import PlannedDistribution, ReleasePlan

HEADINGS = ("plugin", "version", "tier", "Python", "pins", "outcome")


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One distribution of a plan, as text."""

    name: str
    version: str
    tier: str
    pythons: str
    pins: str
    fate: str


def plan_rows(plan: ReleasePlan) -> tuple[ApprovalRow, ...]:
    """Return a table row for each distribution, in the plan's order."""
    return tuple(_row(planned) for planned in plan.plugins)


def _row(planned: PlannedDistribution) -> ApprovalRow:
    return ApprovalRow(
        planned.name,
        planned.version,
        planned.tier,
        "–".join(planned.pythons),
        ", ".join(f"{name}{specifier}" for name, specifier in planned.pins.items()),
        f"held back: {planned.held}" if planned.held else "a new project" if planned.new else "released",
    )


def release_plan_summary(plan: ReleasePlan) -> str:
    """Summarize a plan in a sentence: the number of distributions, the commit and the index."""
    released = plan.released
    new = sum(planned.new for planned in released)
    held = len(plan.plugins) - len(released)
    core = f", alongside {plan.core} {plan.version}" if plan.core else ""
    return (
        f"{len(released)} of {len(plan.plugins)} to be released from {plan.commit[:12]} to {plan.index}{core}: "
        f"{new} new to the index, {held} held back"
    )


def plan_markdown(plan: ReleasePlan, stopping: Iterable[str] = (), warnings: Iterable[str] = ()) -> str:
    """Format the approval page for GitHub."""
    return "\n".join(_lines(plan, tuple(stopping), tuple(warnings))) + "\n"


def _lines(plan: ReleasePlan, stopping: tuple[str, ...], warnings: tuple[str, ...]) -> Iterator[str]:
    yield f"## Release {markdown(plan.version)}\n"
    yield f"{markdown(release_plan_summary(plan))}.\n"
    for title, sentences in (("This stops the release", stopping), ("Warnings", warnings)):
        if sentences:
            yield f"### {title}\n"
            yield from (f"- {markdown(sentence)}" for sentence in sentences)
            yield ""
    yield from table(HEADINGS, (map(markdown, astuple(row)) for row in plan_rows(plan)))
