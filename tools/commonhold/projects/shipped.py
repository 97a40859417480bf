"""Find the paths that build settings ship, and the import roots that they declare, in ``pyproject.toml``.

The paths may contain more files than the wheel, but never fewer: exclusions are not read. Settings that apply only to
sdists are left out, because Python does not import from an sdist. A build that runs the project's code may ship or read
any file in the project's folder, and so may a backend without a reader.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.toml import table_in, tables_in, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles

_HATCH_MAPS = ("force-include", "shared-data", "shared-scripts")


def read_shipped(project: ProjectFiles, top: Mapping[str, Any], backend: str) -> None:
    """Record the paths that the settings of ``backend`` name, and the modules of entry points.

    Values of a type that the backend does not expect are skipped, because the backend reports them.
    """
    tool, metadata = table_in(top, "tool"), table_in(top, "project")
    build = table_in(top, "build-system")
    reader = _READERS.get(backend.partition(".")[0])
    # A backend in the project's own folder (PEP 517) decides what is shipped.
    project.builds_any |= reader is None or "backend-path" in build
    if reader is not None:
        listed, added, runs_code = reader(tool, metadata)
        project.ships(listed, complete=True)
        project.ships(added)
        project.builds_any |= runs_code
    own_folders = texts_in(build.get("backend-path"))
    project.ships(own_folders)
    if own_folders:
        project.ships(entry_point_files(texts_in(build.get("build-backend"))))
    groups = [table_in(metadata, "scripts"), table_in(metadata, "gui-scripts"), table_in(tool, "poetry", "scripts")]
    for points in (table_in(metadata, "entry-points"), table_in(tool, "poetry", "plugins")):
        groups += [table_in(points, name) for name in points]
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
    table = table_in(tool, "setuptools")
    folders = {name: folder for name, folder in table_in(table, "package-dir").items() if isinstance(folder, str)}
    find = table_in(table, "packages").get("find")
    where = texts_in(table_in(table, "packages", "find").get("where"))
    # By default, every folder in the project's folder is a package.
    finds_any = isinstance(find, dict) and not where and find.get("namespaces") is not False
    listed = [*package_paths(texts_in(table.get("packages")), texts_in(table.get("py-modules")), folders, where)]
    extensions = [path for each in tables_in(table.get("ext-modules")) for path in texts_in(each.get("sources"))]
    added = [*_all_texts(table_in(table, "data-files")), *texts_in(table.get("script-files")), *extensions]
    added += attribute_files(_attributes(table_in(table, "dynamic")))
    leaves = any(".." in text for text in _all_texts(table_in(table, "package-data")))
    return listed, added, finds_any or leaves or bool(extensions) or "cmdclass" in table


def attribute_files(attributes: Iterable[str]) -> Iterator[str]:
    """Yield the files that can define the modules of attributes such as ``package.module.VERSION``."""
    yield from entry_point_files(attribute.strip().rpartition(".")[0] or "__init__" for attribute in attributes)


def _attributes(dynamic: Mapping[str, Any]) -> Iterator[str]:
    for key in dynamic:
        yield from texts_in(table_in(dynamic, key).get("attr"))


def _hatch(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    build = table_in(tool, "hatch", "build")
    wheel = table_in(build, "targets", "wheel")

    def either(key: str) -> list[str]:
        return texts_in(wheel.get(key)) or texts_in(build.get(key))

    included = either("include")
    listed = [*either("packages"), *either("only-include")] or included
    added = [path for table in (build, wheel) for key in _HATCH_MAPS for path in table_in(table, key)]
    # These files determine the metadata; a hook is in hatch_build.py unless its table names another file.
    hooks = table_in(tool, "hatch", "metadata", "hooks")
    added += [path for table in hooks.values() for path in texts_in(table_in({"": table}, "").get("path"))]
    added += ["hatch_build.py"] if hooks else []
    version = table_in(tool, "hatch", "version")
    added += [*either("artifacts"), *texts_in(version.get("path"))]
    # As in .gitignore, a name without a slash matches in every folder.
    matches_any = any("/" not in text.rstrip("/") for text in (*included, *either("artifacts")))
    targets = (build, *table_in(build, "targets").values())
    has_hook = "custom" in hooks or any("hooks" in table for table in targets if isinstance(table, dict))
    return listed, added, has_hook or matches_any or version.get("source") == "code"


def _poetry(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    poetry = table_in(tool, "poetry")
    packages, files = (
        [table for table in tables_in(poetry.get(key)) if texts_in(table.get("format")) != ["sdist"]]
        for key in ("packages", "include")
    )
    listed = ["/".join([*texts_in(one.get("from")), *texts_in(one.get("include"))]) for one in packages]
    added = [*texts_in(poetry.get("include")), *(path for one in files for path in texts_in(one.get("path")))]
    return listed, added, "build" in poetry


def _flit(tool: Mapping[str, Any], project: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    named = texts_in(table_in(tool, "flit", "module").get("name")) or texts_in(
        table_in(tool, "flit", "metadata").get("module")
    )
    # By default, the module has the project's name.
    names = named or [name.replace("-", "_") for name in texts_in(project.get("name"))]
    paths = [start + name.replace(".", "/") for name in names for start in ("", "src/")]
    data = texts_in(table_in(tool, "flit", "external-data").get("directory"))
    return [*paths, *(f"{path}.py" for path in paths)], data, False


def _pdm(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    pdm = table_in(tool, "pdm")
    build = table_in(pdm, "build")
    listed = [*texts_in(build.get("includes")), *texts_in(pdm.get("includes"))]
    data = table_in(build, "wheel-data")
    added = [*texts_in(build.get("package-dir")), *texts_in(pdm.get("package-dir")), *_all_texts(data)]
    added += texts_in(table_in(pdm, "version").get("path"))
    added += [path for values in data.values() for one in tables_in(values) for path in texts_in(one.get("path"))]
    runs_code = not {"custom-hook", "run-setuptools"}.isdisjoint(build)
    return listed, added, runs_code or table_in(pdm, "version").get("source") == "call"


def _uv(tool: Mapping[str, Any], project: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    table = table_in(tool, "uv", "build-backend")
    # By default, the module has the project's name.
    named = texts_in(table.get("module-name")) or [
        name.lower().replace("-", "_") for name in texts_in(project.get("name"))
    ]
    modules = [name.replace(".", "/") for name in named]
    roots = texts_in(table.get("module-root")) or ["src"]
    return [f"{root}/{module}" for root in roots for module in modules], _all_texts(table_in(table, "data")), False


def _maturin(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    table = table_in(tool, "maturin")
    source = texts_in(table.get("python-source"))
    packages = ["/".join([*source, package]) for package in texts_in(table.get("python-packages"))]
    included = [path for one in tables_in(table.get("include")) for path in texts_in(one.get("path"))]
    return [], [*source, *packages, *included, *texts_in(table.get("include")), *texts_in(table.get("data"))], True


def _scikit_build(tool: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[list[str], list[str], bool]:
    packages = table_in(tool, "scikit-build", "wheel").get("packages")
    return [], texts_in(packages) or _all_texts(table_in(tool, "scikit-build", "wheel", "packages")), True


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
            for folder, package in reader(table_in(tool, name)):
                project.add_root(folder, package)


def _setuptools_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    folders = table_in(table, "package-dir")
    yield from setuptools_roots(folders, texts_in(table_in(table, "packages", "find").get("where")))


def setuptools_roots(package_dir: Mapping[Any, Any], where: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the import roots of setuptools' ``package_dir`` and of the folders that it searches."""
    for package, folder in package_dir.items():
        if isinstance(package, str) and isinstance(folder, str):
            yield folder, package
    yield from ((folder, "") for folder in where)


