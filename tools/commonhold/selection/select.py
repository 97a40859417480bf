"""From two trees to the plugins that their difference can break."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import GitError
from commonhold.selection.affected import (
    Affected,
    CoreChanged,
    DependsOn,
    FilesChanged,
    LockChanged,
    ReadsPath,
    RulesChanged,
    SharedChanged,
    UnknownBase,
    Unmatched,
    Unreadable,
)
from commonhold.selection.base_files import BaseFiles
from commonhold.selection.classify import LOCK, ChangeClassifier, ClassifiedChanges
from commonhold.selection.policy import classify_plugin
from commonhold.selection.summary import summarize
from commonhold.workspace import ROOT_PROJECT, Files, check_workspace, read_config, read_workspace
from commonhold.workspace.config import CoreConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.projects.names import Name
    from commonhold.selection.affected import Reason
    from commonhold.selection.uv_lock import LockMoves
    from commonhold.vcs import Comparison
    from commonhold.workspace import Cache, Workspace
    from commonhold.workspace.config.locate import Override
    from commonhold.workspace.model import BaseState

MOST_PATHS = 20
"""How many paths a reason lists; it says how many there were."""


class SelectionResult(NamedTuple):
    """The answer, and the workspace that it is about."""

    affected: Affected
    workspace: Workspace


def find_affected(
    comparison: Comparison, override: Override | None = None, memory: Cache | None = None, *, strict: bool = True
) -> SelectionResult:
    """Which plugins of head the changes since base can break.

    ``memory`` spares reading what was read for another comparison. Raises ``ConfigurationError`` when head's
    configuration is wrong or, if ``strict``, contradicts its files; ``GitError`` when a person asks and git
    cannot read what is needed. In CI that selects everything instead.
    """
    try:
        return _find_affected(comparison, override, memory, strict=strict)
    except GitError as error:
        less = comparison.less(error)
        if less is None:
            raise
        return find_affected(less, override, memory, strict=strict)


def _find_affected(
    comparison: Comparison, override: Override | None, memory: Cache | None, *, strict: bool
) -> SelectionResult:
    tree = comparison.tree
    files = Files(tree)
    config = read_config(files, None if override is None else (override.source, override.data))
    before = BaseFiles(comparison, config, files)
    past = before.past(config)
    workspace = read_workspace(files, config, past, memory)
    if strict:
        check_workspace(workspace)
    findings = _find(comparison, workspace, before, past, override)
    return SelectionResult(_affected(comparison, workspace, findings), workspace)


class Findings(NamedTuple):
    """What the changes concern at first hand. ``doubts`` are reasons to run everything."""

    impact: ClassifiedChanges
    doubts: list[Reason]
    lock: LockMoves | None


def _find(
    comparison: Comparison, workspace: Workspace, before: BaseFiles, past: BaseState, override: Override | None
) -> Findings:
    impact = ChangeClassifier(workspace, past, before.only_keys).sort(comparison.changes or ())
    doubts: list[Reason] = []
    if comparison.changes is None:
        doubts.append(UnknownBase(comparison.ends.unknown or "what changed could not be found out"))
    unmatched = impact.unmatched
    if before.rules_changed(override.path if override else None, overridden=override is not None):
        rules = (override and override.path) or ROOT_PROJECT
        doubts.append(RulesChanged(rules))
        unmatched = [path for path in unmatched if path != rules]
    doubts += map(Unmatched, unmatched[:MOST_PATHS])
    doubts += _nameless(workspace, past) if impact.any else ()
    moves = None
    if impact.lock:
        from commonhold.selection.uv_lock import compare_locks

        moves = compare_locks(*before.both(LOCK), workspace.core.name, workspace.plugins)
        doubts += [] if moves else [Unmatched(LOCK)]
    return Findings(impact, doubts, moves)


def _nameless(workspace: Workspace, past: BaseState) -> Iterator[Reason]:
    """Who depends on a plugin without a readable name is anybody's guess."""
    yield from (Unreadable(plugin.path) for plugin in workspace.plugins.values() if not plugin.named)
    yield from (Unreadable(folder) for folder, name in past.names.items() if name is None)


