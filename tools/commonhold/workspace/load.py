"""Reading a tree as a workspace: from files to plugins, their needs, and who can see whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.errors import ConfigurationError
from commonhold.workspace.config import closest, decode_config, decode_plugin_table
from commonhold.workspace.core import core_members, read_core
from commonhold.workspace.edges import declared_edges, imported_edges, plugin_files, undeclared
from commonhold.workspace.folders import Owners, find_folders
from commonhold.workspace.graph import Graph
from commonhold.workspace.links import Places, link_targets
from commonhold.workspace.manifests import project_files, read_metadata
from commonhold.workspace.model import Plugin, Workspace
from commonhold.workspace.names import normalize
from commonhold.workspace.past import NO_PAST
from commonhold.workspace.toml import parse_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.workspace.config import Config
    from commonhold.workspace.folders import Folder
    from commonhold.workspace.metadata import Metadata
    from commonhold.workspace.names import Name
    from commonhold.workspace.past import Past
    from commonhold.workspace.tree import Tree

ROOT_PROJECT = "pyproject.toml"
_HOW_TO_CONFIGURE = "Add [tool.commonhold] to the root's pyproject.toml, or name a file with --config FILE."


class Files:
    """A tree's contents, read ahead where it is known what will be wanted."""

    def __init__(self, tree: Tree, ahead: Iterable[str] = ()) -> None:
        self._tree = tree
        self._contents: dict[str, bytes] = dict(tree.read(ahead))

    def exists(self, path: str) -> bool:
        """Whether the tree holds a file at ``path``."""
        return path in self._tree.entries

    def read(self, path: str) -> bytes | None:
        """A file's content, or ``None`` when there is no such file."""
        if path not in self._contents and self.exists(path):
            self._contents.update(self._tree.read([path]))
        return self._contents.get(path)


def read_config(tree: Tree, override: tuple[str, bytes] | None = None) -> tuple[Config, Mapping[str, Any]]:
    """The configuration, and the table it was decoded from.

    It is ``[tool.commonhold]`` of the root's ``pyproject.toml``, or of ``override`` (a name for
    messages, and the content). Raises ``ConfigurationError``.
    """
    source, data = override or (ROOT_PROJECT, tree.read([ROOT_PROJECT]).get(ROOT_PROJECT))
    if data is None:
        raise ConfigurationError("there is no pyproject.toml at the repository's root", hint=_HOW_TO_CONFIGURE)
    table = commonhold_table(parse_toml(data, source))
    if table is None:
        raise ConfigurationError(f"{source} has no [tool.commonhold]", hint=_HOW_TO_CONFIGURE)
    return decode_config(table, source), table


def commonhold_table(document: Mapping[str, Any]) -> Any:
    """``[tool.commonhold]`` of a TOML document, whatever stands there; ``None`` when nothing does."""
    tool = document.get("tool")
    return tool.get("commonhold") if isinstance(tool, dict) else None


def read_workspace(tree: Tree, config: Config, past: Past = NO_PAST) -> Workspace:
    """Read a whole tree; contradictions are in the workspace's ``problems``, doubts in its ``warnings``.

    With a ``past``, plugins and modules that are gone are still nodes of the graph, so that one can ask who
    needs them.
    """
    folders, problems = find_folders(tree.entries, config)
    owned = Owners(folder.path for folder in folders).group(tree.entries)
    described = {folder.path: project_files(owned[folder.path], folder.path) for folder in folders}
    files = Files(tree, (path for paths in described.values() for path in paths))
    places = Places(link_targets(tree), frozenset(described))
    read = [
        _read_plugin(folder, metadata, config, places, owned[folder.path])
        for folder in folders
        if is_project(metadata := read_metadata(folder.path, files.read, described[folder.path]))
    ]
    plugins = {plugin.name: plugin for plugin in reversed(read)}
    core = read_core(config.core, files.exists, files.read, frozenset(folder.path for folder in folders))
    gone = _gone(past, plugins)
    sources = plugin_files(plugins, owned, _lost_files(past, plugins))
    declared = declared_edges(plugins, gone)
    found = imported_edges(sources, tree.read(source.path for source in sources.sources))
    graph = Graph((*declared, *found.edges))
    return Workspace(
        config=config,
        plugins={plugin.name: plugin for plugin in read},
        core=core._replace(members=core_members(core, {*plugins, *gone}, graph)),
        graph=graph,
        gone=gone,
        tests_reached=found.tests_reached,
        warnings=(*_doubts(read), *undeclared(declared, found.edges), *_cycle_warnings(graph)),
        problems=(*problems, *_duplicates(read), *_strangers(config, plugins), *_mistakes(read)),
    )


