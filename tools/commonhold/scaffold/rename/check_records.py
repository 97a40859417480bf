"""Rename a plugin in the baseline of checks, whose fingerprints contain the plugin's name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commonhold.checks.baseline import BASELINE, format_baseline, read_baseline
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from commonhold.scaffold.rename.edited_tree import EditedTree
    from commonhold.scaffold.rename.renaming import Renaming
    from commonhold.workspace.config import Config


def rename_in_baseline(tree: EditedTree, config: Config, renaming: Renaming) -> None:
    """Give the entries of a plugin its new name. Raises ``ConfigurationError`` if the baseline is invalid."""
    path = config.path(BASELINE)
    data = tree.read(path)
    old, new = renaming.distribution
    entries = read_baseline(data, path)
    renamed = tuple(
        replace(each, plugin=normalize(new), subject=renaming.text(each.subject)) if each.plugin == old else each
        for each in entries
    )
    if data is not None and renamed != entries:
        tree.write(path, format_baseline(renamed).encode())
