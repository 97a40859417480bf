"""``commonhold owners``: show who owns what, and whose approval is binding."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

import click

from commonhold.cli.check_run import today
from commonhold.cli.options import add_options
from commonhold.cli.release.table import TableRow, print_table
from commonhold.cli.terminal import YELLOW, echo_err, emit, emit_wrapped
from commonhold.errors import ConfigurationError, UsageError
from commonhold.options import JSON
from commonhold.ownership import LifecycleState, Ownership, PathKind, Role
from commonhold.ownership.owners_document import NO_MAINTAINER, ROLES, describe_owner, owners_document
from commonhold.projects.paths import is_within
from commonhold.selection.document import dump
from commonhold.workspace import Files, read_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.cli.context import Context
    from commonhold.ownership import GovernanceProblem, ListedPerson
    from commonhold.ownership.owners_document import DescribedOwner
    from commonhold.vcs import Repository

_HEADINGS = ("path", "core approvals", "owner, and who approves first")
_TITLES = {Role.CORE: "core (binding)", Role.TSC: "TSC", Role.RELEASE_MANAGER: "release managers"}


@click.command("owners")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--at", "day", metavar="DATE", help="The day of the terms and suspensions; default: today in UTC.")
@add_options([JSON])
@click.pass_obj
def command(context: Context, paths: tuple[str, ...], day: str | None, as_json: bool) -> int:
    """Show who owns each PATH, who approves a change to it first, and how many core approvals are binding.

    Without PATH, the command shows every plugin and the people in governance/people.toml. A folder stands for itself
    and for the plugins in it. The exit code is 2 if a file that decides about the owners contains a mistake.
    """
    repository = context.repository()
    files = Files(repository.work_tree())
    config = context.read_config(files, repository.root)
    cache = context.recall(repository)
    workspace = read_workspace(files, config, cache=cache)
    context.remember(repository, cache)
    at = _day(day)
    ownership = Ownership.read(files, config)
    given = [_repository_path(repository, context.folder, path) for path in paths or (repository.root,)]
    wanted = dict.fromkeys(place for path in given for place in _places(ownership, path))
    owners = [describe_owner(ownership, path, at) for path in wanted]
    names = {plugin.path: name for name, plugin in workspace.plugins.items()}
    if as_json:
        emit(dump(owners_document(ownership, owners, names, at)))
    else:
        _print(ownership, owners, names, at, every_role=not paths)
    problems = [*ownership.problems, *dict.fromkeys(_problems(owners))]
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        hint = "Until they are corrected, approvals wait. `commonhold check` reports them, too."
        raise ConfigurationError(f"the owners are uncertain, because of these mistakes:\n{lines}", hint=hint)
    return 0


def _day(given: str | None) -> date:
    try:
        return today() if given is None else date.fromisoformat(given)
    except ValueError as error:
        raise UsageError(f"{given!r} is not a date", hint="Write a date such as --at 2027-01-31.") from error


def _repository_path(repository: Repository, folder: str, path: str) -> str:
    """Return the repository path of a file or, with a slash at the end, of a folder, which need not exist."""
    full = os.path.abspath(os.path.join(folder, path))
    # A link is a path of its own, but the folders that lead to it may be links outside the repository.
    full = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
    root = os.path.realpath(repository.root)
    found = os.path.relpath(full, root).replace(os.sep, "/")
    if found == ".." or found.startswith("../"):
        raise UsageError(f"{path} is outside the repository", hint="Pass paths of files in the repository.")
    is_folder = os.path.isdir(full) and not os.path.islink(full)
    return f"{found}/" if is_folder and found != "." else found


def _places(ownership: Ownership, path: str) -> Iterator[str]:
    """Yield a path and the plugins in it; instead of the whole repository, only its plugins."""
    if path != ".":
        yield path
    for folder in ownership.plugins:
        if path == "." or (path.endswith("/") and f"{folder}/" != path and is_within(folder, path[:-1])):
            yield f"{folder}/"


def _problems(owners: Iterable[DescribedOwner]) -> Iterator[GovernanceProblem]:
    for each in owners:
        if each.owner.plugin is not None:
            yield from each.owner.plugin.governance.problems


def _print(
    ownership: Ownership, owners: Iterable[DescribedOwner], names: Mapping[str, str], day: date, *, every_role: bool
) -> None:
    people = ownership.people
    rows = [
        TableRow(
            (
                ownership.config.shown(each.owner.path),
                str(each.binding),
                f"{_owner(each, names)}; {_first(each)}",
            ),
            "" if each.first or each.why != NO_MAINTAINER else YELLOW,
        )
        for each in owners
    ]
    if rows:
        print_table(_HEADINGS, rows, sentences=1)
    for role in ROLES if every_role else ROLES[:1]:
        active = people.active(role, day)
        listed = ", ".join(_shown(person) for person in people.people if person.id in active)
        emit_wrapped(f"{_TITLES[role]}: {listed or 'nobody'}")
    emeritus = people.emeritus(day)
    if emeritus and every_role:
        emit_wrapped(f"emeritus: {', '.join(map(_shown, emeritus))}")
    if not people.exists:
        echo_err(f"note: {people.path} does not exist, so nobody's approval is binding", YELLOW)


def _first(each: DescribedOwner) -> str:
    if each.first:
        return f"first {' or '.join(map(_shown, each.first))}"
    return f"nobody approves first{each.why and f', because {each.why}'}"


def _owner(each: DescribedOwner, names: Mapping[str, str]) -> str:
    owner = each.owner
    if owner.plugin is None:
        return owner.kind.value
    state = owner.plugin.governance.state
    details = [owner.plugin.tier.name, *([] if state is LifecycleState.ACTIVE else [state.value])]
    what = "maintainers and state of " if owner.kind is PathKind.LIFECYCLE else ""
    return f"{what}{names.get(owner.plugin.folder, owner.plugin.name)} ({', '.join(details)})"


def _shown(person: ListedPerson) -> str:
    return f"{person.login} ({person.name})"
