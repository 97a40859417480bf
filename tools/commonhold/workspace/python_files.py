"""Find the files of plugins that may name other plugins, and the plugins that each file imports or mentions."""

from __future__ import annotations

from binascii import crc32
from functools import partial

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.effects.fork import run_in_fork
from commonhold.projects.paths import PROJECT_FILES
from commonhold.tree import MOST_BYTES, TOO_LARGE
from commonhold.workspace.cache import NOT_SEARCHED
from commonhold.workspace.import_roots import SUFFIXES, all_roots
from commonhold.workspace.loaded_files import OutsideFiles, find_loaded_files, outside_paths
from commonhold.workspace.modules import Modules, PythonFile
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from commonhold.tree import Tree
    from commonhold.workspace.cache import Cache, Layout, Scanned
    from commonhold.workspace.config import Config
    from commonhold.workspace.files import Files
    from commonhold.workspace.import_roots import ImportRoots
    from commonhold.workspace.model import BaseState
    from commonhold.workspace.symlinks import Symlinks

_MIN_FILES_TO_FORK = 64  # below this number, a fork takes longer than the scan itself
_MOST_FILES = 8192  # that are read together
_PYTHON = (".py", ".pyi")
_TEXT = (".pyx", ".pxd", ".pth", ".toml", ".ini", ".cfg", ".yaml", ".yml", ".sh", ".bash", ".zsh", ".ipynb")
_TEXT_NAMES = frozenset({"Pipfile", "Makefile", "justfile"})
_MAY_BE_TEXT = (*_TEXT, *_TEXT_NAMES, ".txt", ".in")
_LOCKS = frozenset({"lock", "pylock"})


Scan: TypeAlias = "Callable[[Mapping[str, Iterable[str]]], Mapping[str, Scanned]]"
"""A function that waits for the imports and mentions of all files, and of the files outside that plugins load."""


class ProjectRoots(NamedTuple):
    """The folders from which plugins' modules are imported, by the plugin's folder.

    ``declared`` are import roots at head, and ``base`` those at base. ``search`` are the folders that pytest's settings
    add, relative to the repository; under ``""``, those that are added for all plugins.
    """

    declared: Mapping[str, ImportRoots] = {}
    base: Mapping[str, ImportRoots] = {}
    search: Mapping[str, tuple[str, ...]] = {}


class PythonFiles(NamedTuple):
    """The Python files of all plugins. Owners are folders, because finding imports does not need distribution names.

    ``owned`` maps each folder to all its paths. ``texts`` are other files that may mention plugins. ``link_targets``
    maps each path through a symbolic link to the real path. ``lost`` are files whose modules exist only at base, with
    their plugins' folders, because these modules still have an owner. ``outside`` are files outside all plugins.
    ``layout`` contains everything that determines which plugin defines which module. ``core`` are
    the core's Python files, which do not define modules of plugins.
    """

    owned: Mapping[str, Sequence[str]]
    files: tuple[PythonFile, ...]
    texts: tuple[PythonFile, ...]
    link_targets: Mapping[str, str]
    lost: tuple[tuple[str, str], ...]
    outside: OutsideFiles
    roots: ProjectRoots
    layout: Layout
    core: tuple[PythonFile, ...] = ()

    @property
    def importing(self) -> tuple[PythonFile, ...]:
        """The files whose imports are edges of the graph."""
        return (*self.files, *self.core)

    def roots_of(self, folder: str) -> ImportRoots:
        """Return the import roots of the plugin in ``folder``."""
        inner = (path[len(folder) + 1 :] for path in self.owned.get(folder, ()) if path.endswith(_PYTHON))
        return all_roots(self.roots.declared.get(folder, ()), inner)

    def real_path(self, path: str) -> str:
        """Return ``path`` with its symbolic links resolved."""
        return self.link_targets.get(path, path)


