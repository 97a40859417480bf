"""What in a workspace contradicts itself, and what is doubtful."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ConfigurationError
from commonhold.projects.names import normalize
from commonhold.workspace.config import closest
from commonhold.workspace.patterns import Patterns, literal_prefix

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from commonhold.projects.names import Name
    from commonhold.workspace.config import Config
    from commonhold.workspace.graph import Graph
    from commonhold.workspace.model import Plugin, Workspace


def check_workspace(workspace: Workspace) -> Workspace:
    """The same workspace; ``ConfigurationError`` with every problem when it contradicts itself."""
    if workspace.problems:
        lines = "\n".join(f"  {problem}" for problem in workspace.problems)
        raise ConfigurationError(
            f"the repository contradicts its configuration:\n{lines}",
            hint="Correct [tool.commonhold], or the folders that it describes.",
        )
    return workspace


def doubts(plugins: Iterable[Plugin]) -> Iterator[str]:
    """What could not be read statically."""
    for plugin in plugins:
        for problem in plugin.metadata.problems:
            yield f"{problem.path}: {problem.message}; {plugin.name} counts as affected by every change"


def mistakes(plugins: Iterable[Plugin]) -> Iterator[str]:
    """Errors in the plugins' own configuration."""
    for plugin in plugins:
        yield from plugin.mistakes


def duplicates(plugins: Iterable[Plugin]) -> Iterator[str]:
    """Two folders with one name."""
    first: dict[Name, Plugin] = {}
    for plugin in plugins:
        other = first.setdefault(plugin.name, plugin)
        if other is not plugin:
            yield f"{other.path} and {plugin.path} are both named {plugin.name}"


def strangers(config: Config, plugins: Mapping[Name, Plugin]) -> Iterator[str]:
    """Names in the configuration that nothing in the tree has."""
    for name in config.plugins:
        if name not in plugins:
            yield f"tool.commonhold.plugins.{name}: no plugin has this name{closest(name, plugins)}"
    known = {*plugins, *config.tiers}
    for index, rule in enumerate(config.shared):
        for text in rule.affects if isinstance(rule.affects, tuple) else ():
            if text not in config.tiers and normalize(text) not in plugins:
                key = f"tool.commonhold.shared[{index}].affects"
                yield f"{key}: {text!r} is neither a plugin nor a tier{closest(text, known)}"


def idle_patterns(config: Config, plugins: Iterable[Plugin], files: Collection[str]) -> Iterator[str]:
    """Patterns by which a change is noticed and that match nothing: a slip of the pen there loses tests."""
    named = [("tool.commonhold.core.path", config.core.path), ("tool.commonhold.core.pin", config.core.pin)]
    named += [(f"{plugin.name}: reads", plugin.testing.reads) for plugin in plugins if plugin.testing.reads]
    keys: dict[str, str] = {}
    for key, patterns in named:
        for source in patterns.sources:
            if source not in files:
                keys.setdefault(source, key)
    ordered = sorted(files) if keys else []
    for source, key in keys.items():
        if not _matches_any(source, ordered):
            yield f"{key}: {source!r} matches no file"


def _matches_any(pattern: str, ordered: Sequence[str]) -> bool:
    """Whether one of the paths, which are in order, is meant; those that begin otherwise are not looked at."""
    from bisect import bisect_left
    from itertools import islice, takewhile

    match, prefix = Patterns([pattern]).match, literal_prefix(pattern)
    following = islice(ordered, bisect_left(ordered, prefix), None)
    return any(map(match, takewhile(lambda path: path.startswith(prefix), following)))


def cycle_warnings(graph: Graph) -> Iterator[str]:
    """Plugins that need each other."""
    for group in graph.cycles():
        *others, last = group
        one, all_ = ("either", "both") if len(group) == 2 else ("any", "all")
        yield f"{', '.join(others)} and {last} need each other, so a change of {one} tests {all_}"
