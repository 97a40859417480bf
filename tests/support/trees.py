"""A tree in memory, for code that reads a :class:`commonhold.tree.Tree`."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1
from typing import TYPE_CHECKING

from commonhold.tree import REGULAR, SYMLINK, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    Content: TypeAlias = "str | bytes | tuple[int, bytes]"


class MemoryTree:
    """Files by path (a text, bytes, or bytes with a mode) and symbolic links by path.

    ``requested`` are the paths of each request to read, and ``answered`` is the number of requests whose
    contents were waited for.
    """

    def __init__(
        self,
        files: Mapping[str, Content] | Iterable[str],
        links: Mapping[str, str] | None = None,
        workspace: str = "",
    ) -> None:
        self.workspace = workspace
        contents = files if isinstance(files, Mapping) else dict.fromkeys(files, "")
        self.files = {path: _with_mode(content) for path, content in contents.items()}
        self.files |= {path: (SYMLINK, target.encode()) for path, target in (links or {}).items()}
        self.entries = {path: Entry(mode, oid(data)) for path, (mode, data) in self.files.items()}
        self.requested: list[list[str]] = []
        self.answered = 0

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        requested = list(paths)
        self.requested.append(requested)
        return lambda: self._answer(requested)

    def _answer(self, requested: list[str]) -> Mapping[str, bytes]:
        self.answered += 1
        return {path: self.files[path][1] for path in requested if path in self.files}

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        return self.start_reading(paths)()


def oid(data: bytes) -> str:
    """An object id that differs when the content does."""
    return sha1(data, usedforsecurity=False).hexdigest()


def _with_mode(content: Content) -> tuple[int, bytes]:
    if isinstance(content, tuple):
        return content
    return REGULAR, content.encode() if isinstance(content, str) else content
