"""Build workspaces and selections as values, to test pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects.metadata import Metadata
from commonhold.projects.names import Name
from commonhold.selection.affected import Affected, AffectedPlugin, DependsOn, FilesChanged
from commonhold.workspace import Core, Plugin, Workspace
from commonhold.workspace.config import Config, CoreConfig, SharedRule, Testing, Tier
from commonhold.workspace.graph import Edge, Graph
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.selection import Reason

TIER = Tier("official", Patterns(["plugins/*"]))
DEFAULT = Testing()
OUTSIDE = Core(Name("framework"))
CHANGED = FilesChanged(("setup.py",), 1)
NEEDS = DependsOn((Name("other"),), "runtime")


def plugin(name: str, testing: Testing = DEFAULT, **metadata: object) -> Plugin:
    """A plugin in ``plugins/NAME``."""
    return Plugin(Name(name), f"plugins/{name}", TIER, Metadata(Name(name), **metadata), testing)  # type: ignore[arg-type]


def workspace(
    plugins: Iterable[Plugin],
    *,
    python: Iterable[str] = ("3.10", "3.11", "3.12"),
    core: Core = OUTSIDE,
    edges: Iterable[Edge] = (),
    shared: Iterable[SharedRule] = (),
    pin: Iterable[str] = ("constraints.txt",),
) -> Workspace:
    """A workspace of these plugins."""
    config = Config(CoreConfig(Name("framework"), pin=Patterns(pin)), python=tuple(python), shared=tuple(shared))
    return Workspace(config, {plugin.name: plugin for plugin in plugins}, core, Graph(edges))


def chosen(name: str, *reasons: Reason, advisory: bool = False) -> AffectedPlugin:
    """An affected plugin; without a reason, it changed."""
    return AffectedPlugin(Name(name), f"plugins/{name}", "official", advisory, reasons or (CHANGED,))


def selection(*plugins: AffectedPlugin, core: tuple[Reason, ...] = ()) -> Affected:
    """A selection of these plugins."""
    return Affected("base", "head", "some" if plugins else "none", "because", plugins, core)
