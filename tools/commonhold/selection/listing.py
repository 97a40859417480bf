"""List the affected plugins as text, with one line for each plugin or with every reason.

The command line and the nox session both print these lines; the caller chooses the stream and the colours.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import UsageError
from commonhold.projects.names import normalize
from commonhold.selection.affected import FilesChanged
from commonhold.selection.describe import describe
from commonhold.text import and_more, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from commonhold.selection.affected import Affected, AffectedPlugin
    from commonhold.selection.select import SelectionResult

    Mark: TypeAlias = Callable[[AffectedPlugin, str], str]

MOST_WARNINGS = 5


def warning_lines(warnings: Sequence[str]) -> Iterator[str]:
    """List only the first warnings, because a long list could hide the result."""
    yield from (f"warning: {printable(warning)}" for warning in warnings[:MOST_WARNINGS])
    if len(warnings) > MOST_WARNINGS:
        yield f"warning: …{and_more(len(warnings), MOST_WARNINGS)}; `commonhold graph` lists all of them"


def plugin_lines(affected: Affected, *, explain: bool, mark: Mark | None = None) -> Iterator[str]:
    """List the affected plugins as a table, or with every reason (``explain``). ``mark`` colours a plugin's name."""
    marked = mark or (lambda _, text: text)
    return _explanation(affected, marked) if explain else _table(affected, marked)


def closing_lines(affected: Affected) -> Iterator[str]:
    """Report removed plugins, and a core that is affected too."""
    if affected.removed:
        yield f"removed: {printable(', '.join(affected.removed))}"
    if affected.core:
        yield "the core is affected, too"


def only_plugin(selected: SelectionResult, text: str) -> Affected:
    """Reduce a selection to one plugin. Raises ``UsageError`` if there is no plugin of that name."""
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


def _table(affected: Affected, mark: Mark) -> Iterator[str]:
    plugins = affected.plugins
    columns = ([plugin.name for plugin in plugins], [plugin.tier for plugin in plugins], list(map(_strength, plugins)))
    name_width, tier_width, strength_width = (max(map(len, column), default=0) for column in columns)
    for plugin in plugins:
        name = mark(plugin, plugin.name.ljust(name_width))
        others = f" (+{len(plugin.reasons) - 1} more)" if len(plugin.reasons) > 1 else ""
        strength = _strength(plugin).ljust(strength_width)
        yield f"{name}  {plugin.tier.ljust(tier_width)}  {strength}  {describe(plugin.reasons[0])}{others}"


def _explanation(affected: Affected, mark: Mark) -> Iterator[str]:
    for plugin in affected.plugins:
        yield f"{mark(plugin, plugin.name)}  {printable(plugin.path)}  ({plugin.tier}, {_strength(plugin)})"
        for reason in plugin.reasons:
            yield f"  {describe(reason)}"
            if isinstance(reason, FilesChanged) and reason.total > 1:
                yield from (f"    {printable(path)}" for path in reason.paths)
                if reason.total > len(reason.paths):
                    yield f"    …{and_more(reason.total, len(reason.paths))}"


def _strength(plugin: AffectedPlugin) -> str:
    return "advisory" if plugin.advisory else "test"
