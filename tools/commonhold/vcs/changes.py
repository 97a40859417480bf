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


class StoredChanges:
    """Many changes, in the order of git, which are parsed again each time that they are iterated.

    Only git's output is stored: a million ``Change`` objects would take three times as much memory.
    """

    def __init__(self, parse: Callable[[], Iterator[Change]]) -> None:
        self._parse = parse
        self._count: int | None = None

    def __iter__(self) -> Iterator[Change]:
        count = 0
        for change in self._parse():
            count += 1
            yield change
        self._count = count

    def __contains__(self, change: object) -> bool:
        return any(change == each for each in self)

    def __len__(self) -> int:
        if self._count is None:
            self._count = sum(1 for _ in self._parse())
        return self._count

    def __bool__(self) -> bool:
        return any(True for _ in self._parse())


ChangeSet: TypeAlias = "tuple[Change, ...] | StoredChanges"
"""All paths that differ between base and head, without duplicates. A tuple is sorted by path."""

_MOST_PARSED = 4 << 20  # bytes of git's output, about 30,000 changes


def parse_or_store(parse: Callable[[], Iterator[Change]], size: int) -> Iterable[Change]:
    """Return changes that are parsed once or, if the ``size`` of git's output is large, whenever they are needed."""
    return parse() if size <= _MOST_PARSED else StoredChanges(parse)


class Difference:
    """The difference between two trees. Git computes the difference in the background until ``changes`` is read."""

    def __init__(self, wait: Callable[[], Iterable[Change]]) -> None:
        self._wait: Callable[[], Iterable[Change]] | None = wait
        self._changes: ChangeSet = ()

    @property
    def changes(self) -> ChangeSet:
        """Wait for the changes. Raises ``GitError`` if git fails."""
        if self._wait is not None:
            found = self._wait()
            if isinstance(found, StoredChanges):
                self._changes = found
            else:
                self._changes = tuple(sorted(found, key=lambda change: change.path))
            self._wait = None  # it holds the output, which can be large
        return self._changes


def parse_raw(output: bytes) -> Iterator[Change]:
    """Parse ``git diff --raw -z`` (gitdiffcore(7), "Raw output format")."""
    at = 0
    modes, make = _Modes(), Change._make  # faster than a call, and there may be a million changes
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
        yield make((os.fsdecode(path), modes[old_mode[1:]], _oid(old_oid), modes[new_mode], _oid(new_oid)))


class _Modes(dict[bytes, int]):
    """Modes by their octal text, so that a million files share a few numbers."""

    def __missing__(self, text: bytes) -> int:
        mode = self[text] = int(text, 8)
        return mode


def _oid(raw: bytes) -> str | None:
    return None if not raw.strip(b"0") else raw.decode("ascii")


def compare_work_tree(
    tracked: Iterable[Change], entries: Mapping[str, Entry], untracked: Iterable[str]
) -> Iterator[Change]:
    """Combine the changes of tracked paths, from ``git diff``, with untracked files. Each path appears once.

    A path that is no longer tracked but still on disk counts as modified, not as deleted. A file rewritten with the
    same content is left out, although ``git diff`` lists it.
    """
    modes = {path: entries[path].mode for path in untracked}
    for change in _last_of_each(tracked):
        mode = modes.pop(change.path, None)
        here = change if mode is None else change._replace(new_mode=mode)
        if not _is_unchanged(here, entries.get(change.path)):
            yield here
    yield from (Change(path, 0, None, mode, None) for path, mode in modes.items())


def _last_of_each(changes: Iterable[Change]) -> Iterator[Change]:
    """Yield the last of several successive changes of a path: git lists a path with a merge conflict twice."""
    last = None
    for change in changes:
        if last is not None and last.path != change.path:
            yield last
        last = change
    if last is not None:
        yield last


def _is_unchanged(change: Change, entry: Entry | None) -> bool:
    """Return whether only a file's timestamp changed: the index is up to date and equals base."""
    return change.new_oid is None and change.new_mode != SUBMODULE and entry == Entry(change.old_mode, change.old_oid)
