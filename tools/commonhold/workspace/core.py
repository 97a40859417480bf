"""The core as a tree knows it: outside, named by its distribution, or inside, with metadata of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.workspace.folders import PROJECT_FILES
from commonhold.workspace.manifests import read_metadata
from commonhold.workspace.model import Core
from commonhold.workspace.patterns import literal_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from commonhold.workspace.config import CoreConfig
    from commonhold.workspace.graph import Graph
    from commonhold.workspace.names import Name


def read_core(
    config: CoreConfig,
    exists: Callable[[str], bool],
    read: Callable[[str], bytes | None],
    plugins: frozenset[str],
) -> Core:
    """The core that ``config`` describes. ``plugins`` are folders that are not its own."""
    for folder in _candidates(config):
        if folder not in plugins and any(exists(_inside(folder, name)) for name in PROJECT_FILES):
            metadata = read_metadata(folder, read)
            if config.distribution is None or metadata.name == config.distribution:
                return Core(metadata.name, metadata)
    return Core(config.distribution)


def core_members(core: Core, names: Container[Name], graph: Graph) -> frozenset[Name]:
    """Which of the plugins ``names`` the core itself needs at run time, and what those need."""
    if core.metadata is None:
        return frozenset()
    direct = {need.name for need in core.metadata.runtime if need.name is not None and need.name in names}
    return frozenset(direct).union(*(graph.needs(name) for name in direct))


def _candidates(config: CoreConfig) -> Iterator[str]:
    """The folders in which the core's project file may lie: where its paths begin, and above."""
    for pattern in config.path.sources:
        folder = literal_prefix(pattern)
        while folder:
            yield folder
            folder = folder.rpartition("/")[0]
    if config.path:
        yield ""


def _inside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
