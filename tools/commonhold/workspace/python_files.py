"""Find the Python files of plugins, and the plugins that each file imports."""

from __future__ import annotations

from functools import partial

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.effects.fork import run_in_fork
from commonhold.workspace.modules import Modules, PythonFile, module_of
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from commonhold.tree import Tree
    from commonhold.workspace.cache import Cache, Imports, Layout
    from commonhold.workspace.files import Files
    from commonhold.workspace.model import BaseState
    from commonhold.workspace.symlinks import Symlinks

_MIN_FILES_TO_FORK = 64  # below this number, a fork takes longer than the scan itself


class PythonFiles(NamedTuple):
    """The Python files of all plugins. Owners are folders, because finding imports does not need distribution names.

    ``owned`` maps each folder to all its paths. ``link_targets`` maps each path through a symbolic link to the real
    path. ``lost`` are files that exist only at base, with their plugins' folders, because their modules still have an
    owner. ``layout`` contains everything that determines which plugin defines which module.
    """

    owned: Mapping[str, Sequence[str]]
    files: tuple[PythonFile, ...]
    link_targets: Mapping[str, str]
    lost: tuple[tuple[str, str], ...]
    layout: Layout

    def real_path(self, path: str) -> str:
        """Return ``path`` with its symbolic links resolved."""
        return self.link_targets.get(path, path)


def find_python_files(owned: Mapping[str, Sequence[str]], links: Symlinks, base: BaseState) -> PythonFiles:
    """Find the Python files in each plugin's folder and behind its symbolic links; ``owned`` maps folders to paths."""
    found: list[PythonFile] = []
    layout: list[tuple[str, tuple[str, ...]]] = []
    link_targets: dict[str, str] = {}
    for folder in sorted(owned):
        start = len(folder) + 1
        linked = dict(links.linked_files(owned[folder]))
        link_targets |= linked
        paths = sorted(path for path in (*owned[folder], *linked) if path.endswith((".py", ".pyi")))
        found += [PythonFile(folder, path, path[start:]) for path in paths]
        layout.append((folder, tuple(paths)))
    lost = tuple(_lost_files(owned, base))
    return PythonFiles(owned, tuple(found), link_targets, lost, (tuple(layout), lost))


def _lost_files(folders: Iterable[str], base: BaseState) -> Iterator[tuple[str, str]]:
    """Yield the modules that exist only at base, as pairs of the plugin's folder and the path in that folder.

    A plugin that still imports such a module depends on the plugin that contained it.
    """
    before = (folder for folder, name in base.names.items() if name is not None)
    for folder, paths in Owners((*folders, *before)).group(base.files).items():
        inner = (path[len(folder) + 1 :] for path in paths)
        yield from ((folder, path) for path in inner if module_of(path) is not None)


def begin_import_scan(sources: PythonFiles, files: Files, cache: Cache) -> Callable[[], Mapping[str, Imports]]:
    """Start finding the imports of all files; return a function that waits for the imports by path.

    Only files that are not in ``cache`` are read; their imports are then added to it.
    """
    cache.use_layout(sources.layout)
    oids = {source.path: files.entries[sources.real_path(source.path)].oid for source in sources.files}
    found = {path: imports for path, oid in oids.items() if (imports := cache.imports(path, oid)) is not None}
    new = [source for source in sources.files if source.path not in found]
    scan = _begin_scan(sources, new, files)

    def finish() -> Mapping[str, Imports]:
        for source, imports in zip(new, scan(), strict=True):
            found[source.path] = cache.store_imports(source.path, oids[source.path], imports)
        return found

    return finish


def _begin_scan(sources: PythonFiles, new: list[PythonFile], files: Files) -> Callable[[], list[Imports]]:
    if len(new) >= _MIN_FILES_TO_FORK:
        return run_in_fork(
            partial(_scan, sources, new, files.tree)
        )  # a fork cannot wait for reads that its parent began
    files.prefetch(sources.real_path(source.path) for source in new)
    return partial(_scan, sources, new, files)


def _scan(sources: PythonFiles, new: list[PythonFile], tree: Tree) -> list[Imports]:
    if not new:
        return []
    from commonhold.workspace.import_scan import ImportFinder

    reading = tree.start_reading(sources.real_path(source.path) for source in new)
    finder = ImportFinder(Modules(((source.owner, source.path_in_plugin) for source in sources.files), sources.lost))
    contents = reading()
    # A file that was deleted after the tree was listed has no imports.
    return [finder.targets(source, contents.get(sources.real_path(source.path), b"")) for source in new]
