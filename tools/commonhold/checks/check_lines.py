"""Format reports as text: a table by plugin for a terminal, one line for each finding for a pipe, and annotations."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from commonhold.checks.check_document import fix_kind
from commonhold.checks.engine import NEEDS_WHEEL
from commonhold.checks.finding import Severity, State
from commonhold.ci.github import MOST_ANNOTATIONS, escape_annotation
from commonhold.text import count, printable, table, wrap_line
from commonhold.text import markdown as escape_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.checks.finding import Finding
    from commonhold.checks.report import CheckReport

MOST_ROWS = 30
"""The number of findings up to which a first check, without a baseline, lists each finding."""

_WORK = frozenset("124678")
"""The hundreds of the rules whose gaps newcomers can close."""

WRITE_BASELINE = "commonhold check --baseline write"


class CheckLine(NamedTuple):
    """A line of text, and the severity by which it is coloured."""

    text: str
    severity: Severity | None = None


def failing(report: CheckReport) -> list[Finding]:
    """Return the findings with the state ``FAIL``."""
    return [each for each in report.findings if each.state is State.FAIL]


def is_first_check(report: CheckReport) -> bool:
    """Return whether a list of every finding would be too long for a repository that has no baseline yet.

    The findings of a single plugin are always listed.
    """
    return not report.accepted.has_baseline and len(report.plugins) > 1 and len(failing(report)) > MOST_ROWS


def place_of(finding: Finding) -> str:
    """Return the path and line of a finding."""
    line = f":{finding.violation.line}" if finding.violation.line else ""
    return printable(f"{finding.violation.path}{line}")


def plain_lines(report: CheckReport) -> Iterator[str]:
    """Format one line for each failing finding, as compilers do."""
    for each in failing(report):
        place = place_of(each) or "."
        whose = f"{each.plugin}: " if each.plugin else ""
        yield f"{place}: {each.severity.value} {each.code} {whose}{printable(each.violation.message)}"


def grouped_lines(report: CheckReport, width: int) -> Iterator[CheckLine]:
    """Format a table with the failing findings of each plugin below its name."""
    tiers = {plugin.name: plugin.plugin.tier.name for plugin in report.plugins}
    for index, (plugin, group) in enumerate(groupby(failing(report), key=lambda each: each.plugin)):
        if index:
            yield CheckLine("")
        tier = tiers.get(plugin, "") if plugin else ""
        yield CheckLine(f"{plugin} ({printable(tier)})" if plugin else "the repository")
        for each in group:
            yield from _row(each, width)


def _row(finding: Finding, width: int) -> Iterator[CheckLine]:
    kind = fix_kind(finding)
    note = {"safe": " [--fix]", "unsafe": " [--unsafe-fixes]", None: ""}[kind]
    head = f"  {finding.code:6} {finding.severity.value:8}"
    text = f"{printable(finding.violation.message)}{note}"
    indent = len(head) - 1
    first, *others = wrap_line(f"{' ' * len(head)}{text}", width, indent=0)
    yield CheckLine(head + first.lstrip(" ") if first.strip() else head, finding.severity)
    for line in others:
        yield CheckLine(line)
    if place := place_of(finding):
        yield CheckLine(f"{' ' * (indent + 1)}{place}")


def counted_lines(report: CheckReport) -> Iterator[str]:
    """Format the number of violations of each rule."""
    yield "Violations of each rule:"
    found = Counter((each.code, each.severity.value) for each in failing(report))
    for (code, severity), number in sorted(found.items()):
        plugins = {each.plugin for each in failing(report) if each.code == code and each.plugin}
        whose = f" ({count(len(plugins), 'plugin')})" if plugins else ""
        yield f"{number:5}  {code:6} {severity:8} {report.rules.by_code[code].title}{whose}"


def closing_lines_of(report: CheckReport) -> Iterator[str]:
    """Format the totals and the next steps."""
    counts, rules = report.counts, report.rules
    states = [count(counts["errors"], "error"), count(counts["warnings"], "warning")]
    states += [f"{counts[name]} {name}" for name in ("waived", "baselined") if counts[name]]
    skipped = Counter(each.because for each in report.findings if each.state is State.SKIPPED)
    wheel = skipped.pop(NEEDS_WHEEL, 0)
    failed = sum(number for because, number in skipped.items() if because.endswith(" failed"))
    states += [f"{failed} skipped because another rule failed"] if failed else []
    yield f"{count(len(report.plugins), 'plugin')} checked: {', '.join(states)}"
    if len(rules.sources) > 1:
        yield f"rules from: {', '.join(map(printable, rules.sources))}"
    if wheel:
        yield f"{count(wheel, 'rule')} skipped: needs the wheel; `commonhold release inspect` applies it"
    for because, number in sorted(skipped.items()):
        if not because.endswith(" failed"):
            yield f"{number} skipped: {printable(because)}"
    fixes = Counter(fix_kind(each) for each in failing(report))
    if fixes["safe"]:
        yield f"`commonhold check --fix` fixes {count(fixes['safe'], 'violation')}"
    if fixes["unsafe"]:
        every = count(fixes["safe"] + fixes["unsafe"], "violation")
        yield f"`commonhold check --unsafe-fixes` fixes {every}; review its changes"
    codes = sorted({each.code for each in failing(report)})
    if codes:
        yield f"`commonhold check --explain {codes[0]}` explains a rule"


def annotation_of_findings(report: CheckReport) -> Iterator[str]:
    """Format as many GitHub annotations as GitHub shows; the last one of each severity counts the omitted ones."""
    for severity in (Severity.ERROR, Severity.WARNING):
        found = [each for each in failing(report) if each.severity is severity]
        shown = found if len(found) <= MOST_ANNOTATIONS else found[: MOST_ANNOTATIONS - 1]
        for each in shown:
            place = each.violation
            where = f"file={_property(place.path)},line={place.line or 1}," if place.path else ""
            whose = f"{each.plugin}: " if each.plugin else ""
            title = _property(f"commonhold {each.code}")
            yield f"::{severity.value} {where}title={title}::{escape_annotation(f'{whose}{place.message}')}"
        if len(shown) < len(found):
            yield f"::{severity.value} title=commonhold::{len(found) - len(shown)} more in the log and in the summary"


def _property(text: str) -> str:
    return escape_annotation(text).replace(":", "%3A").replace(",", "%2C")


def check_summary(report: CheckReport) -> Iterator[str]:
    """Format the step summary: a Markdown table of the failing findings."""
    yield "### commonhold check\n"
    yield f"{next(closing_lines_of(report))}\n"
    rows = (
        (each.code, each.severity.value, each.plugin or "", escape_markdown(each.violation.message), _code(each))
        for each in failing(report)
    )
    if failing(report):
        yield from table(("rule", "severity", "plugin", "finding", "place"), rows)


def _code(finding: Finding) -> str:
    return escape_markdown(place_of(finding))


def work_lines(report: CheckReport) -> Iterator[str]:
    """Format the gaps that newcomers can close as a Markdown list, each with the way to close it."""
    gaps = [each for each in report.findings if each.state in (State.FAIL, State.BASELINED) and is_work(each)]
    for plugin, group in groupby(gaps, key=lambda each: each.plugin):
        yield f"## {plugin or 'the repository'}\n"
        for each in group:
            yield f"- [ ] {escape_markdown(each.violation.message)} ({each.code}, {escape_markdown(place_of(each))})"
            if steps := how_to_fix(report.rules.by_code[each.code].documentation):
                yield f"  {steps}"
        yield ""


def is_work(finding: Finding) -> bool:
    """Return whether a newcomer can close a gap: not one about people or licences, which only maintainers decide."""
    hundred = next((char for char in finding.code if char.isdigit()), "")
    return hundred in _WORK and not finding.code.startswith("CH89")


def how_to_fix(documentation: str) -> str:
    """Return the paragraph of a rule's documentation that begins with ``**To fix it**``, on one line."""
    paragraphs: Iterable[str] = documentation.split("\n\n")
    return next((" ".join(each.split()) for each in paragraphs if each.startswith("**To fix it**")), "")
