"""Compute the difference between two trees, without rename detection: a moved file counts as two changed paths."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import GitError
from commonhold.tree import SUBMODULE, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeAlias

RAW = (
    "--raw",
    "-z",
    "-r",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-abbrev",
    "--ignore-submodules=none",
    "-O/dev/null",
)
"""The options of ``git diff-tree`` and ``git diff`` that :func:`parse_raw` requires."""


class Change(NamedTuple):
    """A path that differs between two trees. A mode of 0 means that the path does not exist in that tree.

    ``old_oid`` and ``new_oid`` are object ids; ``new_oid`` is ``None`` for a file of the working tree that git has not
    hashed.
    """

    path: str
    old_mode: int
    old_oid: str | None
    new_mode: int
    new_oid: str | None

    @property
    def added(self) -> bool:
        """Return whether the path exists only at head."""
        return self.old_mode == 0

    @property
    def deleted(self) -> bool:
        """Return whether the path exists only at base."""
        return self.new_mode == 0


ChangeSet: TypeAlias = tuple[Change, ...]
"""All paths that differ between base and head, without duplicates, sorted by path."""


class Difference:
    """The difference between two trees. Git computes the difference in the background until ``changes`` is read."""

    def __init__(self, wait: Callable[[], Iterable[Change]]) -> None:
        self._wait: Callable[[], Iterable[Change]] | None = wait
        self._changes: ChangeSet = ()

    @property
    def changes(self) -> ChangeSet:
        """Wait for the changes, sorted by path. Raises ``GitError`` if git fails."""
        if self._wait is not None:
            self._changes = tuple(sorted(self._wait(), key=lambda change: change.path))
            self._wait = None  # it holds the output, which can be large
        return self._changes


def parse_raw(output: bytes) -> Iterator[Change]:
    """Parse ``git diff --raw -z`` (gitdiffcore(7), "Raw output format")."""
    at = 0
    modes = _Modes()
    while at < len(output):  # instead of splitting the output, because all fields would take much memory
        middle = output.find(b"\0", at)
        end = output.find(b"\0", middle + 1)
        head, path = output[at:middle], output[middle + 1 : end]
        at = end + 1
        parts = head.split(b" ")
        if middle < 0 or end < 0 or len(parts) != 5 or not head.startswith(b":"):
            raise GitError(
                "the output of git diff is not a list of changes",
                hint="Run `git diff --raw` to see it.",
            )
        old_mode, new_mode, old_oid, new_oid, _status = parts
        yield Change(os.fsdecode(path), modes[old_mode[1:]], _oid(old_oid), modes[new_mode], _oid(new_oid))


class _Modes(dict[bytes, int]):
    """Modes by their octal text, so that a million files share a few numbers."""

    def __missing__(self, text: bytes) -> int:
        mode = self[text] = int(text, 8)
        return mode


def _oid(raw: bytes) -> str | None:
    return None if not raw.strip(b"0") else raw.decode("ascii")


def compare_work_tree(tracked: Iterable[Change], entries: Mapping[str, Entry], untracked: Iterable[str]) -> ChangeSet:
    """Combine the changes of tracked paths, from ``git diff``, with untracked files. Each path appears once.

    A path that is no longer tracked but still on disk counts as modified, not as deleted. A file rewritten with the
    same content is left out, although ``git diff`` lists it.
    """
    changes = {change.path: change for change in tracked}
    for path in untracked:
        old = changes.get(path)
        mode = entries[path].mode
        changes[path] = Change(path, 0, None, mode, None) if old is None else old._replace(new_mode=mode)
    return tuple(change for change in changes.values() if not _is_unchanged(change, entries.get(change.path)))


def _is_unchanged(change: Change, entry: Entry | None) -> bool:
    """Return whether only a file's timestamp changed: the index is up to date and equals base."""
    return change.new_oid is None and change.new_mode != SUBMODULE and entry == Entry(change.old_mode, change.old_oid)
