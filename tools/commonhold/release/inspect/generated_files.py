"""Recognize files that a build generates, so that they don't count as differences from the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomli

from commonhold.projects import read_metadata
from commonhold.projects.names import normalize
from commonhold.projects.pyproject import backend_package
from commonhold.release.inspect.core_metadata import get_field, requirements
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from packaging.metadata import Metadata

    from commonhold.release.inspect.check_context import CheckContext, Sdist, Wheel
    from commonhold.release.model.archive import ArchiveContents, ArchiveMember

COMPILED = (".so", ".pyd", ".dylib", ".dll")
"""The file name suffixes of compiled modules."""

_PROJECT_FILE = "pyproject.toml"
# uv_build keeps the committed file under this name, because it writes the other one in an older version of TOML.
_COMMITTED_PROJECT_FILE = "pyproject.toml.orig"
_SETUP_FILE = "setup.py"
_C_SOURCES = (".c", ".cpp", ".h")


def is_backend_file(path: str, member: ArchiveMember) -> bool:
    """Return whether backends always add this file to an sdist, even if the commit does not contain it.

    Such files are PKG-INFO (PEP 643), and for setuptools also .egg-info and a tagged setup.cfg.
    """
    return path == "PKG-INFO" or ".egg-info/" in f"/{path}" or (path == "setup.cfg" and member.link is None)


def is_generated_sdist_file(path: str, sdist: Sdist, context: CheckContext) -> bool:
    """Return whether a build generates this file of an sdist, or rewrites it without changing its meaning."""
    top = sdist.archive.artifact.name.removesuffix(".tar.gz")
    if _is_generated(path, f"{top}/{path}", sdist.archive, context):
        return True
    data = sdist.archive.texts.get(f"{top}/{path}", b"")
    if path == _PROJECT_FILE:
        return is_same_project(data, context.project_file)
    if path == _COMMITTED_PROJECT_FILE:
        committed = context.staged.get(_PROJECT_FILE)
        return committed is not None and sdist.files[path].sha256 == committed.sha256
    # The file of another backend is executed only by tools without support for PEP 517.
    is_added = path == _SETUP_FILE and path not in context.staged and not _builds_with_setuptools(context)
    return is_added and sdist.metadata is not None and _declares(data, sdist.metadata)


def is_generated_wheel_file(path: str, member: ArchiveMember, wheel: Wheel, context: CheckContext) -> bool:
    """Return whether a build generates this file of a wheel; ``path`` is its installed path."""
    # A wheel for every platform must not contain compiled code.
    if path.endswith(COMPILED):
        return not wheel.archive.artifact.name.endswith("-any.whl")
    # Old setuptools writes -nspkg.pth files for `namespace_packages`.
    return path.endswith("-nspkg.pth") or _is_generated(path, member.path, wheel.archive, context)


def _is_generated(path: str, place: str, archive: ArchiveContents, context: CheckContext) -> bool:
    """Return whether a file is a version file, C code from Cython, or declared as generated in the configuration.

    ``place`` is its path in the archive.
    """
    if context.generated.match(path) or context.generated.match(f"src/{path}"):
        return True
    stem, dot, end = path.rpartition(".")
    if f"{dot}{end}" in _C_SOURCES and any(f"{root}{stem}.pyx" in context.staged for root in ("", "src/")):
        return True
    text = archive.texts.get(place, b"")
    return "version" in path.rpartition("/")[2] and context.planned.version.encode() in text


def is_same_project(data: bytes, committed: bytes) -> bool:
    """Return whether two ``pyproject.toml`` files have the same meaning.

    uv_build and PDM rewrite the file: without comments, in another order, and with the values of fields that the
    committed file declares as dynamic.
    """
    ours, theirs = _parse(data), _parse(committed)
    if ours is None or theirs is None:
        return False
    project, original = ours.pop("project", {}), theirs.pop("project", {})
    if not isinstance(project, dict) or not isinstance(original, dict):
        return False
    dynamic = {*map(str, _pop_list(original, "dynamic"))}
    if not dynamic.issuperset(map(str, _pop_list(project, "dynamic"))):
        return False
    static = {key: value for key, value in project.items() if key not in dynamic}
    return _equal(static, original) and _equal(_without_empty(ours), _without_empty(theirs))


def _parse(data: bytes) -> dict[str, Any] | None:
    try:
        return tomli.loads(data.decode())
    except (ValueError, RecursionError):  # not TOML, or not UTF-8
        return None


def _equal(ours: object, theirs: object) -> bool:
    """Return whether two TOML values are equal, and have the same types: in Python, `True == 1 == 1.0`."""
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(_equal(value, theirs[key]) for key, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_equal, ours, theirs))
    # NaN does not equal itself, and -0.0 equals 0.0.
    return repr(ours) == repr(theirs) if isinstance(ours, float) else ours == theirs


def _pop_list(table: dict[str, Any], key: str) -> list[Any]:
    value = table.pop(key, [])
    return value if isinstance(value, list) else []


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table without empty tables, which PDM adds."""
    found = {key: _without_empty(value) if isinstance(value, dict) else value for key, value in table.items()}
    return {key: value for key, value in found.items() if value != {}}


def _builds_with_setuptools(context: CheckContext) -> bool:
    table = (_parse(context.project_file) or {}).get("build-system", {})
    return not isinstance(table, dict) or backend_package(table).startswith("setuptools")


def _declares(setup: bytes, metadata: Metadata) -> bool:
    """Return whether a ``setup.py`` declares the same project as the metadata. The file's code is not executed."""
    declared = read_metadata("", {_SETUP_FILE: setup}.get)
    dependencies = [*declared.runtime, *(each for several in declared.extras.values() for each in several)]
    return (
        not declared.problems
        and declared.name == normalize(get_field(metadata, "name") or "")
        and parse_version(declared.version or "") == get_field(metadata, "version")
        and {each.name for each in dependencies} == {normalize(each.name) for each in requirements(metadata)}
    )
