"""Describe a change to an environment completely: applying a plan needs nothing else, not even the plugin index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commonhold_plugins.decoding import Fields
from commonhold_plugins.errors import RefusedError, RejectedError
from commonhold_plugins.installers.requests import InstallRequest, PinnedRequirement
from commonhold_plugins.names import is_distribution, is_short, is_version

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1

INSTALL, UPGRADE, DOWNGRADE, REINSTALL, ADOPT, REMOVE, KEEP = (
    "install", "upgrade", "downgrade", "reinstall", "adopt", "remove", "keep",
)  # fmt: skip
ACTIONS = (INSTALL, UPGRADE, DOWNGRADE, REINSTALL, ADOPT, REMOVE, KEEP)


@dataclass(frozen=True)
class ReleaseNotes:
    """Where the notes of a release are."""

    version: str
    url: str


@dataclass(frozen=True)
class PluginChange:
    """The change to one plugin. ``old`` and ``new`` are versions; ``None`` means that it is not installed.

    ``keep`` changes nothing: the plugin only has to fit the others. ``failing`` and ``moved_from`` need the consent of
    the user. ``requested`` is false for a plugin that another one requires.
    """

    name: str
    short: str
    action: str
    source: str
    base: str = ""
    old: str | None = None
    new: str | None = None
    url: str | None = None
    sha256: str | None = None
    requested: bool = True
    held: bool = False
    failing: str | None = None
    moved_from: str | None = None
    moved_reason: str | None = None
    notes: tuple[ReleaseNotes, ...] = ()

    @property
    def requirement(self) -> PinnedRequirement:
        """The requirement that installs the new version."""
        return PinnedRequirement(self.name, self.new or "", self.url, self.sha256)

    def to_json(self) -> dict[str, Any]:
        """Return the change as values that JSON can contain."""
        return {**vars(self), "notes": [vars(each) for each in self.notes]}


@dataclass(frozen=True)
class DependencyChange:
    """The change to a distribution that is not a plugin, by the versions before and after it."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class SkippedPlugin:
    """A plugin that the request includes and that stays as it is, with the reason."""

    name: str
    reason: str
    failed: bool = False


@dataclass(frozen=True)
class Plan:
    """Every change that one command makes to an environment."""

    command: str
    core: str
    core_version: str
    prefix: str
    python: str
    installer: str
    plugins: tuple[PluginChange, ...] = ()
    dependencies: tuple[DependencyChange, ...] = ()
    unused: tuple[str, ...] = ()
    skipped: tuple[SkippedPlugin, ...] = ()

    @property
    def changes(self) -> tuple[PluginChange, ...]:
        """The plugins that the plan changes."""
        return tuple(each for each in self.plugins if each.action != KEEP)

    @property
    def failed(self) -> tuple[SkippedPlugin, ...]:
        """The plugins of the request that cannot be changed."""
        return tuple(each for each in self.skipped if each.failed)

    def request(self) -> InstallRequest:
        """Return the request to the installer that makes the changes."""
        changed = [each for each in self.plugins if each.action not in (KEEP, ADOPT, REMOVE)]
        return InstallRequest(
            install=tuple(each.requirement for each in changed),
            keep=tuple(each.requirement for each in self.plugins if each.action in (KEEP, ADOPT)),
            remove=tuple(each.name for each in self.plugins if each.action == REMOVE),
            reinstall=frozenset(each.name for each in changed if each.action == REINSTALL),
            constraints=(PinnedRequirement(self.core, self.core_version),),
        )

    def resolved(self, changes: Mapping[str, str | None], versions: Mapping[str, str]) -> Plan:
        """Return the plan with the changes that the installer would make to other distributions.

        ``versions`` are the installed ones. Raises ``RefusedError`` if the core is among the changes.
        """
        if changes.get(self.core, self.core_version) != self.core_version:
            new = changes[self.core] or "nothing"
            raise RefusedError(f"the plugins would change {self.core} from {self.core_version} to {new}")
        plugins = {each.name for each in self.changes}
        dependencies = tuple(
            DependencyChange(name, versions.get(name), changes[name])
            for name in sorted(changes)
            if name not in plugins and name != self.core
        )
        return replace(self, dependencies=dependencies)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as values that JSON can contain."""
        return {
            "schema": SCHEMA,
            **vars(self),
            "plugins": [each.to_json() for each in self.plugins],
            "dependencies": [vars(each) for each in self.dependencies],
            "unused": list(self.unused),
            "skipped": [vars(each) for each in self.skipped],
        }


def decode_plan(value: object) -> Plan:
    """Read a plan from JSON, such as the output of ``--dry-run --json``. Raises ``RejectedError``."""
    fields = Fields(value, "plan")
    if (schema := fields.number("schema")) != SCHEMA:
        raise RejectedError(f"the plan has schema {schema}, which this version cannot read")
    plan = Plan(
        command=fields.line("command"),
        core=fields.line("core", is_distribution, "the name of a distribution"),
        core_version=fields.line("core_version", is_version, "a version"),
        prefix=fields.line("prefix"),
        python=fields.line("python"),
        installer=fields.line("installer"),
        plugins=tuple(map(_decode_change, fields.items("plugins"))),
        dependencies=tuple(map(_decode_dependency, fields.items("dependencies"))),
        unused=fields.lines("unused", is_distribution, "the name of a distribution"),
        skipped=tuple(
            SkippedPlugin(each.line("name"), each.text("reason"), each.flag("failed"))
            for each in fields.items("skipped")
        ),
    )
    plan.request()  # checks every URL and hash
    return plan


def _decode_change(fields: Fields) -> PluginChange:
    return PluginChange(
        name=fields.line("name", is_distribution, "the name of a distribution"),
        short=fields.line("short", is_short, "a short name"),
        action=fields.line("action", ACTIONS.__contains__, "an action"),
        source=fields.line("source", is_short, "the name of a plugin index"),
        base=fields.optional_line("base") or "",
        old=fields.optional_line("old", is_version, "a version"),
        new=fields.optional_line("new", is_version, "a version"),
        url=fields.optional_line("url"),
        sha256=fields.optional_line("sha256"),
        requested=fields.flag("requested"),
        held=fields.flag("held"),
        failing=fields.optional_line("failing"),
        moved_from=fields.optional_line("moved_from"),
        moved_reason=fields.optional_line("moved_reason"),
        notes=tuple(ReleaseNotes(each.line("version"), each.line("url")) for each in fields.items("notes")),
    )


def _decode_dependency(fields: Fields) -> DependencyChange:
    return DependencyChange(
        name=fields.line("name", is_distribution, "the name of a distribution"),
        old=fields.optional_line("old", is_version, "a version"),
        new=fields.optional_line("new", is_version, "a version"),
    )
