"""Check a workspace against its configuration: contradictions are errors, doubts are warnings."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ConfigurationError
from commonhold.projects.names import normalize
from commonhold.text import and_more
from commonhold.workspace.config import closest
from commonhold.workspace.patterns import Patterns, escape, literal_prefix
from commonhold.workspace.plugin_discovery import PluginFolder, unmatched_tier_patterns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from commonhold.projects.metadata import Dependency, Metadata
    from commonhold.projects.names import Name
    from commonhold.workspace.config import Config
    from commonhold.workspace.graph import Graph
    from commonhold.workspace.model import BaseState, Core, Plugin, Workspace

_MOST_NAMES = 20  # in one warning


def check_workspace(workspace: Workspace) -> Workspace:
    """Return the workspace, or raise a ``ConfigurationError`` that lists all its problems."""
    if workspace.problems:
        lines = "\n".join(f"  {problem}" for problem in workspace.problems)
        raise ConfigurationError(
            f"the repository contradicts its configuration:\n{lines}",
            hint="Correct [tool.commonhold] or the folders that it describes.",
        )
    return workspace


def unmatched_tiers(folders: Iterable[PluginFolder], config: Config, base: BaseState, *, new: bool) -> Iterator[str]:
    """Report tier patterns without plugins: with ``new``, patterns that base lacks, else patterns that base has.

    A new pattern without plugins is a typo. An old pattern matched plugins that were deleted or moved, and such a
    change must still be tested.
    """
    for each in unmatched_tier_patterns(folders, config):
        before = None if base.tiers is None else base.tiers.get(each.tier)
        is_new = base.tiers is not None and (before is None or each.pattern not in before.path.sources)
        if is_new == new:
            yield str(each._replace(pattern=config.as_written(each.pattern)))


def empty_tiers(workspace: Workspace) -> tuple[str, ...]:
    """Return a warning for each pattern of a tier that matches no plugin."""
    folders = [PluginFolder(plugin.path, plugin.tier) for plugin in workspace.plugins.values()]
    patterns = unmatched_tier_patterns(folders, workspace.config)
    return tuple(str(each._replace(pattern=workspace.config.as_written(each.pattern))) for each in patterns)


def unreadable_warnings(plugins: Iterable[Plugin]) -> Iterator[str]:
    """Warn about each project file that could not be read statically."""
    for plugin in plugins:
        for problem in plugin.metadata.problems:
            yield f"{problem.path}: {problem.message}; every change is assumed to affect {plugin.name}"


def invalid_plugin_tables(plugins: Iterable[Plugin]) -> Iterator[str]:
    """Return the errors in the plugins' own ``[tool.commonhold]`` tables."""
    for plugin in plugins:
        yield from plugin.table_errors


def duplicate_names(plugins: Iterable[Plugin]) -> Iterator[str]:
    """Report each pair of folders that have the same distribution name."""
    first: dict[Name, Plugin] = {}
    for plugin in plugins:
        other = first.setdefault(plugin.name, plugin)
        if other is not plugin:
            yield f"{other.path} and {plugin.path} are both named {plugin.name}"


def unknown_names(config: Config, plugins: Mapping[Name, Plugin]) -> Iterator[str]:
    """Report each name in the configuration that matches no plugin or tier."""
    listed = [("core.not-needs", config.core.not_needs), ("core.undeclared", config.core.undeclared)]
    listed += [(f"tiers.{tier.name}.undeclared", tier.undeclared) for tier in config.tiers.values()]
    listed += [(f"plugins.{name}.undeclared", each.undeclared) for name, each in config.plugins.items()]
    for key, names in listed:
        unknown = (name for name in names if name not in plugins)
        yield from (f"tool.commonhold.{key}: no plugin is named {name}{closest(name, plugins)}" for name in unknown)
    for name in config.plugins:
        if name not in plugins:
            yield f"tool.commonhold.plugins.{name}: no plugin has this name{closest(name, plugins)}"
    known = {*plugins, *config.tiers}
    for index, rule in enumerate(config.shared):
        for text in rule.affects if isinstance(rule.affects, tuple) else ():
            if text not in config.tiers and normalize(text) not in plugins:
                key = f"tool.commonhold.shared[{index}].affects"
                yield f"{key}: {text!r} is neither a plugin nor a tier{closest(text, known)}"


