"""The difference between two trees, as git lists it: no renames, so that both sides of a move count."""

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
"""Options under which ``git diff-tree`` and ``git diff`` write what :func:`parse_raw` reads."""


class Change(NamedTuple):
    """One path that differs. A mode of 0 is "not there" on that side.

    ``old_oid`` and ``new_oid`` are object ids; ``new_oid`` is ``None`` where the content is in the
    work tree and git has not hashed it.
    """

    path: str
    old_mode: int
    old_oid: str | None
    new_mode: int
    new_oid: str | None

    @property
    def added(self) -> bool:
        """Whether the path exists only at head."""
        return self.old_mode == 0

    @property
    def deleted(self) -> bool:
        """Whether the path exists only at base."""
        return self.new_mode == 0


ChangeSet: TypeAlias = tuple[Change, ...]
"""Every path that differs between base and head, in git's order, each once."""


class Difference:
    """How two trees differ: a question that git is still at work on until somebody needs the answer."""

    def __init__(self, told: Callable[[], Iterable[Change]]) -> None:
        self._told = told
        self._changes: ChangeSet | None = None

    @property
    def changes(self) -> ChangeSet:
        """The answer, waited for, in the order of the paths; ``GitError`` when git has none."""
        if self._changes is None:
            self._changes = tuple(sorted(self._told(), key=lambda change: change.path))
        return self._changes


def parse_raw(output: bytes) -> Iterator[Change]:
    """Read ``git diff --raw -z`` (gitdiffcore(7), "Raw output format")."""
    fields = iter(output.split(b"\0"))
    for head in fields:
        if not head:
            continue
        path = next(fields, None)
        parts = head.split(b" ")
        if path is None or len(parts) != 5 or not head.startswith(b":"):
            raise GitError(
                "git diff wrote something that is not a list of changes",
                hint="Run `git diff --raw` to see it.",
            )
        yield _change(parts, os.fsdecode(path))


def _change(parts: list[bytes], path: str) -> Change:
    old_mode, new_mode, old_oid, new_oid, _status = parts
    return Change(path, int(old_mode[1:], 8), _oid(old_oid), int(new_mode, 8), _oid(new_oid))


def _oid(raw: bytes) -> str | None:
    return None if not raw.strip(b"0") else raw.decode("ascii")


def compare_work_tree(tracked: Iterable[Change], entries: Mapping[str, Entry], untracked: Iterable[str]) -> ChangeSet:
    """How the work tree differs: what ``git diff`` says of tracked paths, and the untracked ones.

    Each path comes once, and one that is no longer tracked but still on disk is not deleted. ``git diff``
    also lists files that were written again as they were.
    """
    changes = {change.path: change for change in tracked}
    for path in untracked:
        old = changes.get(path)
        mode = entries[path].mode
        changes[path] = Change(path, 0, None, mode, None) if old is None else old._replace(new_mode=mode)
    return tuple(change for change in changes.values() if not _is_as_it_was(change, entries.get(change.path)))


def _is_as_it_was(change: Change, entry: Entry | None) -> bool:
    """Whether the index vouches for a file that ``git diff`` has not read, and has what base had."""
    return change.new_oid is None and change.new_mode != SUBMODULE and entry == Entry(change.old_mode, change.old_oid)
