"""Rename a plugin of the monorepo, or move it to another tier, on a new branch.

The commits are written without a working tree, like those of an import: no file on disk changes, and a run that fails
or is interrupted leaves no trace.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError, UsageError
from commonhold.projects import read_metadata
from commonhold.projects.names import normalize
from commonhold.projects.paths import is_within
from commonhold.scaffold.new.answers import parse_name
from commonhold.scaffold.new.naming import derive_names, find_tier, short_name
from commonhold.scaffold.new.refusals import check_names
from commonhold.scaffold.rename.check_records import rename_in_baseline
from commonhold.scaffold.rename.edited_tree import EditedTree
from commonhold.scaffold.rename.rename_files import NewNames, rename_plugin_files
from commonhold.text import printable
from commonhold.vcs.fast_import import NewCommit, read_identity, write_commits
from commonhold.vcs.new_refs import add_refs, check_new_branch, share_objects
from commonhold.vcs.trees import CommitTree
from commonhold.vcs.untrusted_source import ScratchClone
from commonhold.workspace import read_workspace
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.scaffold.new.naming import PluginNames
    from commonhold.scaffold.rename.rename_files import Renamed
    from commonhold.vcs import Repository
    from commonhold.vcs.git import Git
    from commonhold.workspace import Plugin, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamedPlugin:
    """The result: the new branch, the names before (``plugin``) and after, and ``notes`` for a person.

    ``diff`` are the lines of the changes if nothing was written.
    """

    branch: str
    plugin: Plugin
    names: PluginNames
    package: tuple[str, str] | None
    edited: tuple[str, ...]
    notes: tuple[str, ...]
    diff: tuple[str, ...] = ()


def rename_plugin(
    repository: Repository,
    workspace: Workspace,
    name: str,
    *,
    new_name: str | None,
    tier: str | None,
    package: str | None = None,
    dry_run: bool = False,
    scratch: str,
    environ: Mapping[str, str],
) -> RenamedPlugin:
    """Rename a plugin at ``HEAD`` on a new branch; ``scratch`` is an empty folder.

    ``new_name`` is the new short name (``None``: the plugin keeps its short name), and ``tier`` the new tier.
    ``package`` is the import package to rename, if the plugin has several. With ``dry_run``, the result has a diff
    instead of a branch. Raises ``UsageError`` if the names are taken, or if the plugin's folder has changes that are
    not committed.
    """
    plugin = _find_plugin(workspace, name)
    base = repository.resolve("HEAD")
    names = _new_names(repository, workspace, plugin, new_name, tier)
    branch = f"rename/{names.name}"
    check_new_branch(repository, branch)
    _check_committed(repository, base, plugin)
    identity = b"commonhold <> 0 +0000" if dry_run else read_identity(repository.git)
    object_format = "sha256" if len(base) == 64 else "sha1"
    clone = ScratchClone(os.path.join(scratch, "rename.git"), repository.git.runner, environ, object_format)
    share_objects(clone, repository)
    tree = CommitTree(clone.git, base, repository.workspace)
    files, renamed = _rename_files(clone.git, tree, plugin, names, package)
    rename_in_baseline(files, workspace.config, renamed.renaming)
    moved, edited = files.moved(), files.edited()
    commits = [NewCommit(f"Move {plugin.name} to {names.folder}\n", moved)] if moved else []
    commits += [NewCommit(f"Rename {plugin.name} to {names.distribution}\n", edited)] if edited else []
    if not commits:
        raise UsageError(f"{plugin.name} has these names already")
    last = write_commits(clone.git, branch, base, commits, identity)
    _check_result(CommitTree(clone.git, last, repository.workspace), workspace, names)
    if not dry_run:
        add_refs(repository, clone, {f"refs/heads/{branch}": f"refs/heads/{branch}"})
    return RenamedPlugin(
        branch=branch,
        plugin=plugin,
        names=names,
        package=renamed.renaming.package,
        edited=tuple(sorted(edited)),
        notes=renamed.notes,
        diff=_diff(clone.git, base, last) if dry_run else (),
    )


def _diff(git: Git, base: str, last: str) -> tuple[str, ...]:
    options = ("--find-renames=30%", "-l0", "--patch", "--no-color", "--no-ext-diff", "--no-textconv")
    text = os.fsdecode(git.output("diff", *options, "--end-of-options", base, last))
    return tuple(text.removesuffix("\n").split("\n"))


def _rename_files(
    git: Git, tree: CommitTree, plugin: Plugin, names: PluginNames, package: str | None
) -> tuple[EditedTree, Renamed]:
    """Rename the plugin's files; if its project file computes the name, convert the file first.

    Raises ``ConfigurationError`` if the conversion would lose something.
    """
    roots = [root for root, package in plugin.metadata.roots if not package]
    new = NewNames(names.distribution, names.folder, names.package or None, package)
    files = EditedTree(tree)
    renamed = rename_plugin_files(files, plugin.path, plugin.name, new, roots=roots, everywhere=git)
    if read_metadata(names.folder, files.read).name == normalize(names.distribution):
        return files, renamed
    files = EditedTree(tree)
    conversion = files.convert(plugin.path)
    if conversion.lost:
        raise ConfigurationError(
            f"the project file of {plugin.name} computes its name, and a conversion would lose something: "
            + printable("; ".join(conversion.lost)),
            hint="Write the name as a literal in the project file, commit it, and run the command again.",
        )
    renamed = rename_plugin_files(files, plugin.path, plugin.name, new, roots=roots, everywhere=git)
    return files, replace(renamed, notes=(*conversion.notes, *renamed.notes))


def _find_plugin(workspace: Workspace, name: str) -> Plugin:
    plugins = workspace.plugins
    found = plugins.get(normalize(name))
    if found is None:
        by_folder = [plugin for plugin in plugins.values() if plugin.path == name.rstrip("/")]
        if not by_folder:
            raise UsageError(f"there is no plugin {printable(name)}{closest(normalize(name), plugins)}")
        found = by_folder[0]
    return found


def _new_names(
    repository: Repository, workspace: Workspace, plugin: Plugin, new_name: str | None, tier_name: str | None
) -> PluginNames:
    if new_name is None and tier_name is None:
        raise UsageError("a rename needs a new name or a tier", hint="Pass NEWNAME, --tier TIER, or both.")
    tier = plugin.tier if tier_name is None else find_tier(workspace.config, tier_name)
    name = short_name(plugin, workspace) if new_name is None else new_name
    names = derive_names(workspace, tier, parse_name(name))
    if new_name is None:  # a plugin that only changes its tier keeps the name of its folder if it can
        folder = f"{names.folder.rpartition('/')[0]}/{plugin.path.rpartition('/')[2]}".lstrip("/")
        names = replace(names, folder=folder) if tier.contains(folder) else names
    others = {key: each for key, each in workspace.plugins.items() if each is not plugin}
    check_names(workspace._replace(plugins=others), names, repository.root, own_folder=plugin.path)
    # A tier without a pattern for packages leaves the choice to the plugins.
    return names if tier.import_ is not None else replace(names, package="")


def _check_committed(repository: Repository, base: str, plugin: Plugin) -> None:
    if repository.bare:
        return
    changes = repository.difference_to_work_tree(base, repository.work_tree()).changes or ()
    changed = sorted(change.path for change in changes if is_within(change.path, plugin.path))
    if changed:
        raise UsageError(
            f"{printable(changed[0])} has changes that are not committed", hint="Commit or stash them first."
        )


def _check_result(tree: CommitTree, workspace: Workspace, names: PluginNames) -> None:
    """Raise ``ConfigurationError`` if the renamed tree does not contain the plugin under its new name."""
    from commonhold.workspace import read_config

    try:
        config = read_config(tree)
    except ConfigurationError:  # a file passed to --config, which a commit does not contain
        config = workspace.config
    after = read_workspace(tree, config)
    found = after.plugins.get(normalize(names.distribution))
    if found is None or found.path != names.folder:
        read = next((each.name for each in after.plugins.values() if each.path == names.folder), "no name")
        raise ConfigurationError(f"{names.folder} would have the distribution {read} instead of {names.distribution}")
    new = [problem for problem in after.problems if problem not in workspace.problems]
    if new:
        raise ConfigurationError(f"the renamed plugin would make the configuration invalid: {printable(new[0])}")
