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


def read_config(tree: Tree, override: tuple[str, bytes] | None = None) -> Config:
    """Return the configuration of a repository.

    The configuration is read from ``override`` (a file name for messages and the content) or else from the root
    ``pyproject.toml``. Raises ``ConfigurationError``.
    """
    source, data = override or (ROOT_PROJECT, _read_root(tree))
    if data is None:
        hint = f"Create it with these lines, or pass another file with --config FILE:\n{_first_lines(tree)}"
        raise ConfigurationError("there is no pyproject.toml in the repository root", hint=hint)
    table = commonhold_table(parse_toml(data, source))
    if table is None:
        hint = f"Add these lines to it, or pass another file with --config FILE:\n{_first_lines(tree)}"
        if source != ROOT_PROJECT:
            hint = f"A file passed to --config needs these lines, too:\n{_first_lines(tree)}"
        raise ConfigurationError(f"{source} does not contain a [tool.commonhold] table", hint=hint)
    return decode_config(table, source)


def _first_lines(tree: Tree) -> str:
    from commonhold.workspace.config.first_config import first_configuration

    return first_configuration(tree.entries)


def _read_root(tree: Tree) -> bytes | None:
    reading = tree.start_reading([ROOT_PROJECT], MOST_BYTES)
    import tomli  # noqa: F401 - needed next; importing it takes as long as git's answer

    return reading().get(ROOT_PROJECT)


def commonhold_table(document: Mapping[str, Any]) -> Any:
    """Return the value of ``[tool.commonhold]`` in a TOML document, whatever its type, or ``None`` if it is missing."""
    tool = document.get("tool")
    return tool.get("commonhold") if isinstance(tool, dict) else None


class Override(NamedTuple):
    """A configuration file that is used instead of the root ``pyproject.toml``.

    ``path`` is the file's path in the repository, or ``None`` if it is outside. A change to this file is a change to
    the rules.
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
