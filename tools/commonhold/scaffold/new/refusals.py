"""Refuse names of new plugins that are taken, or that people or Python would confuse with other names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.projects.names import normalize
from commonhold.projects.similar_names import are_confusable, unify_name
from commonhold.scaffold.new.naming import is_official, packages_of, short_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.index.client import IndexClient
    from commonhold.scaffold.new.naming import PluginNames
    from commonhold.workspace import Workspace

_ANOTHER = "Use another name."


def check_names(workspace: Workspace, names: PluginNames, root: str, *, own_folder: str = "") -> None:
    """Check the names of a new plugin against the tree. Raises ``UsageError`` with the reason of a refusal.

    ``own_folder`` is the current folder of a plugin that is renamed.
    """
    for reason in (
        *_taken_distribution(workspace, names),
        *(_taken_folder(names, root) if names.folder != own_folder else ()),
        *_taken_package(workspace, names),
        *_confusing(workspace, names),
    ):
        raise UsageError(reason, hint=_ANOTHER)


def check_index(client: IndexClient, names: PluginNames, *, ours: bool) -> str:
    """Look up the distribution on the index and return a sentence about it.

    Raises ``UsageError`` if the index has a project of this name and the name is not ``ours``, and
    ``IndexUnreachableError``.
    """
    from commonhold.index.client import IndexUnreachableError
    from commonhold.index.projects import look_up_projects

    name = names.distribution
    try:
        exists = look_up_projects(client, [name])[name].exists
    except IndexUnreachableError as error:
        hint = "Try again later, or pass --offline to create the plugin without this check."
        raise IndexUnreachableError(error.message, hint=hint) from error
    if not exists:
        return f"the index has no project {name} yet"
    if ours:
        return f"the index has the project {name}, which is yours (--name-is-ours)"
    raise UsageError(
        f"{name} exists on the package index, but not in this repository",
        hint="Use another name. If the project is yours, run the command again with --name-is-ours.",
    )


def _taken_distribution(workspace: Workspace, names: PluginNames) -> Iterator[str]:
    taken = {unify_name(plugin.name): plugin.path for plugin in workspace.plugins.values()}
    if workspace.core.name is not None:
        taken[unify_name(workspace.core.name)] = "the core"
    place = taken.get(unify_name(names.distribution))
    if place is not None:
        yield f"the distribution name {names.distribution} is taken by {place}"


def _taken_folder(names: PluginNames, root: str) -> Iterator[str]:
    parent, _, own = names.folder.rpartition("/")
    place = root
    for part in parent.split("/") if parent else ():
        place = os.path.join(place, part)
        if os.path.islink(place) or (os.path.lexists(place) and not os.path.isdir(place)):
            yield f"{parent} is not a folder of this repository, but leads through a link or a file"
            return
    existing = os.listdir(place) if os.path.isdir(place) else []
    for other in existing:
        # File systems may ignore case, and readers overlook separators.
        if normalize(other).casefold() == normalize(own).casefold():
            yield f"the folder {parent}/{other} exists"


def _taken_package(workspace: Workspace, names: PluginNames) -> Iterator[str]:
    package = names.package.casefold()
    for plugin in workspace.plugins.values():
        others = {other.casefold(): other for other in packages_of(plugin)}
        if package in others:
            yield f"the import package {names.package} is taken by {plugin.path}"
        for folded, other in others.items():
            if folded.startswith(f"{package}."):
                yield f"the import package {names.package} would hide {other} of {plugin.path}"
    for tier in workspace.config.tiers.values():
        namespace = (tier.import_ or "").partition(".{name}")[0]
        if f"{namespace.casefold()}.".startswith(f"{package}."):
            yield f"the import package {names.package} would hide the namespace of tier {tier.name}"


def _confusing(workspace: Workspace, names: PluginNames) -> Iterator[str]:
    """Compare with the official plugins and with the core."""
    for plugin in workspace.plugins.values():
        pairs = (
            (names.name, short_name(plugin, workspace)),
            (names.name, plugin.name),
            (names.distribution, plugin.name),
        )
        if is_official(workspace, plugin.tier) and any(are_confusable(*pair) for pair in pairs):
            yield f"{names.distribution} looks like the official plugin {plugin.name} of {plugin.path}"
    core = workspace.core.name
    if core is not None and (are_confusable(names.distribution, core) or are_confusable(names.name, core)):
        yield f"{names.distribution} looks like the core {core}"
