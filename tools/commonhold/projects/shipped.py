"""Find the paths that build settings ship, and the import roots that they declare, in ``pyproject.toml``.

The paths may contain more files than the wheel, but never fewer: exclusions are not read. Settings that apply only to
sdists are left out, because Python does not import from an sdist. A build that runs the project's code may ship or read
any file in the project's folder, and so may a backend without a reader.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles

_HATCH_MAPS = ("force-include", "shared-data", "shared-scripts")


def read_shipped(project: ProjectFiles, top: Mapping[str, Any], backend: str) -> None:
    """Record the paths that the settings of ``backend`` name, and the modules of entry points.

    Values of a type that the backend does not expect are skipped, because the backend reports them.
    """
    tool, metadata = _table(top, "tool"), _table(top, "project")
    build = _table(top, "build-system")
    reader = _READERS.get(backend.partition(".")[0])
    # A backend in the project's own folder (PEP 517) decides what is shipped.
    project.builds_any |= reader is None or "backend-path" in build
    if reader is not None:
        listed, added, runs_code = reader(tool, metadata)
        project.ships(listed, complete=True)
        project.ships(added)
        project.builds_any |= runs_code
    own_folders = _texts(build.get("backend-path"))
    project.ships(own_folders)
    if own_folders:
        project.ships(entry_point_files(_texts(build.get("build-backend"))))
    groups = [_table(metadata, "scripts"), _table(metadata, "gui-scripts"), _table(tool, "poetry", "scripts")]
    for points in (_table(metadata, "entry-points"), _table(tool, "poetry", "plugins")):
        groups += [_table(points, name) for name in points]
    for group in groups:
        project.ships(entry_point_files(_all_texts(group)))


def package_paths(
    packages: Iterable[str], modules: Iterable[str], folders: Mapping[str, str], where: Iterable[str] = ()
) -> Iterator[str]:
    """Yield the paths of setuptools' ``packages`` and ``py_modules``; ``where`` are the folders that it searches.

    >>> list(package_paths(["acme", "acme.testing"], ["tool"], {"": "lib", "acme.testing": "tests/lib"}))
    ['lib', 'tests/lib', 'lib/acme', 'tests/lib', 'lib/tool.py']
    """
    yield from (folder for folder in (*folders.values(), *where))
    for package in packages:
        yield _package_folder(package, folders)
    for module in modules:
        yield f"{_package_folder(module, folders)}.py"


def _package_folder(package: str, folders: Mapping[str, str]) -> str:
    """Return the folder of a package: ``package_dir`` may map the package, one of its parents, or the root."""
    parent, rest = package, ""
    while parent and parent not in folders:
        parent, _, name = parent.rpartition(".")
        rest = f"/{name}{rest}"
    return f"{folders.get(parent) or '.'}{rest}"


def entry_point_files(references: Iterable[str]) -> Iterator[str]:
    """Yield the files that can define the modules of entry points such as ``package.module:function``."""
    for reference in references:
        module = (reference.partition("=")[2] or reference).partition(":")[0].partition("[")[0].strip()
        for start in ("", "src/"):
            path = start + module.replace(".", "/")
            yield from (f"{path}.py", f"{path}/__init__.py")


# Each reader returns the paths of all packages, further paths, and whether the build may use any other file.


def _setuptools(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    table = _table(tool, "setuptools")
    folders = {name: folder for name, folder in _table(table, "package-dir").items() if isinstance(folder, str)}
    find = _table(table, "packages").get("find")
    where = _texts(_table(table, "packages", "find").get("where"))
    # By default, every folder in the project's folder is a package.
    finds_any = isinstance(find, dict) and not where and find.get("namespaces") is not False
    listed = [*package_paths(_texts(table.get("packages")), _texts(table.get("py-modules")), folders, where)]
    extensions = [path for each in _tables(table.get("ext-modules")) for path in _texts(each.get("sources"))]
    added = [*_all_texts(_table(table, "data-files")), *_texts(table.get("script-files")), *extensions]
    added += attribute_files(_attributes(_table(table, "dynamic")))
    leaves = any(".." in text for text in _all_texts(_table(table, "package-data")))
    return listed, added, finds_any or leaves or bool(extensions) or "cmdclass" in table


def attribute_files(attributes: Iterable[str]) -> Iterator[str]:
    """Yield the files that can define the modules of attributes such as ``package.module.VERSION``."""
    yield from entry_point_files(attribute.strip().rpartition(".")[0] or "__init__" for attribute in attributes)


def _attributes(dynamic: Mapping[str, Any]) -> Iterator[str]:
    for key in dynamic:
        yield from _texts(_table(dynamic, key).get("attr"))


def _hatch(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    build = _table(tool, "hatch", "build")
    wheel = _table(build, "targets", "wheel")

    def either(key: str) -> list[str]:
        return _texts(wheel.get(key)) or _texts(build.get(key))

    included = either("include")
    listed = [*either("packages"), *either("only-include")] or included
    added = [path for table in (build, wheel) for key in _HATCH_MAPS for path in _table(table, key)]
    # These files determine the metadata; a hook is in hatch_build.py unless its table names another file.
    hooks = _table(tool, "hatch", "metadata", "hooks")
    added += [path for table in hooks.values() for path in _texts(_table({"": table}, "").get("path"))]
    added += ["hatch_build.py"] if hooks else []
    version = _table(tool, "hatch", "version")
    added += [*either("artifacts"), *_texts(version.get("path"))]
    # As in .gitignore, a name without a slash matches in every folder.
    matches_any = any("/" not in text.rstrip("/") for text in (*included, *either("artifacts")))
    targets = (build, *_table(build, "targets").values())
    has_hook = "custom" in hooks or any("hooks" in table for table in targets if isinstance(table, dict))
    return listed, added, has_hook or matches_any or version.get("source") == "code"


def _poetry(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    poetry = _table(tool, "poetry")
    packages, files = (
        [table for table in _tables(poetry.get(key)) if _texts(table.get("format")) != ["sdist"]]
        for key in ("packages", "include")
    )
    listed = ["/".join([*_texts(one.get("from")), *_texts(one.get("include"))]) for one in packages]
    added = [*_texts(poetry.get("include")), *(path for one in files for path in _texts(one.get("path")))]
    return listed, added, "build" in poetry


def _flit(tool: Mapping[str, Any], project: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    named = _texts(_table(tool, "flit", "module").get("name")) or _texts(_table(tool, "flit", "metadata").get("module"))
    # By default, the module has the project's name.
    names = named or [name.replace("-", "_") for name in _texts(project.get("name"))]
    paths = [start + name.replace(".", "/") for name in names for start in ("", "src/")]
    data = _texts(_table(tool, "flit", "external-data").get("directory"))
    return [*paths, *(f"{path}.py" for path in paths)], data, False


def _pdm(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    pdm = _table(tool, "pdm")
    build = _table(pdm, "build")
    listed = [*_texts(build.get("includes")), *_texts(pdm.get("includes"))]
    data = _table(build, "wheel-data")
    added = [*_texts(build.get("package-dir")), *_texts(pdm.get("package-dir")), *_all_texts(data)]
    added += _texts(_table(pdm, "version").get("path"))
    added += [path for values in data.values() for one in _tables(values) for path in _texts(one.get("path"))]
    runs_code = not {"custom-hook", "run-setuptools"}.isdisjoint(build)
    return listed, added, runs_code or _table(pdm, "version").get("source") == "call"


def _uv(tool: Mapping[str, Any], project: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    table = _table(tool, "uv", "build-backend")
    # By default, the module has the project's name.
    named = _texts(table.get("module-name")) or [name.lower().replace("-", "_") for name in _texts(project.get("name"))]
    modules = [name.replace(".", "/") for name in named]
    roots = _texts(table.get("module-root")) or ["src"]
    return [f"{root}/{module}" for root in roots for module in modules], _all_texts(_table(table, "data")), False


def _maturin(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    table = _table(tool, "maturin")
    source = _texts(table.get("python-source"))
    packages = ["/".join([*source, package]) for package in _texts(table.get("python-packages"))]
    included = [path for one in _tables(table.get("include")) for path in _texts(one.get("path"))]
    return [], [*source, *packages, *included, *_texts(table.get("include")), *_texts(table.get("data"))], True


def _scikit_build(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    packages = _table(tool, "scikit-build", "wheel").get("packages")
    return [], _texts(packages) or _all_texts(_table(tool, "scikit-build", "wheel", "packages")), True


_READERS = {
    "setuptools": _setuptools,
    "hatchling": _hatch,
    "poetry": _poetry,
    "flit_core": _flit,
    "flit": _flit,
    "pdm": _pdm,
    "uv_build": _uv,
    "maturin": _maturin,
    "scikit_build_core": _scikit_build,
}


def read_import_roots(project: ProjectFiles, tool: Mapping[str, Any]) -> None:
    """Record the import roots in the tables of all build backends; values of other types are skipped."""
    for name, reader in _ROOT_READERS.items():
        if name in tool:
            for folder, package in reader(_table(tool, name)):
                project.add_root(folder, package)


def _setuptools_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    folders = _table(table, "package-dir")
    yield from setuptools_roots(folders, _texts(_table(table, "packages", "find").get("where")))


def setuptools_roots(package_dir: Mapping[Any, Any], where: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the import roots of setuptools' ``package_dir`` and of the folders that it searches."""
    for package, folder in package_dir.items():
        if isinstance(package, str) and isinstance(folder, str):
            yield folder, package
    yield from ((folder, "") for folder in where)


