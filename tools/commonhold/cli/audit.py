"""``commonhold audit``: replay past commits to measure how many jobs the selection saves."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from commonhold.cli.terminal import YELLOW, echo_err, emit, emit_wrapped, is_quiet
from commonhold.selection import Override
from commonhold.selection.advice import Harmless
from commonhold.selection.audit import Audit, Replay, read_evidence, replay_history, with_savings
from commonhold.selection.document import dump
from commonhold.text import count, printable
from commonhold.vcs.log import first_parents
from commonhold.workspace import Cache
from commonhold.workspace.config.locate import read_rules
from commonhold.workspace.config.reader import toml_string

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.selection.audit import CauseTotal
    from commonhold.selection.evidence import Evidence
    from commonhold.vcs import Repository

MOST_CAUSES = 10
"""The maximum number of causes that the command lists: the most frequent ones."""


@click.command("audit")
@click.option("--last", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="Number of commits.")
@click.option("--head", metavar="REV", default="HEAD", show_default=True, help="Newest commit.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema 1) with every commit and cause.")
@click.pass_obj
def command(context: Context, last: int, head: str, as_json: bool) -> None:
    """Replay past commits to measure how many jobs the selection saves.

    Each commit in the first-parent history is compared with its parent, using the current configuration. The command
    also lists the paths that made every plugin run, each with a setting that would affect fewer plugins, and the number
    of jobs that this setting would have saved. It suggests no setting for files that plugins import or require.
    """
    repository = context.repository()
    tip = repository.resolve(head)
    # Old commits are replayed with the current rules, because only the current rules can still be changed.
    rules = context.override(repository.root) or _rules_of(repository, tip)
    commits = first_parents(repository, tip, last)
    if len(commits) < last and repository.shallow:
        echo_err(
            f"warning: this clone is shallow and has only {count(len(commits), 'commit')}; run `git fetch --unshallow`",
            YELLOW,
        )
    cache = Cache()  # neighbouring commits share most files
    evidence = read_evidence(repository, tip, rules, cache)
    for warning in evidence.warnings:
        echo_err(f"warning: {printable(warning)}", YELLOW)
    audit = _run(repository, commits, rules, evidence, cache)
    causes = audit.causes()
    listed = (*with_savings(repository, audit, causes[:MOST_CAUSES], rules, cache), *causes[MOST_CAUSES:])
    if as_json:
        emit(dump(_document(audit, listed, evidence)))
        return
    for line in (*_lines(audit, listed), *_lines_to_paste(listed), *_required_lines(evidence), *_excluded_lines(audit)):
        emit_wrapped(line)


def _rules_of(repository: Repository, tip: str) -> Override:
    tree = repository.tree(tip)
    source, _ = read_rules(tree)
    return Override(source, tree.read([source])[source])


def _run(
    repository: Repository,
    commits: tuple[tuple[str, str | None], ...],
    rules: Override,
    evidence: Evidence,
    cache: Cache,
) -> Audit:
    replays: list[Replay] = []
    roots: list[str] = []
    steps = replay_history(repository, commits, rules, evidence, cache)
    # The progress bar goes to stderr, so that the JSON on stdout stays valid.
    progress = click.progressbar(steps, length=len(commits), label="replaying", file=sys.stderr)
    with nullcontext(steps) if is_quiet() else progress as bar:
        for step in bar:
            if isinstance(step, Replay):
                replays.append(step)
            else:
                roots.append(step)
    return Audit(tuple(replays), tuple(roots))


def _lines(audit: Audit, causes: tuple[CauseTotal, ...]) -> Iterator[str]:
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
    if causes:
        yield ""
        yield "Causes that affected every plugin:"
        width = max(len(summary.cause.pattern) for summary in causes[:MOST_CAUSES])
    for summary in causes[:MOST_CAUSES]:
        pattern = printable(summary.cause.pattern).ljust(width)
        saves = "" if summary.saves is None else f"; saves {count(summary.saves, 'job')}"
        fix = f"{printable(summary.cause.fix)}{saves}"
        yield f"  {summary.commits:5} commits  {summary.jobs:6} jobs  {pattern}  fix: {fix}"


def _lines_to_paste(causes: tuple[CauseTotal, ...]) -> Iterator[str]:
    rules = [each.cause.suggestion for each in causes[:MOST_CAUSES] if isinstance(each.cause.suggestion, Harmless)]
    if rules:
        yield ""
        yield "To add these rules, paste:"
        yield "  [[tool.commonhold.shared]]"
        yield f"  path = [{', '.join(toml_string(rule.written) for rule in rules)}]"
        yield '  affects = "none"'


def _required_lines(evidence: Evidence) -> Iterator[str]:
    if evidence.required:
        yield ""
        yield "Projects that plugins require, but that are neither the core nor a plugin:"
    for index, project in enumerate(evidence.required):
        users = count(len(project.users), "plugin")
        advice = "add its folder to a tier, or to tool.commonhold.core.path"
        if index == 0:
            advice = f"likely the core: core = {{ path = [{toml_string(project.pattern)}] }} in [tool.commonhold]"
        yield printable(f"  {project.place} ({project.name}), required by {users}; {advice}")


def _excluded_lines(audit: Audit) -> Iterator[str]:
    if audit.not_needed:
        yield ""
        yield "Imports of the core that core.not-needs excludes:"
        yield from (f"  {name} ({printable(file)})" for name, file in audit.not_needed)


def _document(audit: Audit, causes: tuple[CauseTotal, ...], evidence: Evidence) -> dict[str, Any]:
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
                "saves": summary.saves,
            }
            for summary in causes
        ],
        "required": [
            {"path": printable(project.place), "name": project.name, "plugins": list(project.users)}
            for project in evidence.required
        ],
    }
