"""Find the Python projects of a tree that can be plugins, and give a reason for each project that is left out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from commonhold.projects import project_files, read_metadata
from commonhold.projects.metadata import is_project
from commonhold.projects.names import placeholder_name
from commonhold.projects.paths import PROJECT_FILES, project_folders
from commonhold.scaffold.init.facts import LeftOut, Package, Place, line_of
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.projects.metadata import Metadata
    from commonhold.workspace import Files

NOT_PLUGINS = {
    **dict.fromkeys(("test", "tests", "testing", "dummy-project"), "tests"),
    **dict.fromkeys(("example", "examples", "samples", "tutorials", "demo", "demos"), "examples"),
    **dict.fromkeys(("doc", "docs"), "documentation"),
    **dict.fromkeys(("template", "templates", "_template", "cookiecutter"), "templates"),
    **dict.fromkeys(("scripts", "benchmark", "benchmarks", "tools", "dev"), "tools for development"),
}
"""Names of folders whose projects are not plugins, each with the kind of their content."""


def survey_packages(files: Files) -> tuple[tuple[Package, ...], tuple[LeftOut, ...], Package | None]:
    """Return the projects that can be plugins, the others with reasons, and the project at the root."""
    folders = sorted(project_folders(files.entries))
    grouped = Owners(folders).group(files.entries)
    listed = {folder: project_files(grouped.get(folder, ()), folder) for folder in folders}
    listed[""] = project_files([path for path in files.entries if "/" not in path])
    files.prefetch(path for paths in listed.values() for path in paths)
    left_out: list[LeftOut] = []
    found: list[Package] = []
    for folder in folders:
        reason = _reason(folder)
        if reason is not None:
            left_out.append(LeftOut(folder, reason))
            continue
        metadata = read_metadata(folder, partial(_read, files), listed[folder])
        if is_project(metadata):
            found.append(_package(files, folder, metadata, listed[folder]))
    packages, inner = _without_nested(found)
    at_root = read_metadata("", partial(_read, files), listed[""])
    root = _package(files, "", at_root, listed[""]) if is_project(at_root) and at_root.name else None
    return packages, tuple(sorted((*left_out, *inner), key=lambda each: each.folder)), root


def _read(files: Files, path: str) -> bytes | None:
    return files.get(path)


def _reason(folder: str) -> str | None:
    parts = folder.split("/")
    if not folder.isprintable():
        return "its name contains control characters"
    if "{" in folder:
        return "its name is a placeholder of a template"
    if parts[0].startswith("."):
        return "it is in a hidden folder"
    return next((f"it is in a folder of {NOT_PLUGINS[part]}" for part in parts if part in NOT_PLUGINS), None)


def _package(files: Files, folder: str, metadata: Metadata, paths: Iterable[str]) -> Package:
    own = [f"{folder}/{name}" if folder else name for name in PROJECT_FILES]
    place = Place(next(path for path in own if path in paths))
    for path in own:
        # `name` is a key in TOML and INI files, and an argument in setup.py.
        line = line_of(files.get(path), r"^\s*['\"]?name['\"]?\s*=\s*['\"]?[A-Za-z{]") if path in paths else 0
        if line:
            place = Place(path, line)
            break
    name = metadata.name or placeholder_name(folder.rpartition("/")[2])
    return Package(name, folder, metadata, place)


def _without_nested(found: list[Package]) -> tuple[tuple[Package, ...], tuple[LeftOut, ...]]:
    """Leave out projects inside projects, and projects that only contain other projects."""
    by_folder = {package.folder: package for package in found}
    owners = Owners(by_folder)
    inner: dict[str, list[str]] = {}
    for folder in by_folder:
        outer = owners.of(folder)
        if outer is not None:
            inner.setdefault(outer, []).append(folder)
    containers = {folder for folder, inside in inner.items() if len(inside) > 1}
    left_out = [LeftOut(folder, f"it contains {len(inner[folder])} other projects") for folder in containers]
    kept = []
    for package in found:
        outer = owners.of(package.folder)
        while outer in containers:
            outer = owners.of(outer or "")
        if outer is not None:
            left_out.append(LeftOut(package.folder, f"it is inside the project {outer}"))
        elif package.folder not in containers:
            kept.append(package)
    return tuple(kept), tuple(left_out)
