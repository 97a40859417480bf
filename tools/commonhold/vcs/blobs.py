"""Read the contents of git objects, many per process."""

from __future__ import annotations

from collections.abc import Mapping

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import GitError
from commonhold.vcs.git import checked_output
from commonhold.vcs.partial_clone import fetch_blobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.effects.process import Finished, Running
    from commonhold.vcs.git import Git


def read_blobs(git: Git, oids: Mapping[str, str]) -> Callable[[], Mapping[str, bytes]]:
    """Start reading blobs by their ids; the returned function waits for the contents, keyed like ``oids``.

    A partial clone fetches all missing blobs together. The returned function raises ``GitError`` if a blob cannot be
    read.
    """
    if not oids:
        return dict
    unique = tuple(dict.fromkeys(oids.values()))
    running = _start(git, unique)
    return lambda: Contents(oids, *_contents(git, unique, running.wait()))


class Contents(Mapping[str, bytes]):
    """Contents by key, sliced from git's output only on access: of many files, most are read only once."""

    def __init__(self, oids: Mapping[str, str], output: bytes, slices: Mapping[str, slice]) -> None:
        self._oids = oids
        self._output = output
        self._slices = slices

    def __getitem__(self, key: str) -> bytes:
        return self._output[self._slices[self._oids[key]]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._oids)

    def __len__(self) -> int:
        return len(self._oids)


def _start(git: Git, oids: Iterable[str]) -> Running:
    return git.start("cat-file", "--batch", stdin=_lines(oids))


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()


def _contents(git: Git, oids: tuple[str, ...], finished: Finished) -> tuple[bytes, Mapping[str, slice]]:
    """Return git's output, and the slice of each blob in it."""
    found = {} if finished.code else dict(_blobs(finished.stdout))
    # Check for a partial clone only after a miss: a full clone, the usual case, then needs only one process.
    if len(found) < len(oids) and fetch_blobs(git, oids):
        finished = _start(git, oids).wait()
    if len(found) < len(oids):
        found = dict(_blobs(checked_output(finished)))
    for oid in oids:
        if oid not in found:
            raise GitError(f"git has no object {oid}", hint="The clone is incomplete: run `git fsck`, or fetch again.")
    return finished.stdout, found


def _blobs(output: bytes) -> Iterator[tuple[str, slice]]:
    """Parse the output of ``git cat-file --batch`` ("BATCH OUTPUT" in its manual); skip missing objects."""
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        oid, *rest = output[at:end].decode("ascii").split(" ")
        at = end + 1
        if len(rest) == 2:
            size = int(rest[1])
            yield oid, slice(at, at + size)
            at += size + 1
