"""Define the result of a selection: the plugins that a change can break, each with its reasons.

The reasons form a closed union. Code that distinguishes their classes ends in ``assert_never``, so that a type checker
reports every place that does not handle a new class.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple, Variant
from commonhold.errors import assert_never

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, TypeAlias, TypeVar

    from commonhold.projects.names import Name
    from commonhold.workspace.graph import EdgeKind

    R = TypeVar("R", bound="Reason")

Selection: TypeAlias = 'Literal["none", "some", "all"]'
Category: TypeAlias = 'Literal["direct", "dependency", "core", "shared", "doubt"]'


class FilesChanged(Variant):
    """Files of the plugin changed; ``paths`` lists at most 20 of the ``total`` changed files."""

    paths: tuple[str, ...]
    total: int


class DependsOn(Variant):
    """The plugin depends on a changed plugin; ``via`` is the chain from its direct dependency to the changed plugin.

    ``path`` and ``line`` are the place of a mention; other kinds of dependency have no such place.
    """

    via: tuple[Name, ...]
    how: EdgeKind
    path: str | None = None
    line: int | None = None


class CoreChanged(Variant):
    """The core, a pin of the core, or a plugin that the core needs at run time changed.

    ``via`` is the chain from the core's direct dependency to the changed plugin; it is empty for the core itself.
    """

    paths: tuple[str, ...]
    total: int
    via: tuple[Name, ...] = ()


class SharedChanged(Variant):
    """A shared path changed; ``rule`` is the zero-based index of its rule in ``[[tool.commonhold.shared]]``."""

    path: str
    rule: int


class LockChanged(Variant):
    """Locked packages that the plugin depends on, directly or indirectly, changed."""

    packages: tuple[str, ...]


class ReadsPath(Variant):
    """A file or folder outside the plugin changed, and the plugin reads it."""

    path: str


class Unreadable(Variant):
    """The requirements of the plugin or one of its dependencies cannot be read, so any change may affect the plugin."""

    path: str


class Unnamed(Variant):
    """The name of the plugin in the folder ``path`` cannot be read, so any plugin may depend on it."""

    path: str


class Unmatched(Variant):
    """No rule in the configuration matches this changed path."""

    path: str


class LockNotComparable(Variant):
    """The lock file changed, and its old and new versions cannot be compared package by package."""

    path: str


class RulesChanged(Variant):
    """The configuration in this file changed, so a path may affect different plugins than at base."""

    path: str


class UnknownBase(Variant):
    """The changed files could not be determined; ``detail`` gives the reason."""

    detail: str


CommonReason: TypeAlias = (
    CoreChanged | SharedChanged | Unnamed | Unmatched | LockNotComparable | RulesChanged | UnknownBase
)
"""The reasons that apply to every plugin; each tier decides whether its plugins are affected."""

Reason: TypeAlias = FilesChanged | DependsOn | LockChanged | ReadsPath | Unreadable | CommonReason


def category(reason: Reason) -> Category:
    """Return a reason's category, which determines the tier setting that applies to it."""
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


def relocate(reason: R, show: Callable[[str], str]) -> R:
    """Return a reason with its paths replaced by the results of ``show``."""
    found: dict[str, Any] = {}
    path, paths = getattr(reason, "path", None), getattr(reason, "paths", ())
    if path is not None:
        found["path"] = show(path)
    if paths:
        found["paths"] = tuple(map(show, paths))
    return reason._replace(**found)  # type: ignore[return-value]


class AffectedPlugin(NamedTuple):
    """A plugin that the change can break. If it is ``advisory``, its test failures are reported but do not block."""

    name: Name
    path: str
    tier: str
    advisory: bool
    reasons: tuple[Reason, ...]

    @property
    def directly(self) -> bool:
        """True if the plugin itself changed, and not only one of its dependencies."""
        return any(category(reason) == "direct" for reason in self.reasons)

    def relocated(self, show: Callable[[str], str]) -> AffectedPlugin:
        """Return the plugin with its paths replaced by the results of ``show``."""
        return self._replace(path=show(self.path), reasons=tuple(relocate(reason, show) for reason in self.reasons))


class Affected(NamedTuple):
    """The plugins that a change can break.

    ``selection`` is ``none``, ``some`` or ``all``, and ``because`` explains it. ``base`` is ``None`` if there is no
    base to compare with, and ``head`` is ``None`` for the working tree. ``common`` are the reasons that apply to every
    plugin, including reasons that every tier skips. ``core`` are these reasons and the reasons that apply only to the
    core's own tests, if a core is configured. ``removed`` are the names of plugins that exist only at base.

    Paths are relative to the workspace, whose ``folder`` is relative to the repository's root. ``left_out`` is the
    number of changed paths outside the workspace that no file in the workspace mentions.
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
    folder: str = ""
    left_out: int = 0
