"""Open a noxfile's repository and read its working tree."""

from __future__ import annotations

import contextlib
import os
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.ci.results import FOLDER, QUICK_STARTS
from commonhold.ci.snapshot import find_snapshot
from commonhold.effects.files import make_ignored_folder
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import UsageError
from commonhold.selection import Override, find_affected, read_override
from commonhold.vcs import CompareOptions, compare, open_repository
from commonhold.workspace import Files, check_workspace, read_config, read_workspace
from commonhold.workspace.config.locate import inside, locate_workspace

if TYPE_CHECKING:
    from typing import BinaryIO

    from commonhold.selection import SelectionResult
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace.model import Workspace


@dataclass(frozen=True, slots=True)
class Monorepo:
    """A repository, its working tree and its workspace.

    ``root`` is the workspace's folder, usually the repository's root. ``source`` is the folder from which sessions copy
    their files: the working tree, or a snapshot of it. ``config`` is the file that overrides the configuration.
    ``records`` is the folder for the results and logs of sessions, relative to ``root``.
    """

    root: str
    repository: Repository
    tree: Tree
    workspace: Workspace
    config: Override | None
    source: str
    records: str = FOLDER

    @property
    def results(self) -> str:
        """The folder for session results."""
        return os.path.join(self.root, self.records, "results")

    def log(self, session: str) -> str:
        """Return the path of a session's log."""
        return os.path.join(self.root, self.records, "logs", f"{session}.log")

    def for_quick_starts(self) -> Monorepo:
        """Return the same monorepo with other records, because a quick start has the name of a test session."""
        return replace(self, records=f"{FOLDER}/{QUICK_STARTS}")

    def make_folders(self) -> None:
        """Create the folders for results and logs, and make git ignore them."""
        os.makedirs(self.results, exist_ok=True)
        os.makedirs(os.path.dirname(self.log("")), exist_ok=True)
        make_ignored_folder(os.path.join(self.root, FOLDER))

    def open_log(self, session: str) -> BinaryIO:
        """Create a session's log, also for reading.

        An earlier session may have left a FIFO or a link at the log's path.
        """
        path = self.log(session)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return open(path, "x+b")

    def select(self, options: CompareOptions) -> SelectionResult:
        """Find the plugins that a change can break. Raises ``UsageError`` if the requested head is not checked out."""
        # Sessions copy the working tree, so results for any other commit would be wrong.
        repository = self.repository
        if options.head is not None and repository.resolve(options.head) != repository.resolve("HEAD"):
            raise UsageError(
                f"{options.head} is not checked out, but sessions test the working tree",
                hint=f"Run `git switch --detach {shlex.quote(options.head)}`.",
            )
        comparison = compare(
            options,
            lambda _: self.workspace.config.default_branch,
            SpawnRunner(),
            os.environ,
            lambda _folder, _root: repository.workspace,
        )
        return find_affected(comparison, self.config)


def open_monorepo(folder: str, config: str | None = None) -> Monorepo:
    """Open the repository that contains ``folder``. Raises ``CommonholdError``.

    The workspace is the nearest folder with a configuration; ``folder`` itself if ``config`` replaces it.
    """
    locate = locate_workspace if config is None else inside
    repository = open_repository(folder, SpawnRunner(), os.environ, locate=locate)
    work_tree: Tree = repository.work_tree()
    snapshot = find_snapshot(repository.root, work_tree, os.environ)
    tree = snapshot or work_tree
    override = None if config is None else read_override(os.path.join(folder, config), repository.root)
    files = Files(tree)
    decoded = read_config(files, None if override is None else (override.source, override.data))
    workspace = check_workspace(read_workspace(files, decoded))
    source = snapshot.files if snapshot is not None else repository.root
    return Monorepo(repository.workspace_root, repository, tree, workspace, override, source)
