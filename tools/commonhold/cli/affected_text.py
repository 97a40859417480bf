"""Selections as text for people.

Paths and names come from strangers: nothing in them may reach a terminal as a command.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.cli.terminal import BOLD, GREEN, YELLOW, paint
from commonhold.selection.affected import (
    CoreChanged,
    DependsOn,
    FilesChanged,
    LockChanged,
    ReadsPath,
    RulesChanged,
    SharedChanged,
    UnknownBase,
    Unmatched,
    Unreadable,
)
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.selection import Affected, AffectedPlugin, Reason

_HOW = {
    "runtime": "at run time",
    "extra": "by an extra",
    "group": "by a dependency group",
    "requirements-file": "by a requirements file",
    "build": "to be built",
    "import": "by an import",
}


_MOST_WARNINGS = 5


def warning_lines(warnings: Sequence[str]) -> Iterator[str]:
    """The first warnings: what is doubtful everywhere must not hide the answer."""
    yield from (f"warning: {printable(warning)}" for warning in warnings[:_MOST_WARNINGS])
    if len(warnings) > _MOST_WARNINGS:
        yield f"warning: … and {len(warnings) - _MOST_WARNINGS} more, which `commonhold graph` tells"


def table_lines(affected: Affected) -> Iterator[str]:
    """A line a plugin: name, tier, whether it counts, and its first reason."""
    widths = [max((len(text) for text in column), default=0) for column in _columns(affected)]
    for plugin in affected.plugins:
        name = paint(plugin.name.ljust(widths[0]), YELLOW if plugin.advisory else GREEN)
        more = f" (+{len(plugin.reasons) - 1} more)" if len(plugin.reasons) > 1 else ""
        reason = reason_text(plugin, plugin.reasons[0])
        yield f"{name}  {plugin.tier.ljust(widths[1])}  {_strength(plugin).ljust(widths[2])}  {reason}{more}"


def explain_lines(affected: Affected) -> Iterator[str]:
    """Every reason of every plugin, with the chain that leads to what changed."""
    for plugin in affected.plugins:
        yield (paint(plugin.name, BOLD) + f"  {printable(plugin.path)}  ({plugin.tier}, {_strength(plugin)})")
        for reason in plugin.reasons:
            yield f"  {reason_text(plugin, reason)}"
            if isinstance(reason, FilesChanged) and reason.total > 1:
                yield from (f"    {printable(path)}" for path in reason.paths)
                if reason.total > len(reason.paths):
                    yield f"    … and {reason.total - len(reason.paths)} more"


def reason_text(plugin: AffectedPlugin, reason: Reason) -> str:
    """One reason as half a sentence."""
    if isinstance(reason, FilesChanged):
        first = printable(reason.paths[0])
        return f"changed: {first}" + (f" and {reason.total - 1} more" if reason.total > 1 else "")
    if isinstance(reason, DependsOn):
        chain = " → ".join((plugin.name, *reason.via))
        return f"needs {reason.via[0]} {_HOW[reason.how]}: {chain}"
    if isinstance(reason, CoreChanged):
        return f"the core changed: {printable(reason.paths[0])}" + (
            f" and {reason.total - 1} more" if reason.total > 1 else ""
        )
    if isinstance(reason, SharedChanged):
        return f"shared: {printable(reason.path)} (rule {reason.rule})"
    if isinstance(reason, LockChanged):
        return f"locked packages moved: {', '.join(reason.packages)}"
    return _doubt_text(reason)


def _doubt_text(reason: ReadsPath | Unreadable | Unmatched | RulesChanged | UnknownBase) -> str:
    if isinstance(reason, ReadsPath):
        return f"reads {printable(reason.path)}"
    if isinstance(reason, Unreadable):
        return f"cannot be read statically: {printable(reason.path)}"
    if isinstance(reason, RulesChanged):
        return f"the rules changed: {printable(reason.path)}"
    if isinstance(reason, Unmatched):
        return f"nothing says whom {printable(reason.path)} concerns"
    return f"base unknown: {reason.detail}"


def _strength(plugin: AffectedPlugin) -> str:
    return "advisory" if plugin.advisory else "test"


def _columns(affected: Affected) -> tuple[list[str], list[str], list[str]]:
    plugins = affected.plugins
    return [p.name for p in plugins], [p.tier for p in plugins], [_strength(p) for p in plugins]
