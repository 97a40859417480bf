"""Replay past commits: count the jobs that the selection would have run, and find the causes of full runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import assert_never
from commonhold.selection.affected import (
    CoreChanged,
    LockNotComparable,
    RulesChanged,
    SharedChanged,
    UnknownBase,
    Unmatched,
    Unnamed,
)
from commonhold.selection.select import find_affected
from commonhold.vcs import Comparison, RevisionRange
from commonhold.workspace import Cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.projects.names import Name
    from commonhold.selection.affected import Affected, CommonReason, Selection
    from commonhold.vcs import Repository
    from commonhold.workspace import Workspace
    from commonhold.workspace.config.locate import Override


@dataclass(frozen=True, slots=True)
class Replay:
    """One commit compared with its first parent: the number of required and advisory plugins out of ``total``.

    ``not_needed`` are the core's imports that ``not-needs`` excludes: plugins, each with a file.
    """

    commit: str
    selection: Selection
    required: int
    advisory: int
    total: int
    causes: tuple[RunAllCause, ...]
    not_needed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RunAllCause:
    """A cause of full runs: changed paths that match ``pattern``. ``fix`` is a setting that affects fewer plugins."""

    pattern: str
    fix: str


@dataclass(frozen=True, slots=True)
class CauseTotal:
    """The number of commits with a cause, and the number of jobs that ran for these commits."""

    cause: RunAllCause
    commits: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Audit:
    """The replayed commits, and the ``roots``: commits that have no parent to compare with."""

    replays: tuple[Replay, ...]
    roots: tuple[str, ...]

    @property
    def jobs(self) -> int:
        """The number of plugin jobs that the selection would have run, including advisory ones."""
        return sum(replay.required + replay.advisory for replay in self.replays)

    @property
    def run_all(self) -> int:
        """The number of plugin jobs that would have run if every commit had tested every plugin."""
        return sum(replay.total for replay in self.replays)

    @property
    def not_needed(self) -> tuple[tuple[str, str], ...]:
        """The core's excluded imports in any of the commits, sorted."""
        return tuple(sorted({each for replay in self.replays for each in replay.not_needed}))

    def causes(self) -> tuple[CauseTotal, ...]:
        """Sum the causes over all commits, most frequent first."""
        seen: dict[RunAllCause, list[Replay]] = {}
        for replay in self.replays:
            for cause in dict.fromkeys(replay.causes):
                seen.setdefault(cause, []).append(replay)
        summaries = (
            CauseTotal(cause, len(replays), sum(replay.required + replay.advisory for replay in replays))
            for cause, replays in seen.items()
        )
        return tuple(sorted(summaries, key=_by_weight))


def _by_weight(total: CauseTotal) -> tuple[int, int, str, str]:
    return -total.commits, -total.jobs, total.cause.pattern, total.cause.fix


def replay_history(
    repository: Repository, commits: Iterable[tuple[str, str | None]], rules: Override
) -> Iterator[Replay | str]:
    """Compare each commit with its first parent, using the current configuration; yield only the id of a root commit.

    Contradictions between an old tree and the current configuration are ignored, because tiers and plugins change over
    time.
    """
    cache = Cache()  # neighbouring commits share most files, so each file is read only once
    for commit, parent in commits:
        # A root commit has no base, and counting every plugin as affected would distort the totals.
        if parent is None:
            yield commit
            continue
        tree = repository.tree(commit)
        comparison = Comparison(RevisionRange(parent, commit), tree, repository.difference(parent, commit), repository)
        selected = find_affected(comparison, rules, cache, strict=False)
        yield _replay(commit, selected.affected, selected.workspace)


def _replay(commit: str, affected: Affected, workspace: Workspace) -> Replay:
    advisory = sum(plugin.advisory for plugin in affected.plugins)
    # If one tier skips a reason, the selection is "some", but the other tiers still run every plugin for it.
    answered = (reason for reason in affected.common if any(reason in plugin.reasons for plugin in affected.plugins))
    causes = tuple(run_all_cause(reason, workspace) for reason in answered)
    required = len(affected.plugins) - advisory
    not_needed = tuple(workspace.core.not_needed.items())
    return Replay(commit, affected.selection, required, advisory, len(workspace.plugins), causes, not_needed)


def run_all_cause(reason: CommonReason, workspace: Workspace) -> RunAllCause:
    """Return the paths that caused a full run, and a setting that would affect fewer plugins."""
    if isinstance(reason, CoreChanged) and reason.via:
        return _core_dependency_cause(reason.via[0], workspace)
    if isinstance(reason, CoreChanged):
        tiers = [name for name, tier in workspace.config.tiers.items() if tier.on_core_change == "test"]
        return RunAllCause("the core", f'on-core-change = "advisory" in {" and ".join(tiers)}')
    if isinstance(reason, SharedChanged):
        rule = workspace.config.shared[reason.rule]
        fix = f"narrow shared rule {reason.rule}: keys = [...], or plugins by name"
        return RunAllCause(", ".join(rule.path.sources), fix)
    if isinstance(reason, Unnamed):
        return RunAllCause(reason.path, "write the project name as a literal string")
    if isinstance(reason, RulesChanged):
        return RunAllCause(reason.path, "none: a changed configuration can affect any plugin")
    if isinstance(reason, LockNotComparable):
        return RunAllCause(reason.path, "none: a lock file that cannot be compared affects every plugin")
    if isinstance(reason, UnknownBase):
        return RunAllCause("unknown base", f"none: {reason.detail}")
    if isinstance(reason, Unmatched):
        pattern = _pattern(reason.path, workspace)
        fix = f'[[tool.commonhold.shared]] path = ["{pattern}"], affects = "none" or plugins by name'
        return RunAllCause(pattern, fix)
    return assert_never(reason)


def _core_dependency_cause(name: Name, workspace: Workspace) -> RunAllCause:
    core = workspace.core
    kinds = {edge.how for edge in workspace.graph.edges if (edge.source, edge.target) == (core.node, name)}
    pattern = f"the core's dependency {name}"
    if kinds == {"import"}:
        return RunAllCause(pattern, f'not-needs = ["{name}"] in tool.commonhold.core, if the core works without it')
    return RunAllCause(pattern, f"none: the core requires {name}")


def _pattern(path: str, workspace: Workspace) -> str:
    """Return a pattern for the topmost folder that contains the path but no plugin, or the path itself."""
    folders = [plugin.path for plugin in workspace.plugins.values()]
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth]) + "/"
        if not any(f"{plugin}/".startswith(folder) for plugin in folders):
            return f"{folder}**"
    return path
