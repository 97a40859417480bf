"""Define the inputs of rules: a plugin and the repository with their committed files, read without running any code."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from commonhold.checks.settings import read_settings
from commonhold.projects.description import read_description
from commonhold.projects.toml import decode_toml
from commonhold.projects.wheel_files import wheel_files
from commonhold.workspace.symlinks import Symlinks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    from commonhold.checks.settings import CheckSettings, KnownRule, RepositorySettings
    from commonhold.index.projects import IndexProject
    from commonhold.projects.names import Name
    from commonhold.projects.published import Description
    from commonhold.workspace import Files, Plugin, Workspace


@dataclass(frozen=True)
class CheckedRepository:
    """A repository that rules check."""

    workspace: Workspace
    files: Files
    today: date
    """The current day in UTC, on which roles and waivers may have expired."""
    rules: Mapping[str, KnownRule] | None = None
    """All rules by code, with which the settings are checked."""
    profiles: tuple[str, ...] = ()
    """The profiles to use instead of those in the settings."""
    index_projects: Mapping[str, IndexProject] | None = None
    """The plugins' projects on the package index, or ``None`` if the index was not queried."""

    @cached_property
    def all_settings(self) -> RepositorySettings:
        """The settings of the root and of each tier. Raises ``ConfigurationError``."""
        settings = read_settings(self.workspace.config, self.rules)
        return settings.with_profiles(self.profiles) if self.profiles else settings

    @property
    def settings(self) -> CheckSettings:
        """The settings for rules about the repository."""
        return self.all_settings.root

    @cached_property
    def plugins(self) -> Mapping[Name, CheckedPlugin]:
        """The plugins by name."""
        return {name: CheckedPlugin(plugin, self) for name, plugin in self.workspace.plugins.items()}

    def text(self, path: str) -> str | None:
        """Return the content of a file, or ``None`` if it does not exist; bytes that are not UTF-8 are replaced.

        A symbolic link to a file of the repository is followed.
        """
        content = self.files.get(self._links.follow(path)[-1])
        return None if content is None else content.decode("utf-8", "replace")

    @cached_property
    def _links(self) -> Symlinks:
        return Symlinks(self.files)


@dataclass(frozen=True)
class CheckedPlugin:
    """A plugin that rules check."""

    plugin: Plugin
    repository: CheckedRepository = field(repr=False)

    @property
    def name(self) -> Name:
        """The normalized name of the distribution."""
        return self.plugin.name

    @cached_property
    def _settings(self) -> tuple[CheckSettings, tuple[str, ...]]:
        return self.repository.all_settings.for_plugin(self.plugin.tier.name, self.plugin.metadata.table)

    @property
    def settings(self) -> CheckSettings:
        """The settings for this plugin: its tier's, made stricter by its own."""
        return self._settings[0]

    @property
    def settings_problems(self) -> tuple[str, ...]:
        """The mistakes in the plugin's own settings, which have no effect."""
        return self._settings[1]

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of the plugin's files, relative to its folder."""
        start = len(self.plugin.path) + 1
        return tuple(path[start:] for path in self.plugin.files or ())

    def path(self, name: str) -> str:
        """Return the repository path of a file in the plugin's folder."""
        return f"{self.plugin.path}/{name}"

    def text(self, name: str) -> str | None:
        """Return the content of a file in the plugin's folder, like :meth:`CheckedRepository.text`."""
        return self.repository.text(self.path(name))

    @cached_property
    def description(self) -> Description:
        """Everything that the plugin's project files publish about it, except its requirements."""
        return read_description(self.plugin.path, self.repository.files.get)

    @cached_property
    def pyproject(self) -> Mapping[str, Any]:
        """The content of ``pyproject.toml``; empty if the file is missing or unreadable."""
        raw = self.repository.files.get(self.path("pyproject.toml"))
        try:
            return decode_toml(raw or b"")
        except (ValueError, RecursionError, MemoryError):
            return {}

    @cached_property
    def wheel_files(self) -> Mapping[str, str]:
        """The paths of the files in the plugin's wheel, each with its path in the plugin's folder; empty if unknown."""
        read = self.repository.files.get
        return wheel_files(
            self.name, self.description.backend, self.pyproject, self.paths, lambda name: read(self.path(name))
        )

    @cached_property
    def project_file(self) -> str:
        """The repository path of the file that declares the project: the place of violations without a line."""
        names = ("pyproject.toml", "setup.cfg", "setup.py")
        return self.path(next((name for name in names if name in self.paths), names[0]))
