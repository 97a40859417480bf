"""``commonhold audit``: replay past commits to measure how many jobs the selection saves."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from commonhold.cli.terminal import YELLOW, echo_err, emit
from commonhold.errors import UsageError
from commonhold.selection import Override
from commonhold.selection.audit import Audit, Replay, replay_history
from commonhold.selection.document import dump
from commonhold.text import count, printable
from commonhold.vcs.log import first_parents
from commonhold.workspace import ROOT_PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.vcs import Repository


@click.command("audit")
@click.option("--last", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="Number of commits.")
@click.option("--head", metavar="REV", default="HEAD", show_default=True, help="Newest commit.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema 1) with every commit and cause.")
@click.pass_obj
def command(context: Context, last: int, head: str, as_json: bool) -> None:
    """Replay past commits to measure how many jobs the selection saves.

    Each commit in the first-parent history is compared with its parent, using the current configuration. The command
    also lists the paths that made every plugin run, each with a setting that would affect fewer plugins.
    """
    repository = context.repository()
    tip = repository.resolve(head)
    # Old commits are replayed with the current rules, because only the current rules can still be changed.
    rules = context.override(repository.root) or _rules_of(repository, tip)
    commits = first_parents(repository, tip, last)
    if len(commits) < last and repository.shallow:
        echo_err(
            f"warning: this clone is shallow and has only {count(len(commits), 'commit')}; run: git fetch --unshallow",
            YELLOW,
        )
    audit = _run(repository, commits, rules)
    if as_json:
        emit(dump(_document(audit)))
        return
    for line in (*_lines(audit), *_excluded_lines(audit)):
        emit(line)


def _rules_of(repository: Repository, tip: str) -> Override:
    data = repository.tree(tip).read([ROOT_PROJECT]).get(ROOT_PROJECT)
    if data is None:
        raise UsageError(
            f"commit {tip} does not contain {ROOT_PROJECT}", hint="Pass a configuration with --config FILE."
        )
    return Override(ROOT_PROJECT, data)


def _run(repository: Repository, commits: tuple[tuple[str, str | None], ...], rules: Override) -> Audit:
    replays: list[Replay] = []
    roots: list[str] = []
    steps = replay_history(repository, commits, rules)
    # The progress bar goes to stderr, so that the JSON on stdout stays valid.
    with click.progressbar(steps, length=len(commits), label="replaying", file=sys.stderr) as bar:
        for step in bar:
            if isinstance(step, Replay):
                replays.append(step)
            else:
                roots.append(step)
    return Audit(tuple(replays), tuple(roots))


def _lines(audit: Audit) -> Iterator[str]:
    total = len(audit.replays)
    if not total:
        yield "no commit has a parent to compare with"
        return
    states = {state: sum(replay.selection == state for replay in audit.replays) for state in ("none", "some", "all")}
    advisory = sum(replay.advisory for replay in audit.replays)
    saved = 1 - audit.jobs / audit.run_all if audit.run_all else 0
    yield f"{count(total, 'commit')}: {states['none']} none, {states['some']} some, {states['all']} all"
    yield f"plugin jobs: {audit.jobs} of {audit.run_all} ({saved:.1%} saved), {advisory} of them advisory"
    yield f"per commit:  {audit.jobs / total:.2f} of {audit.run_all / total:.2f}"
    causes = audit.causes()
    if causes:
        yield ""
        yield "Causes that affected every plugin:"
        width = max(len(summary.cause.pattern) for summary in causes[:10])
    for summary in causes[:10]:
        pattern = printable(summary.cause.pattern).ljust(width)
        yield f"  {summary.commits:5} commits  {summary.jobs:6} jobs  {pattern}  fix: {printable(summary.cause.fix)}"


def _excluded_lines(audit: Audit) -> Iterator[str]:
    if audit.not_needed:
        yield ""
        yield "Imports of the core that core.not-needs excludes:"
        yield from (f"  {name} ({printable(file)})" for name, file in audit.not_needed)


def _document(audit: Audit) -> dict[str, Any]:
    return {
        "schema": 1,
        "jobs": audit.jobs,
        "run-all": audit.run_all,
        "commits": [
            {
                "commit": replay.commit,
                "selection": replay.selection,
                "counting": replay.required,
                "advisory": replay.advisory,
                "total": replay.total,
            }
            for replay in audit.replays
        ],
        "roots": list(audit.roots),
        "not-needed": [{"name": name, "path": printable(file)} for name, file in audit.not_needed],
        "causes": [
            {
                "pattern": printable(summary.cause.pattern),
                "cure": printable(summary.cause.fix),
                "commits": summary.commits,
                "jobs": summary.jobs,
            }
            for summary in audit.causes()
        ],
    }
