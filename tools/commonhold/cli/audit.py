"""``commonhold audit``: the repository's own history, replayed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from commonhold.cli.terminal import YELLOW, echo_err, emit
from commonhold.errors import UsageError
from commonhold.selection import Override
from commonhold.selection.audit import Audit, Replay, replay_history
from commonhold.selection.document import dump
from commonhold.text import printable
from commonhold.vcs.log import first_parents
from commonhold.workspace import ROOT_PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.vcs import Repository


@click.command("audit")
@click.option("--last", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="How many commits.")
@click.option("--head", metavar="REV", default="HEAD", show_default=True, help="The newest of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema 1): every commit, every cause.")
@click.pass_obj
def command(context: Context, last: int, head: str, as_json: bool) -> None:
    """Replay the history: what the selection would have run beside run-all, and what made it run everything.

    Each commit on the first-parent line is compared with its parent, by today's rules.
    """
    repository = context.repository()
    tip = repository.resolve(head)
    rules = context.override(repository.root) or _rules_of(repository, tip)
    commits = first_parents(repository, tip, last)
    if len(commits) < last and repository.shallow:
        echo_err(f"warning: this clone is shallow and ends after {len(commits)} commits: git fetch --unshallow", YELLOW)
    audit = _run(repository, commits, rules)
    if as_json:
        emit(dump(_document(audit)))
        return
    for line in _lines(audit):
        emit(line)


def _rules_of(repository: Repository, tip: str) -> Override:
    data = repository.tree(tip).read([ROOT_PROJECT]).get(ROOT_PROJECT)
    if data is None:
        raise UsageError(f"{tip} has no {ROOT_PROJECT}", hint="Name a configuration with --config FILE.")
    return Override(ROOT_PROJECT, data)


def _run(repository: Repository, commits: tuple[tuple[str, str | None], ...], rules: Override) -> Audit:
    replays: list[Replay] = []
    roots: list[str] = []
    steps = replay_history(repository, commits, rules)
    with click.progressbar(steps, length=len(commits), label="replaying", file=sys.stderr) as bar:
        for step in bar:
            if isinstance(step, Replay):
                replays.append(step)
            else:
                roots.append(step)
    return Audit(tuple(replays), tuple(roots))


def _lines(audit: Audit) -> Iterator[str]:
    count = len(audit.replays)
    if not count:
        yield "no commit with a parent to compare with"
        return
    states = {state: sum(replay.selection == state for replay in audit.replays) for state in ("none", "some", "all")}
    advisory = sum(replay.advisory for replay in audit.replays)
    saved = 1 - audit.jobs / audit.run_all if audit.run_all else 0
    yield f"{count} commits: {states['none']} none, {states['some']} some, {states['all']} all"
    yield f"plugin jobs: {audit.jobs} of {audit.run_all} ({saved:.1%} saved), {advisory} of them advisory"
    yield f"a commit:    {audit.jobs / count:.2f} of {audit.run_all / count:.2f}"
    causes = audit.causes()
    if causes:
        yield ""
        yield "What concerned every plugin alike:"
        width = max(len(summary.cause.pattern) for summary in causes[:10])
    for summary in causes[:10]:
        pattern = printable(summary.cause.pattern).ljust(width)
        yield f"  {summary.commits:5} commits  {summary.jobs:6} jobs  {pattern}  cure: {printable(summary.cause.cure)}"


def _document(audit: Audit) -> dict[str, Any]:
    return {
        "schema": 1,
        "jobs": audit.jobs,
        "run-all": audit.run_all,
        "commits": [
            {
                "commit": replay.commit,
                "selection": replay.selection,
                "counting": replay.counting,
                "advisory": replay.advisory,
                "total": replay.total,
            }
            for replay in audit.replays
        ],
        "roots": list(audit.roots),
        "causes": [
            {
                "pattern": printable(summary.cause.pattern),
                "cure": printable(summary.cause.cure),
                "commits": summary.commits,
                "jobs": summary.jobs,
            }
            for summary in audit.causes()
        ],
    }
