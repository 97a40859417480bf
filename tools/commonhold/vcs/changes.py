"""The difference between two trees, without rename detection: a moved file counts as two changed paths."""

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
    """A path that differs. A mode of 0 means that the path does not exist on that side.

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
"""All paths that differ between base and head, each once, sorted by path."""


class Difference:
    """The difference between two trees. Git computes it in the background until ``changes`` is read."""

    def __init__(self, wait: Callable[[], Iterable[Change]]) -> None:
        self._wait = wait
        self._changes: ChangeSet | None = None

    @property
    def changes(self) -> ChangeSet:
        """Wait for the changes, sorted by path. Raises ``GitError`` if git fails."""
        if self._changes is None:
            self._changes = tuple(sorted(self._wait(), key=lambda change: change.path))
        return self._changes


def parse_raw(output: bytes) -> Iterator[Change]:
    """Parse ``git diff --raw -z`` (gitdiffcore(7), "Raw output format")."""
    fields = iter(output.split(b"\0"))
    for head in fields:
        if not head:
            continue
        path = next(fields, None)
        parts = head.split(b" ")
        if path is None or len(parts) != 5 or not head.startswith(b":"):
            raise GitError(
                "the output of git diff is not a list of changes",
                hint="Run `git diff --raw` to see it.",
            )
        yield _change(parts, os.fsdecode(path))


def _change(parts: list[bytes], path: str) -> Change:
    old_mode, new_mode, old_oid, new_oid, _status = parts
    return Change(path, int(old_mode[1:], 8), _oid(old_oid), int(new_mode, 8), _oid(new_oid))


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
