"""List the affected plugins as text, with one line for each plugin or with every reason.

The command line and the nox session both print these lines; the caller chooses the stream and the colours.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import UsageError
from commonhold.projects.names import normalize
from commonhold.selection.affected import CoreChanged, FilesChanged, RulesChanged
from commonhold.selection.describe import describe
from commonhold.text import and_more, count, printable, wrap_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from commonhold.selection.affected import Affected, AffectedPlugin
    from commonhold.selection.select import SelectionResult

    Mark: TypeAlias = Callable[[AffectedPlugin, str], str]

MOST_WARNINGS = 5
MOST_ALIKE = 3
"""If lines are folded, at most this many plugins with the same tier and reason are listed individually."""
MIN_COLUMN = 30
"""The minimum width of the column of reasons; in a narrower terminal, reasons start on a new line."""


class Layout(NamedTuple):
    """The layout of the lines: ``mark`` colours a plugin's name.

    ``width`` is the number of columns (``None``: no limit). With ``fold``, plugins whose lines differ only in the name
    share a line, for readers rather than programs.
    """

    mark: Mark
    width: int | None = None
    fold: bool = False


PLAIN = Layout(lambda _, text: text)


def warning_lines(warnings: Sequence[str], *, every: bool = False) -> Iterator[str]:
    """List only the first warnings, because a long list could hide the result, or ``every`` warning."""
    most = len(warnings) if every else MOST_WARNINGS
    yield from (f"warning: {printable(warning)}" for warning in warnings[:most])
    if len(warnings) > most:
        yield f"warning: …{and_more(len(warnings), MOST_WARNINGS)}; `commonhold graph` lists all of them"


def touched_warnings(selected: SelectionResult) -> tuple[str, ...]:
    """Return the warnings to print, without imports that the configuration accepts or that other changes must fix.

    An undeclared import is reported with a change to a plugin that contains it; ``commonhold graph`` reports every
    undeclared import.
    """
    affected, workspace, comparison = selected
    if not workspace.undeclared:
        return affected.warnings
    touched = {plugin.name for plugin in affected.plugins if plugin.directly}
    if any(isinstance(reason, CoreChanged) and not reason.via for reason in affected.core):
        touched.add(workspace.core.node)
    changes = comparison.changes
    imported = {each.path for each in workspace.undeclared}  # also files outside plugins, which plugins' tests load
    changed = {change.path for change in changes or () if change.path in imported}
    omitted = {
        each.text
        for each in workspace.undeclared
        if each.accepted or not (changes is None or each.path in changed or touched.intersection(each.importers))
    }
    return tuple(text for text in affected.warnings if text not in omitted)


def comparison_lines(selected: SelectionResult) -> Iterator[str]:
    """Describe the two compared trees, if there is a base."""
    summary = selected.comparison.summary()
    if summary is not None:
        yield printable(summary)


def plugin_lines(affected: Affected, *, explain: bool, layout: Layout = PLAIN) -> Iterator[str]:
    """List the affected plugins as a table, or with every reason (``explain``)."""
    return _explanation(affected, layout) if explain else _table(affected.plugins, layout)


def closing_lines(affected: Affected) -> Iterator[str]:
    """Report removed plugins, an affected core, paths that were left out, and how to ignore changed rules."""
    if affected.removed:
        yield f"removed: {printable(', '.join(affected.removed))}"
    if affected.core:
        yield "the core is affected, too"
    yield from left_out_lines(affected)
    if affected.common and all(isinstance(reason, RulesChanged) for reason in affected.common):
        yield "to see the effect of your other changes, commit the new rules and run with --base HEAD"


def left_out_lines(affected: Affected) -> Iterator[str]:
    """Report how many changed paths outside the workspace were left out."""
    if affected.left_out:
        paths = count(affected.left_out, "changed path")
        yield f"left out: {paths} outside {printable(affected.folder)} that nothing in it names"


def only_plugin(selected: SelectionResult, text: str) -> Affected:
    """Reduce a selection to one plugin. Raises ``UsageError`` if no plugin has that name."""
    name, affected = normalize(text), selected.affected
    if name in affected.removed:
        return affected._replace(plugins=(), removed=(), because=f"{name} was removed")
    if name not in selected.workspace.plugins:
        # Imported late because its module imports difflib, which only an unknown name needs.
        from commonhold.workspace.config import closest

        suggestion = closest(name, selected.workspace.plugins)
        raise UsageError(f"no plugin is named {text}{suggestion}", hint="`commonhold graph` lists all plugins.")
    plugins = tuple(plugin for plugin in affected.plugins if plugin.name == name)
    because = affected.because if plugins else f"{name} is not affected: {affected.because}"
    return affected._replace(plugins=plugins, because=because)


def _table(plugins: Sequence[AffectedPlugin], layout: Layout) -> Iterator[str]:
    groups = _fold(plugins) if layout.fold else [(plugin,) for plugin in plugins]
    labels = [group[0].name if len(group) == 1 else count(len(group), "plugin") for group in groups]
    name_width = max(map(len, labels), default=0)
    tier_width = max((len(plugin.tier) for plugin in plugins), default=0)
    strength_width = max((len(_strength(plugin)) for plugin in plugins), default=0)
    for label, (plugin, *_) in zip(labels, groups, strict=True):
        start = f"{plugin.tier.ljust(tier_width)}  {_strength(plugin).ljust(strength_width)}  "
        width = name_width + 2 + len(start)
        first, *more = _wrap(_first_reason(plugin), layout.width, width)
        yield f"{layout.mark(plugin, label.ljust(name_width))}  {start}{first}".rstrip()
        yield from more


def _fold(plugins: Sequence[AffectedPlugin]) -> list[tuple[AffectedPlugin, ...]]:
    """Group plugins whose lines differ only in the plugin's name, if many plugins have such a line."""
    same: dict[tuple[str, str, str], list[AffectedPlugin]] = {}
    for plugin in plugins:
        same.setdefault((plugin.tier, _strength(plugin), _first_reason(plugin)), []).append(plugin)
    groups: list[tuple[AffectedPlugin, ...]] = []
    for group in same.values():
        groups += [tuple(group)] if len(group) > MOST_ALIKE else [(plugin,) for plugin in group]
    return sorted(groups, key=lambda group: (len(group) > 1, group[0].name))


