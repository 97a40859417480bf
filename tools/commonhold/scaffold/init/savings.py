"""Measure a configuration on past commits: the plugin jobs that it would have run, and those that today's CI ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.selection import Override
from commonhold.selection.audit import Replay, replay_history

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.vcs import Repository
    from commonhold.workspace import Cache


@dataclass(frozen=True, slots=True)
class Savings:
    """The plugin jobs of the replayed commits, out of ``run_all``: one job for each plugin and commit."""

    commits: int
    jobs: int
    run_all: int

    @property
    def share(self) -> float:
        """The share of jobs that are saved."""
        return 1 - self.jobs / self.run_all if self.run_all else 0.0


def replay_configuration(
    repository: Repository, commits: Iterable[tuple[str, str | None]], text: str, cache: Cache
) -> Iterator[Replay | str]:
    """Replay commits with the text of a configuration; the values are those of ``replay_history``."""
    return replay_history(repository, commits, Override("commonhold.toml", text.encode()), cache=cache)


def sum_replays(steps: Iterable[Replay | str]) -> Savings:
    """Sum the jobs of replayed commits; commits without a parent are left out."""
    replays = [step for step in steps if isinstance(step, Replay)]
    jobs, total = sum(replay.jobs for replay in replays), sum(replay.total for replay in replays)
    return Savings(len(replays), jobs, total)
