"""What every command gets from the options before its name, and how it finds a selection."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.vcs import CompareOptions, compare, open_repository

if TYPE_CHECKING:
    from commonhold.selection import Override, SelectionResult
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace.config import Config


class Context(NamedTuple):
    """The options before the command's name."""

    folder: str
    config: str | None

    def override(self, root: str | None = None) -> Override | None:
        """The file that ``--config`` names, read; ``root`` is the repository's, to tell whether it lies inside."""
        from commonhold.selection import read_override

        return None if self.config is None else read_override(self.config, root)

    def repository(self) -> Repository:
        """The repository that the command is about. Raises ``GitError``."""
        return open_repository(self.folder, SpawnRunner(), os.environ)

    def read_config(self, tree: Tree, root: str | None = None) -> Config:
        """What a tree is configured by: its own table, or the file that ``--config`` names."""
        from commonhold.workspace import read_config

        override = self.override(root)
        return read_config(tree, (override.source, override.data) if override else None)

    def select(self, asked: CompareOptions) -> SelectionResult:
        """The selection that a command's options ask for."""
        comparison = compare(asked, self._default_branch, SpawnRunner(), os.environ)
        # Imported only now: git is at work meanwhile.
        from commonhold.cli.cache_file import recall, remember
        from commonhold.selection import find_affected

        repository = comparison.repository
        if repository is None:
            return find_affected(comparison, self.override())
        memory = recall(repository.folder)
        selected = find_affected(comparison, self.override(repository.root), memory)
        remember(repository.folder, memory)
        return selected

    def _default_branch(self, tree: Tree) -> str | None:
        return self.read_config(tree).default_branch
