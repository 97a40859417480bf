"""The client for programs: find plugins, plan changes to an environment, and apply them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from commonhold_plugins.audit import AuditFinding, audit_plugins
from commonhold_plugins.environments.target import TargetEnvironment, find_environment
from commonhold_plugins.errors import UnavailableError
from commonhold_plugins.plan.apply import Applier, Reporter, SilentReporter, record_changes
from commonhold_plugins.plan.model import KEEP, REMOVE
from commonhold_plugins.plan.planner import Planner
from commonhold_plugins.plan.removal import plan_removal
from commonhold_plugins.plan.restoration import plan_restoration
from commonhold_plugins.state.receipts import EnvironmentState, Receipt, find_receipt
from commonhold_plugins.state.store import StateStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from commonhold_plugins.catalog import Catalog, CatalogEntry
    from commonhold_plugins.environments.kinds import LockedProject
    from commonhold_plugins.host import Host
    from commonhold_plugins.installers.requests import Installer
    from commonhold_plugins.plan.model import Plan, PluginChange
    from commonhold_plugins.plan.team_list import WantedPlugin
    from commonhold_plugins.search_cache import SearchRow


class Client:
    """Works with the plugins of one host in one environment; the default is that of the running interpreter.

    ``catalog`` replaces the plugin indexes on the network, which are read once and then from a copy.
    """

    def __init__(
        self,
        host: Host,
        environment: TargetEnvironment | None = None,
        *,
        offline: bool = False,
        catalog: Callable[[], Catalog] | None = None,
    ) -> None:
        self.host = host
        self.environment = environment or find_environment(embedded=True)
        self._offline = offline
        self._open = catalog or self._open_catalog
        self._store = StateStore(host.core, self.environment.prefix)

    @cached_property
    def catalog(self) -> Catalog:
        """Every plugin for the series of the installed core."""
        return self._open()

    @cached_property
    def installer(self) -> Installer:
        """The installer that fits the environment."""
        from commonhold_plugins.installers.choose import choose_installer

        return choose_installer(self.environment, offline=self._offline)

    @property
    def state(self) -> EnvironmentState:
        """The plugins that the client has installed."""
        core_version = self.environment.core_version(self.host.core)
        return self._store.read() or EnvironmentState(self.host.core, core_version, self.environment.prefix)

    def search(self, words: Sequence[str] = ()) -> list[SearchRow]:
        """Return the plugins that contain every word."""
        from commonhold_plugins.copies import CopyStore
        from commonhold_plugins.search_cache import read_search_cache

        cache = read_search_cache(CopyStore(self.host).folder, self.catalog.series)
        return list(cache.rows(words)) if cache is not None else []

    def show(self, reference: str) -> CatalogEntry:
        """Return a plugin by its name. Raises ``UnknownPluginError``."""
        return self.catalog.find(reference)

    def installed(self) -> list[Receipt]:
        """Return the installed plugins; those that something else has installed have neither URL nor hash."""
        found = dict(self.state.plugins)
        for name, version in self.environment.versions.items():
            if name not in found and (entry := self.catalog.owner(name)) is not None:
                found[name] = Receipt(name, entry.plugin.short, version, entry.source, entry.base)
        return [found[name] for name in sorted(found)]

    def receipts(self) -> list[Receipt]:
        """Return the plugins that the client has installed, and that are still installed."""
        return [each for name, each in sorted(self.state.plugins.items()) if name in self.environment.installed]

    def moved(self) -> list[CatalogEntry]:
        """Return the installed plugins that moved to another one."""
        entries = [self.catalog.owner(each.name) for each in self.installed()]
        return [each for each in entries if each is not None and each.status.moved_to is not None]

    def plan_install(self, references: Iterable[str], *, pre: bool = False) -> Plan:
        """Plan the installation of plugins, by names such as ``spark`` and ``acme/spark==1.2``."""
        return self._planner().install(references, pre=pre)

    def plan_upgrade(
        self,
        references: Iterable[str] = (),
        *,
        pre: bool = False,
        partial: bool = False,
        follow: Collection[str] = (),
    ) -> Plan:
        """Plan the upgrade of plugins, or of all. ``follow`` are moved plugins whose move the user has confirmed."""
        return self._planner().upgrade(references, pre=pre, partial=partial, follow=follow)

    def plan_remove(self, references: Iterable[str]) -> Plan:
        """Plan the removal of installed plugins."""
        try:
            plugins = self.installed()
        except UnavailableError:  # the receipts alone are enough
            plugins = []
        return plan_removal(references, self.environment, self.state, self.installer, plugins)

    def plan_sync(self, wanted: Iterable[WantedPlugin] | None = None) -> Plan:
        """Plan the restoration of the plugins that were installed, or the installation of a team's list."""
        if wanted is not None:
            return self._planner().sync_list(wanted)
        try:
            planner = self._planner()
        except UnavailableError:  # the receipts alone are enough
            return plan_restoration(self.environment, self.state, self.installer)
        return planner.sync()

    def apply(self, plan: Plan, reporter: Reporter | None = None) -> None:
        """Make exactly the changes of a plan, or none of them."""
        reporter = reporter or SilentReporter()
        with self._store.lock():
            applier = Applier(self._store, self.installer, reporter)
            try:
                # Another process may have changed the environment since it was read, until this one had the lock.
                applier.apply(plan, self.environment.refresh(), self.state)
            finally:
                self._refresh(applier.environment)

    def project_command(self, plan: Plan, project: LockedProject) -> list[str]:
        """Return the command that makes the changes of a plan to a project and its lock file."""
        if plan.command == "remove":
            return project.remove_command([each.name for each in plan.changes])
        named = [each for each in plan.changes if each.requested] or plan.changes
        return project.add_command([_project_requirement(each) for each in named])

    def apply_to_project(self, plan: Plan, project: LockedProject, reporter: Reporter | None = None) -> None:
        """Make the changes of a plan to a project and its lock file, and write the receipts."""
        from commonhold_plugins.installers.project import change_project

        reporter = reporter or SilentReporter()
        with self._store.lock():
            command = self.project_command(plan, project)
            reporter.step(f"Running {' '.join(command[:2])}")
            plugins = [each.requirement for each in plan.changes if each.action != REMOVE]
            change_project(project, command, plugins, reporter.line)
            self._refresh()
            # The tool also changes the plugins that only others in the project require.
            found = tuple(_as_found(each, self.environment.versions) for each in plan.plugins)
            self._store.write(record_changes(replace(plan, plugins=found), self.environment, self.state))

    def repair(self, reporter: Reporter | None = None) -> bool:
        """Restore the plugins after a change that was killed, and return whether there was one."""
        if not self.state.unfinished:
            return False
        with self._store.lock():
            state = self.state  # while this process waited, another one may have finished the change
            if state.unfinished:
                Applier(self._store, self.installer, reporter or SilentReporter()).repair(self.environment, state)
                self._refresh()
        return True

    def hold(self, references: Iterable[str], *, held: bool = True) -> list[Receipt]:
        """Exclude plugins from upgrades, or include them again; return those that changed."""
        with self._store.lock():
            state = self.state
            known = {each.name: each for each in self.installed()}
            receipts = [find_receipt(reference, known.values()) for reference in references]
            changed = [replace(each, held=held) for each in receipts if each.held != held]
            self._store.write(state.with_receipts(changed))
        return changed

    def audit(self) -> list[AuditFinding]:
        """Return the problems of the installed plugins: their states, versions and files."""
        return audit_plugins(self.installed(), self.catalog, self.environment)

    def _refresh(self, known: TargetEnvironment | None = None) -> None:
        self.environment = known or self.environment.refresh()
        self.__dict__.pop("installer", None)

    def _planner(self) -> Planner:
        from commonhold_plugins.config import read_configuration

        mirrors = read_configuration().of(self.host).mirrors
        return Planner(self.catalog, self.environment, self.state, self.installer, mirrors)

    def _open_catalog(self) -> Catalog:
        from commonhold_plugins.config import read_configuration
        from commonhold_plugins.copies import CopyStore
        from commonhold_plugins.fetch import Fetcher
        from commonhold_plugins.refresh import refresh_all
        from commonhold_plugins.series import series_of
        from commonhold_plugins.sources import open_catalog

        store, config = CopyStore(self.host), read_configuration().of(self.host)
        core_version = self.environment.core_version(self.host.core)
        series = series_of(core_version, store.read_rule())
        if store.read(config.root, series) is None:
            if self._offline:
                raise UnavailableError(f"there is no copy of the plugin index of {self.host.core}")
            fetcher = Fetcher(config.redirects)
            series, _ = refresh_all(store, config, lambda rule: series_of(core_version, rule), fetcher)
        return open_catalog(store, config, series)


def _as_found(change: PluginChange, versions: Mapping[str, str]) -> PluginChange:
    """Return the change to a plugin that should stay as it is, from the version that is there now."""
    if change.action != KEEP:
        return change
    version = versions.get(change.name)
    return replace(change, action=KEEP if version is not None else REMOVE, new=version)


def _project_requirement(change: PluginChange) -> str:
    return f"{change.name}=={change.new}" if change.sha256 is not None else change.requirement.line
