"""Find the projects of a tree that no tier, rule or setting covers."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import PROJECT_FILES, project_folders
from commonhold.text import and_more, printable
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from commonhold.workspace.model import Workspace

_MOST_FOLDERS = 20  # in one note


def uncovered_projects(workspace: Workspace, files: Collection[str]) -> Iterator[str]:
    """Return a one-line note about folders that have a project file but are not covered by the configuration."""
    config, core = workspace.config, workspace.core
    known = Owners((*(plugin.path for plugin in workspace.plugins.values()), *filter(None, [core.folder])))
    covering = (config.ignore, config.core.path, *(rule.path for rule in config.shared))
    found = []
    for folder in sorted(project_folders(files)):
        paths = [path for name in PROJECT_FILES if (path := f"{folder}/{name}") in files]
        excluded = any(tier.exclude and tier.exclude.match_folder(folder) for tier in config.tiers.values())
        covered = all(known.of(path) is not None or any(each.match(path) for each in covering) for path in paths)
        if not excluded and not covered and config.contains(folder):
            found.append(folder)
    if found:
        listed = ", ".join(map(printable, found[:_MOST_FOLDERS])) + and_more(len(found), _MOST_FOLDERS)
        yield f"no tier covers these projects: {listed}; add them to a tier, or to ignore"
