"""Find the files of plugins and of the core that may name other plugins."""

from __future__ import annotations

from binascii import crc32

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.paths import lists_requirements
from commonhold.workspace.import_roots import SUFFIXES, all_roots
from commonhold.workspace.loaded_files import OutsideFiles, find_loaded_files
from commonhold.workspace.modules import PythonFile
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from commonhold.workspace.cache import Layout
    from commonhold.workspace.config import Config
    from commonhold.workspace.import_roots import ImportRoots
    from commonhold.workspace.model import BaseState
    from commonhold.workspace.symlinks import Symlinks

_PYTHON = (".py", ".pyi")
_TEXT = (
    *(".pyx", ".pxd", ".pth", ".toml", ".ini", ".cfg", ".yaml", ".yml", ".ipynb"),
    *(".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".mk", ".env", ".envrc"),
)
_CONTAINER = ("Dockerfile", "Containerfile", ".dockerfile")
TEXT_NAMES = frozenset(
    {
        "Pipfile",
        "Makefile",
        "makefile",
        "GNUmakefile",
        "justfile",
        "Justfile",
        ".justfile",
        "Dockerfile",
        "Containerfile",
    }
)
"""The names of text files that have no suffix and are searched whatever their first line is."""

_NO_TEXT = (*_PYTHON, ".md", ".rst", ".json", ".svg", ".png")  # common suffixes, which need no further check
_LOCKS = frozenset({"lock", "pylock"})


class ProjectRoots(NamedTuple):
    """A map from each plugin's folder to the folders from which its modules are imported.

    ``declared`` are import roots at head, and ``base`` are the import roots at base that differ from these. ``search``
    are the folders that pytest's settings add, relative to the repository; the key ``""`` contains the folders that are
    added for all plugins.
    """

    declared: Mapping[str, ImportRoots] = {}
    base: Mapping[str, ImportRoots] = {}
    search: Mapping[str, tuple[str, ...]] = {}


class PythonFiles(NamedTuple):
    """The Python files of all plugins.

    Plugins are identified by their folders, because finding imports does not need distribution names. ``owned`` maps
    each folder to all its paths. ``texts`` are other files that may mention plugins. ``link_targets`` maps each path
    through a symbolic link to the real path. ``lost`` are files whose modules exist only at base, with their plugins'
    folders, because these modules still have an owner. ``outside`` are files outside all plugins. ``layout`` contains
    everything that determines which plugin defines which module. ``core`` are the core's files, which do not define
    modules of plugins.
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
    """Find the files in each plugin's folder and in the targets of its symbolic links; ``owned`` maps folders to paths.

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
        searched = (path for path in every if not path.endswith(_NO_TEXT) and is_text_source(path))
        others = files_of(folder, searched)
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
    """Return whether a file that is not Python may mention plugins: configuration, requirements, scripts, notebooks.

    The result is true for a file without a suffix, because its first line decides whether it is a script.
    """
    name = path.rpartition("/")[2]
    if "." not in name:
        return True
    if path.endswith((".txt", ".in")):
        is_source = lists_requirements(path) or "constraints" in path
    else:
        is_source = path.endswith((*_TEXT, *_CONTAINER)) or name.startswith(_CONTAINER) or name in TEXT_NAMES
    # Lock files name every dependency of every extra and group, and a reader compares the root's lock file.
    return is_source and _LOCKS.isdisjoint(name.replace("-", ".").replace("_", ".").split("."))


def mentions_count(source: PythonFile, config: Config) -> bool:
    """Return whether a file's mentions are used; not in examples, ignored files, and requirements that are parsed."""
    # Examples install the packages that they show, and tests do not run examples.
    if config.examples.match(source.path_in_plugin):
        return False
    if config.ignore.match(source.path) or config.mentions.match(source.path):
        return False
    # The metadata contains the requirements files next to the project file.
    return "/" in source.path_in_plugin or not lists_requirements(source.path_in_plugin)


def files_of(folder: str, paths: Iterable[str]) -> Iterator[PythonFile]:
    """Yield the files of a project in ``folder`` (``""``: the root)."""
    start = len(folder) + 1 if folder else 0
    make = PythonFile._make  # faster than a call, and there are many files
    return (make((folder, path, path[start:])) for path in paths)


def _lost_files(folders: Iterable[str], base: BaseState, entries: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the modules that a plugin had only at base, as pairs of the plugin's folder and the path in that folder.

    A plugin that still imports such a module depends on the plugin that contained it. If a plugin's project file was
    deleted, the plugin's other files may still exist.
    """
    before = {folder for folder, name in base.names.items() if name is not None}
    removed = tuple(f"{folder}/" for folder in before.difference(folders))
    still_here = (path for path in entries if path.startswith(removed)) if removed else ()
    for folder, paths in Owners((*folders, *before)).group((*base.files, *still_here)).items():
        inner = (path[len(folder) + 1 :] for path in paths)
        yield from ((folder, path) for path in inner if path.endswith(SUFFIXES))
