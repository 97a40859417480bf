"""Define the values for a workspace, its plugins and its core."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.config.values import NO_PATTERNS
from commonhold.workspace.plugin_tests import PluginTests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.projects.metadata import Metadata
    from commonhold.projects.names import Name
    from commonhold.workspace.config import Config, Testing, Tier
    from commonhold.workspace.graph import Graph
    from commonhold.workspace.import_roots import ImportRoots
    from commonhold.workspace.patterns import Patterns


class BaseState(NamedTuple):
    """The parts of the base tree that the head tree does not contain.

    ``names`` maps each folder whose project file changed to its distribution name at base (``None`` if unreadable), and
    ``roots`` maps the folder to its import roots at base. ``files`` are the paths that exist only at base. ``tiers``
    are the tiers of base's configuration; ``None`` if they are unknown or there is no base.
    """

    names: Mapping[str, Name | None] = {}
    files: tuple[str, ...] = ()
    tiers: Mapping[str, Tier] | None = None
    roots: Mapping[str, ImportRoots] = {}


NO_BASE_STATE = BaseState()

UNNAMED: Name = ""  # type: ignore[assignment]
"""The name that the graph uses for a core without a readable name."""


class Plugin(NamedTuple):
    """A plugin: a folder that contains a project file and matches a tier's pattern.

    ``path`` is the folder, relative to the repository's root. ``testing`` merges the test settings of the root
    configuration, the plugin and the tier, in this order of precedence. But its ``tests`` and ``reads`` come only from
    the root configuration: ``tests`` and ``own_reads`` include the plugin's own. ``reads`` are paths outside the
    plugin; a change to one of them counts as a change to the plugin. ``named`` is false if the name could not be read,
    so that ``name`` is derived from the folder. ``table_errors`` are errors in the plugin's own ``[tool.commonhold]``.
    ``files`` are the paths in the plugin's folder, relative to the repository's root (``None``: unknown).
    """

    name: Name
    path: str
    tier: Tier
    metadata: Metadata
    testing: Testing
    reads: frozenset[str] = frozenset()
    named: bool = True
    table_errors: tuple[str, ...] = ()
    tests: PluginTests = PluginTests()
    own_reads: Patterns = NO_PATTERNS
    files: Sequence[str] | None = None


class Core(NamedTuple):
    """The core project. ``folder`` contains the core's project file if the core is in the tree.

    ``members`` are the plugins that the core needs at run time, each with the shortest dependency chain from the core's
    direct dependency to the plugin (empty if unknown). ``reads`` are paths, in addition to the core's own paths, that
    its metadata or its build reads. ``not_needed`` are the plugins that ``not-needs`` excludes, each with a file that
    imports the plugin.
    """

    name: Name | None
    metadata: Metadata | None = None
    folder: str | None = None
    members: Mapping[Name, tuple[Name, ...]] = {}
    reads: frozenset[str] = frozenset()
    not_needed: Mapping[Name, str] = {}

    def with_more(self, not_needed: Mapping[Name, str], reads: Mapping[Name, frozenset[str]]) -> Core:
        """Return the core with additional values that come from its imports and its test settings."""
        return self._replace(not_needed=not_needed, reads=self.reads | reads.get(self.node, frozenset()))

    @property
    def node(self) -> Name:
        """The core's name in the graph; empty if it is unknown, so that it differs from every plugin's name."""
        # An empty text is a Name only for the graph: no plugin can have this name.
        return self.name if self.name is not None else UNNAMED


class UndeclaredImport(NamedTuple):
    """A warning about imports of ``target`` that ``importers`` (``""``: a core without a name) do not declare.

    ``path`` is a file with such an import. ``accepted`` is true if the root's configuration accepts the imports; they
    are dependencies nevertheless.
    """

    text: str
    importers: tuple[Name, ...]
    target: Name
    path: str
    accepted: bool = False


class Workspace(NamedTuple):
    """A tree that was read without executing any of its code.

    ``gone`` maps the names of plugins that exist only at base to their folders. ``tests_reached`` are the plugins
    whose test files another plugin uses. ``notes`` are facts that only ``commonhold graph`` shows. ``problems`` are
    contradictions that make a selection impossible. ``undeclared`` are the warnings about undeclared imports, which are
    among the ``warnings``.
    """

    config: Config
    plugins: Mapping[Name, Plugin]
    core: Core
    graph: Graph
    gone: Mapping[Name, str] = {}
    tests_reached: frozenset[Name] = frozenset()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    undeclared: tuple[UndeclaredImport, ...] = ()
