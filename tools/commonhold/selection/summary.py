"""The sentence that says why the selection is what it is."""

from __future__ import annotations

from itertools import islice

from commonhold._typing import TYPE_CHECKING
from commonhold.selection.affected import CoreChanged, RulesChanged, SharedChanged, UnknownBase, Unmatched, Unreadable
from commonhold.selection.classify import LOCK
from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.selection.affected import AffectedPlugin, Reason, Selection


def summarize(
    core: Sequence[Reason], plugins: Sequence[AffectedPlugin], total: int, changed: int
) -> tuple[Selection, str]:
    """The state of a selection, and the sentence for it.

    ``core`` are the reasons that concern every plugin alike, ``total`` is how many plugins there are,
    ``changed`` how many paths changed.
    """
    heard = [reason for reason in core if all(plugin.answers(reason) for plugin in plugins)]
    if plugins and len(plugins) == total and heard:
        return "all", _common(next(filter(_is_doubt, heard), heard[0]))
    if plugins:
        answered = (reason for reason in core if any(plugin.answers(reason) for plugin in plugins))
        return "some", "; ".join([_some(plugins, total), *map(_common, islice(answered, 1))])
    if core:
        return "none", f"{_common(core[0])}, and no tier tests that"
    if changed:
        return "none", f"{count(changed, 'changed path')}, none of which concerns a plugin"
    return "none", "nothing changed"


def _is_doubt(reason: Reason) -> bool:
    return isinstance(reason, (UnknownBase, RulesChanged, Unmatched, Unreadable))


def _common(reason: Reason) -> str:
    if isinstance(reason, UnknownBase):
        return f"the base is unknown: {reason.detail}"
    if isinstance(reason, RulesChanged):
        return f"the rules changed ([tool.commonhold] in {reason.path})"
    if isinstance(reason, Unmatched):
        return _unmatched(reason.path)
    if isinstance(reason, Unreadable):
        return f"the name of the plugin in {reason.path} cannot be read, so anybody may need it"
    if isinstance(reason, SharedChanged):
        return f"{reason.path} changed, which concerns everybody (shared rule {reason.rule})"
    if isinstance(reason, CoreChanged):
        more = f" and {reason.total - 1} more" if reason.total > 1 else ""
        return f"the core changed ({reason.paths[0]}{more})"
    raise AssertionError(reason)


def _unmatched(path: str) -> str:
    if path == LOCK:
        return f"{path} changed in a way that cannot be told apart package by package"
    return f"{path} changed, and nothing says whom that concerns"


def _some(plugins: Sequence[AffectedPlugin], total: int) -> str:
    direct = sum(plugin.directly for plugin in plugins)
    parts = [f"{direct} changed"] if direct else []
    if len(plugins) > direct:
        parts.append(f"{len(plugins) - direct} can see what changed")
    return f"{len(plugins)} of {count(total, 'plugin')}: {', '.join(parts)}"
