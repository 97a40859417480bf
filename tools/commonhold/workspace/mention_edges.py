"""Convert mentions to edges, and report mentions that a repository's owner may want to ignore."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects import project_files
from commonhold.projects.names import Name
from commonhold.projects.paths import is_among
from commonhold.text import printable
from commonhold.workspace.cache import NOT_SEARCHED
from commonhold.workspace.edges import MentionedEdges
from commonhold.workspace.graph import Edge
from commonhold.workspace.python_files import mentions_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.workspace.cache import Mentions
    from commonhold.workspace.config import Config
    from commonhold.workspace.edges import Targets
    from commonhold.workspace.graph import Graph
    from commonhold.workspace.model import Core, Plugin
    from commonhold.workspace.modules import PythonFile

_FEW = 10
_LARGEST_SHARE = 3


def mention_edges(
    owners: Mapping[str, Plugin],
    core: Core,
    targets: Targets,
    mentions: Iterable[tuple[PythonFile, Mentions]],
    graph: Graph,
    config: Config,
) -> MentionedEdges:
    """Return one edge for each plugin and each other plugin that its files mention; ``owners`` are plugins by folder.

    A mention does not become an edge if the mentioning plugin or its tests depend on the mentioned plugin anyway, or if
    the mentioning plugin's metadata reads the mentioned path. A mention of the core does not become an edge either,
    because ``on-core-change`` covers the core.
    """
    ignored = {name for name, settings in config.plugins.items() if settings.mentions == "ignore"}
    first: dict[Name, dict[Name, Edge]] = {}
    reached: set[tuple[str, str]] = set()
    large: list[str] = []
    for source, found in sorted(mentions):
        if not mentions_count(source, config):
            continue
        for folder, text, line in found:
            if (folder, text, line) == NOT_SEARCHED:
                large.append(source.path)
                continue
            target = targets.folders.get(folder) if folder else Name(text)
            name = owners[source.owner].name
            if target not in targets.names or target in (name, core.node) or target in ignored:
                continue
            if _is_read(source, text, owners[source.owner]):
                continue
            reached.update([(folder, text)] if folder else ())
            edge = Edge(name, target, "mention", tests=True, file=source.path, line=line)
            first.setdefault(name, {}).setdefault(target, edge)
    edges = tuple(edge for name in sorted(first) for edge in _new_edges(name, first[name], graph))
    return MentionedEdges(edges, frozenset(reached), (*_large(large), *_frequent(edges, len(owners))))


def _is_read(source: PythonFile, text: str, owner: Plugin) -> bool:
    """Return whether a project file names a path that is already a dependency, such as an included file.

    A change to such a path already changes the project. In other files, such as scripts, the same path is a mention.
    """
    is_path = text.startswith("/") and is_among(text[1:], owner.metadata.reads)
    return is_path and bool(project_files([source.path], source.owner))


def _new_edges(name: Name, found: Mapping[Name, Edge], graph: Graph) -> Iterator[Edge]:
    known = graph.dependencies(name, tests=True)
    return (edge for target, edge in sorted(found.items()) if target not in known)


def _large(paths: Iterable[str]) -> Iterator[str]:
    # A name with a line break would look like lines to paste.
    return (
        f"{printable(path)} is larger than 1 MiB, so it is not searched for mentions of other plugins" for path in paths
    )


def _frequent(edges: Iterable[Edge], plugins: int) -> Iterator[str]:
    """Report each plugin that more than a third of all plugins mention, and the setting that ignores it."""
    counts: dict[Name, int] = {}
    for edge in edges:
        counts[edge.target] = counts.get(edge.target, 0) + 1
    for name, count in sorted(counts.items()):
        if count >= _FEW and count * _LARGEST_SHARE > plugins:
            setting = f'[tool.commonhold.plugins.{name}]\nmentions = "ignore"'
            reach = f"{count} of {plugins} plugins mention {name}, so a change to it tests them"
            yield f"{reach}; to ignore these mentions, add:\n{setting}"
