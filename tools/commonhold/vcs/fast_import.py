"""Create commits in a repository without a working tree, through ``git fast-import``.

No file is checked out, so filters, hooks and symbolic links in the tree have no effect, and the files on disk stay as
they are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.vcs.git import Git


FileContent: TypeAlias = "tuple[int, bytes | str] | None"
"""A file's mode with its content or the object id of its content; ``None`` if the file is deleted."""


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to create on top of the previous one.

    ``merged`` is a second parent. ``subtree`` is the object id of a tree and the folder that it becomes. ``author`` is
    an identity in the form of a commit (``None``: the committer).
    """

    message: str
    files: Mapping[str, FileContent] = field(default_factory=dict)
    merged: str | None = None
    subtree: tuple[str, str] | None = None
    author: bytes | None = None


def read_identity(git: Git) -> bytes:
    """Return the user's name, address and time in the form of a commit. Raises ``GitError`` if git has no name."""
    from commonhold.errors import GitError

    finished = git.run_with(git.user_environment, "var", "GIT_COMMITTER_IDENT")
    if finished.code:
        hint = "Run `git config --global user.name NAME` and `git config --global user.email ADDRESS`."
        raise GitError("git does not know your name and address", hint=hint)
    return finished.stdout.strip()


def write_commits(git: Git, branch: str, parent: str, commits: list[NewCommit], identity: bytes) -> str:
    """Create commits one after another, let ``branch`` point to the last one, and return its object id.

    The branch must not exist. Raises ``GitError``.
    """
    ref = f"refs/heads/{branch}"
    stream = b"".join(_commit(ref, commit, parent if not at else "", identity) for at, commit in enumerate(commits))
    git.output("fast-import", "--quiet", "--done", stdin=stream + b"done\n")
    return git.output("rev-parse", "--verify", ref).decode("ascii").strip()


def _commit(ref: str, commit: NewCommit, parent: str, identity: bytes) -> bytes:
    message = commit.message.encode("utf-8", "surrogateescape")
    lines = [f"commit {ref}\n".encode()]
    lines += [b"author " + commit.author + b"\n"] if commit.author else []
    lines += [b"committer " + identity + b"\n", _data(message)]
    lines += [f"from {parent}\n".encode()] if parent else []
    lines += [f"merge {commit.merged}\n".encode()] if commit.merged else []
    if commit.subtree is not None:
        tree, path = commit.subtree
        lines.append(f"M 040000 {tree} ".encode() + _quoted(path) + b"\n")
    lines += [b"D " + _quoted(path) + b"\n" for path, content in commit.files.items() if content is None]
    for path, content in commit.files.items():
        if content is not None:
            lines += _file(path, *content)
    return b"".join(lines)


def _file(path: str, mode: int, content: bytes | str) -> list[bytes]:
    if isinstance(content, str):
        return [f"M {mode:06o} {content} ".encode() + _quoted(path) + b"\n"]
    return [f"M {mode:06o} inline ".encode() + _quoted(path) + b"\n", _data(content)]


def _data(data: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(data), data)


def _quoted(path: str) -> bytes:
    """Quote a path as git does: the stream is split at line breaks and spaces."""
    raw = os.fsencode(path)
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
