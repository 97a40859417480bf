"""Commit files to a new branch without changing the working tree, git's index or the checked-out branch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.text import printable
from commonhold.tree import REGULAR
from commonhold.vcs.new_refs import check_new_branch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.vcs.repository import Repository


def check_branch(repository: Repository, branch: str) -> None:
    """Raise ``UsageError`` if a name is not the name of a branch, or if the branch exists."""
    if repository.git.attempt("check-ref-format", "--branch", branch).code or branch.startswith("-"):
        raise UsageError(f"{printable(branch)!r} is not a name for a branch", hint="Pass another name to --branch.")
    check_new_branch(repository, branch)


def commit_to_branch(repository: Repository, branch: str, parent: str, files: Mapping[str, bytes], message: str) -> str:
    """Create a branch with one commit on top of ``parent``, and return the commit. No hook runs.

    ``files`` are the new contents by path. Raises ``UsageError`` if the branch exists, and ``GitError`` if git fails,
    for example because the user has no name.
    """
    check_branch(repository, branch)
    tree = _write_folder(repository, parent, "", files)
    commit = repository.git.user_output("commit-tree", tree, "-p", parent, stdin=message.encode())
    oid = os.fsdecode(commit).strip()
    # The old value of zeros makes git refuse a branch that another process has created in the meantime.
    repository.git.output("update-ref", "--end-of-options", f"refs/heads/{branch}", oid, "0" * len(oid))
    return oid


def _write_folder(repository: Repository, parent: str, folder: str, files: Mapping[str, bytes]) -> str:
    """Write the tree of a folder with the new files, and return its object id."""
    entries = _list_folder(repository, parent, folder)
    inner: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            inner.setdefault(name, {})[rest] = content
        else:
            oid = os.fsdecode(repository.git.output("hash-object", "-w", "--stdin", stdin=content)).strip()
            mode = entries.get(name, f"{REGULAR:o} blob").partition(" ")[0]
            entries[name] = f"{mode} blob {oid}"
    for name, below in inner.items():
        place = f"{folder}/{name}" if folder else name
        entries[name] = f"040000 tree {_write_folder(repository, parent, place, below)}"
    lines = b"".join(os.fsencode(f"{entry}\t{name}") + b"\0" for name, entry in entries.items())
    # A partial clone lacks objects that the other entries name.
    return os.fsdecode(repository.git.output("mktree", "-z", "--missing", stdin=lines)).strip()


def _list_folder(repository: Repository, commit: str, folder: str) -> dict[str, str]:
    """Return the entries of a folder by name, each as ``mode type oid``; empty if there is no such folder."""
    finished = repository.git.attempt("ls-tree", "-z", "--end-of-options", f"{commit}:{folder}")
    entries = {}
    for line in os.fsdecode(finished.stdout).split("\0")[:-1] if finished.code == 0 else ():
        entry, _, name = line.partition("\t")
        entries[name] = entry
    return entries
