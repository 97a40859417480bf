"""List every version of every file in a history, and read the texts of its commits and tags."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.vcs.git import Git

_LOG = ("log", "-z", "--branches", "--tags", "--raw", "--root", "--no-renames", "--no-abbrev", "--no-show-signature")
_MARK = "commit "


@dataclass(frozen=True, slots=True)
class FileVersion:
    """A file as one commit changed it; ``mode`` is git's file mode."""

    commit: str
    path: str
    mode: int
    oid: str


@dataclass(frozen=True, slots=True)
class CommitText:
    """The parts of a commit that its authors write, and whether it is signed."""

    commit: str
    author: bytes
    committer: bytes
    message: bytes
    signed: bool
    parents: int


def file_versions(git: Git, folder: str = "") -> Iterator[FileVersion]:
    """Yield the versions of all files below ``folder`` in all branches and tags, newest first."""
    # A merge is compared with its first parent: this lists the files of the merged branch again, but also each file
    # that only the merge itself contains.
    args = (*_LOG, "--diff-merges=first-parent", f"--format=%x00{_MARK}%H", "--", *([folder] if folder else []))
    tokens = iter(os.fsdecode(git.output(*args)).split("\0"))
    commit = ""
    for token in tokens:
        text = token.lstrip("\n")
        if text.startswith(_MARK):
            commit = text[len(_MARK) :].strip()
        elif text.startswith(":"):
            _, mode, _, oid, status = text.split(" ")
            path = next(tokens)
            if status != "D":
                yield FileVersion(commit, path, int(mode, 8), oid)


def blob_sizes(git: Git, oids: Iterable[str]) -> Mapping[str, int]:
    """Return the sizes of objects without reading their contents."""
    lines = "".join(f"{oid}\n" for oid in oids).encode()
    output = git.output("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=lines).decode("ascii")
    pairs = (line.split(" ") for line in output.splitlines())
    return {oid: int(size) for oid, size in pairs if size.isdecimal()}


def commit_texts(git: Git, *revisions: str, folder: str = "") -> Iterator[CommitText]:
    """Yield the texts of all commits in the history of the revisions, or of all branches and tags, oldest first.

    With ``folder``, yield only the commits that change a file below it.
    """
    names = revisions or ("--branches", "--tags")
    paths = ("--full-history", *names, "--", folder) if folder else (*names, "--")
    commits = git.output("rev-list", "--topo-order", "--reverse", *paths).decode("ascii").split()
    output = git.output("cat-file", "--batch", stdin="".join(f"{commit}\n" for commit in commits).encode())
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        oid, _, size = output[at:end].decode("ascii").split(" ")
        raw = output[end + 1 : end + 1 + int(size)]
        at = end + 1 + int(size) + 1
        head, _, message = raw.partition(b"\n\n")
        yield CommitText(
            oid,
            _header(head, b"author"),
            _header(head, b"committer"),
            message,
            b"\ngpgsig" in head,
            head.count(b"\nparent "),
        )


def _header(head: bytes, name: bytes) -> bytes:
    return next((line[len(name) + 1 :] for line in head.split(b"\n") if line.startswith(name + b" ")), b"")


def tag_texts(git: Git) -> Mapping[str, bytes]:
    """Return the tags, each with its message if it is annotated."""
    output = git.output("for-each-ref", "--format=%(refname:strip=2)%00%(objecttype)%00%(contents)%00%00", "refs/tags")
    records = (record.lstrip(b"\n").split(b"\0") for record in output.split(b"\0\0\n") if record.strip(b"\n"))
    return {os.fsdecode(name): text if kind == b"tag" else b"" for name, kind, text, *_ in records}


def remove_odd_tags(git: Git) -> tuple[str, ...]:
    """Delete the tags that point to something other than a commit, and return their names."""
    form = "--format=%(refname)%00%(objecttype)%00%(*objecttype)"
    lines = os.fsdecode(git.output("for-each-ref", form, "refs/tags")).splitlines()
    odd = [name for name, kind, peeled in (line.split("\0") for line in lines) if "commit" not in (kind, peeled)]
    for name in odd:
        git.output("update-ref", "-d", name)
    return tuple(name.removeprefix("refs/tags/") for name in odd)


def remove_other_tags(git: Git, folder: str) -> int:
    """Delete the tags of other folders of a monorepo, and return their number.

    If some tags contain the name of the folder, the others belong to other folders; otherwise, all tags stay.
    """
    name = re.compile(rf"(?<![^\W_]){re.escape(folder.rpartition('/')[2])}(?![^\W_])")
    tags = [*tag_texts(git)]
    others = [tag for tag in tags if not name.search(tag)]
    if len(others) == len(tags):
        return 0
    lines = "".join(f"delete refs/tags/{tag}\n" for tag in others)
    git.output("update-ref", "--stdin", stdin=os.fsencode(lines))
    return len(others)
