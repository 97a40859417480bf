"""Choose the releases of the plugins that a command names, and of the plugins that they require."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold_plugins.choose import choose_release
from commonhold_plugins.errors import RefusedError
from commonhold_plugins.names import Reference, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.specifiers import SpecifierSet

    from commonhold_plugins.catalog import Catalog, CatalogEntry
    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.model import Release


@dataclass(frozen=True)
class ChosenRelease:
    """A release of a plugin, and whether the user has named the plugin."""

    entry: CatalogEntry
    release: Release
    requested: bool = True


@dataclass(frozen=True)
class RequiredPlugin:
    """A plugin that another one requires, with the versions that it admits."""

    name: str
    specifier: SpecifierSet
    by: CatalogEntry


class Selection:
    """The chosen releases. ``installed`` are the versions that stay unless something requires another one."""

    def __init__(self, catalog: Catalog, environment: TargetEnvironment, installed: Mapping[str, str]) -> None:
        self._catalog, self._environment, self._installed = catalog, environment, installed
        self._core = environment.core_version(catalog.core)
        self.chosen: dict[str, ChosenRelease] = {}

    def add(
        self, entry: CatalogEntry, *, version: str | None = None, pre: bool = False, requested: bool = True
    ) -> None:
        """Choose a release of a plugin that the user has named, and releases of the plugins that it requires."""
        release = choose_release(entry, self._core, self._environment.python_version, version=version, pre=pre)
        self.chosen[entry.plugin.name] = ChosenRelease(entry, release, requested)
        self._add_required(pre=pre)

    def require(self, name: str, version: str, by: CatalogEntry) -> None:
        """Choose a version of a plugin that the installer found to be required by a distribution in between."""
        from packaging.specifiers import SpecifierSet

        self._choose(RequiredPlugin(name, SpecifierSet(f"=={version}"), by), pre=True)
        self._add_required(pre=True)

    def _add_required(self, *, pre: bool) -> None:
        for _ in range(1000):  # each round chooses a plugin, or ends the loop
            missing = next((need for need in self._needs() if not self._is_met(need)), None)
            if missing is None:
                return
            self._choose(missing, pre=pre)

    def _needs(self) -> Iterator[RequiredPlugin]:
        for chosen in list(self.chosen.values()):
            for name, specifier in requirements_of(chosen.release.requires, self._environment):
                if self.find_required(chosen.entry, name) is not None:
                    yield RequiredPlugin(name, specifier, chosen.entry)

    def _is_met(self, need: RequiredPlugin) -> bool:
        if need.name in self.chosen:
            version = self.chosen[need.name].release.version
            if not need.specifier.contains(version, prereleases=True):
                raise RefusedError(
                    f"{need.by.reference} needs {need.name}{need.specifier}, but {need.name} {version} was chosen"
                )
            return True
        return need.name in self._installed and need.specifier.contains(self._installed[need.name], prereleases=True)

    def _choose(self, need: RequiredPlugin, *, pre: bool) -> None:
        entry = self.find_required(need.by, need.name)
        if entry is None:
            return
        releases = entry.plugin.releases
        admitted = tuple(each for each in releases if need.specifier.contains(each.version, prereleases=True))
        narrowed = replace(entry, plugin=replace(entry.plugin, releases=admitted))
        if not admitted:
            raise RefusedError(
                f"{need.by.reference} needs {need.name}{need.specifier}, which series {entry.series} does not have"
            )
        release = choose_release(narrowed, self._core, self._environment.python_version, pre=pre)
        self.chosen[need.name] = ChosenRelease(entry, release, requested=False)

    def find_required(self, by: CatalogEntry, name: str) -> CatalogEntry | None:
        """Return the plugin that a requirement means: one of the same source, or an official one.

        A plugin index of somebody else therefore never provides what an official plugin requires.
        """
        for source in self._catalog.sources:
            is_close = source.official or source.name == by.source or not (by.foreign or source.foreign)
            if source.enabled and is_close and name in source.plugins:
                return self._catalog.find(Reference(name, None if source.official else source.name))
        return None


def is_consistent(name: str, environment: TargetEnvironment) -> bool:
    """Whether everything that an installed distribution requires is installed in a version that it admits."""
    for need, specifier in requirements_of(environment.installed[name].requires, environment):
        if need not in environment.versions or not specifier.contains(environment.versions[need], prereleases=True):
            return False
    return True


def requirements_of(lines: tuple[str, ...], environment: TargetEnvironment) -> Iterator[tuple[str, SpecifierSet]]:
    """Return the distributions that requirements name in an environment, without those of extras."""
    from packaging.requirements import Requirement

    for line in lines:
        try:
            requirement = Requirement(line)
            is_needed = requirement.marker is None or requirement.marker.evaluate({**environment.markers, "extra": ""})
        except (
            ValueError,
            KeyError,
            RecursionError,
        ):  # not a requirement, or a marker that compares what cannot be compared
            continue  # the installer reports it
        if is_needed:
            yield normalize(requirement.name), requirement.specifier
