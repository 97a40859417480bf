"""Read the logos of plugins: the file ``logo.svg`` in a plugin's folder, if it is an SVG that only draws."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from commonhold.catalog.catalog_folder import LOGOS
from commonhold.catalog.logo_check import logo_problem
from commonhold.tree import EXECUTABLE, REGULAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.tree import Tree

LOGO = "logo.svg"
"""The file with a plugin's logo, relative to the plugin's folder."""


def read_logos(tree: Tree, names: Mapping[str, str]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the logo of each plugin that has one, and a sentence for each file that cannot be a logo.

    ``names`` are the plugins by folder.
    """
    paths = {f"{folder}/{LOGO}": name for folder, name in names.items()}
    present = [path for path in paths if path in tree.entries and tree.entries[path].mode in (REGULAR, EXECUTABLE)]
    found, problems = {}, []
    for path, data in sorted(tree.read(present).items()):
        problem = logo_problem(data)
        if problem is None:
            found[paths[path]] = data
        else:
            problems.append(f"{path} is not shown as the logo: {problem}")
    return found, tuple(problems)


def logo_path(data: bytes) -> str:
    """Return the path of a logo in a plugin index."""
    return f"{LOGOS}/{hashlib.sha256(data).hexdigest()}.svg"
