"""``commonhold release inspect``: everything is looked at before anything goes up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.index_options import address_options, find_address, others_option
from commonhold.cli.release.progress_bar import watch
from commonhold.cli.release.store_options import find_store, store_options
from commonhold.cli.terminal import BOLD, GREEN, RED, YELLOW, echo_err, emit, paint
from commonhold.release.model.state import STOPPED

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.progress import Progress

    from commonhold.cli.context import Context
    from commonhold.release.inspect.inspection import InspectionReporter, Tools
    from commonhold.release.inspect.verdict import Inspection
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree
    from commonhold.workspace.config import Config


@click.command("inspect")
@store_options
@click.option("--strict", is_flag=True, help="Stop the release for any finding, in any tier, old or new.")
@click.option(
    "--smoke", type=click.Choice(["import"]), help="Also install each plugin by itself and import it: runs its code."
)
@others_option
@address_options
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 64), default=4, show_default=True, help="How many plugins at a time."
)
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    strict: bool,
    smoke: str | None,
    indexes: tuple[str, ...],
    word: str | None,
    simple: str | None,
    jobs: int,
) -> int:
    """Look for whatever an index would refuse, and whatever could not be installed, in all that was built.

    A plugin with a finding is held back with those that cannot live without it. Of a tier whose failure stops the
    release, it stops the release, unless the release before had the same defect. Nothing is unpacked, and without
    --smoke nothing that was built is run.
    """
    from commonhold.release.inspect.inspection import InspectionSettings, inspect

    store = find_store(context, version, folder)
    tree, config = _tree(context, store)
    with store.lock(), _watch() as reporter:
        tools = _tools(store, word, simple, indexes)
        found = inspect(store, tree, config, tools, InspectionSettings(jobs, smoke is not None, strict), reporter)
    _print(found)
    return STOPPED if found.stopped else 0


def _tree(context: Context, store: Store) -> tuple[Tree, Config]:
    repository = context.repository()
    tree = repository.tree(repository.resolve(store.plan.commit))
    return tree, context.read_config(tree, repository.root)


def _tools(store: Store, word: str | None, simple: str | None, indexes: tuple[str, ...]) -> Tools:
    from commonhold.effects.process.run import GroupRunner
    from commonhold.index.client import IndexClient
    from commonhold.index.uv import find_uv, uv_environ
    from commonhold.release.inspect.inspection import Tools
    from commonhold.release.inspect.installability import Uv

    uv = Uv(find_uv(os.environ), uv_environ(os.environ), GroupRunner(), indexes)
    return Tools(uv, IndexClient(find_address(store, word, simple)))


class _Lines:
    """A line for each part of an inspection."""

    def began(self, what: str, total: int) -> None:
        echo_err(f"{what}: {total}")

    def did(self, name: str) -> None:
        pass


class _Bar:
    """A bar for each part of an inspection."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def began(self, what: str, total: int) -> None:
        self._task = self._progress.add_task(what, total=total)

    def did(self, name: str) -> None:
        self._progress.advance(self._task)


def _watch() -> AbstractContextManager[InspectionReporter]:
    return watch(_Lines, _Bar)


def _print(found: Inspection) -> None:
    from commonhold.text import printable

    for name, findings in found.findings.items():
        if not findings and name not in found.held:
            continue
        word, colour = ("stops the release", RED) if name in found.stopped else ("is held back", YELLOW)
        emit(f"{paint(name, BOLD)} {paint(word, colour)}")
        for finding in findings:
            old = " (the release before had it too)" if finding.known else ""
            emit(f"  {finding.rule}: {printable(finding.message)}{old}")
        if not findings:
            emit(f"  {printable(found.held[name].why)}")
    sound = sum(not findings and name not in found.held for name, findings in found.findings.items())
    emit(paint(f"{sound} of {len(found.findings)} plugins may go up", GREEN if sound else RED))
