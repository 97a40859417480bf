"""Read what a project publishes about itself, without running any code: one value per field, with its place."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from commonhold.projects.declaration import Declaration, ProjectFiles
from commonhold.projects.describe_pyproject import dynamic_values, flit_values, poetry_values, project_values
from commonhold.projects.describe_setuptools import setup_cfg_values, setup_py_values
from commonhold.projects.paths import PROJECT_FILES, resolve
from commonhold.projects.published import Description, Published, ValueState
from commonhold.projects.pyproject import backend_package
from commonhold.projects.toml_values import TomlSource
from commonhold.projects.typed_table import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.projects.declaration import Read

    Values = dict[str, Published[Any]]

_FIELDS = tuple(field.name for field in fields(Description) if field.name not in ("backend", "has_project_table"))
_SETTLED = (ValueState.STATED, ValueState.INVALID)


def read_description(folder: str, read: Read) -> Description:
    """Read the description of the project in ``folder``. Never raises because of a file's content.

    ``read`` returns the content of a file by its path in the repository, or ``None`` if there is no such file. A file
    that cannot be parsed makes the values that only this file could contain unknown.
    """
    project = ProjectFiles(folder, read)
    raw = project.read(project.path("pyproject.toml"))
    pyproject = _Pyproject(project, raw or b"")
    sources = pyproject.sources()
    if pyproject.uses_setuptools:
        setups = _setup_values(project)
        if pyproject.has_project_table:
            # setuptools ignores values in its own files that [project] does not list as dynamic.
            dynamic = pyproject.dynamic_fields(sources[0])
            setups = [{name: value for name, value in values.items() if name in dynamic} for values in setups]
        sources += setups
    named = [name for name in PROJECT_FILES if project.read(project.path(name)) is not None]
    missing = project.path(named[0] if named else PROJECT_FILES[0])
    values = {name: _first(name, sources, missing) for name in _FIELDS}
    return Description(**values, backend=pyproject.backend, has_project_table=pyproject.has_project_table)


def _first(name: str, sources: list[Values], path: str) -> Published[Any]:
    """Return the first stated value; without one, a computed value, because then it is unknown."""
    found = [values[name] for values in sources if name in values]
    settled = [value for value in found if value.state in _SETTLED]
    computed = [value for value in found if value.state is ValueState.COMPUTED]
    return next(iter([*settled, *computed, *found]), Published(ValueState.MISSING, path))


class _Pyproject:
    """The tables of a ``pyproject.toml``; an unreadable file makes every value unknown."""

    def __init__(self, project: ProjectFiles, raw: bytes) -> None:
        self._project = project
        self._source = TomlSource(project.path("pyproject.toml"), raw)
        declared = Declaration(self._source.path, project.folder)
        top = read_toml(raw, declared).values
        self._error = declared.problems[0].problem.message if declared.problems else None
        self._tables = {key: top[key] for key in ("project", "tool") if isinstance(top.get(key), dict)}
        build = top.get("build-system")
        self.backend = backend_package(build if isinstance(build, dict) else {})
        self.has_project_table = "project" in top

    @property
    def uses_setuptools(self) -> bool:
        """Whether ``setup.cfg`` and ``setup.py`` belong to the project."""
        return self.backend.startswith("setuptools") and ("poetry" not in self._tool() or self.has_project_table)

    def sources(self) -> list[Values]:
        """Return the values of each table, the table that overrides the others first."""
        if self._error is not None:
            return [{name: self._source.computed(self._error) for name in _FIELDS}]
        tool, found = self._tool(), []
        if "project" in self._tables:
            found.append(project_values(self._source, self._tables["project"]))
        found += [poetry_values(self._source, tool["poetry"])] if isinstance(tool.get("poetry"), dict) else []
        flit = tool.get("flit")
        metadata = flit.get("metadata") if isinstance(flit, dict) else None
        found += [flit_values(self._source, metadata)] if isinstance(metadata, dict) else []
        setuptools = tool.get("setuptools")
        dynamic = setuptools.get("dynamic") if isinstance(setuptools, dict) else None
        found += [dynamic_values(self._source, dynamic, self._read_text)] if isinstance(dynamic, dict) else []
        return [*found, self._missing()] if found else []

    def dynamic_fields(self, values: Values) -> frozenset[str]:
        """Return the fields that ``[project]`` lists as dynamic."""
        return frozenset(name for name, value in values.items() if value.state is ValueState.COMPUTED)

    def _missing(self) -> Values:
        table = ("project",) if "project" in self._tables else ("tool", "poetry")
        locate = self._source.locator(*table)
        return {name: Published(ValueState.MISSING, self._source.path, locate=locate) for name in _FIELDS}

    def _tool(self) -> Mapping[str, Any]:
        tool: Mapping[str, Any] = self._tables.get("tool", {})
        return tool

    def _read_text(self, file: str) -> str | None:
        path = resolve(self._project.folder, file)
        raw = self._project.read(path) if path is not None else None
        return None if raw is None else raw.decode("utf-8", "replace")


def _setup_values(project: ProjectFiles) -> list[Values]:
    """Return the values of ``setup.py``, whose arguments override ``setup.cfg``, and of ``setup.cfg``."""
    found = []
    path = project.path("setup.py")
    raw = project.read(path)
    if raw is not None:
        found.append(setup_py_values(project, path, raw))
    path = project.path("setup.cfg")
    raw = project.read(path)
    if raw is not None:
        found.append(setup_cfg_values(path, raw))
    return found
