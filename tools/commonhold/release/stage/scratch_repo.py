"""A copy made a repository of its own, for backends that ask git which files a project has."""

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

# With one of them, setuptools packs as data what git tracks; meson makes sdists of a repository alone.
_ASK_GIT = frozenset(
    {"setuptools-scm", "vcs-versioning", "setuptools-git", "setuptools-git-versioning", "pbr", "meson-python"}
)

_COMMIT = b"tree %s\nauthor commonhold <> 0 +0000\ncommitter commonhold <> 0 +0000\n\nA copy\n"


def asks_git(project: StagedProject) -> bool:
    """Whether what builds a project asks git for its files: without git it would silently leave out some."""
    start = len(project.path) + 1 if project.path else 0
    needs = read_metadata(project.path, lambda path: project.read(path[start:])).build
    return any(need.name in _ASK_GIT for need in needs)


def track(folder: str) -> None:
    """Make a folder a repository with one commit that holds all its files.

    Raises ``StageError`` when its own attributes do not let git take a file.
    """
    git = Git(folder, SpawnRunner(), os.environ)
    git.output("init", "--quiet", "--template=")
    try:
        git.output("add", "--all", "--force")
    except GitError as error:
        raise StageError(f"git does not take its files: {error.message}", hint="Correct .gitattributes.") from error
    tree = git.output("write-tree").strip()
    commit = git.output("hash-object", "-t", "commit", "-w", "--stdin", stdin=_COMMIT % tree)
    git.output("update-ref", "HEAD", commit.decode("ascii").strip())
