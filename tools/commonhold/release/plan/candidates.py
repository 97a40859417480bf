"""Find release candidates: the plugins of a tree, and the core if the tree contains it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from commonhold.ci.pythons import plugin_pythons
from commonhold.projects.pyproject import read_dynamic_version
from commonhold.projects.staged_project import CommittedProject
from commonhold.versions import parse_version
from commonhold.workspace import Files, Plugin
from commonhold.workspace.config import PluginConfig, Tier
from commonhold.workspace.edges import declared_edges, find_targets
from commonhold.workspace.model import NO_BASE_STATE
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Literal

    from packaging.version import Version

    from commonhold.projects.metadata import Dependency
    from commonhold.projects.names import Name
    from commonhold.tree import Tree
    from commonhold.workspace import Workspace
    from commonhold.workspace.graph import Edge

CORE = "core"
"""The tier of the core in a plan."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A distribution in a tree that may be released.

    ``follows`` is the source of its version; ``own`` is the version in its files. ``private`` is the reason why it is
    never uploaded, or empty. ``pythons`` are the oldest and the newest Python version on which it is tested;
    ``unproven`` is the reason if it cannot be tested on any.

    ``needs`` are the tree's distributions that it requires at run time, including the requirements of requested extras.
    ``builds_with`` are the tree's distributions that its build requires. ``pinned`` are all distributions of the tree
    that its metadata requires, with any extra. ``requires`` maps names to run-time requirements. ``unreadable`` are the
    run-time requirements with an invalid version or marker, which any version or no version may satisfy.
    """

    plugin: Plugin
    follows: Literal["core", "own", "series"]
    own: Version | None
    private: str
    pythons: tuple[str, ...]
    unproven: str
    needs: tuple[str, ...]
    builds_with: tuple[str, ...]
    pinned: tuple[str, ...]
    requires: Mapping[str, tuple[Requirement, ...]]
    unreadable: tuple[Dependency, ...]

    @property
    def name(self) -> Name:
        return self.plugin.name

    @property
    def stops(self) -> bool:
        """Return whether the candidate's failure stops the whole release."""
        return self.plugin.tier.on_release_failure == "stop"

    @property
    def warnings(self) -> Iterator[str]:
        """Yield warnings about requirements that are unknown before the candidate is built."""
        for problem in self.plugin.metadata.problems:
            yield f"{problem.path}: {problem.message}; the requirements of {self.name} are known only after its build"
        for each in self.unreadable:
            yield f"{self.name}: the version of its requirement on {each.name} is known only after its build"


def find_candidates(workspace: Workspace, tree: Tree) -> dict[str, Candidate]:
    """Find all distributions of a tree, by name."""
    # A core in the tree is released like a plugin, but first, and in its own tier.
    plugins: dict[Name, Plugin] = dict(workspace.plugins)
    core = workspace.core
    if core.name is not None and core.metadata is not None and core.folder is not None:
        tier = Tier(CORE, Patterns(()))
        plugins[core.name] = Plugin(core.name, core.folder, tier, core.metadata, tier.testing)
    files = Files.of(tree)
    graph = _DependencyGraph(plugins)
    return {name: _candidate(plugin, workspace, files, graph) for name, plugin in plugins.items()}


def _candidate(plugin: Plugin, workspace: Workspace, files: Files, graph: _DependencyGraph) -> Candidate:
    settings = workspace.config.plugins.get(plugin.name, PluginConfig())
    follows = "core" if plugin.tier.name == CORE else settings.version
    supported = plugin_pythons(plugin, workspace)
    pythons = supported.versions
    needs, pinned = graph.to_run(plugin)
    return Candidate(
        plugin=plugin,
        follows=follows,
        own=_own_version(plugin, files) if follows != "core" else None,
        private=private_reason(plugin, settings),
        pythons=tuple(dict.fromkeys((pythons[0], pythons[-1]))) if pythons else (),
        unproven=supported.restriction,
        needs=needs,
        builds_with=graph.to_build(plugin),
        pinned=pinned,
        requires=_by_name(plugin.metadata.runtime),
        unreadable=tuple(each for each in plugin.metadata.runtime if each.name and _requirement(each.text) is None),
    )


def private_reason(plugin: Plugin, settings: PluginConfig) -> str:
    """Return why a plugin is never uploaded, or an empty text."""
    if not settings.release:
        return "release = false in the configuration"
    marks = [text for text in plugin.metadata.classifiers if text.strip().startswith("Private ::")]
    return f"its classifier {marks[0]!r} forbids any upload" if marks else ""


def _own_version(plugin: Plugin, files: Files) -> Version | None:
    """Return the version in the plugin's files. To save time, no other function reads versions in Python files."""
    metadata = plugin.metadata
    project = CommittedProject(plugin.path, plugin.name, files.get)
    return parse_version(metadata.version or read_dynamic_version(project) or "")


def _by_name(dependencies: Iterable[Dependency]) -> Mapping[str, tuple[Requirement, ...]]:
    found: dict[str, tuple[Requirement, ...]] = {}
    for each in dependencies:
        requirement = _requirement(each.text) if each.name is not None else None
        if requirement is not None and each.name is not None:
            found[each.name] = (*found.get(each.name, ()), requirement)
    return found


@cache  # many plugins have the same requirements
def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


class _DependencyGraph:
    """The declared run-time and build dependencies between the candidates, one of which may be the core."""

    def __init__(self, plugins: Mapping[Name, Plugin]) -> None:
        self._edges: dict[tuple[Name, Name | None], list[Edge]] = {}
        for edge in declared_edges(plugins.values(), find_targets(plugins.values(), NO_BASE_STATE)):
            # Test requirements are not published and do not affect the order of a release.
            if not edge.tests:
                self._edges.setdefault((edge.source, edge.extra), []).append(edge)
        self._extras: dict[Name, list[Edge]] = {}
        for (source, extra), edges in self._edges.items():
            if extra is not None:
                self._extras.setdefault(source, []).extend(edges)

    def to_run(self, plugin: Plugin) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the distributions that a plugin requires at run time, and the ones that its metadata pins, sorted."""
        needs = {edge.target for edge in self._reached(plugin.name, "runtime")} - {plugin.name}
        pinned = needs | {edge.target for edge in self._extras.get(plugin.name, ())} - {plugin.name}
        return tuple(sorted(needs)), tuple(sorted(pinned))

    def to_build(self, plugin: Plugin) -> tuple[str, ...]:
        """Return the distributions that a plugin's build requires, sorted."""
        return tuple(sorted({edge.target for edge in self._reached(plugin.name, "build")} - {plugin.name}))

    def _reached(self, name: Name, how: str) -> Iterator[Edge]:
        """Yield the direct dependencies of a plugin, and the dependencies of the extras that it requests."""
        todo = [edge for edge in self._edges.get((name, None), ()) if edge.how == how]
        seen: set[tuple[Name, Name]] = set()
        for edge in todo:
            yield edge
            for node in ((edge.target, extra) for extra in edge.target_extras):
                if node not in seen:
                    seen.add(node)
                    todo += self._edges.get(node, ())
