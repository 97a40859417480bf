"""The contents of git's objects, many in one question."""

from __future__ import annotations

import os

from commonhold.errors import GitError
from commonhold.history.git import answer
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from commonhold.effects.processes import Finished, Pending
    from commonhold.history.git import Git


def read_blobs(git: Git, oids: Iterable[str]) -> Callable[[], Mapping[str, bytes]]:
    """Begin to read blobs. What is returned waits for their contents, by object id.

    In a partial clone those that are missing are fetched together. Raises ``GitError`` when one cannot be had.
    """
    wanted = tuple(dict.fromkeys(oids))
    if not wanted:
        return dict
    asked = _ask(git, wanted)
    return lambda: _contents(git, wanted, asked.wait())


def _ask(git: Git, oids: Iterable[str]) -> Pending:
    return git.start_offline("cat-file", "--batch", stdin=_lines(oids))


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()


def _contents(git: Git, wanted: tuple[str, ...], finished: Finished) -> Mapping[str, bytes]:
    found = {} if finished.code else dict(_blobs(finished.stdout))
    # One process is enough in a clone that is whole, and only another is asked whether it is partial.
    if len(found) < len(wanted) and (remote := _promisor(git)) is not None:
        git.ask_remote("fetch", remote, *_FETCH, stdin=_lines(wanted))
        finished = _ask(git, wanted).wait()
    if len(found) < len(wanted):
        found = dict(_blobs(answer(finished)))
    for oid in wanted:
        if oid not in found:
            raise GitError(f"git has no object {oid}", hint="The clone is incomplete: run `git fsck`, or fetch again.")
    return found


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


def _blobs(output: bytes) -> Iterator[tuple[str, bytes]]:
    """Read what ``git cat-file --batch`` wrote (its "BATCH OUTPUT"); an object that is missing is left out."""
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        oid, *rest = output[at:end].decode("ascii").split(" ")
        at = end + 1
        if len(rest) == 2:
            size = int(rest[1])
            yield oid, output[at : at + size]
            at += size + 1
