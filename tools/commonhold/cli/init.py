"""``commonhold init``: write a first configuration from what the repository contains."""

from __future__ import annotations

import shlex
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from commonhold.cli.terminal import YELLOW, echo_err, emit, emit_diff, emit_wrapped, is_quiet
from commonhold.errors import UsageError
from commonhold.text import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.cli.context import Context
    from commonhold.scaffold.init.adoption import Adoption
    from commonhold.scaffold.init.facts import Found
    from commonhold.scaffold.init.findings import History, Survey
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace import Files


@dataclass(frozen=True, slots=True)
class InitOptions:
    """The options of the command."""

    dry_run: bool
    yes: bool
    branch: str | None
    workflows: str
    last: int
    no_replay: bool
    check: bool


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Show everything, and write nothing.")
@click.option("--yes", is_flag=True, help="Write the files without asking.")
@click.option("--branch", metavar="NAME", help="Commit the files to a new branch; the working tree does not change.")
@click.option(
    "--workflows",
    type=click.Choice(["shadow", "replace", "none"]),
    default="shadow",
    show_default=True,
    help="Workflow to write: one that only plans, one that runs the tests, or none.",
)
@click.option(
    "--last", metavar="N", type=click.IntRange(1), default=200, show_default=True, help="Number of commits to replay."
)
@click.option("--no-replay", is_flag=True, help="Do not replay past commits; the savings stay unknown.")
@click.option("--check", is_flag=True, help="Compare the configuration with the tree; exit with 1 if they differ.")
@click.pass_obj
def command(context: Context, /, **options: Any) -> int:
    """Write a first configuration from what the repository contains.

    The command reads the packages, the core, the tiers, the workflows and their tests, and runs nothing from the
    repository. It shows the result on one screen, then the new files as a diff, and asks one question before it writes.
    Without a terminal it writes only with --yes.

    Each line of the configuration names the file and line from which it was read. A promise that no file can prove is a
    comment that begins with TODO(you): remove this mark to confirm the promise. Past commits are replayed with the
    configuration as written, and with every promise confirmed.
    """
    wanted = InitOptions(**options)
    _refuse_contradictions(context, wanted)
    from commonhold.scaffold.init.adoption import find_configuration
    from commonhold.workspace import Files

    repository = context.repository()
    if wanted.branch is not None:
        from commonhold.vcs.commit_files import check_branch

        check_branch(repository, wanted.branch)
        if repository.commits("HEAD")[0] is None:
            raise UsageError("a new branch needs a commit to start from", hint="Commit first, or omit --branch.")
    elif repository.bare:
        hint = "Pass --branch NAME, or run the command in a clone with a working tree."
        raise UsageError("this repository is bare, so it has no working tree", hint=hint)
    workspace = repository.workspace
    if not wanted.check:
        repository = repository._replace(workspace="")  # the new configuration is for the whole repository
    tree: Tree = repository.tree(repository.resolve("HEAD")) if wanted.branch else repository.work_tree()
    files = Files.of(tree)
    configured = find_configuration(files, workspace)
    if wanted.check:
        return _check(context, files)
    if configured is not None:
        emit(f"{configured} already contains a configuration, so there is nothing to write")
        emit("To compare it with the tree, run `commonhold init --check`.")
        return 0
    return _propose(repository, files, wanted)


def _refuse_contradictions(context: Context, wanted: InitOptions) -> None:
    if context.config is not None and not wanted.check:
        raise click.UsageError("init writes pyproject.toml or commonhold.toml; remove --config")
    if wanted.dry_run and (wanted.yes or wanted.branch):
        raise click.UsageError("--dry-run writes nothing; remove --yes and --branch")
    if wanted.check and (wanted.dry_run or wanted.yes or wanted.branch or wanted.no_replay):
        raise click.UsageError("--check writes nothing and replays nothing; remove the other options")


def _propose(repository: Repository, files: Files, wanted: InitOptions) -> int:
    from commonhold.scaffold.init.adoption import plan_adoption
    from commonhold.scaffold.init.screen import survey_lines
    from commonhold.scaffold.init.survey import survey_tree
    from commonhold.scaffold.init.workflow_files import WorkflowMode
    from commonhold.vcs.log import changed_paths
    from commonhold.vcs.tags import local_tags
    from commonhold.workspace import Cache

    has_commits = repository.commits("HEAD")[0] is not None
    history = changed_paths(repository, "HEAD", wanted.last) if has_commits else ()
    cache = Cache()
    survey = survey_tree(files, default_branch(repository), history, cache, local_tags(repository))
    if not any(tier.packages for tier in survey.tiers):
        hint = "A package is a folder with a pyproject.toml, setup.cfg or setup.py; see `commonhold new`."
        raise UsageError("this repository contains no packages that could be plugins", hint=hint)
    adoption = plan_adoption(files, survey, WorkflowMode(wanted.workflows))
    lines = [*survey_lines(survey)]
    for line in lines:
        emit_wrapped(line)
    if not history:
        savings = ["there are no commits to replay, so the savings are unknown"]
    elif not wanted.no_replay:
        savings = [*_savings(repository, survey, adoption, history, cache)]
    else:
        savings = [
            f"{count(adoption.promises, 'TODO line')} to confirm; the savings are unknown, because of --no-replay"
        ]
    for line in savings:
        emit_wrapped(line)
    _show_noxfile(adoption)
    return _write(repository, files, adoption, wanted, (*lines, *savings))