def _hatch_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    build = _table(table, "build")
    for target in (build, _table(build, "targets", "wheel")):
        sources = target.get("sources")
        named = sources if isinstance(sources, dict) else dict.fromkeys(_texts(sources), "")
        included = _table(target, "force-include")
        yield from ((folder, _package(place)) for folder, place in (*named.items(), *included.items()))
        # Of a package's path, only the last part is kept.
        yield from ((path.strip("/").rpartition("/")[0], "") for path in _texts(target.get("packages")))
    yield from ((folder, "") for folder in _texts(build.get("dev-mode-dirs")))


def _uv_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((folder, "") for folder in _texts(_table(table, "build-backend").get("module-root")))


def _poetry_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    packages = table.get("packages")
    for one in packages if isinstance(packages, list) else ():
        if isinstance(one, dict):
            yield "/".join(_texts(one.get("from"))), _package(one.get("to", ""))


def _pdm_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    folders = [*_texts(table.get("package-dir")), *_texts(_table(table, "build").get("package-dir"))]
    yield from ((folder, "") for folder in folders)


def _maturin_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((folder, "") for folder in _texts(table.get("python-source")))


def _scikit_build_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    packages = _table(table, "wheel").get("packages")
    if isinstance(packages, dict):
        yield from ((folder, _package(place)) for place, folder in packages.items())
    yield from ((path.strip("/").rpartition("/")[0], "") for path in _texts(packages))


_ROOT_READERS = {
    "setuptools": _setuptools_roots,
    "hatch": _hatch_roots,
    "uv": _uv_roots,
    "poetry": _poetry_roots,
    "pdm": _pdm_roots,
    "maturin": _maturin_roots,
    "scikit-build": _scikit_build_roots,
}


def _package(place: object) -> str:
    """Return the name of the package that a folder becomes in a wheel."""
    return place.strip("/").replace("/", ".") if isinstance(place, str) else ""


def _table(table: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return a nested table; an empty table if the key is missing or its value is not a table."""
    for key in keys:
        value = table.get(key)
        table = value if isinstance(value, dict) else {}
    return table


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    """Return a string or the strings in a list."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _all_texts(table: Mapping[str, Any]) -> list[str]:
    """Return the strings in the values of a table."""
    return [text for value in table.values() for text in _texts(value)]
