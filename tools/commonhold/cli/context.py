"""What every command gets from the options before its name, and how it finds a selection."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from commonhold.effects.processes import Processes
from commonhold.errors import UsageError
from commonhold.history import Asked, compare
from commonhold.selection import Override, Selected, find_affected
from commonhold.workspace import read_config

if TYPE_CHECKING:
    from commonhold.workspace import Tree


class Context(NamedTuple):
    """The options before the command's name."""

    folder: str
    config: str | None

    def override(self, root: str | None = None) -> Override | None:
        """The file that ``--config`` names, read; ``root`` is the repository's, to tell whether it lies inside."""
        if self.config is None:
            return None
        try:
            with open(self.config, "rb") as file:
                data = file.read()
        except OSError as error:
            raise UsageError(
                f"cannot read {self.config}: {error.strerror}", hint="Name a file after --config."
            ) from error
        return Override(self.config, data, _inside(self.config, root))

    def select(self, asked: Asked) -> Selected:
        """The selection that a command's options ask for."""
        comparison = compare(asked, self._default_branch, Processes(), os.environ)
        root = comparison.repository.root if comparison.repository else None
        return find_affected(comparison, self.override(root))

    def _default_branch(self, tree: Tree) -> str | None:
        override = self.override()
        config, _ = read_config(tree, (override.source, override.data) if override else None)
        return config.default_branch


def _inside(file: str, root: str | None) -> str | None:
    if root is None:
        return None
    path = os.path.relpath(os.path.realpath(file), os.path.realpath(root)).replace(os.sep, "/")
    return None if path.startswith("../") else path
