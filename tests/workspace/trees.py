"""A tree in memory that keeps account of what it is asked: enough of a :class:`commonhold.tree.Tree` to read from."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING

from commonhold.tree import REGULAR, SYMLINK, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Held:
    """Files and links by path. ``asked`` are the paths of each question, ``answered`` how many were waited for."""

    def __init__(self, files: Mapping[str, str], links: Mapping[str, str] | None = None) -> None:
        self._contents = {path: text.encode() for path, text in {**files, **(links or {})}.items()}
        self.entries = {
            path: Entry(SYMLINK if links and path in links else REGULAR, sha1(data).hexdigest())
            for path, data in self._contents.items()
        }
        self.asked: list[list[str]] = []
        self.answered = 0

    def begin(self, paths: Iterable[str]) -> Callable[[], Mapping[str, bytes]]:
        wanted = list(paths)
        self.asked.append(wanted)
        return lambda: self._answer(wanted)

    def _answer(self, wanted: list[str]) -> Mapping[str, bytes]:
        self.answered += 1
        return {path: self._contents[path] for path in wanted if path in self._contents}

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        return self.begin(paths)()
