"""Collect what the pages show about the community: the rules of each tier, work for newcomers, and its documents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from commonhold.catalog.settings import pages_url
from commonhold.catalog.site.readme_html import render_text
from commonhold.checks.check_lines import how_to_fix, is_work, place_of
from commonhold.checks.finding import Severity, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

    from commonhold.checks.context import CheckedRepository
    from commonhold.checks.finding import Finding
    from commonhold.checks.report import CheckReport
    from commonhold.checks.rule import Rule
    from commonhold.workspace.config import Tier

SUBJECTS = {
    "0": "Readable files",
    "1": "Names and layout",
    "2": "Metadata",
    "3": "People",
    "4": "Documents",
    "5": "Licence",
    "6": "Dependencies",
    "7": "Tests and CI",
    "8": "Repository",
}
OTHER_SUBJECT = "Other rules"


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as a page shows it."""

    code: str
    title: str
    is_required: bool
    html: Markup


@dataclass(frozen=True, slots=True)
class TierRules:
    """What a plugin needs for a tier: how it is treated, and the rules by subject."""

    name: str
    distribution: str | None
    folder: str
    facts: tuple[str, ...]
    subjects: tuple[tuple[str, tuple[RuleText, ...]], ...]

    @property
    def required(self) -> int:
        """The number of required rules."""
        return sum(rule.is_required for _, rules in self.subjects for rule in rules)


@dataclass(frozen=True, slots=True)
class Work:
    """A gap that a newcomer can close. ``url`` is the page of the file."""

    code: str
    title: str
    message: str
    place: str
    url: str | None
    html: Markup


@dataclass(frozen=True, slots=True)
class Policy:
    """A document of the community's process, and its version: the commit that last changed it and its day."""

    slug: str
    title: str
    path: str
    html: Markup
    commit: str | None = None
    day: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Community:
    """What a repository adds to the documents of its plugin index.

    ``page`` is the URL of the repository's page, and ``url`` the base URL of the plugin index.
    """

    page: str | None
    tiers: tuple[TierRules, ...]
    work: tuple[tuple[str, tuple[Work, ...]], ...]
    policies: tuple[Policy, ...]
    url: str | None = None


def describe_community(
    report: CheckReport, repository: CheckedRepository, policies: Sequence[Policy], page: str | None
) -> Community:
    """Describe a community from a check of its repository."""
    tiers = tuple(_tier_rules(tier, report, repository) for tier in repository.workspace.config.tiers.values())
    settings = repository.workspace.config.catalog
    url = (settings.url if settings is not None else None) or pages_url(page)
    return Community(page, tiers, tuple(_work(report, page)), tuple(policies), url)


def _tier_rules(tier: Tier, report: CheckReport, repository: CheckedRepository) -> TierRules:
    severity = repository.all_settings.tiers[tier.name].severity_of
    rules: list[Rule[Any]] = [*report.rules.plugin, *report.rules.artifact]
    applied = sorted((each for each in rules if severity(each) is not Severity.OFF), key=lambda each: each.code)
    texts = [
        RuleText(each.code, each.title, severity(each) is Severity.ERROR, _documentation(each.documentation))
        for each in applied
    ]
    subjects = tuple((title, tuple(group)) for title, group in groupby(texts, key=_subject))
    return TierRules(tier.name, tier.distribution, tier.path.sources[0], tuple(_tier_facts(tier)), subjects)


def _subject(rule: RuleText) -> str:
    """Return the subject of a rule: the first digit of its code, if it is one of this project's rules."""
    return SUBJECTS.get(rule.code[2:3], OTHER_SUBJECT) if rule.code.startswith("CH") else OTHER_SUBJECT


def _tier_facts(tier: Tier) -> Iterator[str]:
    if tier.approvals == "core":
        yield "Core maintainers approve every change."
    else:
        yield "A maintainer of the plugin approves a change first, and then a core maintainer."
    yield {
        "test": "A change of the core runs the plugin's tests, and must not break them.",
        "advisory": "A change of the core runs the plugin's tests, but a failure does not block it.",
        "skip": "A change of the core does not run the plugin's tests. The nightly run does.",
    }[tier.on_core_change]
    yield {
        "stop": "A release of the core waits until the plugin is ready.",
        "hold-back": "A plugin that is not ready is held back, and the other plugins are released.",
    }[tier.on_release_failure]


def _work(report: CheckReport, page: str | None) -> Iterator[tuple[str, tuple[Work, ...]]]:
    gaps = [each for each in report.findings if each.state in (State.FAIL, State.BASELINED) and is_work(each)]
    for plugin, group in groupby(gaps, key=lambda each: each.plugin or ""):
        yield plugin, tuple(_gap(each, report, page) for each in group)


def _gap(finding: Finding, report: CheckReport, page: str | None) -> Work:
    rule, place = report.rules.by_code[finding.code], finding.violation
    url = f"{page}/blob/HEAD/{quote(place.path)}" if page and place.path else None
    line = f"#L{place.line}" if url and place.line else ""
    html = _documentation(how_to_fix(rule.documentation))
    return Work(rule.code, rule.title, place.message, place_of(finding), url and f"{url}{line}", html)


@cache
def _documentation(text: str) -> Markup:
    return render_text(text, "text/markdown", None, top=5)