def default_branch(repository: Repository) -> Found | None:
    """Return the default branch according to the remote, or else the checked-out branch."""
    from commonhold.scaffold.init.facts import Found, Place

    _, targets = repository.references((), ("refs/remotes/origin/HEAD", "HEAD"))
    for name, start, source in zip(
        targets, ("refs/remotes/origin/", "refs/heads/"), ("origin/HEAD", "the checked-out branch"), strict=True
    ):
        if name and name.startswith(start):
            return Found(name.removeprefix(start), Place(source))
    return None


def _savings(repository: Repository, survey: Survey, adoption: Adoption, history: History, cache: Any) -> Iterator[str]:
    from commonhold.scaffold.init.configuration import confirm_promises
    from commonhold.scaffold.init.savings import replay_configuration, sum_replays
    from commonhold.scaffold.init.screen import savings_lines
    from commonhold.scaffold.init.today import count_todays_jobs
    from commonhold.vcs.log import first_parents

    commits = first_parents(repository, "HEAD", len(history))
    texts = (adoption.text, confirm_promises(adoption.text))
    steps = (
        (number, step)
        for number, text in enumerate(texts)
        for step in replay_configuration(repository, commits, text, cache)
    )
    # The progress bar goes to stderr, so that the output can be redirected.
    progress = click.progressbar(steps, length=2 * len(commits), label="replaying", file=sys.stderr)
    found: tuple[list[Any], list[Any]] = ([], [])
    with nullcontext(steps) if is_quiet() else progress as bar:
        for number, step in bar:
            found[number].append(step)
    written, confirmed = map(sum_replays, found)
    if written.commits:
        yield from savings_lines(count_todays_jobs(survey.jobs, history), written, confirmed, adoption.promises)
    else:
        yield "no commit has a parent, so there is nothing to replay"


def _show_noxfile(adoption: Adoption) -> None:
    if adoption.noxfile_lines:
        emit("To run the sessions with nox, add these lines to noxfile.py:")
        for line in filter(None, adoption.noxfile_lines.splitlines()):
            emit(f"  {line}")


def _write(repository: Repository, files: Files, adoption: Adoption, wanted: InitOptions, lines: Sequence[str]) -> int:
    from commonhold.cli.prompts import ask_confirmation, can_ask
    from commonhold.effects.file_changes import FileChanges, diff_lines

    changes = FileChanges(repository.root)
    if wanted.branch is None:
        for path, content in adoption.files.items():
            changes.write(path, content)
    emit("")
    for path, content in sorted(adoption.files.items()):
        emit_diff(diff_lines(path, files.get(path) if path in files.entries else None, content))
    emit("")
    if wanted.dry_run:
        emit("nothing was written, because --dry-run was given")
        return 0
    target = f"the branch {wanted.branch}" if wanted.branch else ", ".join(adoption.files)
    if not wanted.yes and wanted.branch is None:
        if not can_ask():
            emit("nothing was written: there is no terminal to ask; pass --yes to write the files")
            return 0
        if not ask_confirmation(f"Write {target}?"):
            emit("nothing was written")
            return 0
    if wanted.branch is None:
        changes.apply()
    else:
        from commonhold.scaffold.init.message import commit_message
        from commonhold.vcs.commit_files import commit_to_branch

        parent = repository.resolve("HEAD")
        commit_to_branch(repository, wanted.branch, parent, adoption.files, commit_message(adoption, lines))
    emit(f"wrote {printable(target)}")
    if wanted.branch is None:
        emit("Next: confirm the TODO lines, then run `commonhold graph`.")
    else:
        emit(f"Next: confirm the TODO lines there, then push it: `git push origin {shlex.quote(wanted.branch)}`.")
    return 0


def _check(context: Context, files: Files) -> int:
    from commonhold.scaffold.init.drift import find_drift

    config = context.read_config(files)
    findings = find_drift(files, config)
    for finding in findings:
        emit_wrapped(printable(finding))
    if findings:
        echo_err(f"{count(len(findings), 'difference')} between the configuration and the tree", YELLOW)
        return 1
    emit("the configuration agrees with the tree")
    return 0