def _first_reason(plugin: AffectedPlugin) -> str:
    others = f" (+{len(plugin.reasons) - 1} more)" if len(plugin.reasons) > 1 else ""
    return f"{describe(plugin.reasons[0])}{others}"


def _wrap(text: str, width: int | None, indent: int) -> list[str]:
    """Break a text into lines that fit ``width`` columns after ``indent``; a narrow column starts on a new line."""
    if width is None or indent + len(text) <= width:
        return [text]
    column = width - indent
    if column >= MIN_COLUMN and max(map(len, text.split())) <= column:
        first, *more = wrap_line(text, column, 0)
        return [first, *(" " * indent + line for line in more)]
    return ["", *(f"    {line}" for line in wrap_line(text, max(width - 4, MIN_COLUMN), 0))]


def _explanation(affected: Affected, layout: Layout) -> Iterator[str]:
    for plugin in affected.plugins:
        place = f"{plugin.name}  {printable(plugin.path)}  ({plugin.tier}, {_strength(plugin)})"
        first, *more = wrap_line(place, layout.width, 4)
        yield f"{layout.mark(plugin, plugin.name)}{first.removeprefix(plugin.name)}"
        yield from more
        for reason in plugin.reasons:
            yield from wrap_line(f"  {describe(reason)}", layout.width)
            if isinstance(reason, FilesChanged) and reason.total > 1:
                yield from (f"    {printable(path)}" for path in reason.paths)
                if reason.total > len(reason.paths):
                    yield f"    …{and_more(reason.total, len(reason.paths))}"


def _strength(plugin: AffectedPlugin) -> str:
    return "advisory" if plugin.advisory else "test"
