"""Define a common interface to the files of working trees and commits."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

REGULAR = 0o100644
EXECUTABLE = 0o100755
SYMLINK = 0o120000
SUBMODULE = 0o160000

MOST_FILE_BYTES = 16 << 20
"""The size in bytes above which a file's content is not read for a selection."""

MOST_BYTES = 256 << 20
"""The total size in bytes of the files that are read together."""

TOO_LARGE = b"\0 this file is too large to be read"
"""The content of a file that exceeds a limit.

This content is invalid in every format, so the file counts as unreadable.
"""


class Entry(NamedTuple):
    """One file of a tree.

    ``mode`` is git's file mode (``REGULAR``, ``EXECUTABLE``, ``SYMLINK``, ``SUBMODULE``). ``oid`` is the object id of
    the content in hexadecimal; it is ``None`` if git has not hashed the content because the file differs from git's
    index.
    """

    mode: int
    oid: str | None


class Tree(Protocol):
    """Files by path. Paths are relative to the repository's root, use ``/``, and are decoded like file names."""

    @property
    def workspace(self) -> str:
        """The folder with the configuration, to which patterns are relative; empty for the repository's root."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """All files of the tree, by path."""

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return the contents of the paths that exist. The content of a symbolic link is its target."""

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        """Start reading in the background; the returned function waits for the contents.

        With ``most``, at most this many bytes are read in total, and no file that is larger than ``MOST_FILE_BYTES``.
        The content of every other file is ``TOO_LARGE``.

        An implementation may read in a fork of the process (``os.fork``), unless the process has threads.
        """
