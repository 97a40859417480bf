"""Find and read the configuration."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import ConfigurationError, UsageError
from commonhold.projects.toml import parse_toml
from commonhold.tree import MOST_BYTES
from commonhold.workspace.config import decode_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.tree import Tree
    from commonhold.workspace.config import Config

ROOT_PROJECT = "pyproject.toml"
_SPECIAL = frozenset("*?[\\{")  # in patterns, which begin with the folder's name


def read_config(tree: Tree, override: tuple[str, bytes] | None = None) -> Config:
    """Return the configuration of a workspace.

    The configuration is read from ``override`` (a file name for messages and the content) or else from the
    ``pyproject.toml`` in the tree's workspace. Raises ``ConfigurationError``.
    """
    if not _SPECIAL.isdisjoint(tree.workspace):
        hint = "Rename the folder."
        raise ConfigurationError(f"the folder {tree.workspace} has a name with wildcards or braces", hint=hint)
    source, data = override or _read_root(tree)
    if data is None:
        place = tree.workspace or "the repository root"
        hint = f"Create it with these lines, or pass another file with --config FILE:\n{_first_lines(tree)}"
        raise ConfigurationError(f"there is no pyproject.toml in {place}", hint=hint)
    table = commonhold_table(parse_toml(data, source))
    if table is None:
        hint = f"Add these lines to it, or pass another file with --config FILE:\n{_first_lines(tree)}"
        if source != root_project(tree.workspace):
            hint = f"A file passed to --config needs these lines, too:\n{_first_lines(tree)}"
        raise ConfigurationError(f"{source} does not contain a [tool.commonhold] table", hint=hint)
    return decode_config(table, source, tree.workspace)


def _first_lines(tree: Tree) -> str:
    from commonhold.workspace.config.first_config import first_configuration

    start = f"{tree.workspace}/" if tree.workspace else ""
    return first_configuration(path[len(start) :] for path in tree.entries if path.startswith(start))


def root_project(workspace: str) -> str:
    """Return the path of the file with the configuration of a workspace."""
    return f"{workspace}/{ROOT_PROJECT}" if workspace else ROOT_PROJECT


def _read_root(tree: Tree) -> tuple[str, bytes | None]:
    path = root_project(tree.workspace)
    reading = tree.start_reading([path], MOST_BYTES)
    import tomli  # noqa: F401 - needed next; importing it takes as long as git's answer

    return path, reading().get(path)


def locate_workspace(folder: str, root: str) -> str:
    """Return the workspace that contains ``folder``, relative to the repository's ``root``; both are real paths.

    The workspace is the nearest folder whose ``pyproject.toml`` configures tiers, or else ``root`` itself. The table of
    a plugin does not configure tiers.
    """
    place = folder
    while inside(place, root):
        if _has_table(place, "tiers"):
            return inside(place, root)
        place = os.path.dirname(place)
    return ""


def is_configured(folder: str, root: str) -> bool:
    """Return whether a folder has a configuration: in itself, in a parent folder, or in the repository's ``root``."""
    return _has_table(root) or locate_workspace(folder, root) != ""


def inside(folder: str, root: str) -> str:
    """Return the path of ``folder`` relative to ``root``; empty if ``root`` does not contain it."""
    start = os.path.join(root, "")
    return folder[len(start) :].replace(os.sep, "/") if folder.startswith(start) else ""


def _has_table(folder: str, key: str = "") -> bool:
    """Return whether a folder's ``pyproject.toml`` has ``[tool.commonhold]`` with a key."""
    file = os.path.join(folder, ROOT_PROJECT)
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except OSError:
        return False
    if b"commonhold" not in data or key.encode() not in data:
        return False
    try:
        table = commonhold_table(parse_toml(data, file))
    except ConfigurationError:
        return True  # reading the configuration then reports the mistake
    return isinstance(table, dict) and (not key or key in table)


def commonhold_table(document: Mapping[str, Any]) -> Any:
    """Return the value of ``[tool.commonhold]`` in a TOML document, whatever its type, or ``None`` if it is missing."""
    tool = document.get("tool")
    return tool.get("commonhold") if isinstance(tool, dict) else None


class Override(NamedTuple):
    """A configuration file that is used instead of the root ``pyproject.toml``.

    ``path`` is the file's path in the repository, or ``None`` if the file is outside. A change to this file is a change
    to the rules.
    """

    source: str
    data: bytes
    path: str | None = None


def read_override(source: str, root: str | None) -> Override:
    """Read an override; ``root`` is the repository's folder. Raises ``UsageError`` if the file cannot be read."""
    try:
        with open(source, "rb") as file:
            data = file.read()
    except OSError as error:
        raise UsageError(
            f"cannot read {source}: {error.strerror}", hint="Pass the path of a TOML file to --config."
        ) from error
    return Override(source, data, None if root is None else _inside(source, root))


def _inside(file: str, root: str) -> str | None:
    path = os.path.relpath(os.path.realpath(file), os.path.realpath(root)).replace(os.sep, "/")
    return None if path.startswith("../") else path
