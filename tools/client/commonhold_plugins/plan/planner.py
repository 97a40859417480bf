"""Plan the installation and the upgrade of plugins: everything is resolved before anything changes."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from commonhold_plugins.choose import choose_release, release_problems
from commonhold_plugins.errors import ClientError, RefusedError, UnavailableError
from commonhold_plugins.names import parse_reference
from commonhold_plugins.plan.changes import change_from_receipt, change_to_release
from commonhold_plugins.plan.model import (
    KEEP,
    REMOVE,
    Plan,
    SkippedPlugin,
)
from commonhold_plugins.plan.selection import Selection, is_consistent, requirements_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from commonhold_plugins.catalog import Catalog, CatalogEntry
    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.installers.requests import Installer
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
        for group in self._groups(wanted):  # plugins that pin each other can only be upgraded together
            alone: list[SkippedPlugin] = []
            with _skipping("", alone):
                plan = self._upgrade([*possible, *group], skipped, follow, pre=pre)
                possible += group
            for each in group if alone else ():
                with _skipping(each.reference, skipped):
                    plan = self._upgrade([*possible, each], skipped, follow, pre=pre)
                    possible.append(each)
        return replace(plan, skipped=tuple(skipped))

    def _groups(self, wanted: list[CatalogEntry]) -> list[list[CatalogEntry]]:
        """Return the plugins in groups: those that require each other, directly or through others, are in one."""
        names = {each.plugin.name for each in wanted}
        group_of = {name: {name} for name in names}
        for each in wanted:
            lines = {line for release in each.plugin.releases for line in release.requires}
            for need, _ in requirements_of(tuple(lines), self._environment):
                if need in names:
                    merged = group_of[each.plugin.name] | group_of[need]
                    group_of.update(dict.fromkeys(merged, merged))
        groups = {min(group): group for group in group_of.values()}
        return [[each for each in wanted if each.plugin.name in group] for _, group in sorted(groups.items())]

    def _wanted(self, references: list[str], follow: Collection[str]) -> tuple[list[CatalogEntry], list[SkippedPlugin]]:
        skipped: list[SkippedPlugin] = []
        wanted: list[CatalogEntry] = []
        named = [self._catalog.find(reference) for reference in references]
        for missing in named:
            if missing.plugin.name not in self._environment.installed:
                hint = f"Install it with: {{command}} install {missing.reference}"
                raise RefusedError(f"{missing.reference} is not installed", hint=hint)
        receipts = [each for name, each in sorted(self._state.plugins.items()) if name in self._environment.installed]
        entries = list(named)
        for each in [] if references else receipts:
            with _skipping(each.short, skipped, failed=False):
                entries.append(self._entry_of(each))
        entries += [] if references else self._from_other_installers()
        for entry in entries:
            receipt = self._state.plugins.get(entry.plugin.name)
            if receipt is not None and receipt.held:
                skipped.append(SkippedPlugin(entry.reference, f"it is held until you run `unhold {entry.reference}`"))
                continue
            wanted.append(entry)
            moved = entry.status.moved_to
            if moved is not None and entry.plugin.name not in follow:
                reason = f"it moved to {moved.name} ({moved.reason}), which you have not confirmed"
                skipped.append(SkippedPlugin(entry.reference, reason))
        return wanted, skipped

    def _from_other_installers(self) -> Iterator[CatalogEntry]:
        """Return plugins that another installer took from a package index, and that have newer releases."""
        from packaging.version import Version

        for name, each in sorted(self._environment.installed.items()):
            managed = name in self._state.plugins or each.direct_url is not None
            entry = None if managed else self._catalog.owner(name)
            if entry is None:
                continue
            with contextlib.suppress(RefusedError):
                newest = choose_release(entry, self._core_version, self._environment.python_version)
                if Version(newest.version) > Version(each.version):
                    yield entry

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
            elif self._is_newest(entry, pre=pre):
                continue
            selection.add(target, pre=pre)
        return replace(self._resolve("upgrade", selection, moves=moves), skipped=tuple(skipped))

    def _is_newest(self, entry: CatalogEntry, *, pre: bool) -> bool:
        """Whether the installed version still fits, and no newer one does: an upgrade never installs an older one."""
        from packaging.version import Version

        python = self._environment.python_version
        installed = Version(self._environment.versions[entry.plugin.name])
        for release in entry.plugin.releases:
            if Version(release.version) == installed:
                if release_problems(entry, release, self._core_version, python):
                    return False
                newest = choose_release(entry, self._core_version, python, pre=pre or installed.is_prerelease)
                return Version(newest.version) <= installed
        return False

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
        self._check_kept(plan, selection)
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

    def _check_kept(self, plan: Plan, selection: Selection) -> None:
        """Refuse a plan in which a plugin that stays as it is requires another version of one that changes."""
        for kept in plan.plugins:
            installed = self._environment.installed.get(kept.name)
            if kept.action != KEEP or installed is None:
                continue
            for name, specifier in requirements_of(installed.requires, self._environment):
                chosen = selection.chosen.get(name)
                if chosen is not None and not specifier.contains(chosen.release.version, prereleases=True):
                    held = ", which is held," if kept.held else ""
                    needs = f"{kept.short} {kept.old}{held} needs {name}{specifier}"
                    raise RefusedError(
                        f"{needs}, but {chosen.release.version} was chosen",
                        hint=f"Change both together: name {kept.short} as well.",
                    )

    def _is_plugin(self, name: str, selection: Selection) -> bool:
        by = next(iter(selection.chosen.values())).entry
        return name not in selection.chosen and selection.find_required(by, name) is not None

    def _plan(self, command: str, selection: Selection, moves: Mapping[str, CatalogEntry]) -> Plan:
        changes = [
            change_to_release(chosen, self._environment, self._state.plugins.get(name), self._mirrors, moves.get(name))
            for name, chosen in sorted(selection.chosen.items())
        ]
        moved = {each.moved_from for each in changes if each.moved_from}
        for name, receipt in sorted(self._state.plugins.items()):
            if name in moved and name not in selection.chosen:
                changes.append(change_from_receipt(receipt, REMOVE, self._environment.versions.get(name)))
            elif name in selection.chosen or name not in self._environment.installed:
                continue
            elif is_consistent(name, self._environment):  # one that is broken already must not block the others
                changes.append(change_from_receipt(receipt, KEEP, self._environment.versions[name]))
        return Plan(
            command=command,
            core=self._catalog.core,
            core_version=self._core_version,
            prefix=self._environment.prefix,
            python=self._environment.python,
            installer=self._installer.name,
            plugins=tuple(changes),
        )


@contextlib.contextmanager
def _skipping(name: str, skipped: list[SkippedPlugin], *, failed: bool = True) -> Iterator[None]:
    """List a plugin as skipped where it cannot be planned. A failed server or program still ends the command."""
    try:
        yield
    except UnavailableError:
        raise
    except ClientError as error:
        skipped.append(SkippedPlugin(name, error.message, failed))
