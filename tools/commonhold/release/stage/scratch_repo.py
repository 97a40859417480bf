"""Create temporary git repositories for staged copies whose build backend lists the project's files with git."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import GitError
from commonhold.projects import read_metadata
from commonhold.release.stage.export import StageError
from commonhold.vcs.git import Git

if TYPE_CHECKING:
    from commonhold.projects.staged_project import StagedProject

# With one of these packages, setuptools packages the files that git tracks; meson requires a repository for sdists.
_ASK_GIT = frozenset(
    {"setuptools-scm", "vcs-versioning", "setuptools-git", "setuptools-git-versioning", "pbr", "meson-python"}
)

_COMMIT = b"tree %s\nauthor commonhold <> 0 +0000\ncommitter commonhold <> 0 +0000\n\nA copy\n"


def asks_git(project: StagedProject) -> bool:
    """Return whether the build lists files with git; such a build would silently omit files outside a repository."""
    start = len(project.path) + 1 if project.path else 0
    requirements = read_metadata(project.path, lambda path: project.read(path[start:])).build
    return any(each.name in _ASK_GIT for each in requirements)


def track(folder: str) -> None:
    """Create a repository in a folder, with one commit that contains all files of the folder.

    Raises ``StageError`` if the folder's ``.gitattributes`` prevent git from adding a file.
    """
    git = Git(folder, SpawnRunner(), os.environ)
    git.output("init", "--quiet", "--template=")
    try:
        git.output("add", "--all", "--force")
    except GitError as error:
        raise StageError(f"git cannot add the copy's files: {error.message}", hint="Correct .gitattributes.") from error
    tree = git.output("write-tree").strip()
    commit = git.output("hash-object", "-t", "commit", "-w", "--stdin", stdin=_COMMIT % tree)
    git.output("update-ref", "HEAD", commit.decode("ascii").strip())
