"""Read ``pyproject.toml``: the build system (PEP 518), and the tables of all tools that declare requirements there."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.declaration import EVERY_FIELD, Declaration, Pyproject
from commonhold.projects.pep621 import read_project
from commonhold.projects.requirement import with_paths
from commonhold.projects.typed_table import TypedTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.names import Name
    from commonhold.projects.staged_project import ReadableProject


def read_pyproject(project: ProjectFiles, path: str, raw: bytes) -> Pyproject:
    """Read the file; each error in the file becomes a problem."""
    declared = Declaration(path, project.folder)
    top = TypedTable(_decode(raw, declared), "", lambda message: declared.problem("", message))
    tool = top.table("tool")
    describes = bool(declared.problems) or "project" in top or "build-system" in top or "poetry" in tool
    backend = _read_build_system(project, declared, top.table("build-system"))
    open_fields = EVERY_FIELD
    if "poetry" in tool:
        from commonhold.projects.poetry import read_poetry

        read_poetry(project, declared, tool.table("poetry"))
        open_fields = EVERY_FIELD if backend == "setuptools" else frozenset()
    if "project" in top:
        open_fields = read_project(project, declared, top, backend)
    if "dependency-groups" in top:
        from commonhold.projects.dependency_groups import read_groups

        read_groups(declared, top.table("dependency-groups"))
    _read_tools(project, declared, tool)
    if describes:
        from commonhold.projects.shipped import read_shipped

        read_shipped(project, top.values, backend)
    return Pyproject(declared, describes, open_fields, tool.table("commonhold").values)


def _read_tools(project: ProjectFiles, declared: Declaration, tool: TypedTable) -> None:
    if "hatch" in tool:
        from commonhold.projects.hatch import read_environments

        read_environments(declared, tool.table("hatch"))
    if "pdm" in tool:
        from commonhold.projects.pdm import read_groups

        read_groups(declared, tool.table("pdm"))
    if "uv" in tool:
        from commonhold.projects.uv import read_group, read_sources

        read_group(declared, tool.table("uv"))
        _add_paths(declared, read_sources(project, tool.table("uv")))


def _decode(raw: bytes, declared: Declaration) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(raw.decode())
    except UnicodeDecodeError:
        declared.problem("", "the file is not UTF-8; save it as UTF-8")
    except ValueError as error:
        declared.problem("", f"the file is not TOML ({str(error)[:120]!r}); correct it")
    except (RecursionError, MemoryError):
        declared.problem("", "the file is nested too deeply to be read; simplify it")
    return {}


def _read_build_system(project: ProjectFiles, declared: Declaration, build: TypedTable) -> str:
    """Read the build requirements; return the backend, or ``"setuptools"`` for any backend of setuptools."""
    declared.build = declared.dependencies("build", "build-system.requires", build.texts("requires"))
    for folder in build.texts("backend-path"):
        project.opens(folder)
    backend = build.text("build-backend") or "setuptools"
    return "setuptools" if backend_package(build.values).startswith("setuptools") else backend


def backend_package(build: Mapping[str, Any]) -> str:
    """Return the package of the build backend in a ``[build-system]`` table; the default is setuptools.

    An in-tree backend (PEP 517, ``backend-path``) counts as setuptools, because it usually wraps setuptools. Then
    ``setup.py`` and ``setup.cfg`` are read too, which may find too many requirements but never too few.
    """
    backend = build.get("build-backend")
    # "setuptools.build_meta:__legacy__" is an object path of PEP 517.
    return "setuptools" if "backend-path" in build or not backend else re.split("[.:]", str(backend), maxsplit=1)[0]


def read_dynamic_version(project: ReadableProject) -> str | None:
    """Return the literal version that ``pyproject.toml`` leaves to a Python file; ``None`` if there is none.

    setuptools uses ``tool.setuptools.dynamic.version.attr`` for such a file, and hatchling uses
    ``tool.hatch.version.path``.
    """
    from commonhold.projects.python_source import find_literal, module_file
    from commonhold.projects.staged_project import StampError

    top = _decode(project.read("pyproject.toml") or b"", Declaration("pyproject.toml", ""))
    tool = TypedTable(top, "", lambda _message: None).table("tool")
    attribute = tool.table("setuptools").table("dynamic").table("version").text("attr")
    path = tool.table("hatch").table("version").text("path")
    module, _, name = (attribute or "").rpartition(".")
    roots = ("", "src")
    file = module_file(project, module, roots) if attribute else path
    if file is None or not file.endswith(".py"):
        return None
    try:
        return str(find_literal(project, file, name or "__version__", roots).node.value)
    except StampError:
        return None


def _add_paths(declared: Declaration, paths: Mapping[Name, list[str]]) -> None:
    if not paths:
        return
    declared.runtime = with_paths(declared.runtime or (), paths)
    declared.extras = {extra: with_paths(several, paths) for extra, several in (declared.extras or {}).items()}
    declared.groups = {group: with_paths(several, paths) for group, several in declared.groups.items()}
