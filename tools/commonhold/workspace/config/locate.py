"""Where the configuration stands, and reading it from there."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ConfigurationError
from commonhold.projects.toml import parse_toml
from commonhold.workspace.config import decode_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.tree import Tree
    from commonhold.workspace.config import Config

ROOT_PROJECT = "pyproject.toml"
_HOW_TO_CONFIGURE = "Add [tool.commonhold] to the root's pyproject.toml, or name a file with --config FILE."


def read_config(tree: Tree, override: tuple[str, bytes] | None = None) -> Config:
    """The configuration of a repository.

    It is ``[tool.commonhold]`` of the root's ``pyproject.toml``, or of ``override`` (a name for
    messages, and the content). Raises ``ConfigurationError``.
    """
    source, data = override or (ROOT_PROJECT, _read_root(tree))
    if data is None:
        raise ConfigurationError("there is no pyproject.toml at the repository's root", hint=_HOW_TO_CONFIGURE)
    table = commonhold_table(parse_toml(data, source))
    if table is None:
        hint = _HOW_TO_CONFIGURE if override is None else "What it says stands in [tool.commonhold] there too."
        raise ConfigurationError(f"{source} has no [tool.commonhold]", hint=hint)
    return decode_config(table, source)


def _read_root(tree: Tree) -> bytes | None:
    reading = tree.begin([ROOT_PROJECT])
    import tomli  # noqa: F401 - what comes next needs it, and to import it takes as long as git's answer

    return reading().get(ROOT_PROJECT)


def commonhold_table(document: Mapping[str, Any]) -> Any:
    """``[tool.commonhold]`` of a TOML document, whatever stands there; ``None`` when nothing does."""
    tool = document.get("tool")
    return tool.get("commonhold") if isinstance(tool, dict) else None
