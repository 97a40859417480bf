"""Find the files outside a project's folder that its build settings name.

A build copies or reads these files (``force-include``, ``package-dir``, version files, build hooks), so a change to one
changes the project. Backends add settings with each release. So instead of knowing each key, this module searches all
texts in the tables of the build tools for paths that leave the folder.
"""

from __future__ import annotations

import posixpath

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import ROOT, before_wildcard, expand_root, is_within, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.metadata import Dependency
    from commonhold.projects.typed_table import TypedTable

_BUILD_TABLES: dict[str, tuple[str, ...]] = {
    "hatch": ("build", "version", "metadata"),
    "pdm": ("build", "version"),
    "poetry": ("build", "include", "packages", "license", "version"),
    "uv": ("build-backend",),
}
"""The tables about builds, for tools that also have tables about other subjects."""

_TABLES = ("flit", "maturin", "meson-python", "py-build-cmake", "scikit-build", "setuptools", "setuptools_scm")

# These keys name the root of a git history or an output, not files that a build reads.
_NOT_READ = frozenset(("root", "fallback_root", "fallback-root", "workspace", "dev-mode-dirs", "directory"))
_DOCUMENTS = frozenset(("license-files", "license-file", "license_files", "description-file", "readme", "file", "path"))
_WHOLE_FOLDER = frozenset(("Cargo.toml", "CMakeLists.txt", "meson.build"))
_RUST = frozenset(("maturin", "setuptools-rust"))


def read_build_paths(project: ProjectFiles, tool: TypedTable, build: Iterable[Dependency]) -> None:
    """Record the paths in the tables of known build tools, and in tables with the name of a build requirement."""
    names = {one.name for one in build}
    for key, value in tool.values.items():
        if key in _BUILD_TABLES:
            inner = value if isinstance(value, dict) else {}
            _record(project, {name: inner[name] for name in _BUILD_TABLES[key] if name in inner})
        elif key in _TABLES or key.replace("_", "-").lower() in names:
            _record(project, value)
    setuptools = tool.values.get("setuptools")
    data = setuptools.get("package-data") if isinstance(setuptools, dict) else None
    for _, text in _texts("", data):
        name_package_data(project, text)
    if names & _RUST or "maturin" in tool:
        _read_crates(project)


def name_build_path(project: ProjectFiles, text: str) -> None:
    """Record a text if it is a path outside the project's folder; ignore all other texts."""
    if ".." not in text and ROOT not in text and "{root" not in text and "PROJECT_ROOT" not in text:
        return
    path = resolve(project.folder, before_wildcard(expand_root(project.folder, text)))
    if path is None or is_within(path, project.folder):
        return
    folder, _, name = path.rpartition("/")
    project.reads.add(folder if name in _WHOLE_FOLDER else path)


def name_package_data(project: ProjectFiles, text: str) -> None:
    """Record a path that starts at the folder of a package, one or more folders below the project's."""
    while text.startswith("../"):
        name_build_path(project, text)
        text = text[len("../") :]


def read_manifest(project: ProjectFiles, data: bytes) -> None:
    """Record the paths in setuptools' ``MANIFEST.in`` that leave the project's folder."""
    for line in data.decode("utf-8", "replace").splitlines():
        for word in line.partition("#")[0].split():
            name_build_path(project, word)


def _record(project: ProjectFiles, value: object) -> None:
    for key, text in _texts("", value):
        if key in _DOCUMENTS:
            project.names_file(text)
        name_build_path(project, text)


def _texts(key: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield every text in a table with the key that contains it; keys of ``force-include`` are also paths."""
    todo: list[tuple[str, Any]] = [(key, value)]
    while todo:
        key, value = todo.pop()
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, list):
            todo += ((key, item) for item in value)
        elif isinstance(value, dict):
            todo += ((name, item) for name, item in _joined(value).items() if name not in _NOT_READ)
            todo += (("path" if key == "force-include" else key, name) for name in value)


def _joined(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table of Poetry's ``packages`` with ``from`` and ``include`` joined; return other tables unchanged."""
    start, inside = table.get("from"), table.get("include")
    if isinstance(start, str) and isinstance(inside, str):
        return {**table, "from": "", "include": posixpath.join(start, inside)}
    return table


def _read_crates(project: ProjectFiles) -> None:
    """Record the folders of the Rust crates that the project's own crate requires by path."""
    from commonhold.projects.declaration import Declaration
    from commonhold.projects.typed_table import read_toml

    seen: set[str] = set()
    todo = [project.folder, *project.reads]
    for folder in todo:
        path = f"{folder}/Cargo.toml" if folder else "Cargo.toml"
        raw = None if folder in seen else project.read(path)
        seen.add(folder)
        if raw is None:
            continue
        for key, text in _texts("", read_toml(raw, Declaration(path, folder)).values):
            crate = resolve(folder, text) if key == "path" else None
            if crate is not None and not is_within(crate, project.folder):
                project.reads.add(crate)
                todo.append(crate)
