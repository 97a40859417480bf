"""Replay past commits: count the jobs that the selection would have run, and the jobs that suggestions would save."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.selection.advice import NO_EVIDENCE, run_all_cause
from commonhold.selection.evidence import Evidence, find_evidence
from commonhold.selection.select import find_affected
from commonhold.vcs import Comparison, RevisionRange
from commonhold.workspace import Cache, Files, read_config, read_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.selection.advice import RunAllCause
    from commonhold.selection.affected import Affected, Selection
    from commonhold.vcs import Repository
    from commonhold.workspace import Workspace
    from commonhold.workspace.config import Config
    from commonhold.workspace.config.locate import Override


@dataclass(frozen=True, slots=True)
class Replay:
    """One commit compared with its first parent: the number of required and advisory plugins out of ``total``.

    ``not_needed`` are the plugins that the core imports but that ``not-needs`` excludes, each with the importing file.
    """

    commit: str
    selection: Selection
    required: int
    advisory: int
    total: int
    causes: tuple[RunAllCause, ...]
    not_needed: tuple[tuple[str, str], ...] = ()
    parent: str = ""

    @property
    def jobs(self) -> int:
        """The number of plugin jobs that the selection would have run, including advisory ones."""
        return self.required + self.advisory


@dataclass(frozen=True, slots=True)
class CauseTotal:
    """The number of commits with a cause, and the number of jobs that ran for these commits.

    ``saves`` is the number of these jobs that the suggested setting avoids; ``None`` without a suggestion.
    """

    cause: RunAllCause
    commits: int
    jobs: int
    saves: int | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """The replayed commits, and the ``roots``: commits that have no parent to compare with."""

    replays: tuple[Replay, ...]
    roots: tuple[str, ...]

    @property
    def jobs(self) -> int:
        """The number of plugin jobs that the selection would have run, including advisory ones."""
        return sum(replay.jobs for replay in self.replays)

    @property
    def run_all(self) -> int:
        """The number of plugin jobs that would have run if every plugin had been tested for every commit."""
        return sum(replay.total for replay in self.replays)

    @property
    def not_needed(self) -> tuple[tuple[str, str], ...]:
        """The imports of the core that were excluded in any commit, sorted."""
        return tuple(sorted({each for replay in self.replays for each in replay.not_needed}))

    def causes(self) -> tuple[CauseTotal, ...]:
        """Sum the causes over all commits, most frequent first."""
        summaries = (
            CauseTotal(cause, len(replays), sum(replay.jobs for replay in replays))
            for cause, replays in self.by_cause().items()
        )
        return tuple(sorted(summaries, key=_by_weight))

    def by_cause(self) -> dict[RunAllCause, list[Replay]]:
        """Return the replays with each cause."""
        seen: dict[RunAllCause, list[Replay]] = {}
        for replay in self.replays:
            for cause in dict.fromkeys(replay.causes):
                seen.setdefault(cause, []).append(replay)
        return seen


def _by_weight(total: CauseTotal) -> tuple[int, int, str, str]:
    return -total.commits, -total.jobs, total.cause.pattern, total.cause.fix


def read_evidence(repository: Repository, commit: str, rules: Override, cache: Cache | None = None) -> Evidence:
    """Find the files that plugins use outside their folders at a commit, so that no rule for them is suggested."""
    files = Files(repository.tree(commit))
    config = read_config(files, (rules.source, rules.data))
    return find_evidence(files, read_workspace(files, config, cache=cache))


def replay_history(
    repository: Repository,
    commits: Iterable[tuple[str, str | None]],
    rules: Override,
    evidence: Evidence = NO_EVIDENCE,
    cache: Cache | None = None,
) -> Iterator[Replay | str]:
    """Compare each commit with its first parent, using the current configuration; for a root commit, yield only its id.

    Contradictions between an old tree and the current configuration are ignored, because tiers and plugins change over
    time.
    """
    cache = cache or Cache()  # neighbouring commits share most files, so each file is read only once
    for commit, parent in commits:
        # A root commit has no base, and counting every plugin as affected would distort the totals.
        if parent is None:
            yield commit
            continue
        affected, workspace = _select(repository, commit, parent, rules, cache)
        yield _replay(commit, parent, affected, workspace, evidence)


def with_savings(
    repository: Repository, audit: Audit, totals: Iterable[CauseTotal], rules: Override, cache: Cache
) -> Iterator[CauseTotal]:
    """Replay the commits of each cause with the suggested setting, and yield the cause with the number of saved jobs.

    If a setting saves nothing, because other causes or tests remain, the cause no longer suggests it.
    """
    replays = audit.by_cause()
    totals = tuple(totals)
    suggested = [total.cause.suggestion for total in totals if total.cause.suggestion]

    def every(config: Config) -> Config:
        for suggestion in suggested:
            config = suggestion.apply(config)
        return config

    def jobs(replay: Replay, revise: Callable[[Config], Config]) -> int:
        return len(_select(repository, replay.commit, replay.parent, rules, cache, revise)[0].plugins)

    for total in totals:
        if total.cause.suggestion is None:
            yield total
            continue
        mine = replays[total.cause]
        saves = total.jobs - sum(jobs(replay, total.cause.suggestion.apply) for replay in mine)
        together = saves or total.jobs - sum(jobs(replay, every) for replay in mine)
        cause = total.cause
        if not together:
            cause = replace(cause, fix="none: other changes in the same commits affect these plugins", suggestion=None)
        elif not saves:
            cause = replace(cause, fix=f"{cause.fix} (only together with the other rules)")
        yield replace(total, cause=cause, saves=saves if together else None)


def _select(
    repository: Repository,
    commit: str,
    parent: str,
    rules: Override,
    cache: Cache,
    revise: Callable[[Config], Config] | None = None,
) -> tuple[Affected, Workspace]:
    tree = repository.tree(commit)
    comparison = Comparison(RevisionRange(parent, commit), tree, repository.difference(parent, commit), repository)
    selected = find_affected(comparison, rules, cache, strict=False, revise=revise)
    return selected.affected, selected.workspace


def _replay(commit: str, parent: str, affected: Affected, workspace: Workspace, evidence: Evidence) -> Replay:
    advisory = sum(plugin.advisory for plugin in affected.plugins)
    # If one tier skips a reason, the selection is "some", but the other tiers still run every plugin for it.
    answered = (reason for reason in affected.common if any(reason in plugin.reasons for plugin in affected.plugins))
    causes = tuple(run_all_cause(reason, workspace, evidence) for reason in answered)
    required = len(affected.plugins) - advisory
    not_needed = tuple(workspace.core.not_needed.items())
    return Replay(commit, affected.selection, required, advisory, len(workspace.plugins), causes, not_needed, parent)
