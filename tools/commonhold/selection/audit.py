"""Replay past commits: the jobs that the selection would have run, and what made it run every plugin."""

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

    from commonhold.selection.affected import Affected, CommonReason, Selection
    from commonhold.vcs import Repository
    from commonhold.workspace import Workspace
    from commonhold.workspace.config.locate import Override


@dataclass(frozen=True, slots=True)
class Replay:
    """One commit compared with its first parent: the numbers of required and advisory plugins, of ``total``."""

    commit: str
    selection: Selection
    required: int
    advisory: int
    total: int
    causes: tuple[RunAllCause, ...]


@dataclass(frozen=True, slots=True)
class RunAllCause:
    """A change that concerned every plugin alike: paths that match ``pattern``, and the setting that narrows it."""

    pattern: str
    fix: str


@dataclass(frozen=True, slots=True)
class CauseTotal:
    """The number of commits with a cause, and of the jobs that ran for these commits."""

    cause: RunAllCause
    commits: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Audit:
    """The replayed commits. ``roots`` are commits without a parent, which cannot be compared."""

    replays: tuple[Replay, ...]
    roots: tuple[str, ...]

    @property
    def jobs(self) -> int:
        """The number of plugin jobs that the selection would have run, including advisory ones."""
        return sum(replay.required + replay.advisory for replay in self.replays)

    @property
    def run_all(self) -> int:
        """The number of plugin jobs if every commit had tested every plugin."""
        return sum(replay.total for replay in self.replays)

    def causes(self) -> tuple[CauseTotal, ...]:
        """Add up the causes over all commits, the most frequent first."""
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
    """Compare each commit with its first parent, using today's configuration; yield a root commit as its id.

    Contradictions between an old tree and today's configuration are ignored, because tiers and plugins change.
    """
    cache = Cache()  # most files are the same in neighbouring commits, so they are read once
    for commit, parent in commits:
        # Without a parent there is no base, and "everything is affected" would distort the totals.
        if parent is None:
            yield commit
            continue
        tree = repository.tree(commit)
        comparison = Comparison(RevisionRange(parent, commit), tree, repository.difference(parent, commit), repository)
        selected = find_affected(comparison, rules, cache, strict=False)
        yield _replay(commit, selected.affected, selected.workspace)


def _replay(commit: str, affected: Affected, workspace: Workspace) -> Replay:
    advisory = sum(plugin.advisory for plugin in affected.plugins)
    # A reason that one tier skips still makes the other tiers run everything, although the selection is "some".
    answered = (reason for reason in affected.common if any(reason in plugin.reasons for plugin in affected.plugins))
    causes = tuple(run_all_cause(reason, workspace) for reason in answered)
    required = len(affected.plugins) - advisory
    return Replay(commit, affected.selection, required, advisory, len(workspace.plugins), causes)


def run_all_cause(reason: CommonReason, workspace: Workspace) -> RunAllCause:
    """Name the paths that made every plugin run, and the setting that would narrow them down."""
    if isinstance(reason, CoreChanged):
        tiers = [name for name, tier in workspace.config.tiers.items() if tier.on_core_change == "test"]
        return RunAllCause("the core", f'on-core-change = "advisory" in {" and ".join(tiers)}')
    if isinstance(reason, SharedChanged):
        rule = workspace.config.shared[reason.rule]
        fix = f"narrow shared rule {reason.rule}: keys = [...], or plugins by name"
        return RunAllCause(", ".join(rule.path.sources), fix)
    if isinstance(reason, Unnamed):
        return RunAllCause(reason.path, "write the project's name literally")
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


def _pattern(path: str, workspace: Workspace) -> str:
    """Return the largest folder that contains the path and no plugin, as a pattern, or the path itself."""
    folders = [plugin.path for plugin in workspace.plugins.values()]
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth]) + "/"
        if not any(f"{plugin}/".startswith(folder) for plugin in folders):
            return f"{folder}**"
    return path
