"""Read the plugins, tiers, core and dependency graph of a tree without running any of its code."""

from commonhold.projects import read_metadata
from commonhold.projects.metadata import is_project
from commonhold.projects.toml import parse_toml
from commonhold.workspace.cache import Cache
from commonhold.workspace.config.locate import ROOT_PROJECT, commonhold_table, read_config
from commonhold.workspace.files import Files
from commonhold.workspace.load import read_workspace
from commonhold.workspace.model import Core, Plugin, Workspace
from commonhold.workspace.validation import check_workspace, empty_tiers

__all__ = [
    "ROOT_PROJECT",
    "Cache",
    "Core",
    "Files",
    "Plugin",
    "Workspace",
    "check_workspace",
    "commonhold_table",
    "empty_tiers",
    "is_project",
    "parse_toml",
    "read_config",
    "read_metadata",
    "read_workspace",
]
