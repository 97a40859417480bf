"""Copy the repository for one session.

Builds write next to the sources (``build``, ``*.egg-info``), tests write caches and files, and tox and hatch create
environments. In a shared folder, sessions would overwrite each other's files and change the working tree. Like a
checkout in CI, a copy does not contain ignored files. The copy is outside the repository, so that tools that search
parent folders do not find the repository's configuration twice.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import shutil
from typing import TYPE_CHECKING

from commonhold.effects.scratch import ScratchFolder
from commonhold.tree import SUBMODULE, SYMLINK
from commonhold.workspace.outside import OutsidePaths
from commonhold.workspace.patterns import literal_prefix
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.projects.metadata import Metadata
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace.model import Plugin, Workspace

MOST_SEARCHED = 1 << 20
"""The number of bytes at the end of a session's log that are searched for names of missing folders."""


def needed_paths(plugin: Plugin, workspace: Workspace, tree: Tree) -> frozenset[str]:
    """List the paths that a plugin's session needs, leaving out the folders of unrelated plugins.

    If the requirements of a needed plugin are unknown, every path is listed.
    """
    paths = used_paths(workspace, tree)
    plugins = workspace.plugins
    kept = {plugin.name, *workspace.graph.dependencies(plugin.name, tests=True), *workspace.core.members} & set(plugins)
    if any(plugins[name].metadata.problems for name in kept):
        return paths
    owners = Owners(other.path for other in plugins.values())
    folders = {plugins[name].path for name in kept}
    core = workspace.core
    # The core is built in the copy, too.
    projects = [(core.reads, core.metadata), *((plugins[name].reads, plugins[name].metadata) for name in kept)]
    read = frozenset[str]().union(*(_read_by(*project) for project in projects))
    folders |= {owner for path in read if (owner := owners.of(f"{path}/."))}
    return frozenset(path for path in paths if (owner := owners.of(path)) is None or owner in folders)


def _read_by(reads: frozenset[str], metadata: Metadata | None) -> frozenset[str]:
    """Return the paths outside its folder that a project reads, and the readme and licence files that it names."""
    return reads.union(map(literal_prefix, metadata.names if metadata is not None else ()))


def used_paths(workspace: Workspace, tree: Tree) -> frozenset[str]:
    """List the paths of a tree; leave out paths outside the workspace that no file in the workspace mentions.

    If the requirements of a plugin are unknown, every path is listed.
    """
    if not workspace.config.folder or any(plugin.metadata.problems for plugin in workspace.plugins.values()):
        return frozenset(tree.entries)
    contains, outside, core = workspace.config.contains, OutsidePaths(workspace), workspace.core.folder

    def is_used(path: str) -> bool:
        # The build of a core around the workspace may need any file next to its project file.
        return contains(path) or outside.name(path) or path.rpartition("/")[0] == core

    return frozenset(filter(is_used, tree.entries))


@contextlib.contextmanager
def private_copy(source: str, paths: frozenset[str], tree: Tree, repository: Repository | None) -> Iterator[str]:
    """Copy paths of ``tree`` from the folder ``source`` to a temporary folder, which is removed afterwards.

    ``source`` is the working tree or a snapshot of it. The copy is a repository with the same commits and tags, because
    some tools compute versions from commits and tags. Changes in the copy do not affect the original repository.
    """
    with ScratchFolder("session") as scratch:
        if repository is not None:
            _borrow_history(repository, scratch.path)
        for path in sorted(paths):
            copy_path(source, scratch.path, path, tree.entries[path].mode)
        yield scratch.path


def copy_path(source: str, folder: str, path: str, mode: int) -> None:
    """Copy one path of a tree from the folder ``source`` to another folder; ``mode`` is git's mode for the file."""
    old, new = os.path.join(source, path), os.path.join(folder, path)
    os.makedirs(os.path.dirname(new), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # deleted after the tree was listed
        # Links are copied as links, because they may point to plugins that this session must not use.
        if mode == SYMLINK:
            os.symlink(os.readlink(old), new)
        elif mode == SUBMODULE:
            shutil.copytree(old, new, symlinks=True, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True)
        else:
            shutil.copy2(old, new)


def _borrow_history(repository: Repository, folder: str) -> None:
    """Clone the repository without files and share its objects, or create an empty repository if git cannot do that."""
    git = repository.git
    if git.clone(repository.root, folder).code:
        git.attempt("init", "--quiet", folder)
    else:
        # Without an index, git would report every file as deleted, and tools would compute the version of a modified
        # tree.
        git.attempt("-C", folder, "read-tree", "HEAD")


def explain_omissions(plugin: Plugin, workspace: Workspace, copied: Iterable[str], log: str) -> Iterator[str]:
    """Yield a line for each plugin that is not in the copy and whose folder is mentioned in the session's log.

    The log may write the folder relative to the root of the workspace or relative to the plugin's own folder.
    ``copied`` are the paths in the copy.
    """
    plugins = workspace.plugins.values()
    present = Owners(other.path for other in plugins).group(copied)
    for other in sorted(plugins, key=lambda other: other.path):
        place = workspace.config.shown(other.path)
        names = (place, posixpath.relpath(other.path, plugin.path))
        if other.path not in present and any(
            re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", log) for name in names
        ):
            yield (
                f"{place} is not in this session's copy because {plugin.name} declares no dependency on "
                f"{other.name}; require it, for example in a dependency group, or add the path to `reads`"
            )
