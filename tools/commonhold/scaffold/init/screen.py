"""Describe the survey of a repository on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.scaffold.init.exclusions import find_stale_exclusions
from commonhold.text import and_more, count, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.scaffold.init.findings import Survey
    from commonhold.scaffold.init.savings import Savings
    from commonhold.scaffold.init.today import TodaysJobs

_MOST = 6


def survey_lines(survey: Survey) -> Iterator[str]:
    """Yield the lines about packages, core, tiers and today's tests."""
    plugins = sum(len(tier.packages) for tier in survey.tiers)
    yield f"{count(len(survey.packages), 'package')}: {count(plugins, 'plugin')} in {count(len(survey.tiers), 'tier')}"
    core = survey.core
    if core is None:
        yield "core: none, because no single project is required by nearly every package"
    else:
        place = str(core.package.place) if core.package else "on a package index"
        yield f"core: {core.name} ({place}), required by {core.users} of {count(core.total, 'package')}"
    for tier in survey.tiers:
        yield f"tier {tier.name}: {count(len(tier.packages), 'package')} in {', '.join(tier.patterns)}"
    if survey.left_out:
        yield _listed("left out", [f"{each.folder} ({each.reason})" for each in survey.left_out], 2)
    yield from _test_lines(survey)


def _test_lines(survey: Survey) -> Iterator[str]:
    tested = survey.tested
    if survey.unread:
        yield _listed("workflows that cannot be read", [*survey.unread.values()], 3)
    if survey.outer_tests:
        head = f"tests outside plugins that import plugins: {count(len(survey.outer_tests), 'file')}"
        yield _listed(f"{head}, which sessions run only if `test` names them", survey.outer_tests, 2)
    paths = sorted({job.workflow.path for job in survey.jobs})
    if not paths:
        yield "no workflow runs tests"
        return
    yield _listed(f"tests today: {count(len(tested), 'plugin')} in {count(len(paths), 'workflow')}", paths, 3)
    if survey.pythons:
        yield f"Python versions: {', '.join(found.value for found in survey.pythons)} ({survey.pythons[0].place})"
    if survey.untested:
        names = [
            f"{package.name}{f' (commented out at {place})' if (place := survey.commented.get(package.name)) else ''}"
            for package in survey.untested
        ]
        yield _listed(f"named by no test job: {count(len(names), 'plugin')}", names, _MOST)
    if survey.owners:
        yield f"maintainers: CODEOWNERS names owners of {count(len(survey.owners), 'plugin')}"
    if survey.tags is not None:
        yield printable(f"tags: {survey.tags.value} ({survey.tags.place})")
    places = [str(place) for job in survey.jobs if (place := job.needs_care) is not None]
    if places:
        yield _listed("look at jobs with services or secrets", places, 3)
    plugins = [package for tier in survey.tiers for package in tier.packages]
    stale = [
        f"{each.name} on {each.excluded.value} ({each.excluded.place}: {each.reason})"
        for each in find_stale_exclusions(survey.jobs, plugins)
    ]
    if stale:
        yield _listed(f"stale exclusions: {len(stale)}", stale, _MOST)


def _listed(head: str, items: Sequence[str], most: int) -> str:
    return printable(f"{head}: {', '.join(items[:most])}{and_more(len(items), most)}")


def savings_lines(today: TodaysJobs, written: Savings, confirmed: Savings, promises: int) -> Iterator[str]:
    """Yield the jobs of past commits: today's, and those with the configuration as written and once confirmed."""
    commits = count(written.commits, "commit")
    yield f"plugin jobs of the last {commits}, of {written.run_all} if every commit tested every plugin:"
    most = "at most " if today.at_most else ""
    yield f"  today's workflows: {most}{today.jobs}"
    yield f"  as written: {written.jobs} ({written.share:.1%} saved)"
    lines = f"{count(promises, 'TODO line')} {'is' if promises == 1 else 'are'}"
    yield f"  once the {lines} confirmed: {confirmed.jobs} ({confirmed.share:.1%} saved)"
