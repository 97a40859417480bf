"""Find the files outside plugins that plugins import, and the projects outside plugins that plugins require."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from commonhold.projects import project_files, read_metadata
from commonhold.projects.metadata import is_project
from commonhold.projects.paths import PROJECT_FILES, is_within, project_folders
from commonhold.workspace import empty_tiers
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.projects.metadata import Dependency, Metadata
    from commonhold.projects.names import Name
    from commonhold.workspace import Files, Plugin, Workspace

_FROM = re.compile(r"^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w \t,]*)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w. \t,]+)", re.MULTILINE)
_TEXT = re.compile(r"['\"](\w+(?:\.\w+)+)['\"]")
_TESTS = frozenset(("test", "tests"))
_PYTEST_FILES = ("conftest.py", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg")


@dataclass(frozen=True, slots=True)
class RequiredProject:
    """A project that is neither the core nor a plugin, with the plugins that require it; ``folder`` may be the root.

    ``place`` is its folder relative to the workspace. ``pattern`` matches the project's files; at the workspace's root
    or above it, its package.
    """

    folder: str
    name: Name
    users: tuple[Name, ...]
    place: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The paths that a rule must not exclude, each with the names of the plugins that use the path.

    ``imported`` are files and package folders outside plugins. ``required`` are projects, in descending order of their
    number of users.
    ``warnings`` are tiers without plugins.
    """

    imported: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)
    required: tuple[RequiredProject, ...] = ()
    warnings: tuple[str, ...] = ()


def find_evidence(files: Files, workspace: Workspace) -> Evidence:
    """Read the imports and requirements of the plugins in a tree."""
    places = _Places(files, workspace)
    imported: dict[str, set[Name]] = {}
    for name, plugin in workspace.plugins.items():
        for place in places.of(plugin):
            imported.setdefault(place, set()).add(name)
    required = sorted(_required(files, workspace), key=lambda project: (-len(project.users), project.folder))
    places_of = {place: tuple(sorted(users)) for place, users in imported.items()}
    return Evidence(places_of, tuple(required), empty_tiers(workspace))


class _Places:
    """The files and packages outside plugins that plugins import, directly or through other such files."""

    def __init__(self, files: Files, workspace: Workspace) -> None:
        self._files = files
        self._core = workspace.config.core.path
        self._roots = ("/", "/src/", *filter(None, [workspace.core.folder and f"/{workspace.core.folder}/"]))
        owners = Owners(plugin.path for plugin in workspace.plugins.values())
        self._outside = [path for path in files.entries if owners.of(path) is None]
        self._stems: dict[str, list[tuple[str, str]]] = {}  # by the last part; each after a slash, without suffix
        for path in _python(self._outside):
            stem = "/" + path.rpartition(".")[0].removesuffix("/__init__")
            self._stems.setdefault(stem.rpartition("/")[2], []).append((stem, path))
        self._next: dict[str, frozenset[str]] = {}

    def of(self, plugin: Plugin) -> frozenset[str]:
        """Return the files and packages outside plugins that a plugin uses."""
        paths = list(_python(plugin.files or ()))
        own = {module for path in paths for module in _own_modules(path[len(plugin.path) + 1 :])}
        loaded = [path for path in _files_of_pytest(plugin.path) if path in self._files.entries]
        found: set[str] = set()
        todo = [*loaded, *self._imported(paths, own)]
        while todo:
            place = todo.pop()
            if place not in found:
                found.add(place)
                todo += self._after(place)
        return frozenset(found)

    def _after(self, place: str) -> frozenset[str]:
        if place not in self._next:
            inside = [path for path in _python(self._outside) if path == place or path.startswith(f"{place}/")]
            self._next[place] = frozenset(self._imported(inside, set()))
        return self._next[place]

    def _imported(self, paths: list[str], own: set[str]) -> Iterator[str]:
        self._files.prefetch(paths)
        of_core = frozenset(path for path in paths if self._core.match(path))
        others = {
            each for path in paths if path not in of_core for each in imported_modules(self._files.get(path) or b"")
        }
        # The core is installed, so it imports at most from the repository's root, and its texts are not module names.
        imported = {each for path in of_core for each in imported_modules(self._files.get(path) or b"", texts=False)}
        for module, is_text in (*others, *((module, True) for module, _ in imported)):
            # The search path at run time is not known here, so a file in any folder may be the imported one.
            if module in own or module in sys.stdlib_module_names:
                continue
            found = self._stems.get(module.rpartition("/")[2], ())
            at_root = [path for stem, path in found if stem in {f"{root}{module}" for root in self._roots}]
            # No folder of tests shadows a package at the root, because it is installed or in the working folder.
            elsewhere = () if at_root or is_text else (path for stem, path in found if self._is_import(stem, module))
            yield from (self._package_of(path, module.count("/") + 1) for path in (*at_root, *elsewhere))

    def _is_import(self, stem: str, module: str) -> bool:
        """Return whether a file can be the module: it has the module's name below some folder.

        A folder inside a package of tests is not on the search path: pytest adds the folder that contains the package.
        """
        root = stem.removesuffix(f"/{module}")
        in_tests = not _TESTS.isdisjoint(root.split("/")) and f"{root[1:]}/__init__.py" in self._files.entries
        return root != stem and not in_tests

    def _package_of(self, path: str, depth: int) -> str:
        """Return the outermost package that contains a file and is part of the module's name, or the file itself."""
        place = path
        folder = path.rpartition("/")[0]
        for _ in range(depth):
            if folder and f"{folder}/__init__.py" in self._files.entries:
                place = folder
            folder = folder.rpartition("/")[0]
        return place


