"""The answer: which plugins a change can break, each with its reasons."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from commonhold.projects.names import Name

How: TypeAlias = 'Literal["runtime", "extra", "group", "requirements-file", "build", "import"]'
Selection: TypeAlias = 'Literal["none", "some", "all"]'


class FilesChanged(NamedTuple):
    """Files of the plugin itself changed; ``paths`` may be fewer than ``total``."""

    paths: tuple[str, ...]
    total: int


class DependsOn(NamedTuple):
    """The plugin can see a changed one: ``via`` leads from its nearest dependency to that one."""

    via: tuple[Name, ...]
    how: How


class CoreChanged(NamedTuple):
    """The core, its pin, or something in the core's own run-time closure changed."""

    paths: tuple[str, ...]
    total: int


class SharedChanged(NamedTuple):
    """A path that several plugins share changed; ``rule`` is its place in ``[[tool.commonhold.shared]]``, from 0."""

    path: str
    rule: int


class LockChanged(NamedTuple):
    """These locked packages, which the plugin's resolved closure holds, moved."""

    packages: tuple[str, ...]


class ReadsPath(NamedTuple):
    """A path that the plugin reads, though it lies outside it, changed."""

    path: str


class Unreadable(NamedTuple):
    """The requirements of this plugin, or of one it depends on, cannot be read, so any change may matter."""

    path: str


class Unmatched(NamedTuple):
    """Nothing in the configuration says whom this changed path concerns."""

    path: str


class RulesChanged(NamedTuple):
    """The configuration changed, which stands in this file: whom a path concerns may be another than before."""

    path: str


class UnknownBase(NamedTuple):
    """What changed could not be found out."""

    detail: str


Reason: TypeAlias = (
    FilesChanged
    | DependsOn
    | CoreChanged
    | SharedChanged
    | LockChanged
    | ReadsPath
    | Unreadable
    | Unmatched
    | RulesChanged
    | UnknownBase
)


class AffectedPlugin(NamedTuple):
    """One plugin that the change can break. ``advisory``: its tests are run and reported, and hold up nobody."""

    name: Name
    path: str
    tier: str
    advisory: bool
    reasons: tuple[Reason, ...]

    @property
    def directly(self) -> bool:
        """Whether the plugin itself changed, rather than something it needs."""
        return any(isinstance(reason, (FilesChanged, ReadsPath)) for reason in self.reasons)

    def answers(self, common: Reason) -> bool:
        """Whether a reason that concerns every plugin alike is among this one's; records of two kinds may be equal."""
        return any(reason is common for reason in self.reasons)


class Affected(NamedTuple):
    """Which plugins a change can break.

    ``selection`` has three states, never a bare list: ``none``, ``some``, or ``all`` (for the one
    reason that ``because`` gives). ``base`` is ``None`` when there is nothing to compare with,
    ``head`` when it is the work tree. ``common`` are the reasons that concern every plugin alike, whether its
    tier answers to them or not; ``core`` the same for the core, if there is one. ``removed`` are names that
    base had and head has not.
    """

    base: str | None
    head: str | None
    selection: Selection
    because: str
    plugins: tuple[AffectedPlugin, ...]
    core: tuple[Reason, ...] = ()
    removed: tuple[Name, ...] = ()
    warnings: tuple[str, ...] = ()
    common: tuple[Reason, ...] = ()