def _affected(comparison: Comparison, workspace: Workspace, findings: Findings) -> Affected:
    common = _common_reasons(workspace, findings)
    reasons = {name: _reasons_of(name, findings, common) for name in workspace.plugins}
    for name, more in (*_spread(workspace, findings), *_unreadable(workspace, findings)):
        reasons[name].append((more, False))
    judged = (classify_plugin(plugin, reasons[name]) for name, plugin in sorted(workspace.plugins.items()))
    plugins = tuple(plugin for plugin in judged if plugin is not None)
    selection, because = summarize(common, plugins, len(workspace.plugins), len(comparison.changes or ()))
    return Affected(
        base=comparison.ends.base,
        head=comparison.ends.head,
        selection=selection,
        because=because,
        plugins=plugins,
        common=common,
        core=common if workspace.config.core != CoreConfig() else (),
        removed=tuple(sorted(workspace.gone)),
        warnings=workspace.warnings,
    )


def _common_reasons(workspace: Workspace, findings: Findings) -> tuple[Reason, ...]:
    """The reasons that concern every plugin alike: the core changed, or what it needs; a shared path; a doubt."""
    impact, changed = findings.impact, _visibly_changed(workspace, findings.impact)
    paths = [*impact.core, *(path for name in workspace.core.members for path in changed.get(name, ()))]
    paths += [LOCK] if findings.lock and findings.lock.core else []
    own: tuple[Reason, ...] = (CoreChanged(tuple(paths[:MOST_PATHS]), len(paths)),) if paths else ()
    shared = (SharedChanged(path, rule) for path, rule in impact.everybody[:MOST_PATHS])
    return (*own, *shared, *findings.doubts)


def _visibly_changed(workspace: Workspace, impact: ClassifiedChanges) -> dict[Name, list[str]]:
    """The plugins whose change concerns whoever can see them, and the paths that make it."""
    changed = {name: [folder] for name, folder in workspace.gone.items()}
    reached = {name: paths for name, paths in impact.tests.items() if name in workspace.tests_reached}
    named = {name: [path for path, _ in rules] for name, rules in impact.named.items()}
    for paths_of in (impact.shipped, reached, impact.reads, named):
        for name, paths in paths_of.items():
            changed.setdefault(name, []).extend(paths)
    return changed


def _reasons_of(name: Name, findings: Findings, common: tuple[Reason, ...]) -> list[tuple[Reason, bool]]:
    """The reasons that lie in the changed paths themselves, each with whether the plugin counts as changed."""
    impact = findings.impact
    own: list[Reason] = []
    paths = [*impact.shipped.get(name, ()), *impact.tests.get(name, ())]
    if paths:
        own.append(FilesChanged(tuple(paths[:MOST_PATHS]), len(paths)))
    own += [ReadsPath(path) for path in impact.reads.get(name, ())[:MOST_PATHS]]
    own += [SharedChanged(path, rule) for path, rule in impact.named.get(name, ())[:MOST_PATHS]]
    others: list[Reason] = list(common)
    if findings.lock and name in findings.lock.plugins:
        others.append(LockChanged(findings.lock.plugins[name]))
    return [*((reason, True) for reason in own), *((reason, False) for reason in others)]


def _spread(workspace: Workspace, findings: Findings) -> Iterator[tuple[Name, Reason]]:
    """Who can see a plugin that changed, or that is gone."""
    for source in sorted(_visibly_changed(workspace, findings.impact)):
        for name, (via, how) in workspace.graph.dependents(source).items():
            if name in workspace.plugins:
                yield name, DependsOn(via, how)


def _unreadable(workspace: Workspace, findings: Findings) -> Iterator[tuple[Name, Reason]]:
    """Plugins whose requirements are unknown may need whatever changed, and so may those who can see them."""
    if not findings.impact.any:
        return
    for plugin in workspace.plugins.values():
        if plugin.metadata.problems:
            reason = Unreadable(plugin.metadata.problems[0].path)
            yield plugin.name, reason
            yield from ((name, reason) for name in workspace.graph.dependents(plugin.name))
