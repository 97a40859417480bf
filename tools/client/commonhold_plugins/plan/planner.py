"""Plan the installation and the upgrade of plugins: everything is resolved before anything changes."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from commonhold_plugins.environments.record import changed_files
from commonhold_plugins.errors import ClientError, RefusedError, UnavailableError
from commonhold_plugins.names import parse_reference
from commonhold_plugins.plan.files import choose_file, mirrored
from commonhold_plugins.plan.model import (
    ADOPT,
    DOWNGRADE,
    INSTALL,
    KEEP,
    REINSTALL,
    REMOVE,
    UPGRADE,
    Plan,
    PluginChange,
    ReleaseNotes,
    SkippedPlugin,
)
from commonhold_plugins.plan.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from commonhold_plugins.catalog import Catalog, CatalogEntry
    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.installers.requests import Installer
    from commonhold_plugins.plan.selection import ChosenRelease
    from commonhold_plugins.plan.team_list import WantedPlugin
    from commonhold_plugins.state.receipts import EnvironmentState, Receipt


class Planner:
    """Plans changes to one environment; ``state`` are its receipts."""

    def __init__(
        self,
        catalog: Catalog,
        environment: TargetEnvironment,
        state: EnvironmentState,
        installer: Installer,
        mirrors: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._catalog, self._environment, self._state = catalog, environment, state
        self._installer, self._mirrors = installer, mirrors
        self._core_version = environment.core_version(catalog.core)

    def install(self, references: Iterable[str], *, pre: bool = False) -> Plan:
        """Plan the installation of plugins by name, ``NAME==VERSION`` included."""
        selection = self._selection()
        for reference in map(parse_reference, references):
            selection.add(self._catalog.find(reference), version=reference.version, pre=pre)
        return self._resolve("install", selection, held_stay=False)

    def sync(self) -> Plan:
        """Plan to install every plugin of the receipts that is missing, has another version, or was changed on disk.

        A plugin whose version no longer fits, because the core has another version, gets the newest one that does.
        """
        receipts = self._state.plugins
        skipped: list[SkippedPlugin] = []
        selection = Selection(self._catalog, self._environment, {name: each.version for name, each in receipts.items()})
        for receipt in receipts.values():
            with _skipping(receipt.short, skipped):
                entry = self._entry_of(receipt)
                try:
                    selection.add(entry, version=receipt.version, requested=receipt.requested)
                except RefusedError:
                    selection.add(entry, requested=receipt.requested)
        return replace(self._resolve("sync", selection), skipped=tuple(skipped))

    def sync_list(self, wanted: Iterable[WantedPlugin]) -> Plan:
        """Plan the installation of the plugins in a team's list. Raises ``RefusedError`` if a hash is another one."""
        selection = self._selection()
        for each in wanted:
            entry = each.find(self._catalog)
            selection.add(entry, version=each.version_in(entry))
            each.check(selection.chosen[entry.plugin.name].release)
        return self._resolve("sync", selection)

    def upgrade(
        self,
        references: Iterable[str] = (),
        *,
        pre: bool = False,
        partial: bool = False,
        follow: Collection[str] = (),
    ) -> Plan:
        """Plan the upgrade of plugins, or of all. With ``partial``, plugins that cannot be upgraded are left out.

        ``follow`` are the distributions whose move to another plugin the user has confirmed.
        """
        wanted, skipped = self._wanted(list(references), follow)
        try:
            return self._upgrade(wanted, skipped, follow, pre=pre)
        except UnavailableError:
            raise
        except ClientError:
            if not partial:
                raise
        possible: list[CatalogEntry] = []
        plan = self._upgrade([], skipped, follow, pre=pre)
        for each in wanted:
            with _skipping(each.reference, skipped):
                plan = self._upgrade([*possible, each], skipped, follow, pre=pre)
                possible.append(each)
        return replace(plan, skipped=tuple(skipped))

    def _wanted(self, references: list[str], follow: Collection[str]) -> tuple[list[CatalogEntry], list[SkippedPlugin]]:
        skipped: list[SkippedPlugin] = []
        wanted: list[CatalogEntry] = []
        named = [self._catalog.find(reference) for reference in references]
        for missing in named:
            if missing.plugin.name not in self._environment.installed:
                hint = f"Install it: install {missing.reference}"
                raise RefusedError(f"{missing.reference} is not installed", hint=hint)
        receipts = [each for name, each in sorted(self._state.plugins.items()) if name in self._environment.installed]
        entries = list(named)
        for each in [] if references else receipts:
            with _skipping(each.short, skipped):
                entries.append(self._entry_of(each))
        for entry in entries:
            receipt = self._state.plugins.get(entry.plugin.name)
            if receipt is not None and receipt.held:
                skipped.append(SkippedPlugin(entry.reference, "it is held: unhold it to upgrade it"))
                continue
            wanted.append(entry)
            moved = entry.status.moved_to
            if moved is not None and entry.plugin.name not in follow:
                reason = f"it moved to {moved.name} ({moved.reason}), which you have not confirmed"
                skipped.append(SkippedPlugin(entry.reference, reason))
        return wanted, skipped

    def _entry_of(self, receipt: Receipt) -> CatalogEntry:
        """Return the plugin of a receipt in the source that it came from: an upgrade never changes the source."""
        official = self._catalog.is_official(receipt.name)
        return self._catalog.find(receipt.name if official else f"{receipt.source}/{receipt.name}")

    def _upgrade(
        self, wanted: list[CatalogEntry], skipped: list[SkippedPlugin], follow: Collection[str], *, pre: bool
    ) -> Plan:
        selection = self._selection()
        moves: dict[str, CatalogEntry] = {}
        for entry in wanted:
            moved = entry.status.moved_to if entry.plugin.name in follow else None
            target = self._catalog.find(moved.name) if moved is not None else entry
            if moved is not None:
                moves[target.plugin.name] = entry
            selection.add(target, pre=pre)
        return replace(self._resolve("upgrade", selection, moves=moves), skipped=tuple(skipped))

    def _selection(self) -> Selection:
        return Selection(self._catalog, self._environment, self._environment.versions)

    def _resolve(
        self,
        command: str,
        selection: Selection,
        *,
        moves: Mapping[str, CatalogEntry] = MappingProxyType({}),
        held_stay: bool = True,
    ) -> Plan:
        """Ask the installer what the chosen releases would change, until it changes no plugin that was not chosen."""
        plan = self._plan(command, selection, moves)
        for _ in range(10):
            if not plan.changes:
                return plan
            changes = self._installer.resolve(plan.request()).changes
            known = {each.name for each in plan.changes}
            others = [(name, new) for name, new in changes.items() if name not in known]
            more = [(name, new) for name, new in others if self._is_plugin(name, selection)]
            if not more:
                return plan.resolved(changes, self._environment.versions)
            by = next(iter(selection.chosen.values())).entry
            for name, new in more:
                if new is not None:
                    selection.require(name, new, by)
            plan = self._plan(command, selection, moves)
        raise RefusedError("the plugins require each other in versions that change with every attempt to resolve them")

    def _is_plugin(self, name: str, selection: Selection) -> bool:
        by = next(iter(selection.chosen.values())).entry
        return name not in selection.chosen and selection.find_required(by, name) is not None

    def _plan(self, command: str, selection: Selection, moves: Mapping[str, CatalogEntry]) -> Plan:
        changes = [self._change(chosen, moves.get(name)) for name, chosen in sorted(selection.chosen.items())]
        moved = {each.moved_from for each in changes if each.moved_from}
        for name, receipt in sorted(self._state.plugins.items()):
            if name in moved:
                changes.append(_unchanged(receipt, REMOVE, self._environment.versions.get(name)))
            elif name not in selection.chosen and name in self._environment.installed:
                changes.append(_unchanged(receipt, KEEP, self._environment.versions[name]))
        return Plan(
            command=command,
            core=self._catalog.core,
            core_version=self._core_version,
            prefix=self._environment.prefix,
            python=self._environment.python,
            installer=self._installer.name,
            plugins=tuple(changes),
        )

    def _change(self, chosen: ChosenRelease, moved_from: CatalogEntry | None) -> PluginChange:
        entry, release = chosen.entry, chosen.release
        plugin = entry.plugin
        receipt = self._state.plugins.get(plugin.name)
        if release.git is not None:
            url, sha256 = release.git, None
        else:
            file = choose_file(entry, release, self._environment)
            url, sha256 = mirrored(file.url, self._mirrors), file.sha256
        old = self._environment.versions.get(plugin.name)
        return PluginChange(
            name=plugin.name,
            short=plugin.short,
            action=self._action(plugin.name, release.version, url, sha256),
            source=entry.source,
            base=entry.base,
            old=old,
            new=release.version,
            url=url,
            sha256=sha256,
            requested=chosen.requested or (receipt is not None and receipt.requested),
            held=receipt is not None and receipt.held,
            failing=entry.status.of_release(release.version).failing,
            moved_from=moved_from.plugin.name if moved_from is not None else None,
            moved_reason=moved_from.status.moved_to.reason if moved_from and moved_from.status.moved_to else None,
            notes=tuple(_notes_between(entry, old, release.version)),
        )

    def _action(self, name: str, new: str, url: str, sha256: str | None) -> str:
        from packaging.version import Version

        installed = self._environment.installed.get(name)
        if installed is None:
            return INSTALL
        old, wanted = Version(installed.version), Version(new)
        if old != wanted:
            return UPGRADE if old < wanted else DOWNGRADE
        receipt = self._state.plugins.get(name)
        if receipt is not None and receipt.sha256 == sha256 and (sha256 or receipt.url == url):
            return REINSTALL if changed_files(installed) else KEEP
        # The same version from elsewhere: accept it only if the installer has recorded the same hash.
        return ADOPT if sha256 is not None and installed.sha256 == sha256 else REINSTALL


def _unchanged(receipt: Receipt, action: str, version: str | None) -> PluginChange:
    same = version == receipt.version
    return PluginChange(
        name=receipt.name,
        short=receipt.short,
        action=action,
        source=receipt.source,
        base=receipt.base,
        old=version,
        new=None if action == REMOVE else version,
        url=receipt.url if same else None,
        sha256=receipt.sha256 if same else None,
        requested=receipt.requested,
        held=receipt.held,
    )


@contextlib.contextmanager
def _skipping(name: str, skipped: list[SkippedPlugin]) -> Iterator[None]:
    """List a plugin as skipped where it cannot be planned. A failed server or program still ends the command."""
    try:
        yield
    except UnavailableError:
        raise
    except ClientError as error:
        skipped.append(SkippedPlugin(name, error.message, failed=True))


def _notes_between(entry: CatalogEntry, old: str | None, new: str) -> Iterable[ReleaseNotes]:
    """Return the notes of the releases after ``old``, up to ``new``."""
    from packaging.version import Version

    for release in entry.plugin.releases:
        version = Version(release.version)
        is_new = version == Version(new) if old is None else Version(old) < version <= Version(new)
        if release.notes_url and is_new:
            yield ReleaseNotes(release.version, release.notes_url)
