"""Read and write the version of a flit project, which is ``__version__`` of its module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from commonhold.projects.python_source import Literal, PythonSource, find_literal
from commonhold.projects.staged_project import StampError

if TYPE_CHECKING:
    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument

# Use the first file that exists, as flit_core.common does.
_IN_PACKAGES = ("__init__.py", "version.py", "_version.py", "__version__.py")


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Write the version into the project's module."""
    files = _files(project, _module(project, document))
    for file in files:
        literal = _literal(project, file)
        if literal is not None:
            literal.write(project, project.version)
            return {}
    # If the value is not a literal, follow the imports, or fail with the reason.
    find_literal(project, files[0], "__version__", ("", "src")).write(project, project.version)
    return {}


def _module(project: StagedProject, document: TomlDocument) -> str:
    legacy = document.table("tool", "flit", "metadata")
    named = document.table("tool", "flit", "module").get("name") or legacy.get("module")
    return str(named or document.table("project").get("name") or project.name).replace("-", "_")


def _files(project: StagedProject, module: str) -> list[str]:
    base = module.replace(".", "/")
    for start in (base, f"src/{base}"):
        found = [f"{start}/{name}" for name in _IN_PACKAGES if project.read(f"{start}/{name}") is not None]
        if found:
            return found
        if project.read(f"{start}.py") is not None:
            return [f"{start}.py"]
    raise StampError(
        f"{project.shown(base)} is not in the commit, neither in the project nor below src; flit reads the version "
        "from that module",
        hint="Set the module's name in tool.flit.module, or add project.version.",
    )


def _literal(project: StagedProject, file: str) -> Literal | None:
    source = PythonSource(project, file, project.read(file) or b"")
    value = source.value_of("__version__")
    return Literal(source, value) if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