def _hatch_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    build = table_in(table, "build")
    for target in (build, table_in(build, "targets", "wheel")):
        sources = target.get("sources")
        named = sources if isinstance(sources, dict) else dict.fromkeys(texts_in(sources), "")
        included = table_in(target, "force-include")
        yield from ((folder, _package(place)) for folder, place in (*named.items(), *included.items()))
        # Of a package's path, only the last part is kept.
        yield from ((path.strip("/").rpartition("/")[0], "") for path in texts_in(target.get("packages")))
    yield from ((folder, "") for folder in texts_in(build.get("dev-mode-dirs")))


def _uv_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((folder, "") for folder in texts_in(table_in(table, "build-backend").get("module-root")))


def _poetry_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    packages = table.get("packages")
    for one in packages if isinstance(packages, list) else ():
        if isinstance(one, dict):
            yield "/".join(texts_in(one.get("from"))), _package(one.get("to", ""))


def _pdm_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    folders = [*texts_in(table.get("package-dir")), *texts_in(table_in(table, "build").get("package-dir"))]
    yield from ((folder, "") for folder in folders)


def _maturin_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((folder, "") for folder in texts_in(table.get("python-source")))


def _scikit_build_roots(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    packages = table_in(table, "wheel").get("packages")
    if isinstance(packages, dict):
        yield from ((folder, _package(place)) for place, folder in packages.items())
    yield from ((path.strip("/").rpartition("/")[0], "") for path in texts_in(packages))


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


def _all_texts(table: Mapping[str, Any]) -> list[str]:
    """Return the strings in the values of a table."""
    return [text for value in table.values() for text in texts_in(value)]
