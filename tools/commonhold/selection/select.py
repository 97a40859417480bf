"""Find the plugins that the difference between two trees can break."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import GitError, assert_never
from commonhold.projects.paths import is_within
from commonhold.selection.affected import (
    Affected,
    AffectedPlugin,
    CoreChanged,
    DependsOn,
    FilesChanged,
    LockChanged,
    LockNotComparable,
    ReadsPath,
    RulesChanged,
    SharedChanged,
    UnknownBase,
    Unmatched,
    Unnamed,
    Unreadable,
    category,
    relocate,
)
from commonhold.selection.base_files import BaseFiles
from commonhold.selection.classify import ChangeClassifier, ClassifiedChanges
from commonhold.selection.describe import summarize
from commonhold.selection.path_list import MOST_PATHS, PathList
from commonhold.workspace import Files, check_workspace, read_config, read_workspace
from commonhold.workspace.config import CoreConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from commonhold.projects.names import Name
    from commonhold.selection.affected import CommonReason, Reason
    from commonhold.selection.uv_lock import LockChanges
    from commonhold.vcs import Comparison
    from commonhold.workspace import Cache, Workspace
    from commonhold.workspace.config import Config, Tier, TierResponse
    from commonhold.workspace.config.locate import Override
    from commonhold.workspace.model import BaseState, Plugin

MOST_CAUSES = 20
"""The maximum number of changed or unreadable plugins in the reasons of one plugin; the nearest are listed."""

MOST_CHAINS = 5
"""The maximum number of changed dependencies of the core that are reported as separate reasons."""


class SelectionResult(NamedTuple):
    """The affected plugins, their workspace, and the comparison from which the selection was made."""

    affected: Affected
    workspace: Workspace
    comparison: Comparison


def find_affected(
    comparison: Comparison,
    override: Override | None = None,
    cache: Cache | None = None,
    *,
    strict: bool = True,
    revise: Callable[[Config], Config] | None = None,
) -> SelectionResult:
    """Find the plugins at head that the changes since base can break.

    ``cache`` can be shared between comparisons, so that files are not read again. ``revise`` changes the configuration
    after it is read. Raises ``ConfigurationError`` if
    head's configuration is invalid or, with ``strict``, contradicts head's files. Raises ``GitError`` if git cannot
    read a required object; in CI, every plugin is selected instead.
    """
    try:
        return _find_affected(comparison, override, cache, revise, strict=strict)
    except GitError as error:
        degraded = comparison.degraded(error)
        if degraded is None:
            raise
        return find_affected(degraded, override, cache, strict=strict, revise=revise)


def _find_affected(
    comparison: Comparison,
    override: Override | None,
    cache: Cache | None,
    revise: Callable[[Config], Config] | None,
    *,
    strict: bool,
) -> SelectionResult:
    tree = comparison.tree
    files = Files(tree)  # reads each file at head at most once
    config = read_config(files, None if override is None else (override.source, override.data))
    config = config if revise is None else revise(config)
    base_files = BaseFiles(comparison, config, files, overridden=override is not None)
    base_state = base_files.base_state()
    workspace = read_workspace(files, config, base_state, cache)
    if strict:
        check_workspace(workspace)
    findings = _find(comparison, workspace, base_files, base_state, override)
    return SelectionResult(_affected(comparison, workspace, findings), workspace, comparison)


class Findings(NamedTuple):
    """The direct effects of the changes, before dependencies are followed. ``doubts`` apply to every plugin.

    ``locks`` are the changes in each lock file that can be compared.
    """

    changes: ClassifiedChanges
    doubts: list[CommonReason]
    locks: Mapping[str, LockChanges]


def _find(
    comparison: Comparison,
    workspace: Workspace,
    base_files: BaseFiles,
    base_state: BaseState,
    override: Override | None,
) -> Findings:
    changes = ChangeClassifier(workspace, base_state, base_files.only_keys).classify(comparison.changes or ())
    doubts: list[CommonReason] = []
    if comparison.changes is None:
        doubts.append(UnknownBase(comparison.range.unknown or "the changes could not be determined"))
    rules = base_files.changed_rules(override.path if override else None, overridden=override is not None)
    if rules is not None:
        doubts.append(RulesChanged(rules))
    # For a configuration file, RulesChanged is the clearer reason.
    unmatched = [path for path in changes.unmatched if path != rules and not base_files.has_only_rules(path)]
    doubts += map(Unmatched, unmatched[:MOST_PATHS])
    # If every change is ignored, no plugin can be affected, even if some names cannot be read.
    doubts += _unnamed(workspace, base_state) if changes.any else ()
    locks = {path: _compare_lock(path, workspace, base_files) for path in changes.lock}
    doubts += (LockNotComparable(path) for path, lock in locks.items() if lock is None)
    return Findings(changes, doubts, {path: lock for path, lock in locks.items() if lock is not None})


def _compare_lock(path: str, workspace: Workspace, base_files: BaseFiles) -> LockChanges | None:
    """Compare a lock file, which applies to the plugins below its folder."""
    # Imported late because importing the module is slow and most changes do not modify a lock file.
    from commonhold.selection.uv_lock import compare_locks
    from commonhold.workspace.setting_edges import runs_uv_at_root

    folder = path.rpartition("/")[0]
    plugins = {name: plugin for name, plugin in workspace.plugins.items() if is_within(plugin.path, folder)}
    users = {name for name, plugin in plugins.items() if runs_uv_at_root(plugin, folder)}
    return compare_locks(*base_files.both_sides(path), workspace.core.name, plugins, users)


def _unnamed(workspace: Workspace, base_state: BaseState) -> Iterator[CommonReason]:
    """List the plugins without a readable name at head or base, because any plugin may depend on them."""
    yield from (Unnamed(plugin.path) for plugin in workspace.plugins.values() if not plugin.named)
    yield from (Unnamed(folder) for folder, name in base_state.names.items() if name is None)


def _affected(comparison: Comparison, workspace: Workspace, findings: Findings) -> Affected:
    common = _common_reasons(workspace, findings)
    reasons = {name: _reasons_of(name, findings, common) for name in workspace.plugins}
    core: list[Reason] = [*common]
    for name, more in (*_spread(workspace, findings), *_unreadable(workspace, findings)):
        if name in reasons:
            reasons[name].append((more, False))
        # A dependency that the core needs at run time is a common reason; the core's tests may need others.
        if name == workspace.core.node and not (isinstance(more, DependsOn) and more.via[-1] in workspace.core.members):
            core.append(more)
    classified = (classify_plugin(plugin, reasons[name]) for name, plugin in sorted(workspace.plugins.items()))
    plugins = tuple(plugin for plugin in classified if plugin is not None)
    left_out = findings.changes.left_out.total
    if workspace.config.folder:
        show = workspace.config.shown
        common = tuple(relocate(reason, show) for reason in common)
        core = [relocate(reason, show) for reason in core]
        plugins = tuple(plugin.relocated(show) for plugin in plugins)
    changed = len(comparison.changes or ()) - left_out
    selection, because = summarize(common, plugins, len(workspace.plugins), changed, workspace.config.folder)
    return Affected(
        base=comparison.range.base,
        head=comparison.range.head,
        selection=selection,
        because=because,
        plugins=plugins,
        common=common,
        core=tuple(core) if workspace.config.core != CoreConfig() else (),
        removed=tuple(sorted(workspace.gone)),
        warnings=workspace.warnings,
        folder=workspace.config.folder,
        left_out=left_out,
    )


def _common_reasons(workspace: Workspace, findings: Findings) -> tuple[CommonReason, ...]:
    """Collect the reasons that apply to every plugin: a changed core, shared paths, and unknown changes."""
    changes, changed = findings.changes, _visibly_changed(workspace, findings.changes)
    members = [(name, via) for name, via in sorted(workspace.core.members.items()) if name in changed]
    explained = dict([(name, via) for name, via in members if via][:MOST_CHAINS])
    paths = PathList(changes.core)
    for name, _ in members:
        paths.extend(changed[name] if name not in explained else ())
    # A lock file counts as a path of the core if the core's locked dependencies changed.
    paths.extend(path for path, lock in findings.locks.items() if lock.core)
    own = [CoreChanged(tuple(paths[:MOST_PATHS]), paths.total)] if paths else []
    own += [CoreChanged(tuple(changed[n][:MOST_PATHS]), changed[n].total, via) for n, via in explained.items()]
    shared = (SharedChanged(path, rule) for path, rule in changes.shared_by_all[:MOST_PATHS])
    return (*own, *shared, *findings.doubts)


def _visibly_changed(workspace: Workspace, changes: ClassifiedChanges) -> dict[Name, PathList[str]]:
    """Find the changed plugins that can affect their dependents, each with its changed paths.

    A changed test counts only if another plugin imports that plugin's tests.
    """
    # Removed plugins are included, because plugins that still depend on them are affected.
    changed = {name: PathList([folder]) for name, folder in workspace.gone.items()}
    reached = {name: paths for name, paths in changes.tests.items() if name in workspace.tests_reached}
    named = {name: rules.map(lambda each: each[0]) for name, rules in changes.named.items()}
    for paths_of in (changes.shipped, reached, changes.reads, named):
        for name, paths in paths_of.items():
            changed.setdefault(name, PathList()).extend(paths)
    return changed


def _reasons_of(name: Name, findings: Findings, common: tuple[CommonReason, ...]) -> list[tuple[Reason, bool]]:
    """List the reasons that follow from changed paths alone, with a flag: true if the plugin counts as changed."""
    changes = findings.changes
    own: list[Reason] = []
    paths = PathList(changes.shipped.get(name, ()))
    paths.extend(changes.tests.get(name, ()))
    if paths:
        own.append(FilesChanged(tuple(paths[:MOST_PATHS]), paths.total))
    own += [ReadsPath(path) for path in changes.reads.get(name, ())[:MOST_PATHS]]
    own += [SharedChanged(path, rule) for path, rule in changes.named.get(name, ())[:MOST_PATHS]]
    others: list[Reason] = list(common)
    locked = {package for lock in findings.locks.values() for package in lock.plugins.get(name, ())}
    if locked:
        others.append(LockChanged(tuple(sorted(locked))))
    return [*((reason, True) for reason in own), *((reason, False) for reason in others)]


def _spread(workspace: Workspace, findings: Findings) -> Iterator[tuple[Name, Reason]]:
    """Yield each dependent of a changed or removed plugin with the reason; a dependent may be the core."""
    changed = _visibly_changed(workspace, findings.changes)
    for name, found in workspace.graph.dependents_of_all(changed, MOST_CAUSES).items():
        for _, (via, edge) in sorted(found.items()):
            place = (edge.file, edge.line) if edge.how == "mention" else ()
            yield name, DependsOn(via, edge.how, *place)


def _unreadable(workspace: Workspace, findings: Findings) -> Iterator[tuple[Name, Reason]]:
    """Yield plugins with unreadable requirements, and their dependents, because any change may affect them."""
    if not findings.changes.any:
        return
    problems = {plugin.name: plugin.metadata.problems for plugin in workspace.plugins.values()}
    reasons = {name: Unreadable(several[0].path) for name, several in problems.items() if several}
    yield from reasons.items()
    # A dependent may require the changed plugin through the unreadable requirements.
    for name, found in workspace.graph.dependents_of_all(reasons, MOST_CAUSES).items():
        yield from ((name, reasons[unreadable]) for unreadable in sorted(found))


def tier_response(reason: Reason, tier: Tier, *, own: bool) -> TierResponse:
    """Return a tier's response to a reason; ``own`` is true if the plugin itself counts as changed."""
    kind = category(reason)
    if own or kind == "direct":
        return "test"
    if kind == "dependency":
        return tier.on_dependency_change
    if kind == "core":
        return tier.on_core_change
    if kind == "shared":
        return tier.on_shared_change
    if kind == "doubt":
        # No tier can skip a doubt, because a plugin with an unknown state may be affected.
        return "test" if tier.on_shared_change == "test" else "advisory"
    return assert_never(kind)


def classify_plugin(plugin: Plugin, reasons: list[tuple[Reason, bool]]) -> AffectedPlugin | None:
    """Keep the reasons that the plugin's tier does not skip; return ``None`` if the tier skips every reason.

    The flag of each reason is true if the plugin itself counts as changed. The strictest response decides.
    """
    responses = [(reason, tier_response(reason, plugin.tier, own=own)) for reason, own in reasons]
    kept = tuple(reason for reason, response in responses if response != "skip")
    if not kept:
        return None
    advisory = all(response != "test" for _, response in responses)
    return AffectedPlugin(plugin.name, plugin.path, plugin.tier.name, advisory, kept)
