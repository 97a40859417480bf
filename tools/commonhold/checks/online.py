"""Ask a package index for the facts that some rules need: the releases of the core, and the owners of projects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import ToolError
from commonhold.index.projects import look_up_projects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.index.client import IndexClient
    from commonhold.index.projects import IndexProject
    from commonhold.workspace import Workspace


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """The content of ``governance/core-releases.json`` (``None``: no core), and the plugins' projects."""

    core_releases: str | None
    projects: Mapping[str, IndexProject]


def query_index(workspace: Workspace, client: IndexClient) -> IndexFacts:
    """Query an index. Raises ``ToolError`` if it does not respond, or does not have the core."""
    core, owners = workspace.core.name, workspace.config.release.owners
    releases = None
    if core is not None:
        releases = _format_releases(core, look_up_projects(client, [core])[core])
    # Without configured owners, every owner is accepted.
    projects = look_up_projects(client, workspace.plugins, owners=owners) if owners else {}
    return IndexFacts(releases, projects)


def _format_releases(core: str, project: IndexProject) -> str:
    if not project.exists:
        raise ToolError(f"the index has no project {core}", hint="Correct core.distribution in [tool.commonhold].")
    if not project.versions:
        raise ToolError(f"the index lists no release of {core}", hint="Pass the URL of another index with --simple.")
    versions = sorted(project.versions, reverse=True)
    listed = [
        {"version": str(version)} if version in project.installable else {"version": str(version), "yanked": True}
        for version in versions
    ]
    return json.dumps({"core": core, "releases": listed}, indent=2) + "\n"
