"""What ``commonhold affected`` prints, once its options are read."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.cli.terminal import BOLD, YELLOW, echo_err, emit

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.selection import Affected, SelectionResult
    from commonhold.vcs import CompareOptions


def print_affected(
    context: Context, asked: CompareOptions, *, as_json: bool = False, explain: str | None = None
) -> None:
    """Print the selection: as JSON, as a table, or with every reason (``explain``: of one plugin, or ``""``)."""
    selected = context.select(asked)
    if as_json:
        from commonhold.selection.document import affected_document, dump

        emit(dump(affected_document(selected.affected)))
        return
    from commonhold.cli.affected_text import warning_lines

    for line in warning_lines(selected.affected.warnings):
        echo_err(line, YELLOW)
    _print(_only(selected, explain) if explain else selected.affected, everything=explain is not None)


def _print(affected: Affected, *, everything: bool) -> None:
    from commonhold.cli.affected_text import explain_lines, table_lines
    from commonhold.text import printable

    echo_err(printable(affected.because), BOLD)
    for line in explain_lines(affected) if everything else table_lines(affected):
        emit(line)
    if affected.removed:
        echo_err(f"removed: {printable(', '.join(affected.removed))}")
    if affected.core:
        echo_err("the core is affected too")


def _only(selected: SelectionResult, text: str) -> Affected:
    from commonhold.errors import UsageError
    from commonhold.projects.names import normalize
    from commonhold.workspace.config import closest

    name = normalize(text)
    if name in selected.affected.removed:
        return selected.affected._replace(plugins=(), removed=(), because=f"{name} was removed")
    if name not in selected.workspace.plugins:
        known = closest(name, selected.workspace.plugins)
        raise UsageError(f"no plugin is named {text}{known}", hint="`commonhold graph` lists them all.")
    plugins = tuple(plugin for plugin in selected.affected.plugins if plugin.name == name)
    because = selected.affected.because if plugins else f"{name} is not affected: {selected.affected.because}"
    return selected.affected._replace(plugins=plugins, because=because)
