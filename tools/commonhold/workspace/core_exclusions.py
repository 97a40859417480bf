"""Exclude plugins that the core imports but does not need (``not-needs``)."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.workspace.edges import Exclusions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from commonhold.projects.names import Name
    from commonhold.workspace.config import CoreConfig
    from commonhold.workspace.graph import Edge
    from commonhold.workspace.model import Core

_KEY = "tool.commonhold.core.not-needs"


def exclude_imports(
    config: CoreConfig,
    core: Core,
    declared: Iterable[Edge],
    imported: tuple[Edge, ...],
    is_guarded: Callable[[str, Name], bool],
) -> Exclusions:
    """Leave out the core's guarded imports of plugins in ``not-needs`` that the core's metadata does not require.

    An import is guarded if the core can be imported without the plugin. Otherwise the core needs the plugin, whatever
    the configuration says. ``is_guarded`` checks the imports of a plugin in a file.
    """
    required = {edge.target for edge in declared if edge.source == core.node and not edge.tests and edge.extra is None}
    not_needed: dict[Name, str] = {}
    warnings: list[str] = []
    for name in config.not_needs:
        edges = [edge for edge in imported if (edge.source, edge.target) == (core.node, name) and not edge.tests]
        bare = next((edge.file for edge in edges if not is_guarded(edge.file, name)), None)
        if name in required:
            warnings.append(f"{_KEY}: the core requires {name} in its metadata, so it cannot be excluded")
        elif not edges:
            warnings.append(f"{_KEY}: the core does not import {name}; remove the name")
        elif bare is not None:
            warnings.append(f"{_KEY}: {bare} imports {name} without a guard such as `except ImportError`")
        else:
            not_needed[name] = edges[0].file
    left = tuple(edge for edge in imported if edge.source != core.node or edge.target not in not_needed)
    return Exclusions(left, not_needed, tuple(warnings))
