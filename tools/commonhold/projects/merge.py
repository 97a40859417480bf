"""One project's metadata, merged from its files as the build backends merge them."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.declaration import EVERY_FIELD, Declaration, ProjectFiles, Pyproject
from commonhold.projects.metadata import Metadata, Problem
from commonhold.projects.paths import is_within
from commonhold.projects.requirement import unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from commonhold.projects.declaration import Read
    from commonhold.projects.metadata import Need

_DESCRIBING = ("pyproject.toml", "setup.cfg", "setup.py")
_EDGES = frozenset(("runtime", "extras"))
_KEYS = {"runtime": "dependencies", "extras": "optional-dependencies"}


def project_files(paths: Iterable[str], folder: str = "") -> tuple[str, ...]:
    """Of a repository's paths, those directly in ``folder`` that a project's metadata is read from, sorted.

    They are ``pyproject.toml``, ``setup.cfg``, ``setup.py`` and ``*requirements*.txt|in``.

    >>> project_files(["a/setup.py", "a/README.md", "a/dev-requirements.in", "a/b/setup.py"], "a")
    ('a/dev-requirements.in', 'a/setup.py')
    """
    start = len(folder) + 1 if folder else 0
    inside = (path for path in paths if path.startswith(folder) and "/" not in path[start:])
    return tuple(sorted(path for path in inside if _is_of_interest(path[start:])))


def _is_of_interest(name: str) -> bool:
    return name in _DESCRIBING or ("requirements" in name and name.endswith((".txt", ".in")))


def read_metadata(folder: str, read: Read, files: Iterable[str] | None = None) -> Metadata:
    """What the project in ``folder`` (``""``: the root) declares. Never raises for what files hold.

    ``read`` gives the content of a file by its path in the repository, or ``None`` where there is
    none. ``files`` are what ``project_files`` chose for the folder; without them requirements files
    are not looked for. A folder that describes no project, because its ``pyproject.toml`` only configures
    tools, has neither a name nor problems; any project without a name has a problem.
    """
    place = ProjectFiles(folder, read)
    found = [place.path(name) for name in _DESCRIBING] if files is None else list(files)
    pyproject = _read_pyproject(place, found)
    setups = _read_setups(place, found, pyproject.left)
    if not setups and not pyproject.describes:
        return Metadata(None, table=pyproject.table)
    stated = pyproject.stated
    problems = _merge(stated, setups, pyproject.left)
    described = {place.path(name) for name in _DESCRIBING}
    listed, more = _read_requirements(place, [path for path in found if path not in described])
    return _finish(place, stated, pyproject.table, listed, (*problems, *more))


def _read_requirements(place: ProjectFiles, paths: list[str]) -> tuple[tuple[Need, ...], tuple[Problem, ...]]:
    if not paths:
        return (), ()
    from commonhold.projects.requirements_file import read_requirements

    return read_requirements(place, paths)


def _read_pyproject(place: ProjectFiles, found: list[str]) -> Pyproject:
    path = place.path("pyproject.toml")
    raw = place.read(path) if path in found else None
    if raw is None:
        return Pyproject(Declaration(path, place.folder))
    from commonhold.projects.pyproject import read_pyproject

    return read_pyproject(place, path, raw)


def _read_setups(place: ProjectFiles, found: list[str], left: frozenset[str]) -> list[Declaration]:
    """What setuptools' own files state, the stronger first."""
    setups = []
    path = place.path("setup.py")
    raw = place.read(path) if left and path in found else None
    if raw is not None:
        from commonhold.projects.setup_py import read_setup_py

        setups.append(read_setup_py(place, path, raw))
    path = place.path("setup.cfg")
    raw = place.read(path) if left and path in found else None
    if raw is not None and (b"[metadata]" in raw or b"[options]" in raw):
        from commonhold.projects.setup_cfg import read_setup_cfg

        setups.append(read_setup_cfg(place, path, raw))
    return setups


def _merge(stated: Declaration, setups: list[Declaration], left: frozenset[str]) -> list[Problem]:
    """Fill the fields that ``pyproject.toml`` leaves open; the problems that remain."""
    for setup in reversed(setups):
        for field in left - {"build"}:
            setattr(stated, field, getattr(setup, field) or getattr(stated, field))
        stated.build = unique((*(stated.build or ()), *(setup.build or ())))
        for group, needs in setup.groups.items():
            stated.add_group(group, needs)
    known = not left & _EDGES or any(other.name and other.runtime is not None for other in setups[1:])
    problems = [concern.problem for concern in stated.problems]
    for setup in setups:
        problems += [problem for field, problem in setup.problems if field in left or (not field and not known)]
    if left != EVERY_FIELD:
        for field in sorted(left & _EDGES):
            if not any(getattr(other, field) is not None for other in (stated, *setups)):
                problems.append(Problem(stated.path, f"project.{_KEYS[field]} is dynamic, and no file states it"))
    if stated.name is None and not problems:
        path = setups[0].path if setups and left == EVERY_FIELD else stated.path
        problems.append(Problem(path, "the project's name is nowhere stated; state it"))
    return problems


def _finish(
    place: ProjectFiles,
    stated: Declaration,
    table: Mapping[str, Any],
    files: tuple[Need, ...],
    problems: Iterable[Problem],
) -> Metadata:
    needs = [*(stated.runtime or ()), *(stated.build or ()), *files]
    for named in (stated.extras or {}, stated.groups):
        needs += [need for several in named.values() for need in several]
    # A folder around this one is a project that is needed, not everything that lies in it
    reads = {need.path for need in needs if need.path is not None and not is_within(place.folder, need.path)}
    return Metadata(
        name=stated.name,
        requires_python=stated.requires_python or None,
        classifiers=stated.classifiers or (),
        runtime=stated.runtime or (),
        extras=stated.extras or {},
        groups=stated.groups,
        files=files,
        build=stated.build or (),
        reads=frozenset(place.reads | reads),
        names=frozenset(place.names),
        table=table,
        problems=tuple(dict.fromkeys(problems)),
    )
