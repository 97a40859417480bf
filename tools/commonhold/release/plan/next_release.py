"""Find the newest release of the core whose plugins are not released yet. Scheduled releases use this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.index.projects import look_up_projects
from commonhold.release.plan.candidates import find_candidates
from commonhold.versions import overtaking
from commonhold.workspace import check_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version

    from commonhold.index.projects import IndexProject
    from commonhold.release.plan.planner import Indexes
    from commonhold.tree import Tree
    from commonhold.workspace import Workspace


def find_upcoming(workspace: Workspace, tree: Tree, floor: Version, indexes: Indexes) -> Version | None:
    """Return the newest final release of the core above ``floor`` whose version no plugin has, or ``None``.

    Raises ``UsageError`` if no core is configured, and the errors of
    :func:`~commonhold.index.projects.look_up_projects`.
    """
    name = check_workspace(workspace).core.name
    if name is None:
        raise UsageError("no core is configured", hint="Pass the version to release.")
    candidates = find_candidates(workspace, tree).values()
    following = [each for each in candidates if each.follows == "core" and each.name != name and not each.private]
    core = look_up_projects(indexes.of_core, [name])[name]
    owners = workspace.config.release.owners
    plugins = look_up_projects(
        indexes.target, [each.name for each in following], owners=owners, progress=indexes.progress
    )
    return choose_upcoming(core, plugins.values(), floor)


def choose_upcoming(core: IndexProject, plugins: Iterable[IndexProject], floor: Version) -> Version | None:
    """Return the newest final release of the core that is not yanked and whose version no plugin has yet."""
    known = list(plugins)
    for version in sorted((each for each in core.installable if each > floor), reverse=True):
        if not version.is_prerelease and not any(_has(project, version) for project in known):
            return version
    return None


def _has(project: IndexProject, version: Version) -> bool:
    return version in project.versions or overtaking(version, project.installable) is not None
