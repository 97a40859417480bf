"""Print a plan, and the questions that the user must answer before it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.cli.table import print_table
from commonhold_plugins.cli.terminal import BOLD, GREEN, RED, YELLOW, echo, emit
from commonhold_plugins.text import count, listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold_plugins.cli.table import Cell
    from commonhold_plugins.plan.model import Plan, PluginChange

_COLOURS = {"install": GREEN, "upgrade": GREEN, "remove": RED, "downgrade": YELLOW, "reinstall": YELLOW}


def print_plan(plan: Plan) -> None:
    """Print the changes to plugins and to other packages, and the plugins that stay as they are.

    Plugins have their distributions' names here, because a plugin may require a package that has its short name.
    """
    rows: list[list[Cell]] = [
        [(each.action, _COLOURS.get(each.action, BOLD)), (each.name, BOLD), _versions(each.old, each.new), _note(each)]
        for each in plan.changes
    ]
    rows += [
        ["install" if each.old is None else "remove" if each.new is None else "change", each.name,
         _versions(each.old, each.new), "required by a plugin"]
        for each in plan.dependencies
    ]  # fmt: skip
    if rows:
        print_table(["change", "name", "version", "note"], rows)
    else:
        kept = [f"{each.name} {each.new}" for each in plan.plugins if each.requested and plan.command == "install"]
        state = f"{listed(kept)} {'is' if len(kept) == 1 else 'are'} installed already"
        emit(f"Nothing to change: {state}." if kept else "Nothing to change.")
    for each in plan.changes:
        if plan.command == "upgrade":
            for notes in each.notes:
                emit(f"{each.short} {notes.version}: {notes.url}")
    for skipped in plan.skipped:
        if not skipped.failed:
            echo(printable(f"{skipped.name} stays as it is: {skipped.reason}"), YELLOW)
    if plan.unused:
        echo(f"No longer needed, but not removed: {', '.join(plan.unused)}")


def _versions(old: str | None, new: str | None) -> str:
    if old is None or new is None or old == new:
        return new or old or ""
    return f"{old} → {new}"


def _note(change: PluginChange) -> str:
    notes = []
    if change.source != "official":
        notes.append(f"from {change.source}")
    if change.moved_from is not None:
        notes.append(f"replaces {change.moved_from}")
    if change.failing is not None:
        notes.append("its tests fail with this core")
    if change.action == "reinstall":
        notes.append("the installed files differ")
    if change.action == "adopt":
        notes.append("installed already, with the right hash")
    if not change.requested and change.action != "remove":
        notes.append("required by another plugin")
    return printable(", ".join(notes))


def questions(plan: Plan) -> Iterator[str]:
    """Return the questions about changes that the user may not expect."""
    for each in plan.changes:
        if each.failing is not None:
            reason = f" ({printable(each.failing)})" if each.failing else ""
            yield f"The tests of {each.short} {each.new} fail with this core{reason}. Install it?"
    changed = [each for each in plan.dependencies if each.old is not None]
    if changed:
        yield f"{count(len(changed), 'installed package')} will be changed as well. Continue?"
    if plan.command == "remove":
        names = ", ".join(each.name for each in plan.changes)
        yield f"Remove {names}?"
