"""Compare the trees of a repository as the command line, or a CI event, does."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import GitError
from commonhold.vcs import CompareOptions, Comparison, compare, open_repository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonhold.effects.process import Command, Running
    from commonhold.vcs import Change, Repository

CI = {"CI": "true"}


def compare_folder(
    folder: Path | str,
    base: str | None = None,
    head: str | None = None,
    *,
    exact: bool = False,
    branch: str | None = None,
    environ: Mapping[str, str] | None = None,
    runner: SpawnRunner | None = None,
) -> Comparison:
    """Compare as ``commonhold -C folder affected`` does, and wait for git; ``branch`` is the configured default branch."""
    options = CompareOptions(os.fspath(folder), base, head, exact)
    comparison = compare(options, lambda tree: branch, runner or SpawnRunner(), {**os.environ, **(environ or {})})
    return _wait_for(comparison)


def _wait_for(comparison: Comparison) -> Comparison:
    try:
        _ = comparison.changes, comparison.tree.entries
    except GitError as error:
        degraded = comparison.degraded(error)
        if degraded is None:
            raise
        return _wait_for(degraded)
    return comparison


def opened(folder: Path, environ: Mapping[str, str] | None = None) -> Repository:
    """Open the repository of a folder."""
    return open_repository(os.fspath(folder), SpawnRunner(), {**os.environ, **(environ or {})})


def changes(comparison: Comparison) -> dict[str, Change]:
    """The changes by path; fail if a path comes twice."""
    assert comparison.changes is not None, comparison.range.unknown
    found = {change.path: change for change in comparison.changes}
    assert len(found) == len(comparison.changes)
    return found


def event(folder: Path, name: str, payload: Any) -> dict[str, str]:
    """The environment of a GitHub Actions run; a payload that is text is written unchanged."""
    file = folder / f"{name}.json"
    file.write_text(payload if isinstance(payload, str) else json.dumps(payload), encoding="utf-8")
    return {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file)}


def pull(head: str, base: str, ref: str = "main") -> dict[str, Any]:
    """The part of a pull request's payload with its two sides."""
    return {"pull_request": {"head": {"sha": head, "ref": "feature"}, "base": {"sha": base, "ref": ref}}}


class RecordingRunner(SpawnRunner):
    """Starts programs and records their arguments."""

    def __init__(self) -> None:
        self.started: list[tuple[str, ...]] = []

    def start(self, command: Command) -> Running:
        self.started.append(command.argv)
        return super().start(command)

    def verbs(self) -> list[str]:
        """The git commands, in order."""
        verbs = {"rev-parse", "cat-file", "symbolic-ref", "merge-base", "rev-list", "diff", "diff-tree", "ls-tree"}
        verbs |= {"ls-files", "fetch", "config"}
        return [next(word for word in argv if word in verbs) for argv in self.started]
