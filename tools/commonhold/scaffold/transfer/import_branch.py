"""Write the commits of an import: a merge of the history, the moved files, and the edited files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.vcs.fast_import import NewCommit, write_commits

if TYPE_CHECKING:
    from commonhold.scaffold.rename.edited_tree import EditedTree
    from commonhold.vcs.git import Git


def write_branch(
    git: Git,
    *,
    branch: str,
    base: str,
    history: str,
    name: str,
    folder: str,
    source: str,
    files: EditedTree,
    identity: bytes,
) -> str:
    """Create a branch on top of ``base`` that merges ``history``, and return the id of its last commit."""
    subtree = git.output("rev-parse", "--verify", f"{history}:{folder}").decode("ascii").strip()
    moved = files.moved()
    steps = [
        NewCommit(f"Import {name} with its history\n\nFrom {source}.\n", merged=history, subtree=(subtree, folder)),
        *([NewCommit(f"Move the files of {name}\n", moved)] if moved else []),
        NewCommit(f"Rename {name}, and record its transfer\n", files.edited()),
    ]
    return write_commits(git, branch, base, steps, identity)


def write_squashed_branch(git: Git, *, branch: str, base: str, last: str, message: str, identity: bytes) -> str:
    """Create a branch with one commit on top of ``base`` that has the files of ``last``."""
    tree = git.output("rev-parse", "--verify", f"{last}^{{tree}}").decode("ascii").strip()
    return write_commits(git, branch, base, [NewCommit(message, subtree=(tree, ""))], identity)