def find_python_files(
    owned: Mapping[str, Sequence[str]],
    links: Symlinks,
    base: BaseState,
    entries: Collection[str],
    config: Config,
    roots: ProjectRoots,
) -> PythonFiles:
    """Find the files in each plugin's folder and behind its symbolic links; ``owned`` maps folders to paths.

    ``entries`` are all paths of the tree.
    """
    found: list[PythonFile] = []
    texts: list[PythonFile] = []
    layout: list[tuple[str, tuple[str, ...]]] = []
    link_targets: dict[str, str] = {}
    for folder in sorted(owned):
        linked = dict(links.linked_files(owned[folder]))
        link_targets |= linked
        every = (*owned[folder], *linked)
        paths = sorted(path for path in every if path.endswith(_PYTHON))
        found += files_of(folder, paths)
        others = files_of(folder, (path for path in every if path.endswith(_MAY_BE_TEXT) and is_text_source(path)))
        texts += [source for source in others if mentions_count(source, config)]
        layout.append((folder, tuple(paths)))
    layout += [(folder, ()) for folder, name in base.names.items() if name is not None and folder not in owned]
    lost = (*_lost_files(owned, base, entries), *_renamed_modules(found, roots))
    outside = find_loaded_files(owned, Owners(owned), entries, config)
    # The path of every file outside would make the layout, which is stored, much longer.
    check = crc32("\n".join(outside.python).encode("utf-8", "surrogateescape"))
    rest = (config.folder, *(tuple(sorted(each.items())) for each in roots))
    return PythonFiles(
        owned, tuple(found), tuple(texts), link_targets, lost, outside, roots, (tuple(layout), lost, (check, *rest))
    )


def _renamed_modules(found: Iterable[PythonFile], roots: ProjectRoots) -> Iterator[tuple[str, str]]:
    """Yield the files of plugins whose import roots changed, because their modules had other names at base."""
    changed = {folder for folder, before in roots.base.items() if before != roots.declared.get(folder, ())}
    if changed:
        yield from ((source.owner, source.path_in_plugin) for source in found if source.owner in changed)


def is_text_source(path: str) -> bool:
    """Return whether a file that is not Python may mention plugins: configuration, requirements, scripts, notebooks."""
    if path.endswith((".txt", ".in")):
        is_source = "requirements" in path or "constraints" in path
    else:
        is_source = path.endswith(_TEXT) or path.rpartition("/")[2] in _TEXT_NAMES
    # Lock files name every dependency of every extra and group, and a reader compares the root's lock file.
    return is_source and _LOCKS.isdisjoint(path.rpartition("/")[2].replace("-", ".").replace("_", ".").split("."))


def mentions_count(source: PythonFile, config: Config) -> bool:
    """Return whether a mention in a file counts: not in examples, ignored files, and requirements that are read."""
    # Examples install whatever they show, and tests do not run them.
    if config.examples.match(source.path_in_plugin):
        return False
    if config.ignore.match(source.path) or config.mentions.match(source.path):
        return False
    # The metadata contains the requirements files next to the project file.
    return "/" in source.path_in_plugin or "requirements" not in source.path_in_plugin


def files_of(folder: str, paths: Iterable[str]) -> Iterator[PythonFile]:
    """Yield the files of a project in ``folder`` (``""``: the root)."""
    start = len(folder) + 1 if folder else 0
    return (PythonFile(folder, path, path[start:]) for path in paths)


