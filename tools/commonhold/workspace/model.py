"""What there is: the plugins of a tree, their tiers, and who needs whom."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.projects.metadata import Metadata
    from commonhold.projects.names import Name
    from commonhold.workspace.config import Config, Testing, Tier
    from commonhold.workspace.graph import Graph


class Plugin(NamedTuple):
    """One plugin: a folder that a tier's pattern matches and that holds a project file.

    ``path`` is the folder, relative to the repository's root. ``testing`` merges what the repository,
    the plugin itself and the tier say, in this order. ``reads`` are paths outside the plugin whose
    change is a change of it. ``named`` is false when the name could not be read and the folder's stands in.
    ``mistakes`` are errors in the plugin's own ``[tool.commonhold]``.
    """

    name: Name
    path: str
    tier: Tier
    metadata: Metadata
    testing: Testing
    reads: frozenset[str] = frozenset()
    named: bool = True
    mistakes: tuple[str, ...] = ()


class Core(NamedTuple):
    """The core as this tree knows it: ``folder`` is where its project file lies, if it lies in the tree.

    ``members`` are the plugins that the core itself needs at run time.
    """

    name: Name | None
    metadata: Metadata | None = None
    folder: str | None = None
    members: frozenset[Name] = frozenset()


class Workspace(NamedTuple):
    """A tree, read: nothing in it was executed.

    ``gone`` are names that base had and this tree has not, with their folders. ``tests_reached`` are the
    plugins whose tests another plugin uses. ``problems`` are contradictions that make a selection impossible.
    """

    config: Config
    plugins: Mapping[Name, Plugin]
    core: Core
    graph: Graph
    gone: Mapping[Name, str] = {}
    tests_reached: frozenset[Name] = frozenset()
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
