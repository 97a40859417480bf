"""Find the folders that a build backend installs as packages, where they are not ``src`` or the project's folder.

A table is read whether or not its backend builds the project: too many import roots only add names of modules.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles


def read_import_roots(project: ProjectFiles, tool: Mapping[str, Any]) -> None:
    """Record the import roots in the tables of all build backends; values of other types are skipped."""
    for name, reader in _READERS.items():
        if name in tool:
            for folder, package in reader(_table(tool, name)):
                project.add_root(folder, package)


def _setuptools(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    folders = _table(table, "package-dir")
    yield from setuptools_roots(folders, _texts(_table(table, "packages", "find").get("where")))


def setuptools_roots(package_dir: Mapping[Any, Any], where: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the import roots of setuptools' ``package_dir`` and of the folders that it searches."""
    for package, folder in package_dir.items():
        if isinstance(package, str) and isinstance(folder, str):
            yield folder, package
    yield from ((folder, "") for folder in where)


def _hatch(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    build = _table(table, "build")
    for target in (build, _table(build, "targets", "wheel")):
        sources = target.get("sources")
        named = sources if isinstance(sources, dict) else dict.fromkeys(_texts(sources), "")
        included = _table(target, "force-include")
        yield from ((folder, _package(place)) for folder, place in (*named.items(), *included.items()))
        # Of a package's path, only the last part is kept.
        yield from ((path.strip("/").rpartition("/")[0], "") for path in _texts(target.get("packages")))
    yield from ((folder, "") for folder in _texts(build.get("dev-mode-dirs")))


def _uv(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((folder, "") for folder in _texts(_table(table, "build-backend").get("module-root")))


def _poetry(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    packages = table.get("packages")
    for one in packages if isinstance(packages, list) else ():
        if isinstance(one, dict):
            yield "/".join(_texts(one.get("from"))), _package(one.get("to", ""))


def _pdm(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    folders = [*_texts(table.get("package-dir")), *_texts(_table(table, "build").get("package-dir"))]
    yield from ((folder, "") for folder in folders)


def _maturin(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((folder, "") for folder in _texts(table.get("python-source")))


def _scikit_build(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    packages = _table(table, "wheel").get("packages")
    if isinstance(packages, dict):
        yield from ((folder, _package(place)) for place, folder in packages.items())
    yield from ((path.strip("/").rpartition("/")[0], "") for path in _texts(packages))


_READERS = {
    "setuptools": _setuptools,
    "hatch": _hatch,
    "uv": _uv,
    "poetry": _poetry,
    "pdm": _pdm,
    "maturin": _maturin,
    "scikit-build": _scikit_build,
}


def _package(place: object) -> str:
    """Return the package of a folder in a wheel."""
    return place.strip("/").replace("/", ".") if isinstance(place, str) else ""


def _table(table: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return a nested table; an empty one if it is missing or has another type."""
    for key in keys:
        value = table.get(key)
        table = value if isinstance(value, dict) else {}
    return table


def _texts(value: object) -> list[str]:
    """Return a string or the strings in a list."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