def _lost_files(folders: Iterable[str], base: BaseState, entries: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the modules that a plugin had only at base, as pairs of the plugin's folder and the path in that folder.

    A plugin that still imports such a module depends on the plugin that contained it. The files of a plugin that lost
    its project file may still exist.
    """
    before = {folder for folder, name in base.names.items() if name is not None}
    removed = tuple(f"{folder}/" for folder in before.difference(folders))
    still_here = (path for path in entries if path.startswith(removed)) if removed else ()
    for folder, paths in Owners((*folders, *before)).group((*base.files, *still_here)).items():
        inner = (path[len(folder) + 1 :] for path in paths)
        yield from ((folder, path) for path in inner if path.endswith(SUFFIXES))


def begin_scan(sources: PythonFiles, files: Files, cache: Cache, names: Iterable[tuple[str, str]]) -> Scan:
    """Start finding the imports and mentions of all files; return a function that waits for both, by path.

    Only files that are not in ``cache`` are read; their imports and mentions are then added to it. ``names`` are the
    known distribution names. More names are guessed from the project files that are read, and added to the cache's.
    The function takes the files outside plugins that the configuration assigns to each plugin's folder, and also scans
    those that any file imports.
    """
    cache.use_layout(sources.layout, names)
    found: dict[str, Scanned] = {}
    begun = _begin_some((*sources.importing, *sources.texts, *sources.outside.sources), sources, files, cache, found)

    def finish(assigned: Mapping[str, Iterable[str]]) -> Mapping[str, Scanned]:
        begun()
        todo = {path for paths in assigned.values() for path in paths}
        todo |= {path for scanned in found.values() for path in outside_paths(scanned)}
        while todo := todo.difference(found):
            outside = [PythonFile("", path, path) for path in sorted(todo)]
            _begin_some(outside, sources, files, cache, found)()
            todo = {path for source in outside for path in outside_paths(found[source.path])}
        return found

    return finish


def _begin_some(
    every: Sequence[PythonFile], sources: PythonFiles, files: Files, cache: Cache, found: dict[str, Scanned]
) -> Callable[[], None]:
    """Start scanning files that are not in the cache; the returned function adds all results to ``found``."""
    oids = {source.path: files.entries[sources.real_path(source.path)].oid for source in every}
    found.update({path: scanned for path, oid in oids.items() if (scanned := cache.scanned(path, oid)) is not None})
    new = [source for source in every if source.path not in found]
    scan = _begin_scan(sources, new, files, cache.names)

    def finish() -> None:
        results, searched = scan()
        cache.names |= searched
        for source, scanned in zip(new, results, strict=True):
            found[source.path] = cache.store_scanned(source.path, oids[source.path], scanned)

    return finish


def _begin_scan(
    sources: PythonFiles, new: list[PythonFile], files: Files, names: frozenset[tuple[str, str]]
) -> Callable[[], tuple[list[Scanned], frozenset[tuple[str, str]]]]:
    if len(new) >= _MIN_FILES_TO_FORK:
        # A fork cannot wait for reads that its parent began.
        return run_in_fork(partial(_scan, sources, new, files.tree, names))
    files.prefetch(sources.real_path(source.path) for source in new)
    return partial(_scan, sources, new, files, names)


def _scan(
    sources: PythonFiles, new: list[PythonFile], tree: Tree, names: frozenset[tuple[str, str]]
) -> tuple[list[Scanned], frozenset[tuple[str, str]]]:
    """Scan files; return the results and the distribution names that were searched for."""
    if not new:
        return [], names
    from commonhold.workspace.import_scan import ImportFinder
    from commonhold.workspace.mention_text import guess_names
    from commonhold.workspace.mentions import MentionFinder

    # Project files come first, because the other files may mention the names in them.
    ordered = sorted(new, key=lambda source: source.path_in_plugin not in PROJECT_FILES)
    batches = [ordered[at : at + _MOST_FILES] for at in range(0, len(ordered), _MOST_FILES)]
    reading = _start_reading(sources, batches[0], tree)
    modules = _find_modules(sources)
    imports = ImportFinder(modules)
    contents = reading()
    for source, data in contents:
        if source.path_in_plugin in PROJECT_FILES:
            names = names.union((source.owner, name) for name in guess_names(data))
    mentions = MentionFinder(names, [folder for folder, _ in sources.layout[0]], modules, sources.outside.root)
    owned = frozenset((*sources.importing, *sources.texts))
    results: dict[str, Scanned] = {}
    for batch in batches:
        for source, data in contents if batch is batches[0] else _start_reading(sources, batch, tree)():
            if data == TOO_LARGE:
                imported = imports.all_of_others(source.owner) if source.path.endswith(_PYTHON) else frozenset()
                results[source.path] = imported, ((*NOT_SEARCHED,),)
            else:
                # Files outside plugins contribute only imports: many of them name every plugin.
                mentioned = mentions.find(source, data) if source in owned else ()
                results[source.path] = imports.targets(source, data), mentioned
        contents = []
    return [results[source.path] for source in new], names


def _start_reading(
    sources: PythonFiles, batch: list[PythonFile], tree: Tree
) -> Callable[[], list[tuple[PythonFile, bytes]]]:
    reading = tree.start_reading([sources.real_path(source.path) for source in batch], MOST_BYTES)

    def wait() -> list[tuple[PythonFile, bytes]]:
        read = reading()
        # A file that was deleted after the tree was listed names nothing.
        return [(source, read.get(sources.real_path(source.path), b"")) for source in batch]

    return wait


def _find_modules(sources: PythonFiles) -> Modules:
    from commonhold.workspace.search_path import SearchPath

    owned = [(source.owner, source.path) for source in sources.files]
    search = dict(sources.roots.search)
    common = (*sources.outside.search(), *search.pop("", ()))
    path = SearchPath([*owned, *(("", path) for path in sources.outside.python)], common, search)
    files = ((source.owner, source.path_in_plugin) for source in sources.files)
    return Modules(files, sources.lost, sources.roots.declared, sources.roots.base, path)
