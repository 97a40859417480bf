"""Find the files outside plugins that plugins' tests load, and the edges that come from their imports.

pytest loads the ``conftest.py`` and the settings in the folders above a plugin. Other files are helpers that the
plugin's files import, or that the configuration assigns to the plugin.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice, takewhile

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.names import normalize
from commonhold.projects.paths import is_within
from commonhold.projects.pytest_settings import SETTINGS_FILES, pythonpath_folders
from commonhold.workspace.modules import PythonFile
from commonhold.workspace.patterns import Patterns, literal_prefix

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from commonhold.workspace.cache import Cache, Scanned
    from commonhold.workspace.config import Config
    from commonhold.workspace.files import Files
    from commonhold.workspace.model import Plugin
    from commonhold.workspace.plugin_discovery import Owners


class OutsideFiles(NamedTuple):
    """The files outside all plugins.

    ``python`` are the Python files that are not part of the core, sorted. ``above`` are the files in the folders above
    plugins that pytest loads, each with the folder that contains it. ``root`` is the workspace's folder, above which
    no file is loaded.
    """

    python: tuple[str, ...] = ()
    above: tuple[tuple[str, str], ...] = ()
    root: str = ""

    @property
    def sources(self) -> tuple[PythonFile, ...]:
        """The files that pytest always loads, which belong to no plugin."""
        return tuple(PythonFile("", path, path) for _, path in self.above)

    def search(self) -> tuple[str, ...]:
        """Return the folders that pytest adds to the search path: the root, and folders with a ``conftest.py``."""
        return tuple(
            dict.fromkeys([self.root, *(folder for folder, path in self.above if path.endswith("conftest.py"))])
        )

    def above_plugin(self, folder: str) -> list[str]:
        """Return the files that pytest loads from the folders above a plugin."""
        return [path for parent, path in self.above if is_within(folder, parent)]


def find_loaded_files(folders: Iterable[str], owners: Owners, entries: Collection[str], config: Config) -> OutsideFiles:
    """Find the files outside the plugins in ``folders``."""
    outside: dict[str, bool] = {}
    python = []
    for path in entries:
        if path.endswith(".py"):
            folder = path.rpartition("/")[0]
            if folder not in outside:
                outside[folder] = owners.of(path) is None
            if outside[folder] and not config.core.path.match(path):
                python.append(path)
    above = tuple(_files_above(folders, owners, entries, ("conftest.py", *SETTINGS_FILES), config.folder))
    return OutsideFiles(tuple(sorted(python)), above, config.folder)


def _files_above(
    folders: Iterable[str], owners: Owners, entries: Collection[str], names: tuple[str, ...], root: str
) -> Iterator[tuple[str, str]]:
    for parent in sorted({parent for folder in folders for parent in _parents(folder, root)}):
        paths = (f"{parent}/{name}" if parent else name for name in names)
        yield from ((parent, path) for path in paths if path in entries and owners.of(path) is None)


def searched_folders_above(folders: Iterable[str], owners: Owners, files: Files, cache: Cache) -> tuple[str, ...]:
    """Return the folders that pytest's settings in plugins' parent folders add to the search path."""
    found: list[str] = []
    for _, path in _files_above(folders, owners, files.entries, SETTINGS_FILES, files.workspace):
        oid = files.entries[path].oid
        search = cache.search(path, oid)
        if search is None:
            search = cache.store_search(path, oid, pythonpath_folders(path, files.get(path) or b""))
        found += search
    return tuple(dict.fromkeys(found))


def _parents(folder: str, root: str) -> Iterator[str]:
    while folder != root:
        folder = folder.rpartition("/")[0]
        yield folder


def assigned_files(plugin: Plugin, outside: OutsideFiles, config: Config) -> set[str]:
    """Return the Python files outside plugins that the configuration assigns to a plugin: `reads` and shared rules."""
    patterns = [each for each in (plugin.testing.reads, plugin.own_reads) if each is not None]
    patterns += [
        rule.path for rule in config.shared if isinstance(rule.affects, tuple) and _names(rule.affects, plugin)
    ]
    sources = (source for each in patterns for source in each.sources)
    found = {path for source in sources for path in _matching(source, outside.python)}
    named = (path for path in plugin.metadata.reads if path)
    return found.union(*(_below(path, outside.python) for path in named))


def _names(affects: tuple[str, ...], plugin: Plugin) -> bool:
    return plugin.tier.name in affects or plugin.name in map(normalize, affects)


def _matching(pattern: str, ordered: Sequence[str]) -> Iterator[str]:
    match, prefix = Patterns([pattern]).match, literal_prefix(pattern)
    return filter(match, _starting(prefix, ordered))


def _below(folder: str, ordered: Sequence[str]) -> Iterator[str]:
    return (path for path in _starting(folder, ordered) if is_within(path, folder))


def _starting(prefix: str, ordered: Sequence[str]) -> Iterator[str]:
    following = islice(ordered, bisect_left(ordered, prefix), None)
    return takewhile(lambda path: path.startswith(prefix), following)


def loaded_from(starts: Iterable[str], scanned: Mapping[str, Scanned]) -> Iterator[str]:
    """Yield files outside plugins and, recursively, the files outside plugins that they import."""
    todo = sorted(starts)
    seen: set[str] = set()
    while todo:
        path = todo.pop()
        if path not in seen and path in scanned:
            seen.add(path)
            yield path
            todo += outside_paths(scanned[path])


def outside_paths(scanned: Scanned) -> list[str]:
    """Return the files outside plugins that a file imports."""
    return sorted(text[1:] for folder, text in scanned[0] if not folder)
