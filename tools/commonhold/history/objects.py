"""The contents of git's objects, many in one question."""

from __future__ import annotations

import os

from commonhold.errors import GitError
from commonhold.history.git import answer
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.effects.processes import Finished
    from commonhold.history.git import Git


def read_blobs(git: Git, oids: Iterable[str]) -> Callable[[], dict[str, bytes]]:
    """Begin to read blobs. What is returned waits for their contents, by object id.

    In a partial clone those that are missing are fetched together. Raises ``GitError`` when one cannot be had.
    """
    wanted = tuple(dict.fromkeys(oids))
    if not wanted:
        return dict
    lines = "".join(f"{oid}\n" for oid in wanted).encode()
    asked = git.start_offline("cat-file", "--batch", stdin=lines)
    return lambda: _contents(git, lines, asked.wait())


def _contents(git: Git, lines: bytes, finished: Finished) -> dict[str, bytes]:
    # One process is enough in a clone that is whole, and only that one is asked whether it is.
    if finished.code or _missing(finished.stdout):
        remote = _promisor(git)
        if remote is not None:
            git.ask_remote("fetch", remote, *_FETCH, stdin=lines)
            finished = git.start_offline("cat-file", "--batch", stdin=lines).wait()
    return dict(_parse(answer(finished)))


# What git does by itself for one missing object at a time (partial-clone, "Fetching Missing Objects").
_FETCH = (
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--recurse-submodules=no",
    "--filter=blob:none",
    "--quiet",
    "--stdin",
)


def _promisor(git: Git) -> str | None:
    """The remote that has promised to hand out what a partial clone left there."""
    finished = git.attempt("config", "-z", "--bool", "--get-regexp", r"^remote\..*\.promisor$")
    for record in finished.stdout.split(b"\0"):
        key, _, value = os.fsdecode(record).partition("\n")
        if value == "true":
            return key.removeprefix("remote.").removesuffix(".promisor")
    return None


def _missing(output: bytes) -> bool:
    return any(content is None for _, content in _records(output))


def _parse(output: bytes) -> Iterator[tuple[str, bytes]]:
    for oid, content in _records(output):
        if content is None:
            raise GitError(f"git has no object {oid}", hint="The clone is incomplete: run `git fsck`, or fetch again.")
        yield oid, content


def _records(output: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Read what ``git cat-file --batch`` wrote (its "BATCH OUTPUT"); ``None`` is an object that is missing."""
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        oid, *rest = output[at:end].decode("ascii").split(" ")
        at = end + 1
        if len(rest) == 2:
            size = int(rest[1])
            yield oid, output[at : at + size]
            at += size + 1
        else:
            yield oid, None
