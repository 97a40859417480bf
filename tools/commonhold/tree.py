"""The one view of files that the rest of the library reads: a work tree or a commit looks the same."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

REGULAR = 0o100644
EXECUTABLE = 0o100755
SYMLINK = 0o120000
SUBMODULE = 0o160000


class Entry(NamedTuple):
    """One file of a tree.

    ``mode`` is git's (``REGULAR``, ``EXECUTABLE``, ``SYMLINK``, ``SUBMODULE``). ``oid`` is the
    object id of its content in hexadecimal, or ``None`` where it is not known without reading the
    file (a file of the work tree that differs from the index).
    """

    mode: int
    oid: str | None


class Tree(Protocol):
    """Files by path: relative to the repository's root, ``/`` between parts, decoded as the file system does."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every file of the tree."""

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those paths that exist; of a symbolic link, its target as bytes."""

    def begin(self, paths: Iterable[str]) -> Callable[[], Mapping[str, bytes]]:
        """Begin to read, while the caller does something else; what is returned waits for the contents.

        Where many files are to be read, that happens in a copy of the process (``os.fork``), unless it has threads.
        """
