"""Describe reasons and selections with the same words in terminals, in Markdown and in JSON (``because``)."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import assert_never
from commonhold.selection.affected import (
    CoreChanged,
    DependsOn,
    FilesChanged,
    LockChanged,
    LockNotComparable,
    ReadsPath,
    RulesChanged,
    SharedChanged,
    UnknownBase,
    Unmatched,
    Unnamed,
    Unreadable,
    category,
)
from commonhold.text import and_more, count, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from commonhold.selection.affected import AffectedPlugin, CommonReason, Reason, Selection

    Quote: TypeAlias = Callable[[str], str]

HOW = {
    "runtime": "at run time",
    "extra": "through an extra",
    "group": "through a dependency group",
    "requirements-file": "through a requirements file",
    "build": "to be built",
    "import": "through an import",
    "mention": "through a mention",
    "setting": "through the settings of its tests",
}
"""The phrase for each kind of dependency; it follows "depends on NAME"."""


def describe(reason: Reason, quote: Quote = printable, escape: Quote = printable) -> str:
    """Describe one reason as a sentence fragment.

    ``quote`` formats names and paths, and ``escape`` formats other untrusted text. Both must escape the text for the
    format in which the description is shown.
    """
    if isinstance(reason, FilesChanged):
        return f"changed: {quote(reason.paths[0])}{and_more(reason.total)}"
    if isinstance(reason, DependsOn):
        chain = f": {' → '.join(map(quote, reason.via))}" if len(reason.via) > 1 else ""
        place = f" in {quote(f'{reason.path}:{reason.line}')}" if reason.path is not None else ""
        return f"depends on {quote(reason.via[0])} {HOW[reason.how]}{place}{chain}"
    if isinstance(reason, CoreChanged) and reason.via:
        chain = " → ".join(map(quote, reason.via))
        return f"the core changed through its dependency {chain}: {quote(reason.paths[0])}{and_more(reason.total)}"
    if isinstance(reason, CoreChanged):
        return f"the core changed: {quote(reason.paths[0])}{and_more(reason.total)}"
    if isinstance(reason, LockChanged):
        return f"locked packages changed: {', '.join(map(quote, reason.packages))}"
    if isinstance(reason, ReadsPath):
        return f"reads {quote(reason.path)}, which changed"
    if isinstance(reason, SharedChanged):
        return f"shared rule {reason.rule} matches {quote(reason.path)}"
    return _describe_doubt(reason, quote, escape)


def _describe_doubt(
    reason: Unreadable | Unnamed | Unmatched | LockNotComparable | RulesChanged | UnknownBase,
    quote: Quote,
    escape: Quote,
) -> str:
    if isinstance(reason, Unreadable):
        return f"requirements cannot be read statically: {quote(reason.path)}"
    if isinstance(reason, Unnamed):
        return f"the name of the plugin in {quote(reason.path)} cannot be read, so any plugin may depend on it"
    if isinstance(reason, Unmatched):
        return f"no rule matches {quote(reason.path)}"
    if isinstance(reason, LockNotComparable):
        return f"{quote(reason.path)} changed and cannot be compared package by package"
    if isinstance(reason, RulesChanged):
        return f"the configuration in {quote(reason.path)} changed"
    if isinstance(reason, UnknownBase):
        return f"the base is unknown ({escape(reason.detail)})"
    return assert_never(reason)


def summarize(
    common: Sequence[CommonReason], plugins: Sequence[AffectedPlugin], total: int, changed: int, place: str = ""
) -> tuple[Selection, str]:
    """Return the state of a selection and a sentence that explains it.

    ``common`` are the reasons that apply to every plugin, ``total`` is the number of plugins, and ``changed`` is the
    number of changed paths in ``place`` (empty: the repository).
    """
    # A tier can skip a common reason, so "every plugin is affected" requires a reason that all plugins have.
    shared_by_all = [reason for reason in common if all(reason in plugin.reasons for plugin in plugins)]
    if plugins and len(plugins) == total and shared_by_all:
        # Prefer a doubt to the core or a shared path as the explanation, because the reader can fix a doubt.
        doubts = (reason for reason in shared_by_all if category(reason) == "doubt")
        return "all", f"every plugin is affected: {describe(next(doubts, shared_by_all[0]))}"
    if plugins:
        answered = (reason for reason in common if any(reason in plugin.reasons for plugin in plugins))
        return "some", "; ".join([_share(plugins, total), *(describe(reason) for reason in [*answered][:1])])
    if common:
        return "none", f"{describe(common[0])}, but no tier runs tests for that"
    if changed:
        return "none", f"{count(changed, 'file')} changed; none affects a plugin"
    return "none", f"nothing changed in {printable(place)}" if place else "nothing changed"


def _share(plugins: Sequence[AffectedPlugin], total: int) -> str:
    direct = sum(plugin.directly for plugin in plugins)
    parts = [f"{direct} changed"] if direct else []
    if len(plugins) > direct:
        parts.append(f"{len(plugins) - direct} affected indirectly")
    return f"{len(plugins)} of {count(total, 'plugin')} affected: {', '.join(parts)}"
