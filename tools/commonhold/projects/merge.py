"""Merge the metadata of a project's files the way the build backends do."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.declaration import EVERY_FIELD, Declaration, ProjectFiles, Pyproject
from commonhold.projects.metadata import Metadata, Problem
from commonhold.projects.paths import PROJECT_FILES, is_within, lists_requirements
from commonhold.projects.pytest_settings import SETTINGS_FILES, pythonpath_folders
from commonhold.projects.requirement import unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from commonhold.projects.declaration import Read
    from commonhold.projects.metadata import Dependency

_MANIFEST = "MANIFEST.in"
_FILES = frozenset((*PROJECT_FILES, *SETTINGS_FILES, "hatch.toml", "tox.ini", "tox.toml", _MANIFEST))
_DEPENDENCY_KEYS = {"runtime": "dependencies", "extras": "optional-dependencies"}


def project_files(paths: Iterable[str], folder: str = "") -> tuple[str, ...]:
    """Return the sorted paths in ``folder`` that contain a project's metadata.

    The files are ``pyproject.toml``, ``setup.cfg``, ``setup.py``, the files of tools that run its tests (with
    pytest's settings), ``MANIFEST.in``, ``*requirements*.txt|in``, and all ``.txt|in`` files in a folder
    ``*requirements*``. The words ``reqs`` and ``requires`` have the same meaning as ``requirements``.

    >>> project_files(["a/setup.py", "a/README.md", "a/requirements/dev.in", "a/b/setup.py"], "a")
    ('a/requirements/dev.in', 'a/setup.py')
    """
    start = len(folder) + 1 if folder else 0
    inside = (path for path in paths if path.startswith(folder))
    return tuple(sorted(path for path in inside if (name := path[start:]) in _FILES or _lists_requirements(name)))


def _lists_requirements(name: str) -> bool:
    if not name.endswith((".txt", ".in")):
        return False
    folder, _, file = name.rpartition("/")
    return "/" not in folder and lists_requirements(f"{folder}.txt" if folder else file)


def read_metadata(folder: str, read: Read, files: Iterable[str] | None = None) -> Metadata:
    """Read the metadata of the project in ``folder`` (``""``: the root). Never raises because of a file's content.

    ``read`` returns the content of a file by its path in the repository, or ``None`` if there is no such
    file. ``files`` is the result of ``project_files`` for the folder; without it, requirements files
    are not read. A folder whose ``pyproject.toml`` only configures tools has neither a name nor problems; a
    project without a name has a problem.
    """
    project = ProjectFiles(folder, read)
    found = [project.path(name) for name in PROJECT_FILES] if files is None else list(files)
    pyproject = _read_pyproject(project, found)
    setups = _read_setups(project, found, pyproject.open_fields)
    # Many repositories have a pyproject.toml with only tool settings at the root of a folder of projects.
    if not setups and not pyproject.describes and not project.problems:
        return Metadata(None, table=pyproject.table)
    declared = pyproject.declared
    problems = _merge(declared, setups, pyproject.open_fields)
    setup_py = project.path("setup.py")
    project.ships_only &= not setups and setup_py not in found
    # Only a project's own patterns of tests depend on this, so most projects need not read the file again.
    if "tests" in pyproject.table and setup_py in found:
        from commonhold.projects.literal_setup import only_calls_setup

        project.builds_any |= not only_calls_setup(project.read(setup_py) or b"")
    _read_tox(project, declared, found)
    manifest = project.path(_MANIFEST)
    if manifest in found:
        from commonhold.projects.build_paths import read_manifest

        read_manifest(project, project.read(manifest) or b"")
    runtime = None
    if any(one.name == "pbr" for one in declared.build or ()):
        from commonhold.projects.pbr import requirements_path

        runtime = requirements_path(project)
        needs, more = _read_requirements(project, [runtime] if runtime is not None else [])
        declared.runtime = unique((*(declared.runtime or ()), *needs))
        problems += more
    described = {runtime, *map(project.path, _FILES)}
    for path in (path for path in found if path in described):
        project.search.update(dict.fromkeys(pythonpath_folders(path, project.read(path) or b"")))
    listed, more = _read_requirements(project, [path for path in found if path not in described])
    return _finish(project, declared, pyproject.table, listed, (*project.problems.values(), *problems, *more))


def _read_tox(project: ProjectFiles, declared: Declaration, found: list[str]) -> None:
    """Read the existing files of tox, except ``pyproject.toml``, which another function reads."""
    for name, mark in (("tox.ini", b""), ("setup.cfg", b"[tox:tox]"), ("tox.toml", b"")):
        path = project.path(name)
        raw = project.read(path) if path in found else None
        if raw is None or mark not in raw:
            continue
        from commonhold.projects.tox import read_tox_ini, read_tox_toml

        (read_tox_toml if name == "tox.toml" else read_tox_ini)(project, declared, path, raw)


def _read_requirements(project: ProjectFiles, paths: list[str]) -> tuple[tuple[Dependency, ...], tuple[Problem, ...]]:
    if not paths:
        return (), ()
    from commonhold.projects.requirements_file import read_requirements

    return read_requirements(project, paths)


def _read_pyproject(project: ProjectFiles, found: list[str]) -> Pyproject:
    path = project.path("pyproject.toml")
    raw = project.read(path) if path in found else None
    if raw is None:
        return Pyproject(Declaration(path, project.folder))
    from commonhold.projects.pyproject import read_pyproject

    return read_pyproject(project, path, raw)


def _read_setups(project: ProjectFiles, found: list[str], open_fields: frozenset[str]) -> list[Declaration]:
    """Return the declarations of setuptools' files, ``setup.py`` first because its arguments override ``setup.cfg``.

    The files are not opened if the project uses a backend other than setuptools, or if every field is static.
    """
    setups = []
    path = project.path("setup.py")
    raw = project.read(path) if open_fields and path in found else None
    if raw is not None:
        from commonhold.projects.setup_py import read_setup_py

        setups.append(read_setup_py(project, path, raw))
    path = project.path("setup.cfg")
    raw = project.read(path) if open_fields and path in found else None
    # Most setup.cfg files only configure tools.
    if raw is not None and (b"[metadata]" in raw or b"[options]" in raw):
        from commonhold.projects.setup_cfg import read_setup_cfg

        setups.append(read_setup_cfg(project, path, raw))
    return setups


def _merge(declared: Declaration, setups: list[Declaration], open_fields: frozenset[str]) -> list[Problem]:
    """Fill the fields that ``pyproject.toml`` leaves to other files; return the problems of fields still unknown."""
    for setup in reversed(setups):
        for field in open_fields - {"build"}:
            # An empty value does not override: setup(install_requires=[]) keeps the value of setup.cfg.
            setattr(declared, field, getattr(setup, field) or getattr(declared, field))
        # setuptools adds setup_requires to the requirements of [build-system].
        declared.build = unique((*(declared.build or ()), *(setup.build or ())))
        for group, dependencies in setup.groups.items():
            declared.add_group(group, dependencies)
    # An unreadable setup.py does not matter if setup.cfg declares everything that setup.py could declare.
    is_known = not open_fields & _DEPENDENCY_KEYS.keys() or any(
        other.name and other.runtime is not None for other in setups[1:]
    )
    problems = [problem for _, problem in declared.problems]
    for setup in setups:
        problems += [
            problem for field, problem in setup.problems if field in open_fields or (not field and not is_known)
        ]
    if open_fields != EVERY_FIELD:
        # The dependencies are computed, but not by these files: unknown dependencies must not count as no dependencies.
        for field in sorted(open_fields & _DEPENDENCY_KEYS.keys()):
            if not any(getattr(other, field) is not None for other in (declared, *setups)):
                key = _DEPENDENCY_KEYS[field]
                problems.append(Problem(declared.path, f"project.{key} is dynamic, but no file declares it"))
    if declared.name is None and not problems:
        path = setups[0].path if setups and open_fields == EVERY_FIELD else declared.path
        problems.append(Problem(path, "no file contains the project's name; add it"))
    return problems


def _finish(
    project: ProjectFiles,
    declared: Declaration,
    table: Mapping[str, Any],
    files: tuple[Dependency, ...],
    problems: Iterable[Problem],
) -> Metadata:
    dependencies = [*(declared.runtime or ()), *(declared.build or ()), *files]
    for named in (declared.extras or {}, declared.groups):
        dependencies += [one for several in named.values() for one in several]
    # A required path around this folder is another project, not a set of files that this project reads.
    local = {one.path for one in dependencies if one.path is not None and not is_within(project.folder, one.path)}
    return Metadata(
        name=declared.name,
        version=declared.version,
        requires_python=declared.requires_python or None,
        classifiers=declared.classifiers or (),
        runtime=declared.runtime or (),
        extras=declared.extras or {},
        groups=declared.groups,
        files=files,
        build=declared.build or (),
        reads=frozenset(project.reads),
        local=frozenset(local),
        names=frozenset(project.names),
        ships=frozenset(project.shipped),
        ships_only=project.ships_only,
        builds_any=project.builds_any,
        roots=tuple(project.roots),
        search=tuple(project.search),
        table=table,
        problems=tuple(dict.fromkeys(problems)),
    )
