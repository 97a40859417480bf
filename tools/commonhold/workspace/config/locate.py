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
RULES_FILES = (ROOT_PROJECT, "commonhold.toml")
"""The files that may contain the configuration of a workspace, in ``[tool.commonhold]``; only one of them may do so."""

_SPECIAL = frozenset("*?[\\{")  # in patterns, which begin with the folder's name


def read_config(tree: Tree, override: tuple[str, bytes] | None = None) -> Config:
    """Return the configuration of a workspace.

    The configuration is read from ``override`` (a file name for messages and the content) or else from the
    ``pyproject.toml`` or ``commonhold.toml`` in the tree's workspace. Raises ``ConfigurationError``.
    """
    if not _SPECIAL.isdisjoint(tree.workspace):
        hint = "Rename the folder."
        raise ConfigurationError(f"the folder {tree.workspace} has a name with wildcards or braces", hint=hint)
    if override is not None:
        source, data = override
        table = commonhold_table(parse_toml(data, source))
        if table is None:
            hint = f"A file passed to --config needs these lines, too:\n{_first_lines(tree)}"
            raise ConfigurationError(f"{source} does not contain a [tool.commonhold] table", hint=hint)
        return decode_config(table, source, tree.workspace)
    source, table = read_rules(tree)
    return decode_config(table, source, tree.workspace)


def read_rules(tree: Tree) -> tuple[str, Any]:
    """Return the path of the file with a workspace's configuration, and ``[tool.commonhold]`` in it, not decoded.

    Raises ``ConfigurationError`` if there is no configuration.
    """
    contents = _read_rules_files(tree)
    source, table = find_rules(contents)
    if table is not None:
        return source, table
    if not contents:
        place = tree.workspace or "the repository root"
        hint = (
            f"Create commonhold.toml with these lines, or pass another file with --config FILE:\n{_first_lines(tree)}"
        )
        raise ConfigurationError(f"there is neither a pyproject.toml nor a commonhold.toml in {place}", hint=hint)
    hint = f"Add these lines to it, or pass another file with --config FILE:\n{_first_lines(tree)}"
    raise ConfigurationError(f"{source} does not contain a [tool.commonhold] table", hint=hint)


def find_rules(contents: Mapping[str, bytes]) -> tuple[str, Any]:
    """Return the file that contains ``[tool.commonhold]``, and this table (``None``: no file contains it).

    ``contents`` are the contents of the :func:`rules_files` that exist. Raises ``ConfigurationError`` if both contain
    the table.
    """
    tables = {path: commonhold_table(parse_toml(data, path)) for path, data in contents.items()}
    found = [path for path, table in tables.items() if table is not None] or [*tables][-1:]
    if len(found) > 1:
        hint = f"Move all rules to one file, and remove [tool.commonhold] from {found[0]} or delete {found[1]}."
        raise ConfigurationError(f"{found[0]} and {found[1]} both contain [tool.commonhold]", hint=hint)
    return (found[0], tables[found[0]]) if found else ("", None)


def _first_lines(tree: Tree) -> str:
    from commonhold.workspace.config.first_config import first_configuration

    start = f"{tree.workspace}/" if tree.workspace else ""
    return first_configuration(path[len(start) :] for path in tree.entries if path.startswith(start))


def rules_files(workspace: str) -> tuple[str, ...]:
    """Return the paths that may contain the configuration of a workspace."""
    return tuple(f"{workspace}/{name}" if workspace else name for name in RULES_FILES)


def _read_rules_files(tree: Tree) -> Mapping[str, bytes]:
    reading = tree.start_reading(rules_files(tree.workspace), MOST_BYTES)
    import tomli  # noqa: F401 - needed next; importing it takes as long as git's answer

    return reading()


def locate_workspace(folder: str, root: str) -> str:
    """Return the workspace that contains ``folder``, relative to the repository's ``root``; both are real paths.

    The workspace is the nearest folder whose configuration contains tiers, or else ``root`` itself. The table of
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
    """Return whether a file in a folder has ``[tool.commonhold]`` with a key."""
    return any(_contains_table(os.path.join(folder, name), key) for name in RULES_FILES)


def _contains_table(file: str, key: str) -> bool:
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
    """A configuration file that is used instead of the one in the workspace.

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