def _python(paths: Iterable[str]) -> Iterator[str]:
    return (path for path in paths if path.endswith((".py", ".pyi")))


def _own_modules(path: str) -> Iterator[str]:
    """Yield the modules that a file of a plugin can be, with their packages, for every folder as import root."""
    parts = path.rpartition(".")[0].removesuffix("/__init__").split("/")
    for start in range(len(parts)):
        yield from ("/".join(parts[start:end]) for end in range(start + 1, len(parts) + 1))


def _files_of_pytest(folder: str) -> Iterator[str]:
    """Yield the paths that pytest reads for a plugin although no file mentions these paths."""
    while folder:
        folder = folder.rpartition("/")[0]
        yield from (f"{folder}/{name}" if folder else name for name in _PYTEST_FILES)


def imported_modules(data: bytes, *, texts: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield the modules that a Python file may import, with their packages, as paths.

    The second value is true for the first part of a text such as ``"tests.helpers"``: few such texts name a module, so
    the part counts only if a module of this name is at the repository's root.
    """
    text = data.decode("utf-8", "replace")
    dotted: list[str] = []
    for module, names in _FROM.findall(text):
        dotted += [f"{module}.{name.split()[0]}" for name in names.split(",") if name.strip()] or [module]
    for names in _IMPORT.findall(text):
        dotted += [name.split()[0] for name in names.split(",") if name.strip()]
    for name, is_text in (
        *((name, False) for name in dotted),
        *((name, True) for name in _TEXT.findall(text) if texts),
    ):
        parts = name.split(".")
        if parts[0]:  # a relative import stays in its package
            yield from (("/".join(parts[:end]), is_text and end == 1) for end in range(1, len(parts) + 1))


def _required(files: Files, workspace: Workspace) -> Iterator[RequiredProject]:
    config = workspace.config
    known = {plugin.path for plugin in workspace.plugins.values()} | {workspace.core.folder}
    at_root = [""] if any(name in files.entries for name in PROJECT_FILES) else []
    others = sorted({*project_folders(files.entries), *at_root} - known)
    grouped = Owners(others).group(files.entries)
    for folder in others:
        near = grouped.get(folder, ()) if folder else [path for path in files.entries if "/" not in path]
        metadata = read_metadata(folder, partial(_read, files), project_files(near, folder))
        if metadata.name is None or not is_project(metadata):
            continue
        users = [name for name, plugin in workspace.plugins.items() if _requires(plugin.metadata, metadata.name)]
        if users:
            inner = metadata.name.replace("-", "_") if is_within(config.folder, folder) else ""
            pattern = config.as_written("/".join(filter(None, (folder, inner, "**"))))
            yield RequiredProject(folder, metadata.name, tuple(users), config.shown(folder) or ".", pattern)


def _read(files: Files, path: str) -> bytes | None:
    return files.get(path)


def _requires(metadata: Metadata, name: Name) -> bool:
    return any(dependency.name == name for dependency in _dependencies(metadata))


def _dependencies(metadata: Metadata) -> Iterator[Dependency]:
    for several in (metadata.runtime, metadata.files, metadata.build):
        yield from several
    for named in (metadata.extras, metadata.groups):
        for several in named.values():
            yield from several
