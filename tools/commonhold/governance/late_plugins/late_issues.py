"""Decide what to do about the issue of each late plugin. Nothing is posted here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from commonhold.text import code, markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from commonhold.catalog.late_plugins import LatePlugin, LateReport

LABEL = "late-for-core"
"""The label of the issues, by which the next run finds them."""

MOST_NEW = 20
"""The number of issues that one run opens. If more plugins are late, the core is the likely cause."""

NOT_PLANNED = "not_planned"

_MARKER = re.compile(r"<!-- commonhold late (?P<series>[\d.]{1,40}) (?P<name>[a-z0-9-]{1,200}) -->")


class LateStep(Enum):
    """What happens to an issue."""

    OPEN = "open"
    UPDATE = "update"
    REOPEN = "reopen"
    CLOSE = "close"
    NOTHING = "nothing to do"


@dataclass(frozen=True, slots=True)
class LateIssue:
    """An issue about a late plugin, of this or an earlier series of the core.

    ``is_declined`` means that somebody closed it as not planned.
    """

    number: int
    series: str
    name: str
    body: str
    is_open: bool
    is_declined: bool = False


@dataclass(frozen=True, slots=True)
class LateIssuePlan:
    """What to do about one plugin; ``number`` is its issue, if there is one."""

    name: str
    step: LateStep
    why: str
    number: int | None = None
    title: str = ""
    body: str = ""
    reason: str = "completed"
    """Why the issue is closed, in GitHub's words."""


def read_issue(number: int, body: str, *, is_open: bool, is_declined: bool) -> LateIssue | None:
    """Return the issue if its first line is a marker of this module, or ``None``."""
    match = _MARKER.fullmatch(body.replace("\r", "").partition("\n")[0])
    if match is None:
        return None
    return LateIssue(number, match["series"], match["name"], body.replace("\r", ""), is_open, is_declined)


def plan_late_issues(
    report: LateReport,
    issues: Iterable[LateIssue],
    mentions: Mapping[str, Sequence[str]],
    by: date | None,
    today: date,
) -> tuple[LateIssuePlan, ...]:
    """Return what to do, by plugin. The same facts give no further step once the steps are done.

    An issue is opened only before the release of the core, and only if ``by``, the date for the maintainers, is given.
    ``mentions`` are the present logins of each plugin's maintainers.
    """
    known: dict[str, LateIssue] = {}
    others: list[LateIssue] = []
    for issue in sorted(issues, key=lambda each: each.number):
        if issue.series == report.series and issue.name not in known:
            known[issue.name] = issue
        elif issue.is_open:
            others.append(issue)
    plans = [
        _plan_late(report, plugin, known.get(plugin.name), late_text(report, plugin, mentions[plugin.name], by, today))
        for plugin in report.late
        if by is not None
    ]
    late = {plugin.name for plugin in report.late}
    plans += [_plan_closing(report, issue) for name, issue in known.items() if name not in late and issue.is_open]
    plans += [_plan_closing(report, issue) for issue in others]
    return tuple(_limited(sorted(plans, key=lambda plan: (plan.name, plan.number or 0))))


def _plan_late(report: LateReport, plugin: LatePlugin, issue: LateIssue | None, body: str) -> LateIssuePlan:
    title = f"{plugin.name} is not ready for {report.distribution} {report.release}"
    number = issue.number if issue else None
    if not plugin.needs_work:
        return LateIssuePlan(plugin.name, LateStep.NOTHING, "its tests gave no result", number)
    why = "; ".join(reason.text for reason in plugin.reasons)
    if issue is None:
        if not report.is_coming:
            return LateIssuePlan(plugin.name, LateStep.NOTHING, f"{report.release} is released; {why}")
        return LateIssuePlan(plugin.name, LateStep.OPEN, why, None, title, body)
    if issue.is_open:
        step = LateStep.NOTHING if issue.body.strip() == body.strip() else LateStep.UPDATE
        return LateIssuePlan(plugin.name, step, why, number, title, body)
    if issue.is_declined or not report.is_coming:
        return LateIssuePlan(plugin.name, LateStep.NOTHING, "its issue was closed", number)
    return LateIssuePlan(plugin.name, LateStep.REOPEN, why, number, title, body)


def _plan_closing(report: LateReport, issue: LateIssue) -> LateIssuePlan:
    marker = _marker(issue.series, issue.name)
    if issue.name in report.ready:
        text = f"The plugin is ready for {report.distribution} {report.core}. Thank you!"
        return LateIssuePlan(
            issue.name, LateStep.CLOSE, "the plugin is ready", issue.number, body=f"{marker}\n{text}\n"
        )
    text = "The plugin is no longer expected to work with this version, or another issue replaces this one."
    return LateIssuePlan(
        issue.name,
        LateStep.CLOSE,
        "the issue is outdated",
        issue.number,
        body=f"{marker}\n{text}\n",
        reason=NOT_PLANNED,
    )


def _limited(plans: Iterable[LateIssuePlan]) -> Iterator[LateIssuePlan]:
    opened = 0
    for plan in plans:
        opened += plan.step is LateStep.OPEN
        if plan.step is LateStep.OPEN and opened > MOST_NEW:
            yield LateIssuePlan(plan.name, LateStep.NOTHING, f"one run opens at most {MOST_NEW} issues; {plan.why}")
        else:
            yield plan


def late_text(report: LateReport, plugin: LatePlugin, logins: Sequence[str], by: date | None, today: date) -> str:
    """Return the text of an issue. It contains nothing that changes from day to day, so that it is rarely edited."""
    name, core = code(plugin.name), f"{report.distribution} {report.release}"
    over = by is not None and today > by
    people = ", ".join(f"@{login}" for login in logins)
    if not people:
        ask = f"{name} is not ready for {core}, and it has no active maintainer."
    elif over:
        ask = f"{people}: {name} was due to be ready for {core} by **{by}**, and it is not."
    else:
        ask = f"{people}: as maintainers of {name}, please make it ready for {core} by **{by}**."
    what_next = "The catalogue" if over else f"If it is not ready by {by}, the catalogue"
    what_next += f" lists it as failing for {core}, or not at all. Anybody may fork it, and ask here to maintain it."
    if people and not over:
        what_next += " If you cannot do the work, say so here, so that somebody else can start earlier."
    return "\n".join(
        [
            _marker(report.series, plugin.name),
            ask,
            "",
            "It is not ready because:",
            "",
            *(f"- {markdown(each.text)}{f' ([test run]({each.url}))' if each.url else ''}" for each in plugin.reasons),
            "",
            what_next,
            "",
            "This issue is updated after each nightly test, and closed when the plugin is ready.",
            "",
        ]
    )


def _marker(series: str, name: str) -> str:
    return f"<!-- commonhold late {series} {name} -->"
