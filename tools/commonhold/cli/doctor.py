"""``commonhold doctor``: check that this machine has what work on the plugins needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.ci.doctor import Examination, Health, examine
from commonhold.cli.context import check_and_warn
from commonhold.cli.terminal import DIM, GREEN, RED, YELLOW, columns, echo_err, emit, paint
from commonhold.selection.document import dump
from commonhold.text import wrap_line
from commonhold.workspace import Files, read_workspace

if TYPE_CHECKING:
    from commonhold.cli.context import Context

_COLOURS = {Health.GOOD: GREEN, Health.WARNING: YELLOW, Health.MISSING: RED}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema 1).")
@click.pass_obj
def command(context: Context, as_json: bool) -> int:
    """Check that this machine and this clone have what work on the plugins needs.

    The command examines git, the Python versions that the plugins are tested on, uv, nox, Poetry (if a plugin uses it),
    hooks, remotes and the default branch, and prints the next step for each problem. The exit code is 1 if something
    is missing without which commands fail.
    """
    repository = context.repository()
    files = Files(repository.work_tree())
    workspace = check_and_warn(read_workspace(files, context.read_config(files, repository.root)))
    found = tuple(examine(repository, workspace, os.environ))
    if as_json:
        rows = [
            {"part": each.part, "state": each.health.value, "text": each.text, "advice": each.advice or None}
            for each in found
        ]
        emit(dump({"schema": 1, "parts": rows}))
    else:
        width = max(len(each.part) for each in found)
        for each in found:
            _print(each, width)
        missing = sum(each.health is Health.MISSING for each in found)
        echo_err(f"{missing} missing" if missing else "nothing is missing")
    return int(any(each.health is Health.MISSING for each in found))


def _print(each: Examination, width: int) -> None:
    for line in wrap_line(f"{each.health.value:8}{each.part:{width}}  {each.text}", columns()):
        emit(paint(line, _COLOURS[each.health]))
    if each.advice:
        for line in wrap_line(f"{'':{width + 10}}{each.advice}", columns(), indent=0):
            emit(paint(line, DIM))