def unknown_core_extras(config: Config, core: Core, plugins: Sequence[Plugin]) -> Iterator[str]:
    """Warn about extras of a core on the package index that may install a plugin, because their content is unknown."""
    if core.name is None or core.metadata is not None:
        return
    templates = [tier.distribution for tier in config.tiers.values() if tier.distribution]
    names = {plugin.name for plugin in plugins}
    for plugin in plugins:
        metadata = plugin.metadata
        listed = (metadata.runtime, *metadata.extras.values(), *metadata.groups.values(), metadata.files)
        requested = {extra for several in listed for each in several if each.name == core.name for extra in each.extras}
        for extra in sorted(requested):
            spelled = (extra, f"{core.name}-{extra}", *(template.replace("{name}", extra) for template in templates))
            for name in {normalize(text) for text in spelled} & names - {plugin.name}:
                yield (
                    f"{plugin.name} requires {core.name}[{extra}], which may install {name}: the core is not in this "
                    f"repository, so its extras are unknown; if so, require {name} as well"
                )


def unmatched_patterns(config: Config, plugins: Iterable[Plugin], files: Collection[str]) -> Iterator[str]:
    """Warn about patterns that match no file, because a typo in a pattern would disable tests."""
    named = [("tool.commonhold.core.path", config.core.path), ("tool.commonhold.core.pin", config.core.pin)]
    named += [
        (f"{plugin.name}: reads", reads)
        for plugin in plugins
        for reads in (plugin.testing.reads, plugin.own_reads)
        if reads
    ]
    # Usually a pattern is exactly a file's path, which makes a search unnecessary.
    keys: dict[str, str] = {}
    for key, patterns in named:
        for source in patterns.sources:
            if source not in files:
                keys.setdefault(source, key)
    ordered = sorted(files) if keys else []
    for source, key in keys.items():
        if not _matches_any(source, ordered):
            yield f"{key}: {config.as_written(source)!r} matches no file"


def unused_patterns(config: Config, files: Collection[str]) -> Iterator[str]:
    """Report the patterns of ``ignore``, ``mentions`` and shared rules that match no file, in one line for each key."""
    named = [("ignore", config.ignore), ("mentions", config.mentions)]
    named += [(f"shared[{index}].path", rule.path) for index, rule in enumerate(config.shared)]
    ordered = sorted(files)
    for key, patterns in named:
        unused = [each for each in patterns.sources if each not in files and not _matches_any(each, ordered)]
        if unused:
            verb = "matches" if len(unused) == 1 else "match"
            yield f"tool.commonhold.{key}: {', '.join(map(repr, map(config.as_written, unused)))} {verb} no file"


def _matches_any(pattern: str, ordered: Sequence[str]) -> bool:
    """Return whether a pattern matches one of the sorted paths; only paths with its literal prefix are tried."""
    from bisect import bisect_left
    from itertools import islice, takewhile

    match, prefix = Patterns([pattern]).match, literal_prefix(pattern)
    following = islice(ordered, bisect_left(ordered, prefix), None)
    return any(map(match, takewhile(lambda path: path.startswith(prefix), following)))


def graph_warnings(
    plugins: Iterable[Plugin], graph: Graph, gone: Collection[Name], files: Collection[str]
) -> Iterator[str]:
    """Warn about cycles, and about dependencies on plugins or paths that do not exist; ``gone`` existed at base."""
    yield from _dangling_dependencies(plugins, graph, gone, files)
    yield from _cycle_warnings(graph)


def _dangling_dependencies(
    plugins: Iterable[Plugin], graph: Graph, gone: Collection[Name], files: Collection[str]
) -> Iterator[str]:
    """Warn about dependencies on plugins that were removed since base, and requirements whose path does not exist."""
    removed = {
        (edge.source, edge.target): edge.how for edge in graph.edges if edge.target in gone and edge.how != "mention"
    }
    for (source, target), how in sorted(removed.items()):
        yield f"{source} depends on {target} ({how}), which was removed"
    ordered: list[str] = []
    for plugin in plugins:
        for path in sorted(
            {one.path for one in _all_dependencies(plugin.metadata) if one.path and one.path not in files}
        ):
            ordered = ordered or sorted(files)
            if not _matches_any(escape(path), ordered):
                yield f"{plugin.name} requires {path}, which does not exist"


def _all_dependencies(metadata: Metadata) -> Iterator[Dependency]:
    for several in (
        metadata.runtime,
        metadata.build,
        metadata.files,
        *metadata.extras.values(),
        *metadata.groups.values(),
    ):
        yield from several


def _cycle_warnings(graph: Graph) -> Iterator[str]:
    """Warn about each group of plugins that depend on each other."""
    for group in graph.cycles():
        one, all_ = ("either", "both") if len(group) == 2 else ("any", "all")
        *others, last = group[:_MOST_NAMES]
        names = f"{', '.join(others)} and {last}"
        if len(group) > _MOST_NAMES:
            names = f"{', '.join(group[:_MOST_NAMES])}{and_more(len(group), _MOST_NAMES)}"
        yield f"{names} depend on each other, so a change to {one} tests {all_}"
