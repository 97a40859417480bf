"""Read the contents of git objects, many per process."""

from __future__ import annotations

from collections.abc import Mapping

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import GitError
from commonhold.tree import MOST_FILE_BYTES, TOO_LARGE
from commonhold.vcs.git import checked_output
from commonhold.vcs.partial_clone import fetch_blobs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from commonhold.effects.process import Finished, Running
    from commonhold.vcs.git import Git


def read_blobs(git: Git, oids: Mapping[str, str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
    """Start reading blobs by their ids; the returned function waits for the contents, keyed like ``oids``.

    ``most`` limits the contents as in ``Tree.start_reading``. A partial clone fetches all missing blobs together. The
    returned function raises ``GitError`` if a blob cannot be read.
    """
    if not oids:
        return dict
    unique = tuple(dict.fromkeys(oids.values()))
    running = _start(git, unique, most)
    return lambda: _wait(git, oids, unique, running, most)


def _wait(
    git: Git, oids: Mapping[str, str], unique: tuple[str, ...], running: Running, most: int | None
) -> Mapping[str, bytes]:
    finished = running.wait()
    kept = unique
    if finished.code and most is not None and len(finished.stdout) >= most:
        kept = _small_enough(git, unique, most)
        finished = _start(git, kept).wait()
    output, slices = _contents(git, kept, finished)
    if most is not None:
        slices = {oid: part for oid, part in slices.items() if part.stop - part.start <= MOST_FILE_BYTES}
    return Contents(oids, output, slices)


class Contents(Mapping[str, bytes]):
    """Contents by key, sliced from git's output only on access, because most contents are used only once.

    A blob without a slice is too large.
    """

    def __init__(self, oids: Mapping[str, str], output: bytes, slices: Mapping[str, slice]) -> None:
        self._oids = oids
        self._output = output
        self._slices = slices

    def __getitem__(self, key: str) -> bytes:
        part = self._slices.get(self._oids[key])
        return TOO_LARGE if part is None else self._output[part]

    def __iter__(self) -> Iterator[str]:
        return iter(self._oids)

    def __len__(self) -> int:
        return len(self._oids)


def _start(git: Git, oids: Collection[str], most: int | None = None) -> Running:
    # Besides the contents, there is a line for each blob.
    limit = None if most is None else most + 100 * len(oids)
    return git.start("cat-file", "--batch", stdin=_lines(oids), most_output=limit)


def _small_enough(git: Git, oids: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the blobs to read: leave out large blobs, and blobs with which the total exceeds ``most``.

    Keep missing blobs.
    """
    oids = tuple(oids)
    output = git.output("cat-file", "--batch-check=%(objectsize)", stdin=_lines(oids)).decode("ascii")
    sizes = (int(line) if line.isdecimal() else 0 for line in output.splitlines())
    kept = []
    for oid, size in zip(oids, sizes, strict=True):
        if size <= min(most, MOST_FILE_BYTES):
            most -= size
            kept.append(oid)
    return tuple(kept)


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
