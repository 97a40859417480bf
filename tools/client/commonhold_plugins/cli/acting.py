"""Run commands that change an environment: show the plan, ask where that is needed, apply it, report."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.terminal import DIM, GREEN, columns, echo, emit, paint
from commonhold_plugins.errors import PartialError
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.client import Client
    from commonhold_plugins.environments.kinds import LockedProject
    from commonhold_plugins.plan.apply import Reporter
    from commonhold_plugins.plan.model import Plan

plan_options = (
    click.option("--dry-run", is_flag=True, help="Show the plan, and change nothing."),
    click.option("-y", "--yes", is_flag=True, help="Agree to the plan without a question."),
    click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON."),
)


def with_plan_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every command with a plan has."""
    for option in reversed(plan_options):
        command = option(command)
    return command


def make_client(invocation: Invocation) -> Client:
    """Return the client for the host and the environment that the options select."""
    from commonhold_plugins.client import Client
    from commonhold_plugins.environments.target import find_environment

    environment = find_environment(invocation.python, embedded=invocation.is_embedded)
    return Client(invocation.host, environment, offline=invocation.offline, catalog=invocation.catalog)


def repair(invocation: Invocation, client: Client, *, dry_run: bool) -> None:
    """Repair what a killed command has left, unless nothing may change."""
    if not client.state.unfinished:
        return
    if dry_run:
        invocation.tell("An earlier change was interrupted. The next command without --dry-run repairs it first.")
        return
    with progress(invocation) as reporter:
        if client.repair(reporter):
            invocation.tell("An earlier change was interrupted: the previous versions are installed again.")


def run_plan(
    invocation: Invocation,
    client: Client,
    plan: Plan,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    into_environment: bool = False,
) -> bool:
    """Show a plan, apply it if the user agrees, and return whether it was applied. Raises ``PartialError``.

    If the environment belongs to a project with a lock file, its tool makes the changes, unless ``into_environment``.
    """
    from dataclasses import replace

    from commonhold_plugins.cli.plan_output import print_plan, questions
    from commonhold_plugins.cli.prompts import confirm
    from commonhold_plugins.environments.kinds import project_of

    project = None if into_environment or not plan.changes else project_of(client.environment)
    asked = list(questions(plan))
    if project is not None:
        plan = replace(plan, installer=project.tool)
        asked.append("Run this command?")
        invocation.tell(_project_message(client.project_command(plan, project), project))
    if as_json:
        import json

        emit(json.dumps(plan.to_json(), indent=2))
    else:
        print_plan(plan)
    applied = False
    if not dry_run and plan.changes:
        for question in asked:
            if not confirm(question, yes=yes, what="this change"):
                echo("Nothing was changed.")
                return False
        with progress(invocation) as reporter:
            if project is None:
                client.apply(plan, reporter)
            else:
                client.apply_to_project(plan, project, reporter)
        applied = True
        if not as_json:
            emit(paint(summary(plan), GREEN))
    if plan.failed:
        names = "\n".join(f"{each.name}: {each.reason}" for each in plan.failed)
        raise PartialError(f"some plugins stay as they are:\n{names}")
    return applied


def _project_message(command: list[str], project: LockedProject) -> str:
    from shlex import join

    return (
        f"This environment belongs to the project in {printable(project.folder)}. Its next sync would undo a change "
        f"that its lock file lacks, so this command is run there:\n  {printable(join(command))}\n"
        "Add --into-environment to change the environment only."
    )


def summary(plan: Plan) -> str:
    """Return one sentence about an applied plan."""
    done = {"install": "Installed", "upgrade": "Upgraded", "remove": "Removed", "sync": "Restored"}
    names = [f"{each.name} {each.new}" if each.new else each.name for each in plan.changes]
    return f"{done.get(plan.command, 'Changed')} {', '.join(names)}. {plan.core} {plan.core_version} is unchanged."


@contextlib.contextmanager
def progress(invocation: Invocation) -> Iterator[Reporter]:
    """Show the progress on a terminal: the step, and the last line of the installer."""
    width = None if invocation.quiet else columns(sys.stderr)
    if width is None:
        from commonhold_plugins.plan.apply import SilentReporter

        yield SilentReporter()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    most = width - 4
    with console.status(Text("Working")) as status:

        class _Shown:
            def __init__(self) -> None:
                self._step = "Working"

            def step(self, text: str) -> None:
                self._step = text
                status.update(Text(f"{text} ..."))

            def line(self, text: str) -> None:
                status.update(Text(f"{self._step}: {text}"[:most], no_wrap=True))

        yield _Shown()


def note(text: str) -> None:
    """Print additional information to stderr."""
    echo(text, DIM)
