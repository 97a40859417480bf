"""The Python files of plugins, and what each of them imports."""

from __future__ import annotations

from functools import partial

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.effects.fork import run_in_fork
from commonhold.workspace.modules import Modules, PythonFile, module_of
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from commonhold.tree import Tree
    from commonhold.workspace.base_state import Past
    from commonhold.workspace.cache import Cache, Imports, Shape
    from commonhold.workspace.files import Files
    from commonhold.workspace.symlinks import Links

_WORTH_A_COPY = 64  # files that one looks through in the time that it takes to copy the process


class PythonFiles(NamedTuple):
    """The Python files of all plugins, whose owners are the plugins' folders: names are not needed to find imports.

    ``owned`` are all paths of each folder. ``behind`` tells where the files are that one comes to through symbolic
    links, by the path that leads there. ``lost`` are files that are gone, by folder: the modules that they defined
    still have an owner. ``shape`` is all that decides who defines which module.
    """

    owned: Mapping[str, list[str]]
    files: tuple[PythonFile, ...]
    behind: Mapping[str, str]
    lost: tuple[tuple[str, str], ...]
    shape: Shape

    def place(self, path: str) -> str:
        """Where the file is that a path leads to."""
        return self.behind.get(path, path)


def find_sources(owned: Mapping[str, list[str]], links: Links, past: Past) -> PythonFiles:
    """The Python files in each plugin's folder (``owned``: by folder), and those that its symbolic links lead to."""
    found: list[PythonFile] = []
    shape: list[tuple[str, tuple[str, ...]]] = []
    behind: dict[str, str] = {}
    for folder in sorted(owned):
        start = len(folder) + 1
        mine = dict(links.files_behind(owned[folder]))
        behind |= mine
        paths = sorted(path for path in (*owned[folder], *mine) if path.endswith((".py", ".pyi")))
        found += [PythonFile(folder, path, path[start:]) for path in paths]
        shape.append((folder, tuple(paths)))
    lost = tuple(_lost_files(owned, past))
    return PythonFiles(owned, tuple(found), behind, lost, (tuple(shape), lost))


def _lost_files(folders: Iterable[str], past: Past) -> Iterator[tuple[str, str]]:
    """The modules that are gone, each with its plugin's folder and its path there.

    A module that somebody still imports is an edge to whoever has just lost it.
    """
    before = (folder for folder, name in past.names.items() if name is not None)
    for folder, paths in Owners((*folders, *before)).group(past.files).items():
        inner = (path[len(folder) + 1 :] for path in paths)
        yield from ((folder, path) for path in inner if module_of(path) is not None)


def begin_imports(sources: PythonFiles, files: Files, memory: Cache) -> Callable[[], Mapping[str, Imports]]:
    """Begin to find what the files import; what is returned waits for it, by path.

    Only files that ``memory`` does not know are read; it learns them.
    """
    memory.use_shape(sources.shape)
    oids = {source.path: files.entries[sources.place(source.path)].oid for source in sources.files}
    found = {path: imports for path, oid in oids.items() if (imports := memory.imports(path, oid)) is not None}
    new = [source for source in sources.files if source.path not in found]
    look = _begin_new(sources, new, files)

    def finish() -> Mapping[str, Imports]:
        for source, imports in zip(new, look(), strict=True):
            found[source.path] = memory.learn_imports(source.path, oids[source.path], imports)
        return found

    return finish


def _begin_new(sources: PythonFiles, new: list[PythonFile], files: Files) -> Callable[[], list[Imports]]:
    if len(new) >= _WORTH_A_COPY:
        return run_in_fork(partial(_find, sources, new, files.tree))  # which can wait only for what it has begun itself
    files.ahead(sources.place(source.path) for source in new)
    return partial(_find, sources, new, files)


def _find(sources: PythonFiles, new: list[PythonFile], tree: Tree) -> list[Imports]:
    if not new:
        return []
    from commonhold.workspace.import_scan import ImportFinder

    reading = tree.begin(sources.place(source.path) for source in new)
    finder = ImportFinder(Modules(((source.owner, source.inner) for source in sources.files), sources.lost))
    contents = reading()
    # A file that went away meanwhile imports nothing.
    return [finder.targets(source, contents.get(sources.place(source.path), b"")) for source in new]
