"""The difference between two trees, as git lists it: no renames, so that both sides of a move count."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from commonhold.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def merge_unmerged(changes: Iterator[Change]) -> Iterator[Change]:
    """Drop the second line that git writes for a path in conflict, so that each path comes once."""
    seen: set[str] = set()
    for change in changes:
        if change.path not in seen:
            seen.add(change.path)
            yield change
