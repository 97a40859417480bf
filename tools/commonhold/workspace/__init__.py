"""What there is: the plugins of a tree, their tiers, the core, and who needs whom. Nothing in the tree is run."""

from commonhold.workspace.load import (
    ROOT_PROJECT,
    Files,
    check_workspace,
    commonhold_table,
    is_project,
    read_config,
    read_workspace,
)
from commonhold.workspace.manifests import read_metadata
from commonhold.workspace.model import Core, Plugin, Workspace
from commonhold.workspace.toml import parse_toml
from commonhold.workspace.tree import Entry, Tree

__all__ = [
    "ROOT_PROJECT",
    "Core",
    "Entry",
    "Files",
    "Plugin",
    "Tree",
    "Workspace",
    "check_workspace",
    "commonhold_table",
    "is_project",
    "parse_toml",
    "read_config",
    "read_metadata",
    "read_workspace",
]
