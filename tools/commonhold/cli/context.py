"""What every command gets from the options before its name, and how it finds a selection."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from commonhold.effects.files import write_atomically
from commonhold.effects.processes import Processes
from commonhold.history import Asked, compare
from commonhold.selection import Override, Selected, find_affected, read_override
from commonhold.typed import TYPE_CHECKING, NamedTuple
from commonhold.workspace import Memory, read_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.workspace import Tree


class Context(NamedTuple):
    """The options before the command's name."""

    folder: str
    config: str | None

    def override(self, root: str | None = None) -> Override | None:
        """The file that ``--config`` names, read; ``root`` is the repository's, to tell whether it lies inside."""
        return None if self.config is None else read_override(self.config, root)

    def select(self, asked: Asked) -> Selected:
        """The selection that a command's options ask for."""
        comparison = compare(asked, self._default_branch, Processes(), os.environ)
        repository = comparison.repository
        if repository is None:
            return find_affected(comparison, self.override())
        with remembering(repository.folder) as memory:
            return find_affected(comparison, self.override(repository.root), memory)

    def _default_branch(self, tree: Tree) -> str | None:
        override = self.override()
        return read_config(tree, (override.source, override.data) if override else None).default_branch


@contextmanager
def remembering(git_folder: str) -> Iterator[Memory]:
    """The memory kept in git's own folder: it goes where the repository goes, and ends with it.

    A memory that cannot be read or written is done without: it only saves time.
    """
    path = os.path.join(git_folder, "commonhold", "memory")
    data = b""
    with suppress(OSError), open(path, "rb") as file:
        data = file.read()
    memory = Memory.load(data)
    yield memory
    if memory.learned:
        with suppress(OSError):
            write_atomically(path, memory.dump())
