"""The contents of git's objects, many in one question."""

from __future__ import annotations

import os
from collections.abc import Mapping

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import GitError
from commonhold.vcs.git import checked_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.effects.process import Finished, Running
    from commonhold.vcs.git import Git


def read_blobs(git: Git, wanted: Mapping[str, str]) -> Callable[[], Mapping[str, bytes]]:
    """Begin to read blobs, whose ids are ``wanted``. What is returned waits for their contents, by the same keys.

    In a partial clone those that are missing are fetched together. Raises ``GitError`` when one cannot be had.
    """
    if not wanted:
        return dict
    oids = tuple(dict.fromkeys(wanted.values()))
    asked = _ask(git, oids)
    return lambda: Contents(wanted, *_contents(git, oids, asked.wait()))


class Contents(Mapping[str, bytes]):
    """Contents by key, each cut out of git's answer when it is asked for: of many files, most are looked at once."""

    def __init__(self, wanted: Mapping[str, str], output: bytes, places: Mapping[str, slice]) -> None:
        self._wanted = wanted
        self._output = output
        self._places = places

    def __getitem__(self, key: str) -> bytes:
        return self._output[self._places[self._wanted[key]]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._wanted)

    def __len__(self) -> int:
        return len(self._wanted)


def _ask(git: Git, oids: Iterable[str]) -> Running:
    return git.start_offline("cat-file", "--batch", stdin=_lines(oids))


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()


def _contents(git: Git, oids: tuple[str, ...], finished: Finished) -> tuple[bytes, Mapping[str, slice]]:
    """What git answered, and where in it each blob is."""
    found = {} if finished.code else dict(_blobs(finished.stdout))
    # One process is enough in a clone that is whole, and only another is asked whether it is partial.
    if len(found) < len(oids) and (remote := _promisor(git)) is not None:
        git.ask_remote("fetch", remote, *_FETCH, stdin=_lines(oids))
        finished = _ask(git, oids).wait()
    if len(found) < len(oids):
        found = dict(_blobs(checked_output(finished)))
    for oid in oids:
        if oid not in found:
            raise GitError(f"git has no object {oid}", hint="The clone is incomplete: run `git fsck`, or fetch again.")
    return finished.stdout, found


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


def _blobs(output: bytes) -> Iterator[tuple[str, slice]]:
    """Read what ``git cat-file --batch`` wrote (its "BATCH OUTPUT"); an object that is missing is left out."""
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        oid, *rest = output[at:end].decode("ascii").split(" ")
        at = end + 1
        if len(rest) == 2:
            size = int(rest[1])
            yield oid, slice(at, at + size)
            at += size + 1
