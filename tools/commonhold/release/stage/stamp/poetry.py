"""Poetry's own tables: ``[tool.poetry]``, alone or beside ``[project]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from commonhold.release.stage.stamp.project import StampError

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from commonhold.release.stage.stamp.document import TomlDocument
    from commonhold.release.stage.stamp.project import StagedProject

# Where a requirement is taken from instead of an index.
_ELSEWHERE = ("path", "develop", "git", "url", "file", "branch", "tag", "rev", "subdirectory")


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Set ``tool.poetry.version``; a plugin that computes it is told another one."""
    poetry = document.table("tool", "poetry")
    if not isinstance(poetry.get("version"), str):
        raise StampError(
            f"{project.shown('pyproject.toml')} has neither project.version nor tool.poetry.version",
            hint="State one of them.",
        )
    document.set(poetry, "version", project.version)
    bypass = "poetry-dynamic-versioning" in document.table("tool")
    return {"POETRY_DYNAMIC_VERSIONING_BYPASS": project.version} if bypass else {}


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin ``tool.poetry.dependencies``, optional ones included."""
    table = document.table("tool", "poetry", "dependencies")
    listed = "dependencies" in document.table("project")
    for key in list(table):
        specifier = project.pins.get(canonicalize_name(key))
        if specifier is None:
            continue
        if listed:
            _release_from_elsewhere(table, key)
        elif isinstance(table[key], str):
            document.set(table, key, specifier)
        else:
            _pin_choices(project, document, table, key, specifier)


def _pin_choices(
    project: StagedProject, document: TomlDocument, table: MutableMapping[str, Any], key: str, specifier: str
) -> None:
    choices = table[key] if isinstance(table[key], list) else [table[key]]
    for at, choice in enumerate(choices):
        if isinstance(choice, str):
            choices[at] = specifier
        elif hasattr(choice, "items"):
            document.set(choice, "version", specifier)
            for word in _ELSEWHERE:
                choice.pop(word, None)
        else:
            raise StampError(
                f"{project.shown('pyproject.toml')}: tool.poetry.dependencies.{key} is no requirement",
                hint="Write a version, or a table with one.",
            )


def _release_from_elsewhere(table: MutableMapping[str, Any], key: str) -> None:
    """What ``[project]`` requires is pinned there; this table would only say where to find it while developing."""
    choice = table[key]
    if hasattr(choice, "items"):
        for word in _ELSEWHERE:
            choice.pop(word, None)
    if not isinstance(choice, str) and not choice:
        del table[key]
