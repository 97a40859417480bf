"""Find the files that mention other plugins, so that a person can decide whether the mentions matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.scaffold.init.facts import Mention, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from commonhold.scaffold.init.test_jobs import TestJob
    from commonhold.workspace import Workspace

_MOST_FILES = 20


def find_mentions(
    workspace: Workspace, read_without: Callable[[Collection[str]], Workspace], jobs: Sequence[TestJob]
) -> tuple[Mention, ...]:
    """Return the files that mention other plugins, sorted, except files that a command of today's tests names.

    A workspace has one mention for each pair of plugins. ``read_without`` reads the workspace without the mentions in
    the given files, which shows the next mentions of the same pairs.
    """
    found: dict[str, Mention] = {}
    while len(found) < _MOST_FILES:
        new = {each.place.path: each for each in _in_graph(workspace) if each.place.path not in found}
        if not new:
            break
        found |= new
        workspace = read_without(found)
    named = {word.rpartition("/")[2] for job in jobs for command in job.commands for word in command.value.split()}
    return tuple(each for path, each in sorted(found.items()) if path.rpartition("/")[2] not in named)


def _in_graph(workspace: Workspace) -> Iterator[Mention]:
    for edge in workspace.graph.edges:
        if edge.how == "mention" and edge.file.isprintable():
            yield Mention(edge.source, edge.target, Place(edge.file, edge.line))
