"""The result of a selection: the plugins that a change can break, each with its reasons.

The reasons form a closed union. Code that treats kinds differently ends in ``assert_never``, so that a type checker
reports every place that does not handle a new kind.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple, Variant
from commonhold.errors import assert_never

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from commonhold.projects.names import Name
    from commonhold.workspace.graph import EdgeKind

Selection: TypeAlias = 'Literal["none", "some", "all"]'
Category: TypeAlias = 'Literal["direct", "dependency", "core", "shared", "doubt"]'


class FilesChanged(Variant):
    """Files of the plugin itself changed; ``paths`` lists at most 20 of the ``total`` changed files."""

    paths: tuple[str, ...]
    total: int


class DependsOn(Variant):
    """The plugin depends on a changed plugin: ``via`` leads from its direct dependency to the changed plugin."""

    via: tuple[Name, ...]
    how: EdgeKind


class CoreChanged(Variant):
    """The core, its pin, or a plugin that the core requires at run time changed."""

    paths: tuple[str, ...]
    total: int


class SharedChanged(Variant):
    """A shared path changed; ``rule`` is the index of its rule in ``[[tool.commonhold.shared]]``, counted from 0."""

    path: str
    rule: int


class LockChanged(Variant):
    """Locked packages that the plugin depends on, directly or indirectly, changed."""

    packages: tuple[str, ...]


class ReadsPath(Variant):
    """A file or folder outside the plugin, which the plugin reads, changed."""

    path: str


class Unreadable(Variant):
    """The requirements of this plugin, or of one that it depends on, cannot be read, so any change may affect it."""

    path: str


class Unnamed(Variant):
    """The name of the plugin in the folder ``path`` cannot be read, so any plugin may depend on it."""

    path: str


class Unmatched(Variant):
    """No rule in the configuration matches this changed path."""

    path: str


class LockNotComparable(Variant):
    """The lock file changed, and its two versions cannot be compared package by package."""

    path: str


class RulesChanged(Variant):
    """The configuration in this file changed, so a path may affect other plugins than at base."""

    path: str


class UnknownBase(Variant):
    """The changed files could not be determined; ``detail`` says why."""

    detail: str


CommonReason: TypeAlias = (
    CoreChanged | SharedChanged | Unnamed | Unmatched | LockNotComparable | RulesChanged | UnknownBase
)
"""Reasons that concern every plugin alike; each tier decides whether its plugins are affected."""

Reason: TypeAlias = FilesChanged | DependsOn | LockChanged | ReadsPath | Unreadable | CommonReason


def category(reason: Reason) -> Category:
    """Say which setting of a tier decides about a reason: none for "direct", and the strictest for "doubt"."""
    if isinstance(reason, (FilesChanged, ReadsPath)):
        return "direct"
    if isinstance(reason, (DependsOn, LockChanged)):
        return "dependency"
    if isinstance(reason, CoreChanged):
        return "core"
    if isinstance(reason, SharedChanged):
        return "shared"
    if isinstance(reason, (Unreadable, Unnamed, Unmatched, LockNotComparable, RulesChanged, UnknownBase)):
        return "doubt"
    return assert_never(reason)


class AffectedPlugin(NamedTuple):
    """One plugin that the change can break. If ``advisory``, a failure of its tests is reported but does not block."""

    name: Name
    path: str
    tier: str
    advisory: bool
    reasons: tuple[Reason, ...]

    @property
    def directly(self) -> bool:
        """Return whether the plugin itself changed, rather than something that it depends on."""
        return any(category(reason) == "direct" for reason in self.reasons)


class Affected(NamedTuple):
    """The plugins that a change can break.

    ``selection`` has three states: ``none``, ``some``, or ``all`` (for the reason that ``because`` gives). ``base``
    is ``None`` if there is nothing to compare with, and ``head`` is ``None`` for the working tree. ``common`` are the
    reasons that concern every plugin alike, including those that every tier skips; ``core`` are the same reasons if
    there is a core, else none. ``removed`` are the names of plugins that exist at base and not at head.
    """

    base: str | None
    head: str | None
    selection: Selection
    because: str
    plugins: tuple[AffectedPlugin, ...]
    core: tuple[Reason, ...] = ()
    removed: tuple[Name, ...] = ()
    warnings: tuple[str, ...] = ()
    common: tuple[CommonReason, ...] = ()
