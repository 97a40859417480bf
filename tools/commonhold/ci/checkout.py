"""A session's own copy of the repository.

Building a package writes beside its sources (``build``, ``*.egg-info``), tests write caches and files, tox and
hatch their environments: in one folder, two sessions would trip over each other, and the work tree would no
longer be what git knows. A copy also holds nothing that git ignores, as a checkout in CI does. It lies outside
the repository, so that no tool finds the repository's configuration by looking upwards twice.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from typing import TYPE_CHECKING

from commonhold.tree import SUBMODULE, SYMLINK
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace.model import Plugin, Workspace


def needed_paths(plugin: Plugin, workspace: Workspace, tree: Tree) -> frozenset[str]:
    """What a plugin's session may look at: all but the plugins that it does not need.

    Of a plugin whose requirements are unknown nobody can tell what it needs: it gets everything.
    """
    paths = frozenset(tree.entries)
    plugins = workspace.plugins
    kept = {plugin.name, *workspace.graph.dependencies(plugin.name, tests=True), *workspace.core.members} & set(plugins)
    if any(plugins[name].metadata.problems for name in kept):
        return paths
    owners = Owners(other.path for other in plugins.values())
    folders = {plugins[name].path for name in kept}
    folders |= {owner for name in kept for path in plugins[name].reads if (owner := owners.of(f"{path}/."))}
    return frozenset(path for path in paths if (owner := owners.of(path)) is None or owner in folders)


@contextlib.contextmanager
def private_copy(source: str, paths: frozenset[str], tree: Tree, repository: Repository | None) -> Iterator[str]:
    """The paths of the work tree at ``source`` in a folder that is removed afterwards.

    It is a repository of its own with the same commits and tags, for tools that take versions from them;
    nothing that is done to it reaches the real one.
    """
    # Tools print and compare real paths; on macOS the temporary folder is a link.
    folder = os.path.realpath(tempfile.mkdtemp(prefix="commonhold-"))
    try:
        if repository is not None:
            _borrow_history(repository, folder)
        for path in sorted(paths):
            _copy(source, folder, path, tree.entries[path].mode)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: str, folder: str, path: str, mode: int) -> None:
    old, new = os.path.join(source, path), os.path.join(folder, path)
    os.makedirs(os.path.dirname(new), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # deleted since it was listed
        if mode == SYMLINK:
            os.symlink(os.readlink(old), new)
        elif mode == SUBMODULE:
            shutil.copytree(old, new, symlinks=True, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True)
        else:
            shutil.copy2(old, new)


def _borrow_history(repository: Repository, folder: str) -> None:
    """A clone that shares the objects and has no files yet; where that cannot be, an empty repository."""
    git = repository.git
    cloned = git.attempt("clone", "--quiet", "--shared", "--no-checkout", repository.root, folder)
    if cloned.code:
        git.attempt("init", "--quiet", folder)
    else:
        git.attempt("-C", folder, "read-tree", "HEAD")
