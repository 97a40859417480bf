"""Search the files of a workspace for imports and mentions; use several processes for many files."""

from __future__ import annotations

from functools import partial

from commonhold._typing import TYPE_CHECKING
from commonhold.effects.fork import processors, run_in_fork
from commonhold.projects.paths import PROJECT_FILES
from commonhold.tree import MOST_BYTES, TOO_LARGE
from commonhold.workspace.cache import NOT_SEARCHED
from commonhold.workspace.loaded_files import outside_paths
from commonhold.workspace.modules import Modules, PythonFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from commonhold.tree import Tree
    from commonhold.workspace.cache import Cache, Scanned
    from commonhold.workspace.files import Files
    from commonhold.workspace.python_files import PythonFiles

_MIN_FILES_TO_FORK = 64  # below this number, a fork takes longer than the scan itself
_MIN_FILES_TO_SPLIT = 2000  # each fork reads the project files again
_MOST_FORKS = 4
_MOST_FILES = 8192  # that are read together
_PYTHON = (".py", ".pyi")

Scan: TypeAlias = "Callable[[Mapping[str, Iterable[str]]], Mapping[str, Scanned]]"
"""A function that waits for the imports and mentions of all files, including outside files that plugins load."""


def begin_scan(sources: PythonFiles, files: Files, cache: Cache, names: Iterable[tuple[str, str]]) -> Scan:
    """Start finding the imports and mentions of all files; the returned function waits for the results, keyed by path.

    Only files that are not in ``cache`` are read; their imports and mentions are then added to it. ``names`` are the
    known distribution names. More names are guessed from the project files that are read, and added to the names in the
    cache. The returned function takes the files outside plugins that the configuration assigns to each plugin's folder.
    It also scans the outside files that any file imports.
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
    parts = _parts(new)
    # Only project files give names to search for, and every part needs all names.
    projects = [source for source in new if source.path_in_plugin in PROJECT_FILES]
    scans = [_begin_scan(sources, part, projects, files, cache.names) for part in parts]

    def finish() -> None:
        for part, scan in zip(parts, scans, strict=True):
            results, searched = scan()
            cache.names |= searched
            for source, scanned in zip(part, results, strict=True):
                found[source.path] = cache.store_scanned(source.path, oids[source.path], scanned)

    return finish


def _parts(new: list[PythonFile]) -> list[list[PythonFile]]:
    """Split files into parts that are scanned at the same time."""
    count = max(1, min(processors(), _MOST_FORKS, len(new) // _MIN_FILES_TO_SPLIT))
    return [new[start::count] for start in range(count)]


def _begin_scan(
    sources: PythonFiles,
    new: list[PythonFile],
    projects: list[PythonFile],
    files: Files,
    names: frozenset[tuple[str, str]],
) -> Callable[[], tuple[list[Scanned], frozenset[tuple[str, str]]]]:
    if len(new) >= _MIN_FILES_TO_FORK:
        # A fork cannot wait for reads that its parent began.
        return run_in_fork(partial(_scan, sources, new, projects, files.tree, names))
    files.prefetch(sources.real_path(source.path) for source in new)
    return partial(_scan, sources, new, projects, files, names)


def _scan(
    sources: PythonFiles,
    new: list[PythonFile],
    projects: list[PythonFile],
    tree: Tree,
    names: frozenset[tuple[str, str]],
) -> tuple[list[Scanned], frozenset[tuple[str, str]]]:
    """Scan files; return the results and the names of distributions that were searched for, also from ``projects``."""
    if not new:
        return [], names
    from commonhold.workspace.scan.import_scan import ImportFinder
    from commonhold.workspace.scan.mention_text import guess_names
    from commonhold.workspace.scan.mentions import MentionFinder
    from commonhold.workspace.scan.script_language import as_searched

    batches = [new[at : at + _MOST_FILES] for at in range(0, len(new), _MOST_FILES)]
    reading = _start_reading(sources, [*dict.fromkeys((*projects, *batches[0]))], tree)
    modules = _find_modules(sources)
    imports = ImportFinder(modules)
    contents = reading()
    guessed = ((source.owner, name) for source, data in contents[: len(projects)] for name in guess_names(data))
    names = names.union(guessed)
    mentions = MentionFinder(names, [folder for folder, _ in sources.layout[0]], modules, sources.outside.root)
    owned = frozenset((*sources.importing, *sources.texts))
    in_part = frozenset(new)
    contents = [(source, data) for source, data in contents if source in in_part]
    results: dict[str, Scanned] = {}
    for batch in batches:
        for source, data in contents if batch is batches[0] else _start_reading(sources, batch, tree)():
            if data == TOO_LARGE:
                imported = imports.all_of_others(source.owner) if source.path.endswith(_PYTHON) else frozenset()
                results[source.path] = imported, ((*NOT_SEARCHED,),)
            else:
                # Files outside plugins contribute only imports: many of them name every plugin.
                searched = as_searched(source, data)
                if searched is None:
                    results[source.path] = frozenset(), ()
                    continue
                mentioned = mentions.find(searched, data) if source in owned else ()
                results[source.path] = imports.targets(searched, data), mentioned
        contents = []
    return [results[source.path] for source in new], names


def _start_reading(
    sources: PythonFiles, batch: list[PythonFile], tree: Tree
) -> Callable[[], list[tuple[PythonFile, bytes]]]:
    reading = tree.start_reading([sources.real_path(source.path) for source in batch], MOST_BYTES)

    def wait() -> list[tuple[PythonFile, bytes]]:
        read = reading()
        # A file that was deleted after the tree was listed does not name any plugin.
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
