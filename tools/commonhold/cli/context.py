"""What every command gets from the options before its name, and how it finds a selection."""

from __future__ import annotations

import os

from commonhold.effects.processes import Processes
from commonhold.history import Asked, compare
from commonhold.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from commonhold.selection import Override, Selected
    from commonhold.tree import Tree


class Context(NamedTuple):
    """The options before the command's name."""

    folder: str
    config: str | None

    def override(self, root: str | None = None) -> Override | None:
        """The file that ``--config`` names, read; ``root`` is the repository's, to tell whether it lies inside."""
        from commonhold.selection import read_override

        return None if self.config is None else read_override(self.config, root)

    def select(self, asked: Asked) -> Selected:
        """The selection that a command's options ask for."""
        comparison = compare(asked, self._default_branch, Processes(), os.environ)
        # Imported only now: git is at work meanwhile.
        from commonhold.cli.remembering import recall, remember
        from commonhold.selection import find_affected

        repository = comparison.repository
        if repository is None:
            return find_affected(comparison, self.override())
        memory = recall(repository.folder)
        selected = find_affected(comparison, self.override(repository.root), memory)
        remember(repository.folder, memory)
        return selected

    def _default_branch(self, tree: Tree) -> str | None:
        from commonhold.workspace import read_config

        override = self.override()
        return read_config(tree, (override.source, override.data) if override else None).default_branch