def check_workspace(workspace: Workspace) -> Workspace:
    """The same workspace; ``ConfigurationError`` with every problem when it contradicts itself."""
    if workspace.problems:
        lines = "\n".join(f"  {problem}" for problem in workspace.problems)
        raise ConfigurationError(
            f"the repository contradicts its configuration:\n{lines}",
            hint="Correct [tool.commonhold], or the folders that it describes.",
        )
    return workspace


def _gone(past: Past, plugins: Mapping[Name, Plugin]) -> Mapping[Name, str]:
    """The names that base had and head has not, with the folders they had."""
    return {name: folder for folder, name in past.names.items() if name is not None and name not in plugins}


def _lost_files(past: Past, plugins: Mapping[Name, Plugin]) -> Iterator[tuple[Name, str]]:
    """The files that are gone, each with its plugin and its path in the plugin's folder.

    A module that somebody still imports is an edge to whoever has just lost it.
    """
    names: dict[str, Name] = {plugin.path: plugin.name for plugin in plugins.values()}
    names |= {folder: name for folder, name in past.names.items() if name is not None}
    for folder, paths in Owners(names).group(past.files).items():
        yield from ((names[folder], path[len(folder) + 1 :]) for path in paths)


def is_project(metadata: Metadata) -> bool:
    """Whether the files describe a project at all, rather than only configure tools."""
    return metadata.name is not None or bool(metadata.problems)


def _read_plugin(folder: Folder, metadata: Metadata, config: Config, places: Places, owned: list[str]) -> Plugin:
    own, mistakes = decode_plugin_table(metadata.table, f"{folder.path}/{ROOT_PROJECT}")
    name = metadata.name or normalize(folder.path.rpartition("/")[2])
    said = config.plugins[name].testing if name in config.plugins else None
    testing = own.or_else(folder.tier.testing) if said is None else said.or_else(own).or_else(folder.tier.testing)
    return Plugin(
        name=name,
        path=folder.path,
        tier=folder.tier,
        metadata=metadata,
        testing=testing._replace(tests=testing.tests or config.tests),
        reads=places.beyond(folder.path, owned, metadata.reads),
        named=metadata.name is not None,
        mistakes=mistakes,
    )


def _doubts(plugins: list[Plugin]) -> Iterator[str]:
    for plugin in plugins:
        for problem in plugin.metadata.problems:
            yield f"{problem.path}: {problem.message}; {plugin.name} counts as affected by every change"


def _mistakes(plugins: list[Plugin]) -> Iterator[str]:
    for plugin in plugins:
        yield from plugin.mistakes


def _duplicates(plugins: list[Plugin]) -> Iterator[str]:
    first: dict[Name, Plugin] = {}
    for plugin in plugins:
        other = first.setdefault(plugin.name, plugin)
        if other is not plugin:
            yield f"{other.path} and {plugin.path} are both named {plugin.name}"


def _strangers(config: Config, plugins: Mapping[Name, Plugin]) -> Iterator[str]:
    for name in config.plugins:
        if name not in plugins:
            yield f"tool.commonhold.plugins.{name}: no plugin has this name{closest(name, plugins)}"
    known = {*plugins, *config.tiers}
    for index, rule in enumerate(config.shared):
        for text in rule.affects if isinstance(rule.affects, tuple) else ():
            if text not in config.tiers and normalize(text) not in plugins:
                key = f"tool.commonhold.shared[{index}].affects"
                yield f"{key}: {text!r} is neither a plugin nor a tier{closest(text, known)}"


def _cycle_warnings(graph: Graph) -> Iterator[str]:
    for group in graph.cycles():
        yield f"{' and '.join(group)} need each other, so a change of one is tested with all of them"
