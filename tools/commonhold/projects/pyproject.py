"""``pyproject.toml``: PEP 518, PEP 621, and the tables of the tools that keep requirements there."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.declaration import EVERY_FIELD, Declaration, Pyproject
from commonhold.projects.dependency_groups import read_groups
from commonhold.projects.pep621 import read_project
from commonhold.projects.requirement import with_paths
from commonhold.projects.tool_environments import read_environments, read_sources
from commonhold.projects.typed_table import Section

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.names import Name


def read_pyproject(place: ProjectFiles, path: str, raw: bytes) -> Pyproject:
    """Read the file; what is wrong with it becomes problems."""
    stated = Declaration(path, place.folder)
    top = Section(_decode(raw, stated), "", lambda message: stated.problem("", message))
    tool = top.table("tool")
    describes = bool(stated.problems) or "project" in top or "build-system" in top or "poetry" in tool
    backend = _read_build(place, stated, top.table("build-system"))
    left = EVERY_FIELD
    if "poetry" in tool:
        from commonhold.projects.poetry import read_poetry

        read_poetry(place, stated, tool.table("poetry"))
        left = EVERY_FIELD if backend == "setuptools" else frozenset()
    if "project" in top:
        left = read_project(place, stated, top, backend)
    if "dependency-groups" in top:
        read_groups(stated, top.table("dependency-groups"))
    read_environments(stated, tool)
    _add_paths(stated, read_sources(place, tool))
    return Pyproject(stated, describes, left, tool.table("commonhold").values)


def _decode(raw: bytes, stated: Declaration) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(raw.decode())
    except UnicodeDecodeError:
        stated.problem("", "the file is not UTF-8; save it as UTF-8")
    except ValueError as error:
        stated.problem("", f"the file is not TOML ({str(error)[:120]!r}); correct it")
    except (RecursionError, MemoryError):
        stated.problem("", "the file is nested too deeply to be read; simplify it")
    return {}


def _read_build(place: ProjectFiles, stated: Declaration, build: Section) -> str:
    """The backend; one in the tree (PEP 517) counts as setuptools, which it may wrap."""
    stated.build = stated.needs("build", "build-system.requires", build.texts("requires"))
    for folder in build.texts("backend-path"):
        place.opens(folder)
    backend = build.text("build-backend") or "setuptools"
    return "setuptools" if backend.startswith("setuptools") or "backend-path" in build else backend


def _add_paths(stated: Declaration, paths: Mapping[Name, list[str]]) -> None:
    if not paths:
        return
    stated.runtime = with_paths(stated.runtime or (), paths)
    stated.extras = {extra: with_paths(needs, paths) for extra, needs in (stated.extras or {}).items()}
    stated.groups = {group: with_paths(needs, paths) for group, needs in stated.groups.items()}
