"""Find who owns a path: a plugin with its maintainers, the core, or the policy of the repository."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from commonhold.ownership.governance_reader import GovernanceProblem
from commonhold.ownership.ledger import LEDGER
from commonhold.ownership.people import PEOPLE, People, read_people
from commonhold.ownership.person import Role
from commonhold.ownership.plugin import GOVERNANCE, PluginGovernance, read_governance
from commonhold.projects.codeowners import CODEOWNERS_PATHS
from commonhold.projects.paths import is_within
from commonhold.workspace.config.locate import rules_files
from commonhold.workspace.plugin_discovery import Owners, find_plugin_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from commonhold.tree import Tree
    from commonhold.workspace.config import Config, Tier

GOVERNANCE_FOLDER = "governance"

_WORKFLOW_FOLDERS = (".github/workflows", ".github/actions")


class PathKind(Enum):
    """The class of a path, which decides whose approval a change to it needs.

    ``LIFECYCLE`` is a plugin's ``governance.toml``, which states its maintainers and its lifecycle state. ``POLICY``
    are the workflows and local actions, CODEOWNERS, the files that can contain the configuration, and the folder
    ``governance`` except the ledger. ``SHARED`` are all other paths outside plugins and the core.
    """

    PLUGIN = "plugin"
    LIFECYCLE = "lifecycle"
    CORE = "core"
    SHARED = "shared"
    LEDGER = "ledger"
    POLICY = "policy"

    @property
    def binding_approvals(self) -> int:
        """The number of core approvals that a change needs."""
        return 2 if self is PathKind.POLICY else 1


@dataclass(frozen=True, slots=True)
class OwnedPlugin:
    """A plugin's folder with its tier and its ``governance.toml``."""

    folder: str
    tier: Tier
    governance: PluginGovernance

    @property
    def name(self) -> str:
        """The name of the plugin's folder."""
        return self.folder.rpartition("/")[2]

    @property
    def asks_maintainers(self) -> bool:
        """Whether the tier asks the plugin's maintainers before core: ``approvals = "maintainers"``."""
        return self.tier.approvals == "maintainers"


@dataclass(frozen=True, slots=True)
class PathOwner:
    """A path with its class and, for ``PLUGIN`` and ``LIFECYCLE``, the plugin that owns it."""

    path: str
    kind: PathKind
    plugin: OwnedPlugin | None = None


@dataclass(frozen=True)
class Ownership:
    """The owners of a tree's paths: the people, and the plugins by folder.

    ``problems`` are the mistakes that make the owners of any path uncertain. A plugin's own mistakes are in its
    ``governance.problems``. An approval must wait while either is not empty.
    """

    config: Config
    people: People
    plugins: Mapping[str, OwnedPlugin]
    problems: tuple[GovernanceProblem, ...]
    folders: Mapping[str, Tier]

    @classmethod
    def read(cls, tree: Tree, config: Config, paths: Iterable[str] | None = None) -> Ownership:
        """Read the people, and the plugins that own ``paths`` (``None``: every plugin); it reads no other file."""
        entries = tree.entries
        found, conflicts = find_plugin_folders(entries, config)
        folders = {each.path: each.tier for each in found}
        owners = Owners(folders)
        wanted = [*folders] if paths is None else sorted({folder for path in paths if (folder := owners.of(path))})
        files = {folder: f"{folder}/{GOVERNANCE}" for folder in wanted}
        people_path = config.path(PEOPLE)
        contents = tree.read(path for path in (people_path, *files.values()) if path in entries)
        people = read_people(people_path, contents.get(people_path), entries.get(people_path))
        plugins = {
            folder: OwnedPlugin(folder, folders[folder], read_governance(path, contents.get(path), entries.get(path)))
            for folder, path in files.items()
        }
        settings = rules_files(config.folder)[0]
        problems = [*people.problems, *(GovernanceProblem(settings, text) for text in conflicts)]
        governance = config.path(GOVERNANCE_FOLDER)
        if governance in entries:
            problems.append(GovernanceProblem(governance, "is not a folder, so the files in it are not protected"))
        return cls(config, people, plugins, tuple(problems), folders)

    def of(self, path: str) -> PathOwner:
        """Return the owner of a path; that of a folder ends with a slash.

        Raises ``KeyError`` if the path is in a plugin that was not read.
        """
        governance = self.config.path(GOVERNANCE_FOLDER)
        if is_within(path, self.config.path(LEDGER)):
            return PathOwner(path, PathKind.LEDGER)
        fixed = (*CODEOWNERS_PATHS, *rules_files(self.config.folder))
        if path in fixed or any(is_within(path, folder) for folder in (governance, *_WORKFLOW_FOLDERS)):
            return PathOwner(path, PathKind.POLICY)
        folder = self._by_path.of(path)
        if folder is not None:
            kind = PathKind.LIFECYCLE if path == f"{folder}/{GOVERNANCE}" else PathKind.PLUGIN
            return PathOwner(path, kind, self.plugins[folder])
        core = self.config.core
        is_core = any(patterns.match(path) for patterns in (core.path, core.pin))
        return PathOwner(path, PathKind.CORE if is_core else PathKind.SHARED)

    @cached_property
    def _by_path(self) -> Owners:
        return Owners(self.folders)

    def maintainers(self, plugin: OwnedPlugin, day: date) -> frozenset[int]:
        """Return the ids of a plugin's maintainers on a day; a suspension in ``people.toml`` applies here too."""
        return plugin.governance.active_maintainers(day) - self.people.suspended(day)

    def core(self, day: date) -> frozenset[int]:
        """Return the ids of the core maintainers on a day."""
        return self.people.active(Role.CORE, day)
