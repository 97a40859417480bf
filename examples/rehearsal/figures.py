"""Summarize a rehearsal in figures, without the name of a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from commonhold.governance.approvals import ROWS, GateState
from examples.replay.page import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from examples.rehearsal.decisions import Rehearsed
    from examples.rehearsal.proposals import Proposal, ProposalRule

_BULK = 5


@dataclass(frozen=True)
class Rehearsal:
    """The results for one way to propose people; ``latest`` are the people and plugins at the newest commit."""

    rule: ProposalRule
    results: tuple[Rehearsed, ...]
    latest: Proposal
    plugins: tuple[str, ...]

    @property
    def weeks(self) -> float:
        """The time between the oldest and the newest commit, at least a day."""
        return max(1, (self.results[-1].commit.at - self.results[0].commit.at).days) / 7


def rehearsal_lines(rehearsals: Sequence[Rehearsal]) -> Iterator[str]:
    """Every block of the page: the first rehearsal in detail, and then all of them."""
    main = rehearsals[0]
    first, last = main.results[0].commit, main.results[-1].commit
    yield (
        f"The {len(main.results)} commits are from {first.at:%Y-%m-%d} to {last.at:%Y-%m-%d} "
        f"(`{last.oid[:10]}`), which is {main.weeks:.0f} weeks."
    )
    for title, lines in (
        ("Whom the rule would have asked", _asked(main)),
        ("Plugins and their maintainers", _plugins(main)),
        ("Load", _load(main)),
        ("Rows of the rule", _rows(main)),
        ("Bulk changes", _bulk(main)),
        ("Other ways to propose maintainers", _variants(rehearsals)),
    ):
        yield from ("", f"## {title}", "", *lines)


def _asked(each: Rehearsal) -> Iterator[str]:
    results = each.results
    asked = [one for one in results if one.asked]
    passed = sum(one.closed.state is GateState.SUCCESS for one in results)
    two = sum(one.opened.binding is not None and one.opened.binding.needed > 1 for one in results)
    again = sum(len(set(one.core)) < len(one.core) or bool(set(one.core) & set(one.maintainers)) for one in results)
    alone = sum(not one.asked and not one.maintainers for one in results)
    rows = [
        ("a maintainer of a plugin, and then core", len(asked)),
        ("core alone", alone),
        ("two core approvals (workflows and other policy)", two),
        ("two approvals by the same person, as maintainer and later as core", again),
        ("passes once the people who are asked have approved", passed),
    ]
    yield from table(("pull requests that need", "pull requests", "share"), _shares(rows, len(results)))
    stuck = Counter(one.closed.next.value for one in results if one.closed.state is not GateState.SUCCESS)
    if stuck:
        yield ""
        yield f"The others wait for: {', '.join(f'{step} ({count})' for step, count in stuck.most_common())}."


def _shares(rows: Iterable[tuple[str, int]], total: int) -> Iterator[tuple[object, ...]]:
    return ((text, count, f"{count / total:.0%}") for text, count in rows)


def _plugins(each: Rehearsal) -> Iterator[str]:
    sizes = Counter(min(3, len(each.latest.maintainers.get(folder, ()))) for folder in each.plugins)
    names = ("nobody", "1 person", "2 people", "3 people or more")
    rows = [(name, sizes[size]) for size, name in enumerate(names)]
    yield from table(("maintainers at the newest commit", "plugins", "share"), _shares(rows, len(each.plugins)))
    people = {person for folder in each.plugins for person in each.latest.maintainers.get(folder, ())}
    yield ""
    yield (
        f"These are {len(people)} people, of whom {len(people & each.latest.core)} are also in the proposed core team "
        f"of {len(each.latest.core)}."
    )


def _load(each: Rehearsal) -> Iterator[str]:
    sides = (
        ("maintainers", [(one, person) for one in each.results for person in one.maintainers]),
        ("core", [(one, person) for one in each.results for person in one.core]),
    )
    rows = []
    for name, given in sides:
        totals = sorted(Counter(person for _, person in given).values())
        weeks = Counter((person, one.commit.at.isocalendar()[:2]) for one, person in given)
        rows.append(
            (
                name,
                len(given),
                f"{len(given) / each.weeks:.2f}",
                len(totals),
                f"{median(totals or [0]):g}",
                _percentile(totals, 0.9),
                max(totals, default=0),
                f"{max(totals, default=0) / each.weeks:.2f}",
                max(weeks.values(), default=0),
            )
        )
    head = (
        "approvals by",
        "approvals",
        "per week",
        "people",
        "median per person",
        "90 % at most",
        "busiest person",
        "busiest person per week",
        "most in one week",
    )
    yield from table(head, rows)
    both = sum(bool(one.core) and not one.maintainers and bool(one.asked) for one in each.results)
    if both:
        yield ""
        yield f"In {both} pull requests, one approval served both sides."


def _percentile(values: Sequence[int], share: float) -> int:
    return values[ceil(len(values) * share) - 1] if values else 0


def _rows(each: Rehearsal) -> Iterator[str]:
    counts = Counter(row for one in each.results for row in one.closed.rows)
    sides = Counter(need.row for one in each.results for side in one.closed.plugins for need in side.needs)
    rows = [(row.number, row.when, counts[row.number], sides[row.number] or "–") for row in ROWS if counts[row.number]]
    yield from table(("row", "when", "pull requests", "plugins"), rows)


def _bulk(each: Rehearsal) -> Iterator[str]:
    bulk = [one for one in each.results if len(one.opened.plugins) > _BULK]
    silent = [one for one in bulk if 10 in one.opened.rows]
    asked = sorted(len(one.asked) for one in bulk)
    yield (
        f"{len(bulk)} pull requests touch more than {_BULK} plugins, at most "
        f"{max((len(one.opened.plugins) for one in bulk), default=0)}. Row 10 applies to {len(silent)} of them: their "
        f"authors are core, and they pass after 7 days without an answer. The other "
        f"{len(bulk) - len(silent)} wait for a maintainer of each plugin that has one. The median bulk change asks "
        f"{median(asked or [0]):g} people, and the largest asks {max(asked, default=0)}."
    )


def _variants(rehearsals: Sequence[Rehearsal]) -> Iterator[str]:
    rows = []
    for each in rehearsals:
        nobody = sum(not each.latest.maintainers.get(folder) for folder in each.plugins)
        rows.append(
            (
                each.rule.window.days,
                each.rule.plugin_commits,
                sum(bool(one.asked) for one in each.results),
                f"{nobody} of {len(each.plugins)}",
                f"{sum(len(one.maintainers) for one in each.results) / each.weeks:.2f}",
            )
        )
    head = (
        "days of history",
        "commits by a maintainer, at least",
        "pull requests that ask a maintainer",
        "plugins without a maintainer",
        "maintainers' approvals per week",
    )
    yield from table(head, rows)
